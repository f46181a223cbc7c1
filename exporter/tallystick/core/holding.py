"""
How long a sample stands for the time after it.

A sample holds until the next one of its series, but no longer than one and a half times its distance to the one before:
when the next is that late, a scrape was missed. Prometheus' own staleness rule bounds it at five minutes. Only earlier
samples decide, so what a slice holds is settled once the slice is over, whenever it is read.
"""

import numpy as np

from tallystick.core.memory import FORGET_SERIES_MS
from tallystick.core.series import Times
from tallystick.core.slices import Bools
from tallystick.core.timerange import SLICE_SECONDS, TimeRange

FIRST_HOLD_MS = 60_000
"""Hold of a series' first sample, or the first after hours: how far the next one is, is not known."""

LONGEST_HOLD_MS = 300_000
"""Prometheus takes a series for gone after so long (its default `--query.lookback-delta`)."""

_SLICE_MS = SLICE_SECONDS * 1_000


def holds(times: Times, previous_ms: int | None) -> Times:
    """
    How long each sample may stand for the time after it.

    Args:
        times: when the samples were scraped, ascending, in milliseconds; shape (n,), n > 0.
        previous_ms: when the sample before the first of them was scraped; None if there is none.

    Returns:
        Milliseconds; shape (n,).
    """
    before = times[0] - FORGET_SERIES_MS - 1 if previous_ms is None else previous_ms
    apart = np.diff(times, prepend=before)
    hold_ms = np.minimum(apart * 3 // 2, LONGEST_HOLD_MS)
    return np.asarray(np.where(apart > FORGET_SERIES_MS, FIRST_HOLD_MS, hold_ms))


def held_until(times: Times, hold_ms: Times) -> Times:
    """Until when each sample holds: the next one's time, or its own hold; shape (n,)."""
    ends = times + hold_ms
    ends[:-1] = np.minimum(ends[:-1], times[1:])
    return ends


def touched(starts: Times, ends: Times, span: TimeRange) -> Bools:
    """Which slices of *span* any of ``[starts, ends)`` (in milliseconds) reaches into; shape (slices,)."""
    origin, count = span.start * 1_000, span.slices
    first = np.clip((starts - origin) // _SLICE_MS, 0, count)
    last = np.clip(-((origin - ends) // _SLICE_MS), 0, count)
    inside = last > first
    steps = np.bincount(first[inside], minlength=count + 1) - np.bincount(last[inside], minlength=count + 1)
    return np.asarray(np.cumsum(steps)[:count] > 0)


def held_ms(starts: Times, ends: Times, span: TimeRange) -> Times:
    """
    How many milliseconds of each slice of *span* ``[starts, ends)`` cover, which do not overlap; shape (slices,).

    It is the covered time up to each slice's edge, differenced: between the corners of that line nothing is rounded.
    """
    edges = np.arange(span.slices + 1) * _SLICE_MS
    if not len(starts):
        return np.zeros(span.slices, np.int64)
    corners = np.column_stack([starts, ends]).ravel() - span.start * 1_000
    covered = np.column_stack([np.zeros_like(starts), ends - starts]).ravel().cumsum()
    return np.asarray(np.diff(np.interp(edges, corners, covered)).round().astype(np.int64))
