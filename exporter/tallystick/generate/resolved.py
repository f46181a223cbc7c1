"""
SLOs as the one JSON value that both jsonnet trees get.

All arithmetic is done here: jsonnet receives finished decimal strings, quoted PromQL and whole label objects, and only
lays them out. ``tallystick export`` prints this value; docs/rules.md describes its fields.
"""

import urllib.parse
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from tallystick.core.alerting import PIECE_SECONDS, Severity
from tallystick.core.budget import error_budget
from tallystick.core.burn import Asked, BurnAlert, alerts_of, asked_of, recorded_windows
from tallystick.core.duration import format_seconds
from tallystick.core.selector import label_text, quote
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS
from tallystick.core.window import CalendarWindow, Window
from tallystick.generate.decimals import decimal_text, short_text
from tallystick.generate.filename import stem
from tallystick.generate.indicator import indicator, matchers_of, up_selector
from tallystick.generate.masks import mask_of
from tallystick.generate.sloth import periods_by_id, sloth_of
from tallystick.generate.template import literal, printable, references

Json = dict[str, Any]

_USUAL_STEPS = 2_880
"""Rates that the mean of a period is of: one in a quarter of an hour in 30 days, no more in a year."""


def resolve(slos: Iterable[Slo], at: float) -> list[Json]:
    """
    *slos* for jsonnet, by service and name, whatever order they were found in.

    Args:
        slos: all that there are; a composite's parts must record what it is made of.
        at: when the rules are made, in seconds since 1970; recurring exclusions are worked out from then on.
    """
    slos = list(slos)
    resolver = Resolver(slos, at)
    ordered = sorted({slo.slo_id: slo for slo in slos}.values(), key=lambda slo: (slo.service, slo.name))
    return [resolver.of(slo) for slo in ordered]


def resolve_one(slo: Slo, at: float) -> Json:
    """One SLO for jsonnet, as if there were no other."""
    return resolve([slo], at)[0]


class Resolver:
    """SLOs for jsonnet, one by one; see `resolve`."""

    def __init__(self, slos: Iterable[Slo], at: float, *, has_sloth: bool = True) -> None:
        """
        Take over what `resolve` was given.

        *has_sloth*: whether there is what rules under Sloth's names ask for; it is a tenth of the work.
        """
        self._has_sloth = has_sloth
        self._slos = {slo.slo_id: slo for slo in slos}
        self._at = at
        self._of_parts = _windows_of_parts(self._slos)
        self._periods = periods_by_id(self._slos)

    def of(self, slo: Slo) -> Json:
        """One of them."""
        windows = self._of_parts.get(slo.slo_id) or _windows(slo)
        periods = self._periods[slo.slo_id] if self._has_sloth else None
        return _resolve(slo, windows, periods, self._slos, self._at)


def _resolve(
    slo: Slo, windows: Mapping[int, bool], periods: Iterable[int] | None, found: Mapping[str, Slo], at: float
) -> Json:
    """One SLO for jsonnet: only strings, booleans, null, and lists and objects of them."""
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
        **_shares(slo.objective),
        "windows": [dict(_window(window, slo.objective)) for window in slo.windows],
        "depends_on": list(slo.depends_on),
        "labels": dict(slo.labels),
        "links": dict(slo.links),
        "matcher": matcher,
        "by": [label_text(label) for label in slo.sli.by],
        "sli": indicator(slo.sli),
        "up": up_selector(slo.sli),
        "first_values": slo.alerting.first_values,
        "signal": slo.alerting.signal,
        "recorded": [_recorded(seconds, counted=counted) for seconds, counted in windows.items()],
        "usual": _usual(slo),
        "excluded": _excluded(slo, found, at),
        "recorded_labels": {"slo": printable(slo.slo_id), "slo_service": printable(slo.service)},
        "info_labels": _info_labels(slo),
        "sloth": None if periods is None else sloth_of(slo, windows, periods),
        "notices": {"page": _notice(slo, "page"), "ticket": _notice(slo, "ticket")},
        "burn": _burn(slo),
        "literal": _literals(slo, matcher),
        "url": {"slo": _url(slo.slo_id), "service": _url(slo.service)},
    }


def _period_seconds(window: Window) -> int:
    return window.nominal_seconds


def _windows(slo: Slo) -> dict[int, bool]:
    """The windows that *slo* records if it is no part of another one."""
    return recorded_windows(slo, _period_seconds(slo.windows[0]))


def _windows_of_parts(slos: Mapping[str, Slo]) -> dict[str, dict[int, bool]]:
    """The windows of composites and their parts, by id: those of a composite are recorded by its parts too."""
    wholes = {
        slo_id: {part.slo for part in slo.sli.of} & slos.keys()
        for slo_id, slo in slos.items()
        if isinstance(slo.sli, CompositeSli)
    }
    found = {slo_id: _windows(slos[slo_id]) for slo_id in wholes.keys() | set().union(*wholes.values())}
    changed = bool(wholes)
    while changed:  # a part may be a composite itself
        changed = False
        for slo_id, parts in wholes.items():
            for part in parts:
                both = _together(found[part], found[slo_id])
                changed |= both != found[part]
                found[part] = both
    return found


