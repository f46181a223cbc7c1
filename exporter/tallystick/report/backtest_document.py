"""A replay of alerts as JSON; docs/backtest.md describes the keys."""

from collections.abc import Sequence

import orjson

from tallystick.core.alertdiff import Difference
from tallystick.core.alertscore import Backtest, Firing, Incident, Replayed, Score, middle
from tallystick.core.backtest import for_seconds
from tallystick.core.backtested import Compared, Outcome, Replay
from tallystick.core.duration import format_seconds
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.report.document import instant, number

Json = dict[str, object]


def backtest_json(replay: Replay) -> str:
    """All of it as a JSON object, indented."""
    document = {
        "start": instant(replay.span.start),
        "end": instant(replay.span.end),
        "resolution_seconds": SLICE_SECONDS,
        "significant": number(replay.significant),
        "slos": [_compared(one, compares=replay.compares) for one in replay.slos],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _compared(one: Compared, *, compares: bool) -> Json:
    named: Json = {
        "slo": one.either.slo.slo_id,
        "service": one.either.slo.service,
        "group": dict(one.either.group),
        "here": _outcome(one.here) if one.here else None,
    }
    if not compares:
        return named
    there = _outcome(one.there) if one.there else None
    return {**named, "there": there, "differences": [_difference(each) for each in one.differences]}


def _outcome(one: Outcome) -> Json:
    slo = one.slo
    return {
        "objective": float(slo.objective),
        "window": slo.windows[0].name,
        "weigh": slo.alerting.weigh,
        "known": one.backtest is not None,
        "whole_from": None if one.whole_from is None else instant(one.whole_from),
        "unobserved_seconds": one.unobserved_seconds,
        "excluded_seconds": one.excluded_seconds,
        **(_backtest(one.backtest) if one.backtest else _NOTHING),
    }


_NOTHING: Json = {"lost": None, "alerts": [], "incidents": [], "scores": {}, "noise": 0, "missed": []}


def _backtest(found: Backtest) -> Json:
    return {
        "lost": found.lost,
        "alerts": [_replayed(one) for one in found.replayed],
        "incidents": [_incident(one) for one in found.incidents],
        "scores": {severity: _score(score) for severity, score in found.scores.items()},
        "noise": found.noise,
        "missed": [instant(one.loss.span.start) for one in found.missed],
    }


def _replayed(one: Replayed) -> Json:
    alert = one.alert
    return {
        "severity": alert.policy.severity,
        "long_window": format_seconds(alert.policy.long_seconds),
        "short_window": format_seconds(alert.policy.short_seconds),
        "factor": number(alert.factor),
        "for_seconds": for_seconds(alert),
        "min_events": alert.min_events,
        "min_bad": alert.min_bad,
        "fired": [_firing(each) for each in one.firings],
    }


def _firing(one: Firing) -> Json:
    fired = one.fired
    return {
        "start": instant(fired.start),
        "firing": instant(fired.firing),
        "end": None if fired.end is None else instant(fired.end),
        "firing_seconds": None if fired.end is None else fired.end - fired.firing,
        "noise": one.noise,
        "onset": None if one.onset is None else instant(one.onset),
        "spent": one.spent,
        "spent_in_long_window": one.spent_in_long,
        "detection_seconds": one.detection_seconds,
        "reset_seconds": one.reset_seconds,
    }


def _incident(one: Incident) -> Json:
    return {
        **_span(one.loss.span),
        "lost": one.share,
        "detection_seconds": dict(one.detection_seconds),
        "reset_seconds": dict(one.reset_seconds),
    }


def _score(score: Score) -> Json:
    return {
        "alerts": score.alerts,
        "noise": score.noise,
        "precision": number(score.precision),
        "incidents": score.incidents,
        "told": score.told,
        "recall": number(score.recall),
        "lost": score.lost,
        "recall_of_budget": score.recall_of_budget,
        "detection_seconds": _times(score.detection),
        "reset_seconds": _times(score.reset),
        "spells": len(score.spells),
        "per_week": score.per_week,
    }


def _times(seconds: Sequence[int]) -> Json:
    return {"median": middle(seconds), "longest": max(seconds, default=None)}


def _difference(one: Difference) -> Json:
    return {
        "severity": one.severity,
        "here": _span(one.here) if one.here else None,
        "there": _span(one.there) if one.there else None,
        "later_seconds": one.later_seconds,
    }


def _span(span: TimeRange) -> Json:
    return {"start": instant(span.start), "end": instant(span.end)}
