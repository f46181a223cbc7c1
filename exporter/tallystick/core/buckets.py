"""
When a histogram has no bucket to count good events with, though it counts all events.

An application was rolled out with other buckets, or a rule began to drop some. Events of then are not "all bad": what they are is
unknown. So is the first count of the bucket after that, which holds the good events of the time without it.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.increments import TOTAL
from tallystick.core.memory import LastSample, Memory
from tallystick.core.series import Target
from tallystick.core.slices import Bools
from tallystick.core.timerange import SLICE_SECONDS, TimeRange

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Counter:
    """
    One series of a histogram, as far as it matters here.

    Attributes:
        histogram: its labels without a bucket's bound.
        target: where it is scraped.
        key: see `tallystick.core.series.Identity`.
        times: of its samples, in milliseconds since 1970.
    """

    histogram: Labels
    target: Target
    key: str
    times: Sequence[int]


@dataclass(frozen=True, slots=True)
class Lacking:
    """
    What can't be told.

    Attributes:
        slices: in which there is no bucket to count with, or the first count after that; shape (slices,).
        histograms: the labels of those that lack it.
    """

    slices: Bools
    histograms: Collection[Labels]


def lacking(span: TimeRange, total: Iterable[Counter], good: Iterable[Counter], memory: Memory) -> Lacking:
    """
    Where *total* has samples and *good* has none of the same histogram.

    Args:
        span: the time at hand.
        total: counts of all observations.
        good: buckets; those of one histogram that are spelled otherwise are one.
        memory: what was left by the reading of the time before.
    """
    buckets: dict[Labels, list[Counter]] = {}
    for one in good:
        buckets.setdefault(one.histogram, []).append(one)
    slices, histograms = np.zeros(span.slices, np.bool_), []
    for one in total:
        own = buckets.get(one.histogram, ())
        missing = set(one.times).difference(*(bucket.times for bucket in own))
        if missing:
            histograms.append(one.histogram)
        known = memory.targets.get(one.target)
        remembered: Mapping[tuple[str, str], LastSample] = known.series if known else {}
        before = remembered.get((TOTAL, one.key))
        for bucket in own:
            missing.update(_back_at(bucket, missing, before, remembered.get(("good", bucket.key))))
        for time_ms in missing:
            slices[(time_ms - span.start * 1_000) // (SLICE_SECONDS * 1_000)] = True
    return Lacking(slices, histograms)


def _back_at(
    bucket: Counter, missing: Collection[int], total_before: LastSample | None, before: LastSample | None
) -> list[int]:
    """The samples of *bucket* right after its histogram was scraped without it: of those times, or before the span."""
    times = list(bucket.times)
    was_without = total_before is not None and before is not None and before.time_ms < total_before.time_ms
    back = times[:1] if was_without else []
    for earlier, later in itertools.pairwise([None, *times]):
        if later is not None and any(time_ms < later and (earlier is None or time_ms > earlier) for time_ms in missing):
            back.append(later)
    return back