def _together(one: Mapping[int, bool], other: Mapping[int, bool]) -> dict[int, bool]:
    return {seconds: one.get(seconds, False) or other.get(seconds, False) for seconds in sorted({*one, *other})}


def _recorded(seconds: int, *, counted: bool) -> Json:
    """A window that is recorded; *events*: whether the number of its events is too."""
    return {"name": format_seconds(seconds), "seconds": str(seconds), "events": counted}


def _usual(slo: Slo) -> Json | None:
    """How the events of the period are told, where alerts ask for them: the mean of its rates, times its seconds."""
    if slo.alerting.weigh == "time":
        return None
    seconds = _period_seconds(slo.windows[0])
    step = max(seconds // _USUAL_STEPS // PIECE_SECONDS, 1) * PIECE_SECONDS
    return {"seconds": str(seconds), "range": format_seconds(seconds), "step": format_seconds(step)}


def _excluded(slo: Slo, found: Mapping[str, Slo], at: float) -> Json | None:
    """
    When its pair is left out: *expr* as PromQL, *ends*: until when that is known, null if nothing comes after it.

    *apart*: of that what the parts of a composite do not leave out, null if there is none.
    """
    if not slo.exclusions:
        return None
    mask = mask_of(slo, slo.exclusions, at)
    sli = slo.sli
    parts = [found[part.slo] for part in sli.of if part.slo in found] if isinstance(sli, CompositeSli) else []
    alone = [one for one in slo.exclusions if any(one not in part.exclusions for part in parts)]
    return {
        "expr": mask.promql,
        "ends": None if mask.ends is None else str(mask.ends),
        "apart": mask_of(slo, alone, at).promql if alone else None,
    }


@lru_cache(maxsize=4_096)  # what follows is the same for many SLOs, and exact arithmetic takes time
def _shares(objective: Decimal) -> Mapping[str, str]:
    budget = error_budget(objective)
    return {
        "objective": decimal_text(Fraction(objective)),
        "objective_percent": decimal_text(100 * Fraction(objective)),
        "error_budget": decimal_text(budget),
        "error_budget_percent": decimal_text(100 * budget),
    }


@lru_cache(maxsize=4_096)
def _window(window: Window, objective: Decimal) -> Mapping[str, str]:
    """A window; *budget_seconds*: how long an error ratio of 1 may last in it."""
    seconds = _period_seconds(window)
    return {
        "name": window.name,
        "days": decimal_text(Fraction(seconds, DAY_SECONDS)),
        "seconds": str(seconds),
        "budget_seconds": decimal_text(seconds * error_budget(objective)),
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
    notice = slo.alerting.notice(severity)
    team = {"team": literal(slo.team)} if slo.team else {}
    given = {name: references(value) for name, value in {**slo.labels, "severity": severity, **notice.labels}.items()}
    identity = {"slo": literal(slo.slo_id), "slo_service": literal(slo.service)}
    labels = {**team, **given, **identity}
    return {
        "enabled": notice.enabled,
        "labels": {name: value for name, value in labels.items() if name not in slo.sli.by},
        "annotations": {name: references(value) for name, value in notice.annotations.items()},
    }


def _burn(slo: Slo) -> list[Json]:
    period = _period_seconds(slo.windows[0])
    weighed = slo.alerting.weigh == "traffic"
    alerts = _alerts(asked_of(slo), slo.objective, period)
    return [{**alert, "usual": dict(alert["usual"]) if weighed else None} for alert in alerts]


@lru_cache(maxsize=4_096)
def _alerts(asked: Asked, objective: Decimal, period_seconds: int) -> tuple[Json, ...]:
    """All burn-rate alerts of an SLO."""
    return tuple(_alert(alert, objective, period_seconds) for alert in alerts_of(asked, objective, period_seconds))


def _alert(alert: BurnAlert, objective: Decimal, period_seconds: int) -> Json:
    """
    One burn-rate alert.

    *usual*: bad events in either window above which it fires, each by event of the whole period; for where traffic is weighed.
    """
    policy = alert.policy
    by_second = alert.factor * error_budget(objective) / period_seconds
    return {
        "severity": policy.severity,
        "long": format_seconds(policy.long_seconds),
        "short": format_seconds(policy.short_seconds),
        "factor": decimal_text(alert.factor),
        "factor_text": short_text(alert.factor),
        "share_percent": short_text(100 * alert.factor * policy.long_seconds / period_seconds, 3),
        "threshold": decimal_text(alert.factor * error_budget(objective)),
        "min_events": None if alert.min_events is None else str(alert.min_events),
        "min_bad": None if alert.min_bad is None else str(alert.min_bad),
        "for": None if alert.for_seconds is None else format_seconds(alert.for_seconds),
        "usual": {
            "long": decimal_text(by_second * policy.long_seconds),
            "short": decimal_text(by_second * policy.short_seconds),
        },
        "lowered": alert.lowered,
        "raised": alert.raised,
    }


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
