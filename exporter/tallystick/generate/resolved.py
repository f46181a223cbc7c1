"""
SLOs as the one JSON value that both jsonnet trees get.

All arithmetic is done here: jsonnet receives finished decimal strings, quoted PromQL and whole label objects, and only
lays them out. ``tallystick export`` prints this value; docs/rules.md describes its fields.
"""

import math
import urllib.parse
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert, burn_alerts, min_events
from tallystick.core.duration import format_seconds
from tallystick.core.selector import label_text, quote
from tallystick.core.sli import CompositeSli, ThresholdSli
from tallystick.core.slo import Notice, Severity, Slo
from tallystick.core.window import CalendarWindow, Window
from tallystick.generate.decimals import decimal_text, short_text
from tallystick.generate.filename import stem
from tallystick.generate.indicator import indicator, matchers_of, up_selector
from tallystick.generate.template import literal, printable, references

Json = dict[str, Any]

_BY_BAD = (ThresholdSli, CompositeSli)
"""SLIs of which pages ask for bad events rather than for events."""


def resolve(slos: Iterable[Slo]) -> list[Json]:
    """*slos* for jsonnet, by service and name, whatever order they were found in."""
    return [resolve_one(slo) for slo in sorted(slos, key=lambda slo: (slo.service, slo.name))]


def resolve_one(slo: Slo) -> Json:
    """One SLO for jsonnet: only strings, booleans, null, and lists and objects of them."""
    budget = error_budget(slo.objective)
    matcher = matchers_of(slo.slo_id)
    return {
        "id": slo.slo_id,
        "service": slo.service,
        "name": slo.name,
        "description": slo.description,
        "team": slo.team,
        "tier": slo.tier,
        "kind": slo.sli.kind,
        "revision": slo.revision,
        "file_name": stem(slo.service),
        "objective": decimal_text(Fraction(slo.objective)),
        "objective_percent": decimal_text(100 * Fraction(slo.objective)),
        "error_budget": decimal_text(budget),
        "error_budget_percent": decimal_text(100 * budget),
        "windows": [_window(window, budget) for window in slo.windows],
        "depends_on": list(slo.depends_on),
        "labels": dict(slo.labels),
        "links": dict(slo.links),
        "matcher": matcher,
        "by": [label_text(label) for label in slo.sli.by],
        "sli": indicator(slo.sli),
        "up": up_selector(slo.sli),
        "recorded_labels": {"slo": printable(slo.slo_id), "slo_service": printable(slo.service)},
        "info_labels": _info_labels(slo),
        "notices": {"page": _notice(slo, "page"), "ticket": _notice(slo, "ticket")},
        "burn": [_burn(slo, alert) for alert in burn_alerts(slo, _period_seconds(slo.windows[0]))],
        "literal": _literals(slo, matcher),
        "url": {"slo": _url(slo.slo_id), "service": _url(slo.service)},
    }


def _period_seconds(window: Window) -> int:
    return window.nominal_seconds


def _window(window: Window, budget: Fraction) -> Json:
    """A window; *budget_seconds*: how long an error ratio of 1 may last in it."""
    seconds = _period_seconds(window)
    return {
        "name": window.name,
        "days": decimal_text(Fraction(seconds, 86_400)),
        "seconds": str(seconds),
        "budget_seconds": decimal_text(seconds * budget),
    }


def _info_labels(slo: Slo) -> dict[str, str]:
    """Labels of ``slo:info``: those of the exporter's ``slo_info``, less the file, without the empty ones."""
    labels = {
        "slo": slo.slo_id,
        "slo_service": slo.service,
        "slo_team": slo.team or "",
        "slo_tier": slo.tier or "",
        "slo_kind": slo.sli.kind,
        "slo_revision": slo.revision,
        "slo_window": slo.windows[0].name,
    }
    return {name: printable(value) for name, value in labels.items() if value}


