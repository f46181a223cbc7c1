"""Targets whose process began anew, looked at once more by their raw samples."""

import numpy as np

from tallystick.core.arrivals import LOOKBACK_STEPS, STEP_SECONDS, Presence, restarts
from tallystick.core.increments import TOTAL, read_counters
from tallystick.core.memory import Memory
from tallystick.core.scrapes import Surroundings
from tallystick.core.selector import Selector
from tallystick.core.series import Target
from tallystick.core.slices import Bools, Floats
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.grid import LOOKBACK, Grid
from tallystick.upstream.samples import raw_samples
from tallystick.upstream.sums import Counter, pins

_TOO_MUCH = ("too_large", "timeout", "rejected")
"""Reasons for which a target's raw samples can't be had, though its sums can."""


def after_restarts(grid: Grid, counter: Counter, presence: Presence, target: Target) -> tuple[Floats, Bools]:
    """
    What a target counted after its process began anew, from raw samples, and in which steps that is known.

    A new process may show a series only hours later: what it was before is the old process', which sums can't tell.
    """
    values = np.full(grid.steps, np.nan)
    for restart in np.flatnonzero(restarts(presence, target)).tolist():
        first, last = max(restart, LOOKBACK_STEPS), min(restart + LOOKBACK_STEPS, LOOKBACK_STEPS + grid.steps)
        if first < last:
            start = grid.whole.start + restart * STEP_SECONDS
            span = TimeRange(start - LOOKBACK, grid.whole.start + last * STEP_SECONDS)
            part = slice(first - LOOKBACK_STEPS, last - LOOKBACK_STEPS)
            values[part] = _raw(grid, counter, target, span)[first - last :]
    return values, ~np.isnan(values)


def _raw(grid: Grid, counter: Counter, target: Target, span: TimeRange) -> Floats:
    """What one target counted in each step of *span*, from raw samples; NaN if even those of one are too many."""
    around = (Selector(metric, pins([target])) for metric in ("up", "process_start_time_seconds"))
    try:
        series = raw_samples(grid.prometheus, counter.of([target]).term.selector, span)
        up, starts = (grid.samples(selector, span) for selector in around)
    except PrometheusError as fault:
        if fault.reason not in _TOO_MUCH:
            raise
        return np.full(span.seconds // STEP_SECONDS, np.nan)
    reading = read_counters(span, {TOTAL: series}, Surroundings(up, up, up, starts), Memory())
    return np.asarray(reading.counts[TOTAL].reshape(-1, STEP_SECONDS // SLICE_SECONDS).sum(axis=1))
