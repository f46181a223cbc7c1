"""Counts slice by slice, as arrays: what one reading gives and one day of the ledger holds."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import SLICE_SECONDS, TimeRange

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """
    Good and total events in consecutive slices.

    Attributes:
        start: start of the first slice, in seconds since 1970; a multiple of the slice.
        observed: whether each was observed, shape (n,).
        good: good events in each, shape (n,); 0 where it was not observed.
        total: all events in each, shape (n,); likewise.
    """

    start: int
    observed: Bools
    good: Floats
    total: Floats

    @property
    def span(self) -> TimeRange:
        """The time they cover."""
        return TimeRange(self.start, self.start + len(self.observed) * SLICE_SECONDS)

    def clip(self, span: TimeRange) -> "Slices":
        """Those inside *span*, which is aligned."""
        part = self.span.clip(span)
        first, last = ((edge - self.start) // SLICE_SECONDS for edge in (part.start, part.end))
        return Slices(part.start, self.observed[first:last], self.good[first:last], self.total[first:last])

    def observation(self) -> Observation:
        """All of them in one."""
        return Observation(
            Tally(float(self.good.sum()), float(self.total.sum())), int(self.observed.sum()) * SLICE_SECONDS
        )


def join(parts: Sequence[Slices]) -> Slices:
    """Slices that follow one another (at least one of them) as one."""
    for before, after in itertools.pairwise(parts):
        assert before.span.end == after.start, "slices do not follow one another"
    return Slices(
        parts[0].start,
        np.concatenate([part.observed for part in parts]),
        np.concatenate([part.good for part in parts]),
        np.concatenate([part.total for part in parts]),
    )
