"""One account's entries in memory: sums over any range of time."""

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.slices import Slices
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Counts over one range of time.

    Attributes:
        span: an hour, or a UTC day.
        observation: what is known of it, in the ledger's units.
        source: how it was read.
    """

    span: TimeRange
    observation: Observation
    source: str


class Book:
    """Sums over ranges of one account; a few additions, however long the range."""

    def __init__(self, entries: Sequence[Entry], detail: Callable[[TimeRange], Slices], *, per_unit: int = 1) -> None:
        """
        Take *entries*, which are in order and do not overlap.

        Args:
            entries: what is summed.
            detail: gives the slices of an entry's span, for ranges that cut through it.
            per_unit: counts of the ledger to one of what people see: 1000 where it holds milliseconds.
        """
        self._starts = [entry.span.start for entry in entries]
        self._ends = [entry.span.end for entry in entries]
        self._good = np.array([entry.observation.tally.good for entry in entries])
        self._total = np.array([entry.observation.tally.total for entry in entries])
        self._observed = np.array([entry.observation.observed_seconds for entry in entries], np.int64)
        self._detail = detail
        self._slices: dict[int, Slices] = {}
        self._per_unit = per_unit

    def observe(self, span: TimeRange) -> Observation:
        """What is known of *span*, which is aligned to slices."""
        first = bisect.bisect_left(self._starts, span.start)
        after = bisect.bisect_right(self._ends, span.end)
        found = self._sum(first, after) if first < after else UNOBSERVED
        for index in {first - 1, after}:
            if 0 <= index < len(self._starts) and not first <= index < after:
                found += self._slices_of(index).clip(span).observation()
        return Observation(
            Tally(found.tally.good / self._per_unit, found.tally.total / self._per_unit), found.observed_seconds
        )

    def _sum(self, first: int, after: int) -> Observation:
        """Entries *first* to *after*, added; good stays within total, as both are rounded alike."""
        return Observation(
            Tally(float(self._good[first:after].sum()), float(self._total[first:after].sum())),
            int(self._observed[first:after].sum()),
        )

    def _slices_of(self, index: int) -> Slices:
        if index not in self._slices:
            self._slices[index] = self._detail(TimeRange(self._starts[index], self._ends[index]))
        return self._slices[index]
