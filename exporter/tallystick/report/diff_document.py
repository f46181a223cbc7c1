"""A change of definitions as JSON; docs/diff.md describes the keys."""

from collections.abc import Sequence

import orjson

from tallystick.core.alerting import SEVERITIES, Severity
from tallystick.core.alertscore import middle
from tallystick.core.change import Change, Diff
from tallystick.core.impact import Effected, Impact, Kept, Measured, Rules
from tallystick.core.standing import Standing
from tallystick.report.changed import sentences
from tallystick.report.document import instant, number

Json = dict[str, object]


def diff_json(diff: Diff, effected: Effected | None, base: str, head: str) -> str:
    """All of it as a JSON object, indented; *base* and *head*: what the two sides are called."""
    document = {
        "base": base,
        "head": head,
        "same": diff.same,
        "changes": [_change(change) for change in diff.changes],
        "past": _past(effected) if effected else None,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _change(change: Change) -> Json:
    slo, before = change.slo, change.before
    return {
        "slo": slo.slo_id,
        "service": slo.service,
        "kind": change.kind,
        "former": before.slo_id if before and before.slo_id != slo.slo_id else None,
        "file": slo.file,
        "line": slo.line,
        "facts": [{"name": fact.name, "before": fact.before, "after": fact.after} for fact in change.facts],
        "parts": list(change.parts),
        "effects": [effect.value for effect in change.effects],
        "sentences": sentences(change),
    }


def _past(effected: Effected) -> Json:
    return {
        "start": instant(effected.span.start),
        "end": instant(effected.span.end),
        "slos": [_impact(impact, effected) for impact in effected.impacts],
        "unread": list(effected.unread),
    }


def _impact(impact: Impact, effected: Effected) -> Json:
    slo = impact.change.slo.slo_id
    same = [one for one in effected.impacts if one.change.slo.slo_id == slo]
    groups = [
        sum(side is not None for side in sides)
        for sides in zip(*((one.before, one.after) for one in same), strict=True)
    ]
    before, after = effected.rules.get(slo, (None, None))
    return {
        "slo": slo,
        "service": impact.change.slo.service,
        "group": dict(impact.group),
        "before": _side(impact.before, before, groups[0]) if impact.before else None,
        "after": _side(impact.after, after, groups[1]) if impact.after else None,
        "newly_breached": impact.newly_breached,
        "more_credits": impact.more_credits,
        "more_pages": impact.more_pages,
    }


def _side(side: Measured, rules: Rules | None, groups: int) -> Json:
    outcome = side.outcome
    return {
        "objective": float(side.slo.objective),
        "generation": side.slo.generation,
        "known": side.is_known,
        "unobserved_seconds": outcome.unobserved_seconds,
        "excluded_seconds": outcome.excluded_seconds,
        "lost": outcome.backtest.lost if outcome.backtest else None,
        "windows": [_window(side, standing) for standing in side.standings],
        "agreements": [_agreement(name, kept) for name, kept in side.kept.items()],
        "alerts": {severity: _alerts(side, severity) for severity in SEVERITIES if side.score(severity)},
        "rules": _rules(rules, groups) if rules else None,
    }


def _window(side: Measured, standing: Standing) -> Json:
    breaches = side.breaches[standing.window.name]
    return {
        "window": standing.window.name,
        "state": standing.state.value,
        "compliance": number(standing.compliance),
        "budget_remaining": number(standing.budget_remaining),
        "coverage": number(standing.coverage),
        "days_breached": breaches.days,
        "days_known": breaches.known,
    }


def _agreement(name: str, kept: Kept) -> Json:
    return {
        "agreement": name,
        "periods": kept.periods,
        "broken": kept.broken,
        "credit": None if kept.credit is None else float(kept.credit),
    }


def _alerts(side: Measured, severity: Severity) -> Json:
    score = side.score(severity)
    assert score is not None
    return {
        "alerts": score.alerts,
        "times": len(score.spells),
        "noise": score.noise,
        "incidents": score.incidents,
        "told": score.told,
        "detection_seconds": _times(score.detection),
        "spent_before": side.spent_before(severity),
    }


def _times(seconds: Sequence[int]) -> Json:
    return {"median": middle(seconds), "longest": max(seconds, default=None)}


def _rules(rules: Rules, groups: int) -> Json:
    return {"recording": rules.recording, "alerting": rules.alerting, "series": rules.recording * groups}
