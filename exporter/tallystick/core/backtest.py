"""
Burn-rate alerts replayed over counts of the past: when each would have been pending, firing and over.

They mean what the rules in ``rules/`` mean, evaluated at the end of every slice. docs/backtest.md tells what is not replayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tallystick.core.alerting import Severity
from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert
from tallystick.core.past import Past, Promise, Window
from tallystick.core.slices import Bools
from tallystick.core.timerange import SLICE_SECONDS

USUAL_FOR_SECONDS: Mapping[Severity, int] = {"page": 60, "ticket": 900}
"""How long a condition must hold where nothing is said: ``burnFor`` in rules/config.libsonnet."""

_EXACT = 2**53
"""Whole numbers up to here are exact as floats."""

_NEAR = 1e-9
"""Two products that are nearer than this, relatively, may compare otherwise than what they are made of."""


@dataclass(frozen=True, slots=True)
class Fired:
    """
    One time that an alert fired.

    Attributes:
        start: when its condition became true; all three are ends of slices, in seconds since 1970.
        firing: when it had been true for long enough.
        end: when it was true no more; None: it still was at the end of what was replayed.
        bad_in_long: bad counts within the long window by *firing*.
    """

    start: int
    firing: int
    end: int | None
    bad_in_long: float


def replay(past: Past, alert: BurnAlert, promise: Promise) -> list[Fired]:
    """
    Each time that *alert* fires, in order.

    Args:
        past: what counted.
        alert: the pair of windows, its factor and what else it asks for.
        promise: what it compares with.
    """
    held = condition(past, alert, promise)
    long = past.window(alert.policy.long_seconds)
    wait = -(-for_seconds(alert) // SLICE_SECONDS)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], held, [False]))))
    found = []
    for first, after in edges.reshape(-1, 2).tolist():
        if after - first > wait:
            start, firing = (past.instant(past.since + index) for index in (first, first + wait))
            end = None if after == len(held) else past.instant(past.since + after)
            found.append(Fired(start, firing, end, float(long.bad[first + wait])))
    return found


def for_seconds(alert: BurnAlert) -> int:
    """How long its condition must hold."""
    return USUAL_FOR_SECONDS[alert.policy.severity] if alert.for_seconds is None else alert.for_seconds


def condition(past: Past, alert: BurnAlert, promise: Promise) -> Bools:
    """Whether *alert*'s condition is true, at the end of each slice from ``past.since`` on, shape (n,)."""
    long, short = past.window(alert.policy.long_seconds), past.window(alert.policy.short_seconds)
    if promise.weigh == "traffic":
        held = _by_traffic(past, long, short, alert, promise)
    else:
        ratio = alert.factor * error_budget(promise.objective)
        held = long.any & short.any & exceeds(long, ratio) & exceeds(short, ratio)
    return held & past.enough(alert, promise) & ~past.excluded[past.since + 1 :]


def _by_traffic(past: Past, long: Window, short: Window, alert: BurnAlert, promise: Promise) -> Bools:
    """Whether so many of the period's events were bad, whatever share of their hour they were."""
    policy = alert.policy
    share = alert.factor * policy.long_seconds / promise.period_seconds
    allowed = past.period_total(promise.period_seconds) * float(share * error_budget(promise.objective))
    held: Bools = (long.bad > allowed) & (short.bad > allowed * (policy.short_seconds / policy.long_seconds))
    return held


def exceeds(window: Window, ratio: Fraction) -> Bools:
    """
    Where the bad share is more than *ratio*, exactly: 144 of 10,000 are not more than 1.44 %.

    Both sides are multiplied out. Where that is too large for floats and the sides are near one another, fractions decide.
    """
    left, right = window.bad * ratio.denominator, window.total * ratio.numerator
    held: Bools = left > right
    doubtful = (np.maximum(left, right) >= _EXACT) & (np.abs(left - right) <= right * _NEAR)
    for index in np.flatnonzero(doubtful):
        held[index] = Fraction(window.bad[index]) > ratio * Fraction(window.total[index])
    return held
