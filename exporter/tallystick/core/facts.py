"""
What an SLO says, as texts by name: the form in which two definitions of it are compared.

Whatever means the same has the same facts, however it is written: the order of keys, the spelling of numbers, where a
default came from. Alerts are told as what follows for this SLO, not as what was asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from tallystick.core.agreement import Agreement
from tallystick.core.alerting import SEVERITIES, Notice, Severity
from tallystick.core.backtest import for_seconds
from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert, burn_alerts
from tallystick.core.duration import format_seconds
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli, Sli
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.window import RollingWindow, Window

Facts = Mapping[str, str]
"""
Texts by name, in a fixed order.

Names are those of the definition's keys, with dots: ``objective``, ``sli.total``, ``labels.env``. Pairs of windows are
``alerts.page 1h and 5m``, exclusions ``exclusions.<reason>``, agreements ``agreements.<name>``.
"""


def facts(slo: Slo) -> dict[str, str]:
    """What *slo* says, but for its name and where it is written."""
    return {
        "objective": percent(slo.objective),
        "window": ", ".join(map(_window, slo.windows)),
        **_sli(slo.sli),
        **_budgeting(slo.budgeting),
        "no_data": slo.no_data,
        "min_coverage": percent(slo.min_coverage),
        **_exclusions(slo.exclusions),
        **_agreements(slo.agreements),
        **dict(_alerts(slo)),
        **_if_any("team", slo.team),
        **_if_any("tier", slo.tier),
        **_each("labels", slo.labels),
        **_each("links", slo.links),
        **_if_any("depends_on", ", ".join(sorted(slo.depends_on))),
        **_if_any("description", slo.description.strip()),
        **_if_any("was", ", ".join(sorted(slo.was))),
    }


def percent(ratio: Decimal) -> str:
    """A share as definitions write it: ``99.95%``."""
    return f"{(ratio * 100).normalize():f}%"


def _number(value: Fraction) -> str:
    """*value*, in more digits than anybody writes."""
    return f"{float(value):.12g}"


def _window(window: Window) -> str:
    if isinstance(window, RollingWindow):
        return window.name
    month, day = window.year_start
    begins = (
        f", years begin {month:02d}-{day:02d}" if window.unit in {"quarter", "year"} and (month, day) != (1, 1) else ""
    )
    return f"{window.name} ({window.zone}{begins})"


def _sli(sli: Sli) -> dict[str, str]:
    if isinstance(sli, CompositeSli):
        weights = sorted((part.slo, f"{part.weight.normalize():f}") for part in sli.of)
        parts = {f"sli.of.{slo}": f"weight {weight}" for slo, weight in weights}
        return {"sli.kind": sli.kind, **parts, "sli.method": sli.method, "sli.no_data": sli.no_data}
    return {
        f"sli.{name}": ", ".join(value) if isinstance(value, list) else str(value)
        for name, value in sli.identity.items()
        if value is not None
    }


def _budgeting(budgeting: Budgeting) -> dict[str, str]:
    found: dict[str, str] = {"budgeting": budgeting.method}
    if budgeting.method != "occurrences":
        found["slice"] = format_seconds(budgeting.slice_seconds)
    if budgeting.slice_target is not None:
        found["slice_target"] = percent(budgeting.slice_target)
    return found


def _exclusions(exclusions: Iterable[Exclusion]) -> dict[str, str]:
    """By reason; several of one reason together. For which other SLOs one is too does not matter to this one."""
    found: dict[str, set[str]] = {}
    for one in exclusions:
        found.setdefault(f"exclusions.{one.reason.strip()}", set()).add(_exclusion(one))
    return {name: "; ".join(sorted(found[name])) for name in sorted(found)}


def _exclusion(one: Exclusion) -> str:
    if one.ends is not None:
        words = [f"{one.starts:%Y-%m-%d %H:%M} to {one.ends:%Y-%m-%d %H:%M} {one.zone}"]
    else:
        words = [f"{one.starts:%Y-%m-%d %H:%M} {one.zone} for {format_seconds(one.length_seconds)}"]
    words += [one.rrule] if one.rrule else []
    words += [f"approved by {one.approved_by}"] if one.approved_by else []
    words += [f"ticket {one.ticket}"] if one.ticket else []
    return ", ".join(words)


def _agreements(agreements: Iterable[Agreement]) -> dict[str, str]:
    return {f"agreements.{one.name}": _agreement(one) for one in sorted(agreements, key=lambda one: one.name)}


def _agreement(one: Agreement) -> str:
    words = [f"{one.kind} with {one.party}", f"{percent(one.objective)} over {_window(one.window)}"]
    words += [f"{percent(tier.credit)} back below {percent(tier.below)}" for tier in reversed(one.credits)]
    words += [one.description.strip()] if one.description.strip() else []
    return ", ".join(words)


def _alerts(slo: Slo) -> Iterator[tuple[str, str]]:
    alerts = burn_alerts(slo, slo.windows[0].nominal_seconds)
    for severity in SEVERITIES:
        notice = slo.alerting.notice(severity)
        yield f"alerts.{severity}", "on" if notice.enabled else "off"
        if notice.enabled:
            yield from (_pair(slo, alert) for alert in alerts if alert.policy.severity == severity)
            yield from _each(f"alerts.{severity}.labels", _labels(notice, severity)).items()
            yield from _each(f"alerts.{severity}.annotations", notice.annotations).items()
    yield "alerts.signal", "on" if slo.alerting.signal else "off"
    yield "alerts.first_values", "counted" if slo.alerting.first_values else "not counted"


def _labels(notice: Notice, severity: Severity) -> dict[str, str]:
    """The labels that its alerts would not have if nothing was said."""
    return {name: value for name, value in notice.labels.items() if (name, value) != ("severity", severity)}


def _pair(slo: Slo, alert: BurnAlert) -> tuple[str, str]:
    policy = alert.policy
    if slo.alerting.weigh == "traffic":
        share = alert.factor * policy.long_seconds / slo.windows[0].nominal_seconds
        words = [f"more than {_number(100 * share)}% of the period's budget of events"]
    else:
        ratio = alert.factor * error_budget(slo.objective)
        words = [f"above {_number(alert.factor)}x, an error ratio of {_number(100 * ratio)}%"]
    words.append(f"for {format_seconds(for_seconds(alert))}")
    words += [f"of at least {alert.min_events} events"] if alert.min_events is not None else []
    words += [f"with at least {alert.min_bad} bad events"] if alert.min_bad is not None else []
    return pair_name(policy.severity, policy.long_seconds, policy.short_seconds), ", ".join(words)


def pair_name(severity: Severity, long_seconds: int, short_seconds: int) -> str:
    """What a pair of windows is called: ``alerts.page 1h and 5m``."""
    return f"alerts.{severity} {format_seconds(long_seconds)} and {format_seconds(short_seconds)}"


def _each(name: str, values: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.{key}": values[key] for key in sorted(values)}


def _if_any(name: str, text: str | None) -> dict[str, str]:
    return {name: text} if text else {}
