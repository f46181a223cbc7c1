"""What OpenSLO has no word for, in our own: the JSON of the annotations that `own` reads."""

from collections.abc import Sequence
from typing import Any

from tallystick.core.agreement import Agreement
from tallystick.core.alerting import SEVERITIES, Alerting, Notice, Severity
from tallystick.core.duration import format_seconds
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import (
    CompositeSli,
    Counters,
    EventsSli,
    LatencySli,
    Part,
    QuerySli,
    RatioSli,
    Sli,
    ThresholdSli,
    UpSli,
    terms_of,
)
from tallystick.core.window import CalendarWindow, Window
from tallystick.definition.formats.openslo.shares import share_text
from tallystick.definition.values import plain

Json = dict[str, Any]


def sli_of(sli: Sli) -> Json:
    """*sli* as a definition of ours has it."""
    inner: Json
    match sli:
        case EventsSli() | QuerySli():
            texts = {"total": sli.total, "good": sli.good, "bad": sli.bad}
            inner = {key: one if isinstance(one, str) else _counters(one) for key, one in texts.items() if one}
        case LatencySli():
            own = {"total": sli.own_total.promql} if sli.own_total else {}
            inner = {"histogram": sli.histogram.promql, "threshold": plain(sli.threshold), **own}
        case UpSli():
            inner = {"metric": sli.metric.promql}
        case ThresholdSli():
            inner = {"query": sli.query, "op": sli.op, "value": sli.value, "slice": format_seconds(sli.slice_seconds)}
        case RatioSli():
            inner = {sli.means: sli.query, **({"total": sli.total} if sli.total else {})}
        case CompositeSli():
            inner = {"of": [_part(part, sli) for part in sli.of], "method": sli.method, "no_data": sli.no_data}
    return {sli.kind: {**inner, **({"by": list(sli.by)} if sli.by else {})}}


def _part(part: Part, sli: CompositeSli) -> Json:
    """*part* of *sli*; weights mean something in a mean alone."""
    return {"slo": part.slo, **({"weight": part.weight} if sli.method == "weighted" else {})}


def _counters(counters: Counters) -> str:
    texts = [("- " if term.sign < 0 else "+ ") + term.selector.promql for term in terms_of(counters)]
    return " ".join(texts).removeprefix("+ ")


def exclusion_of(exclusion: Exclusion, name: str) -> Json:
    """*exclusion* as a definition of ours has it, for the one SLO called *name*."""
    found: Json = {"reason": exclusion.reason}
    if exclusion.ends is not None and exclusion.rrule is None:
        found |= {"from": f"{exclusion.starts:%Y-%m-%d %H:%M}", "to": f"{exclusion.ends:%Y-%m-%d %H:%M}"}
    else:
        found |= {"starts": f"{exclusion.starts:%Y-%m-%d %H:%M}", "lasts": format_seconds(exclusion.length_seconds)}
    texts = {"rrule": exclusion.rrule, "approved_by": exclusion.approved_by, "ticket": exclusion.ticket}
    return {**found, "timezone": exclusion.zone, "slos": [name], **{key: text for key, text in texts.items() if text}}


def agreement_of(agreement: Agreement, name: str) -> Json:
    """*agreement* as a definition of ours has it, on the SLO called *name*."""
    window = agreement.window
    found: Json = {
        "name": agreement.name,
        "kind": agreement.kind,
        "party": agreement.party,
        "slo": name,
        "objective": plain(agreement.objective),
        "window": window.name,
        **calendar_of([window]),
    }
    if agreement.description:
        found["description"] = agreement.description
    if agreement.credits:
        found["credits"] = [{"below": plain(tier.below), "credit": plain(tier.credit)} for tier in agreement.credits]
    return found


def calendar_of(windows: Sequence[Window]) -> Json:
    """Whose calendar *windows* follow, and where its years begin."""
    calendars = [window for window in windows if isinstance(window, CalendarWindow)]
    zone = {"timezone": calendars[0].zone} if calendars else {}
    starts = [window.year_start for window in calendars if window.unit in ("quarter", "year")]
    return {**zone, **({"year_start": f"{starts[0][0]:02d}-{starts[0][1]:02d}"} if starts else {})}


def alerting_of(alerting: Alerting) -> Json:
    """*alerting* as a definition of ours has it."""
    found: Json = {severity: _notice(alerting.notice(severity), severity) for severity in SEVERITIES}
    if alerting.min_events is not None:
        found["min_events"] = alerting.min_events
    if alerting.min_bad is not None:
        found["min_bad"] = alerting.min_bad
    if alerting.weigh != "time":
        found["weigh"] = alerting.weigh
    if not alerting.first_values:
        found["first_values"] = False
    if not alerting.signal:
        found["signal"] = False
    return {key: value for key, value in found.items() if value != {}}


def _notice(notice: Notice, severity: Severity) -> Json:
    found: Json = {}
    if not notice.enabled:
        found["enabled"] = False
    if notice.labels:
        found["labels"] = dict(notice.labels)
    if notice.annotations:
        found["annotations"] = dict(notice.annotations)
    if notice.for_seconds is not None:
        found["for"] = format_seconds(notice.for_seconds)
    if notice.burn is not None:
        found["burn"] = [
            {
                "budget": share_text(policy.share),
                "in": format_seconds(policy.long_seconds),
                "short": format_seconds(policy.short_seconds),
                **({} if policy.for_seconds is None else {"for": format_seconds(policy.for_seconds)}),
            }
            for policy in notice.burn
            if policy.severity == severity
        ]
    return found
