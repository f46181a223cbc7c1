"""Pasts to replay alerts over: counts minute by minute, with errors where a test wants them."""

from collections.abc import Iterable, Sequence

import numpy as np

from support.ledgers import MIDNIGHT
from tallystick.core.burn import BurnAlert, burn_alerts
from tallystick.core.past import Past, Promise
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange

DAY_MINUTES = 1_440

Errors = Iterable[tuple[int, int, float]]
"""From which minute to which there are errors, and what share of the events they are."""


def past_of(
    errors: Errors,
    minutes: int,
    *,
    per_minute: float = 10_000,
    unobserved: Sequence[range] = (),
    excluded: Sequence[range] = (),
    since: int = 0,
) -> Past:
    """So many *minutes* from midnight on, with as many events in each."""
    total = np.full(minutes, float(per_minute))
    share = np.zeros(minutes)
    for first, after, ratio in errors:
        share[first:after] = ratio
    observed = np.ones(minutes, np.bool_)
    out = np.zeros(minutes + 1, np.bool_)
    for part in unobserved:
        observed[part.start : part.stop] = False
    for part in excluded:
        out[part.start : part.stop] = True
    observed &= ~out[:-1]
    bad = np.rint(total * share) * observed
    total *= observed
    return Past(Slices(MIDNIGHT, observed, total - bad, total), out, since)


def minute(at: int | None) -> int:
    """An instant, in minutes since midnight; -1 for one that never comes."""
    return -1 if at is None else (at - MIDNIGHT) // 60


def minutes_of(span: TimeRange) -> tuple[int, int]:
    """Both ends of a range of time."""
    return minute(span.start), minute(span.end)


def promise_of(slo: Slo) -> Promise:
    """What the alerts of *slo* compare with, where its counts are events."""
    return Promise(objective=slo.objective, period_seconds=slo.windows[0].nominal_seconds, weigh=slo.alerting.weigh)


def alerts_of(slo: Slo) -> list[BurnAlert]:
    """All alerts of *slo*."""
    return burn_alerts(slo, slo.windows[0].nominal_seconds)
