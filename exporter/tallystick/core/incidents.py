"""
Where budget was lost, found in the counts alone.

Alerts are judged by it, so nothing of an alert is in it: no window, no factor. docs/backtest.md describes it for people.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tallystick.core.past import Past, running
from tallystick.core.slices import Bools, Floats
from tallystick.core.timerange import TimeRange

PAUSE_SLICES = 60
"""A stretch is over once as much budget was saved as the sustainable pace spends in this time."""

IDLE_SLICES = 6 * 60
"""A stretch does not go on over a time this long in which nothing was counted."""

EDGE = 0.1
"""A stretch begins and ends where errors go over this part of its own error ratio: what came before was background."""


@dataclass(frozen=True, slots=True)
class Loss:
    """
    A stretch in which budget was lost faster than it may be.

    Attributes:
        span: from the beginning of the first reading that was worse than allowed to the end of the last one.
        bad: bad counts within.
    """

    span: TimeRange
    bad: float


def losses(past: Past, budget: float, *, least: float = 0, grain: float = 0) -> list[Loss]:
    """
    All such stretches, small ones too, in order and apart from one another.

    A stretch begins with a slice whose bad share is above the budget, and reaches to where the most has been lost above the
    sustainable pace. It ends there if afterwards as much was saved as the pace spends in `PAUSE_SLICES` (or one event, where
    that is more), if all that was lost was made up for, or if nothing was counted for `IDLE_SLICES`.

    Args:
        past: what counted.
        budget: allowed share of bad counts.
        least: bad counts of a stretch that matters; the edges of smaller ones are not looked at closely.
        grain: counts that come as one, so that less says nothing: an event, where events are counted.
    """
    bad, total = past.bad, past.net.total
    counted = int(past.net.observed.sum())
    if not counted or not bad.any():
        return []
    pace = budget * float(total.sum()) / counted
    finder = _Finder(bad, total, budget, max(pace * PAUSE_SLICES, grain), least)
    return [
        Loss(TimeRange(past.instant(first - past.reading), past.instant(after - 1)), finder.lost(first, after))
        for first, after in sorted(finder.find())
    ]


class _Finder:
    """Looks for stretches; they are ranges of indices."""

    def __init__(self, bad: Floats, total: Floats, budget: float, fall: float, least: float) -> None:
        self._bad, self._total, self._budget, self._fall, self._least = bad, total, budget, fall, least
        self._excess = bad - budget * total
        self._lost: list[float] = running(bad).tolist()

    def lost(self, first: int, after: int) -> float:
        """Bad counts between two indices."""
        return self._lost[after] - self._lost[first]

    def find(self) -> Iterator[tuple[int, int]]:
        todo = _busy(self._total > 0)
        while todo:
            first, after = todo.pop()
            for one in self._scan(first, after):
                core = self._core(*one) if self.lost(*one) >= self._least else one
                yield core
                todo += [part for part in ((one[0], core[0]), (core[1], one[1])) if part[0] < part[1]]

    def _scan(self, first: int, after: int) -> Iterator[tuple[int, int]]:
        """Stretches between two indices, each up to where the most was lost."""
        worse = self._excess[first:after] > 0
        edges = (np.flatnonzero(np.diff(np.concatenate(([False], worse, [False])))) + first).reshape(-1, 2)
        sums = running(self._excess[first:after])
        starts, ends = edges[:, 0].tolist(), edges[:, 1].tolist()
        before, then = sums[edges[:, 0] - first].tolist(), sums[edges[:, 1] - first].tolist()
        before.append(float("-inf"))  # what comes after the last is all saved
        at = 0
        while at < len(starts):
            top = now = at
            while then[top] - before[now + 1] < self._fall and before[now + 1] > before[at]:
                now += 1
                if then[now] > then[top]:
                    top = now
            yield starts[at], ends[top]
            at = top + 1

    def _core(self, first: int, after: int) -> tuple[int, int]:
        """A stretch without the background at its edges: the part that stands out most against a tenth of its ratio."""
        bad, total = self._bad[first:after], self._total[first:after]
        pace = max(self._budget, EDGE * float(bad.sum() / total.sum()))
        sums = running(bad - pace * total)
        gains = sums - np.minimum.accumulate(sums)
        end = int(gains.argmax())
        lows = sums[: end + 1]
        start = len(lows) - 1 - int(lows[::-1].argmin())
        return first + start, first + end


def _busy(counted: Bools) -> list[tuple[int, int]]:
    """The ranges of indices between long times in which nothing was counted."""
    there = np.flatnonzero(counted)
    if not len(there):
        return []
    breaks = np.flatnonzero(np.diff(there) > IDLE_SLICES)
    starts = [int(there[0]), *there[breaks + 1].tolist()]
    return list(zip(starts, [*(there[breaks] + 1).tolist(), int(there[-1]) + 1], strict=True))