def _notice(slo: Slo, severity: Severity) -> Json:
    """
    Whether, and with which labels and annotations, alerts of *severity* are sent; later labels win.

    A group's own labels stay as they are: alerts that differ in nothing else would be one and the same to Prometheus.
    """
    notice: Notice = slo.alerting.page if severity == "page" else slo.alerting.ticket
    team = {"team": literal(slo.team)} if slo.team else {}
    given = {name: references(value) for name, value in {**slo.labels, "severity": severity, **notice.labels}.items()}
    identity = {"slo": literal(slo.slo_id), "slo_service": literal(slo.service)}
    labels = {**team, **given, **identity}
    return {
        "enabled": notice.enabled,
        "labels": {name: value for name, value in labels.items() if name not in slo.sli.by},
        "annotations": {name: references(value) for name, value in notice.annotations.items()},
    }


def _burn(slo: Slo, alert: BurnAlert) -> Json:
    policy = alert.policy
    period = _period_seconds(slo.windows[0])
    return {
        "severity": policy.severity,
        "long": format_seconds(policy.long_seconds),
        "short": format_seconds(policy.short_seconds),
        "factor": decimal_text(alert.factor),
        "factor_text": short_text(alert.factor),
        "share_percent": short_text(100 * alert.factor * policy.long_seconds / period, 3),
        "threshold": decimal_text(alert.factor * error_budget(slo.objective)),
        "min_events": _min_events(slo, alert),
        "min_bad": _min_bad(slo, alert),
        "lowered": alert.lowered,
        "raised": alert.raised,
    }


def _min_events(slo: Slo, alert: BurnAlert) -> str | None:
    """
    Events that the long window must hold before the alert may fire; None: any number.

    Only pages ask for it: a single bad event that overspends the budget is worth a ticket. Rounded up, because one
    event fewer could let one bad event page.
    """
    asked = slo.alerting.min_events
    if alert.policy.severity != "page" or (asked is None and isinstance(slo.sli, _BY_BAD)):
        return None
    events = math.ceil(min_events(alert.factor, slo.objective)) if asked is None else asked
    return str(events) if events > 0 else None


def _min_bad(slo: Slo, alert: BurnAlert) -> str | None:
    """
    Bad events that the long window must hold before the alert may fire; None: any number.

    Slices of time are few, however long it burns: at 99.9 % their number alone would never do for a page. A composite's
    parts may be such. So two of them must be bad, in the same part of a composite, which is what `_min_events` is for.
    """
    auto = slo.alerting.min_events is None and alert.policy.severity == "page"
    return "2" if auto and isinstance(slo.sli, _BY_BAD) else None


def _literals(slo: Slo, matcher: str) -> Json:
    """What annotations insert, safe inside a template; *matcher* also inside a string of one."""
    window = slo.windows[0]
    title = literal(slo.slo_id)
    if slo.sli.by:
        title += f" ({', '.join(f'{literal(label)}={{{{ {_label_value(label)} }}}}' for label in slo.sli.by)})"
    return {
        "id": literal(slo.slo_id),
        "title": title,
        "service": literal(slo.service),
        "description": literal(slo.description.strip()),
        "window": f"a {window.name}" if isinstance(window, CalendarWindow) else literal(window.name),
        "matcher": quote(_of_group(matcher, slo.sli.by))[1:-1],
        "group": [_label_value(label) for label in slo.sli.by],
        "links": {name: literal(value) for name, value in slo.links.items()},
    }


def _of_group(matcher: str, by: tuple[str, ...]) -> str:
    """*matcher* as a format of ``printf`` that takes the values of the labels *by*; without them it is no format."""
    if not by:
        return matcher
    pins = [f"{label_text(label)}=%[{index}]q" for index, label in enumerate(by, 1)]
    return matcher.replace("%", "%%").removesuffix("}") + "," + ",".join(pins) + "}"


def _label_value(label: str) -> str:
    """A label's value in a template."""
    return f"$labels.{label}" if label_text(label) == label else f"(index $labels {quote(label)})"


def _url(text: str) -> str:
    """*text* as a part of a URL's path or query."""
    return urllib.parse.quote(text, safe="")
