"""Judging alerts: replaying them, finding what was lost, and telling which belongs to which."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tallystick.core.alerting import SEVERITIES, Severity
from tallystick.core.alertscore import WEEK_SECONDS, Backtest, Firing, Incident, Replayed, Score, spells
from tallystick.core.backtest import Fired, replay
from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert
from tallystick.core.incidents import Loss, losses
from tallystick.core.past import Past, Promise
from tallystick.core.timerange import SLICE_SECONDS, TimeRange

PARTS = 30
"""Pieces that a replay is told in: days, for the usual month."""


def score(
    past: Past, start: int, alerts: Sequence[BurnAlert], promise: Promise, *, significant: Fraction, grain: float
) -> Backtest:
    """
    Replay *alerts* and judge them by what was lost.

    Args:
        past: what counted, from before *start* to the end of what is replayed.
        start: where that begins. What began before it is not judged, but what came later may belong to it.
        alerts: in which pairs.
        promise: what they compare with.
        significant: share of the period's budget that makes a loss an incident.
        grain: see `tallystick.core.incidents.losses`.
    """
    span = TimeRange(start, past.end)
    ratio = float(error_budget(promise.objective))
    budget = ratio * past.period_counts(promise.period_seconds)
    stretches = losses(past, ratio, least=float(significant) * budget, grain=grain)
    fired = [(alert, replay(past, alert, promise)) for alert in alerts]
    heavy = [one for one in stretches if one.bad >= float(significant) * budget]
    judge = _Judge(past, budget, heavy, stretches)
    replayed = [
        Replayed(alert, [judge.firing(alert, one) for one in times if one.firing > start]) for alert, times in fired
    ]
    incidents = [judge.incident(one, fired) for one in heavy if one.span.start >= start]
    severities = [severity for severity in SEVERITIES if any(alert.policy.severity == severity for alert in alerts)]
    return Backtest(
        span=span,
        lost=past.bad_between(start, past.end) / budget if budget else None,
        course=[(part, past.bad_between(part.start, part.end) / budget) for part in _parts(span)] if budget else [],
        replayed=replayed,
        incidents=incidents,
        scores={severity: _score(severity, span, replayed, incidents) for severity in severities},
        asked=max((share_of(alert, promise) for alert in alerts), default=None),
    )


def _parts(span: TimeRange) -> list[TimeRange]:
    """*span* in `PARTS` pieces, aligned to slices."""
    edges = [span.start + span.slices * part // PARTS * SLICE_SECONDS for part in range(PARTS + 1)]
    return [TimeRange(start, end) for start, end in pairwise(edges)]


def share_of(alert: BurnAlert, promise: Promise) -> Fraction:
    """The share of the budget that is gone within the long window when *alert* fires, with its factor as it came to be."""
    return alert.factor * alert.policy.long_seconds / promise.period_seconds


def belongs(alert: BurnAlert, fired: Fired, loss: Loss, end: int) -> bool:
    """Whether *loss* went on while the condition held, which is to *end* if it goes on, or within the short window before."""
    until = end if fired.end is None else fired.end
    return loss.span.start < until and loss.span.end > fired.start - alert.policy.short_seconds


class _Judge:
    """Tells what belongs to what."""

    def __init__(self, past: Past, budget: float, incidents: Sequence[Loss], stretches: Sequence[Loss]) -> None:
        self._past, self._budget = past, budget
        self._incidents, self._stretches = incidents, stretches

    def firing(self, alert: BurnAlert, fired: Fired) -> Firing:
        """What *fired* was worth."""
        mine = [one for one in self._incidents if belongs(alert, fired, one, self._past.end)]
        errors = mine or [one for one in self._stretches if belongs(alert, fired, one, self._past.end)]
        onset = min((one.span.start for one in errors if one.span.start < fired.firing), default=None)
        spent = None if onset is None else self._share(self._past.bad_between(onset, fired.firing))
        reset = None if fired.end is None or not mine else max(fired.end - mine[-1].span.end, 0)
        return Firing(
            fired,
            onset,
            spent,
            self._share(fired.bad_in_long),
            noise=not mine,
            detection_seconds=max(fired.firing - mine[0].span.start, 0) if mine else None,
            reset_seconds=reset,
        )

    def incident(self, loss: Loss, fired: Sequence[tuple[BurnAlert, Sequence[Fired]]]) -> Incident:
        """Who told of *loss*, and when."""
        detection: dict[Severity, int] = {}
        reset: dict[Severity, int | None] = {}
        for severity in SEVERITIES:
            mine = [
                one
                for alert, times in fired
                if alert.policy.severity == severity
                for one in times
                if belongs(alert, one, loss, self._past.end)
            ]
            if mine:
                ends = [one.end for one in mine if one.end is not None]
                detection[severity] = max(min(one.firing for one in mine) - loss.span.start, 0)
                reset[severity] = max(*ends, loss.span.end) - loss.span.end if len(ends) == len(mine) else None
        return Incident(loss, loss.bad / self._budget, detection, reset)

    def _share(self, counts: float) -> float | None:
        return counts / self._budget if self._budget else None


def _score(severity: Severity, span: TimeRange, replayed: Sequence[Replayed], incidents: Sequence[Incident]) -> Score:
    firings = [one for each in replayed if each.alert.policy.severity == severity for one in each.firings]
    told = [one for one in incidents if severity in one.detection_seconds]
    return Score(
        alerts=len(firings),
        noise=sum(one.noise for one in firings),
        incidents=len(incidents),
        told=len(told),
        lost=sum(one.share for one in incidents),
        told_lost=sum(one.share for one in told),
        detection=sorted(one.detection_seconds[severity] for one in told),
        reset=sorted(after for one in told if (after := one.reset_seconds[severity]) is not None),
        spells=spells(span.end, [one.fired for one in firings]),
        week_share=Fraction(span.seconds, WEEK_SECONDS),
    )
