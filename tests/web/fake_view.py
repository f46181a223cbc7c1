"""A running exporter that is made of real values and does no I/O: sixteen SLOs, one in every state there is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from tallystick.core.agreed import Agreed, agreed
from tallystick.core.agreement import Agreement, CreditTier
from tallystick.core.budget import budget_remaining
from tallystick.core.composite import Component, composite_observe
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import CompositeSli, EventsSli, LatencySli, Part, Sli, ThresholdSli, UpSli
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, ending, standings
from tallystick.core.tally import NOTHING, UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange
from tallystick.core.view import BurnDownPoint, ExporterState, SloHealth
from tallystick.core.window import CalendarWindow, RollingWindow, Window
from tallystick.errors import REASONS

DAY = 86_400
NOW = 1_796_040_000
"""2026-11-30 12:00 UTC, a Monday."""

DESCRIPTIONS = {
    "latency": "Requests are answered within 300 ms.",
    "quick": "Searches are answered within 100 ms.",
    "payments": "Payments go through at the first attempt, refused cards included.",
    "reachable": "The checkout answers a request from outside.",
    "delivery": "Mails are accepted by the other side.",
    "homepage": "The home page is there.",
}

FIRST = NOW - 90 * DAY
"""Nothing happened before."""

NIGHT = Exclusion(
    reason="Database <upgrade>",
    starts=datetime.fromisoformat("2026-11-25T01:00"),
    lasts_seconds=4 * 3_600,
    zone="Europe/Berlin",
    approved_by="change board",
    ticket="OPS-123",
)
"""Agreed, and as bad as it was feared: five and a half days ago, 00:00 to 04:00 UTC."""

BadRatio = Callable[[float], float]
"""Share of bad events by the age of an instant, in seconds before `NOW`."""


def http_sli(service: str) -> EventsSli:
    """Server errors among all requests of *service*."""
    total = Selector("http_requests_total", (Matcher("job", MatchOp.EQUAL, service),))
    return EventsSli(total=total, bad=total.having(Matcher("code", MatchOp.REGEX, "5..")))


AGREEMENTS = {
    "checkout-availability": (
        Agreement(
            service="checkout",
            name="acme-gold",
            kind="sla",
            party='ACME "Gold"',
            slo_id="checkout-availability",
            objective=Decimal("0.995"),
            window=CalendarWindow("month", "Europe/Berlin"),
            credits=(CreditTier(Decimal("0.99"), Decimal("0.25")), CreditTier(Decimal("0.995"), Decimal("0.1"))),
        ),
        Agreement(
            service="checkout",
            name="till",
            kind="expectation",
            party="Shop assistants",
            slo_id="checkout-availability",
            objective=Decimal("0.9999"),
            window=RollingWindow(7 * DAY),
        ),
    ),
}
"""What was agreed, by SLO: a contract by the month, and what is expected without one."""


def latency_sli(service: str, seconds: str) -> LatencySli:
    """Requests of *service* that took no longer than *seconds*."""
    histogram = Selector("http_request_duration_seconds", (Matcher("job", MatchOp.EQUAL, service),))
    return LatencySli(histogram=histogram, threshold=Decimal(seconds))


def slo(  # noqa: PLR0917  # short calls; the order is that of a definition file
    service: str,
    name: str,
    objective: str = "0.999",
    days: tuple[int | CalendarWindow, ...] = (30,),
    sli: Sli | None = None,
    team: str | None = "payments",
    tier: str | None = "1",
    labels: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    description: str = "",
    **more: Any,
) -> Slo:
    """An SLO with what a definition file would give it."""
    return Slo(
        service=service,
        name=name,
        description=description or DESCRIPTIONS.get(name, "Requests are answered without a server error."),
        objective=Decimal(objective),
        windows=tuple(RollingWindow(one * DAY) if isinstance(one, int) else one for one in days),
        sli=sli or http_sli(service),
        team=team,
        tier=tier,
        labels={"env": "prod"} if labels is None else labels,
        links={"runbook": f"https://runbooks.example.com/{service}"} if links is None else links,
        depends_on=("payments-api",),
        file=f"slo-definitions/{service}.yaml",
        line=12,
        revision="0123456789ab",
        **{"agreements": AGREEMENTS.get(f"{service}-{name}", ()), **more},
    )


@dataclass(frozen=True)
class Life:
    """
    What happened to one SLO.

    Attributes:
        slo: which one.
        per_second: events per second.
        bad: share of bad ones by age.
        known_seconds: how far back anything is known.
        missing: part of that, as ages, in which nothing was observed.
        fresh: whether the ledger is up to date.
        failures: readings that failed.
        last_error: why the latest one did.
        group: values of the labels that the SLO is grouped by.
        parts: what a composite is made of; nothing of it is recorded.
    """

    slo: Slo
    per_second: float = 20
    bad: BadRatio = lambda _age: 0.0002
    known_seconds: int = 90 * DAY
    missing: tuple[int, int] = (0, 0)
    fresh: bool = True
    failures: Mapping[str, int] = field(default_factory=dict)
    last_error: str | None = None
    group: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence["Life"] = ()

    @cached_property
    def out(self) -> list[TimeRange]:
        """What is excluded."""
        return excluded(self.slo.exclusions, TimeRange(FIRST, NOW + DAY)) if self.slo.exclusions else []

    def net(self, span: TimeRange) -> Observation:
        """What counts of *span*: events outside of what is excluded."""
        if self.parts:
            return self._composite(
                [Component(part, life.net, life.out) for part, life in zip(self._of, self.parts, strict=True)], span
            )
        inside = [span.clip(part) for part in self.out]
        edges = [span.start, *(edge for part in inside for edge in (part.start, part.end)), span.end]
        kept = zip(edges[::2], edges[1::2], strict=True)
        return sum((self.observe(TimeRange(start, end)) for start, end in kept), UNOBSERVED)

    @property
    def _of(self) -> Sequence[Part]:
        assert isinstance(self.slo.sli, CompositeSli)
        return self.slo.sli.of

    def _composite(self, components: Sequence[Component], span: TimeRange) -> Observation:
        assert isinstance(self.slo.sli, CompositeSli)
        return composite_observe(components, self.slo.sli.method, self.slo.sli.no_data)(span)

    def observe(self, span: TimeRange) -> Observation:
        """Events in *span*; by the hour where it begins and ends on one, else by the minute."""
        if self.parts:
            return self._composite(
                [Component(part, life.observe) for part, life in zip(self._of, self.parts, strict=True)], span
            )
        if span.start % 3_600 or span.end % 3_600:
            return sum((self._events(at, 60) for at in range(span.start, span.end, 60)), UNOBSERVED)
        first = max(0, (span.start - FIRST) // 3_600)
        last = max(0, (span.end - FIRST) // 3_600)
        (good, total, seconds), (good_before, total_before, before) = self._sums[last], self._sums[first]
        return Observation(Tally(good - good_before, total - total_before), seconds - before)

    @cached_property
    def _sums(self) -> list[tuple[int, int, int]]:
        """Good events, all events and observed seconds from `FIRST` to the end of each hour."""
        sums = [(0, 0, 0)]
        for at in range(FIRST, NOW, 3_600):
            (good, total, seconds), hour = sums[-1], self._events(at, 3_600)
            sums.append((good + int(hour.tally.good), total + int(hour.tally.total), seconds + hour.observed_seconds))
        return sums

    def _events(self, at: int, seconds: int) -> Observation:
        age = NOW - at
        if age > self.known_seconds or self.missing[0] < age <= self.missing[1]:
            return UNOBSERVED
        total = math.floor(self.per_second * seconds)
        return Observation(Tally(total - math.floor(total * self.bad(age)), total), seconds)

    @property
    def health(self) -> SloHealth:
        """How well it is measured."""
        known = self.known_seconds > 0 and not self.parts
        return SloHealth(
            slo=self.slo,
            group=self.group,
            ledger_start=NOW - self.known_seconds if known else None,
            ledger_end=(NOW if self.fresh else NOW - 7_200) if known else None,
            lifetime=self.observe(TimeRange(FIRST, NOW)).tally if known else NOTHING,
            failures=dict.fromkeys(REASONS, 0) | dict(self.failures),
            last_error=self.last_error,
        )


@cache
def shop() -> list[Life]:
    """A shop on a Monday: some SLOs are well, some are not, and of some nothing is known."""
    day_and_night: BadRatio = lambda age: 0.0003 * (1 + math.sin(age / DAY * math.tau))  # noqa: E731  # short and named
    return [
        Life(slo("cart", "availability", "0.995", (28,), team="storefront", tier="2"), 0.4, lambda _age: 0.004),
        Life(
            slo("cart", "latency", "0.99", (28,), latency_sli("cart", "0.3"), "storefront", "2"), 0.4, lambda _age: 0.0
        ),
        Life(
            slo("checkout", "availability", "0.999", (30, 7)),
            85,
            lambda age: 0.31 if 9 * DAY < age < 9.15 * DAY else day_and_night(age),
        ),
        Life(slo("checkout", "latency", "0.99", (30,), latency_sli("checkout", "0.3")), 85, lambda _age: 0.0088),
        Life(
            slo("checkout", "payments", "0.98", (7,)),
            12,
            lambda age: 0.72 if age < 3 * 3_600 else 0.011,
        ),
        Life(
            slo("checkout", "reachable", "0.9999", (30,), UpSli(Selector("probe_success"))),
            1,
            lambda age: 0.04 if 4 * DAY < age <= 4 * DAY + 3_600 else 0.0,
            missing=(12 * DAY, 14 * DAY),
        ),
        Life(slo("inventory", "stock", "0.9", (30,), team=None, tier=None, links={}, labels={}), 0),
        Life(
            slo("mail", "delivery", "0.995", (30,), team="messaging", tier="3"),
            known_seconds=0,
            failures={"rejected": 17},
            last_error='Prometheus refused the query: 1:14: parse error: unexpected "}"',
        ),
        Life(slo("search", "availability", "0.99995", (30, 7), team="discovery", tier="2"), 400, lambda _age: 0.00002),
        Life(
            slo("search", "quick", "0.95", (7,), latency_sli("search", "0.1"), "discovery", "2"),
            400,
            lambda age: 0.02 if age > 6 * 3_600 else 0.21,
        ),
        Life(
            slo("website", "homepage", "0.99", (28,), team="storefront", tier="2"),
            40,
            lambda _age: 0.001,
            fresh=False,
            failures={"timeout": 3, "unreachable": 1},
            last_error="http://prometheus:9090: no answer within 30 s",
        ),
        Life(
            slo("website", "new", "0.99", (28,), team="storefront", tier="2"),
            40,
            lambda _age: 0.001,
            known_seconds=3 * DAY,
        ),
        *more(),
    ]


def more() -> list[Life]:
    """What is not simply counted: slices of time, groups, a composite, agreed exclusions, too little observation."""
    month = CalendarWindow("month", "Europe/Berlin")
    requests = Selector("booking_requests_total")
    booking = Life(
        slo(
            "travel",
            "booking",
            "0.995",
            (30, month),
            EventsSli(total=requests, bad=requests.having(Matcher("code", MatchOp.REGEX, "5.."))),
            "travel",
            description="Trips can be booked.",
            exclusions=(NIGHT,),
            no_data="bad",
        ),
        10,
        lambda age: 0.9 if 5.5 * DAY - 4 * 3_600 < age <= 5.5 * DAY else 0.001,
    )
    regional = slo(
        "travel",
        "gateway",
        "0.999",
        (month,),
        replace(http_sli("gateway"), by=("region",)),
        "travel",
        description="The gateway answers in every region.",
    )
    gateways = [
        Life(regional, rate, lambda _age, bad=bad: bad, group={"region": region})  # type: ignore[misc]  # its default
        for region, rate, bad in (("ap", 3, 0.0001), ("eu", 90, 0.0007), ("us", 40, 0.004))
    ]
    index = Life(
        slo(
            "travel",
            "index",
            "0.99",
            (7,),
            ThresholdSli("max(index_age_seconds)", "lte", Decimal(900), 300),
            "travel",
            description="The search index is no older than a quarter of an hour.",
            min_coverage=Decimal("0.9"),
        ),
        1 / 300,
        lambda _age: 0.0,
        missing=(0, 2 * DAY),
    )
    journey = slo(
        "travel",
        "journey",
        "0.98",
        (30,),
        CompositeSli((Part("travel-booking"), Part("travel-index", Decimal(3))), "serial"),
        "travel",
        description="A trip is found and booked.",
    )
    return [booking, *gateways, index, Life(journey, parts=(booking, index))]


class FakeView:
    """A `tallystick.core.view.View` over some lives; what it says of the exporter may be changed."""

    def __init__(self, lives: Sequence[Life] | None = None) -> None:
        self.lives = shop() if lives is None else lives
        self.problems: Sequence[str] = ()
        self.reloads = 0
        self.exporter = ExporterState(
            ready=True,
            backfill_done=1.0,
            prometheus_url="http://prometheus:9090",
            prometheus_up=True,
            started_at=NOW - 3 * DAY,
            config_loaded_at=NOW - 2 * DAY,
            config_ok=True,
            round_seconds=0.84,
            round_ended_at=NOW + 121.5,
            round_failures=2,
            rounds=4_320,
            slices=518_400,
            requests=51_840,
            health=[life.health for life in self.lives],
        )
        self._standings = [
            standing
            for life in self.lives
            for standing in standings(
                life.slo, NOW, life.net, life.observe, fresh=life.fresh, group=life.group, since=FIRST
            )
        ]

    def change(self, **changes: object) -> None:
        """Let the exporter say something else of itself."""
        self.exporter = replace(self.exporter, **changes)  # type: ignore[arg-type]  # names and types are the caller's

    def regroup(self, slo_id: str, group: Mapping[str, str]) -> None:
        """Give the standings of *slo_id* a group."""
        self._standings = [
            replace(standing, group=group) if standing.slo.slo_id == slo_id else standing
            for standing in self._standings
        ]

    def state(self) -> ExporterState:
        """As `tallystick.core.view.View.state`."""
        return self.exporter

    def standings(self) -> Sequence[Standing]:
        """As `tallystick.core.view.View.standings`."""
        return self._standings

    def agreed(self) -> Sequence[Agreed]:
        """As `tallystick.core.view.View.agreed`."""
        return [promise for life in self.lives for promise in self._agreed(life)]

    @staticmethod
    def _agreed(life: Life) -> list[Agreed]:
        def present(terms: Slo) -> Standing:
            net, gross = life.net, life.observe
            return standings(terms, NOW, net, gross, fresh=life.fresh, group=life.group, since=FIRST)[0]

        def past(terms: Slo, end: int) -> Standing:
            return ending(terms, terms.windows[0], end, life.net, group=life.group, since=FIRST)

        return agreed(life.slo, present, NOW, past)

    def burn_down(
        self, slo_id: str, window_name: str, group: Mapping[str, str] | None = None
    ) -> Sequence[BurnDownPoint]:
        """As `tallystick.core.view.View.burn_down`."""
        life = {(life.slo.slo_id, *life.group.items()): life for life in self.lives}[slo_id, *(group or {}).items()]
        window = {window.name: window for window in life.slo.windows}[window_name]
        step = 8 * 3_600 if window.nominal_seconds > 7 * DAY else 2 * 3_600
        start = window.span(NOW).start + (0 if isinstance(window, RollingWindow) else step)
        return [self._point(life, window, at, step) for at in range(start, NOW + 1, step)]

    @staticmethod
    def _point(life: Life, window: Window, at: int, step: int) -> BurnDownPoint:
        remaining: Fraction | None = budget_remaining(life.net(window.span(at)).tally, life.slo.objective)
        part = life.net(TimeRange(at - step, at))
        seen = part.observed_seconds > 0
        return BurnDownPoint(at, remaining, part.tally.bad if seen else None, part.tally.total if seen else None)

    def reload(self) -> Sequence[str]:
        """As `tallystick.core.view.View.reload`."""
        self.reloads += 1
        return self.problems
