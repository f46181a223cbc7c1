"""SLOs for tests that begin after the definition files, and counters to try their rules on."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tallystick.core.agreement import Agreement
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, LatencySli, UpSli
from tallystick.core.slo import Slo
from tallystick.core.window import CalendarWindow, RollingWindow

DAY_SECONDS = 86_400

AT = 1_800_000_000
"""When rules are made in tests: 2027-01-15; it only matters where something is excluded."""


def selector(metric: str, **labels: str) -> Selector:
    """Series of *metric* whose *labels* are so; a value that begins with ``~`` is a regular expression."""
    return Selector(
        metric,
        tuple(
            Matcher(name, MatchOp.REGEX, value[1:]) if value.startswith("~") else Matcher(name, MatchOp.EQUAL, value)
            for name, value in labels.items()
        ),
    )


BAD_EVENTS = EventsSli(
    total=selector("http_requests_total", job="checkout"),
    bad=selector("http_requests_total", job="checkout", code="~5.."),
)
GOOD_EVENTS = EventsSli(
    total=selector("http_requests_total", job="checkout"),
    good=selector("http_requests_total", job="checkout", code="200"),
)
LATENCY = LatencySli(selector("http_request_duration_seconds", job="checkout"), Decimal("0.3"))
PROBE = UpSli(selector("probe_success", job="probe", instance="shop"))


def make_slo(*, objective: str = "0.999", days: int = 30, **more: Any) -> Slo:
    """An SLO; *more* is what `Slo` takes beside what is filled in here."""
    settings: dict[str, Any] = {
        "service": "checkout",
        "name": "availability",
        "sli": BAD_EVENTS,
        "objective": Decimal(objective),
        "windows": (RollingWindow(days * DAY_SECONDS),),
        "revision": "0123456789ab",
    }
    return Slo(**(settings | more))


def make_agreement(slo_id: str = "checkout-availability", *, objective: str = "0.995", **more: Any) -> Agreement:
    """A contract with ACME on *slo_id*, by the month; *more* is what `Agreement` takes beside what is filled in here."""
    settings: dict[str, Any] = {
        "service": slo_id.partition("-")[0],
        "name": "gold",
        "kind": "sla",
        "party": "ACME",
        "slo_id": slo_id,
        "objective": Decimal(objective),
        "window": CalendarWindow("month"),
    }
    return Agreement(**(settings | more))


def counter(*phases: tuple[int, float], start: float = 0) -> str:
    """
    A counter as promtool's unit tests write it.

    Args:
        phases: (steps, increase per step), one after the other; the first value is *start* itself.
        start: its first value.
    """
    parts = [f"{start:g}"]
    value = start
    for steps, increase in phases:
        if steps:
            parts.append(f"{value + increase:.12g}+{increase:.12g}x{steps - 1}")
            value += increase * steps
    return " ".join(parts)


def gone(steps: int) -> str:
    """No samples for so many *steps*, in promtool's notation; Prometheus marks a series stale when a scrape lacks it."""
    return f"stale _x{steps - 1}"


def series(values: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Input series of a promtool unit test."""
    return [{"series": name, "values": text} for name, text in values]
