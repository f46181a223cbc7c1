"""
What counted in the past of one SLO, summed over the windows that its alerts look at.

Windows are differences of running sums, so all of them cost a few additions of whole arrays.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.core.alerting import Weigh
from tallystick.core.burn import BurnAlert
from tallystick.core.slices import Bools, Floats, Slices
from tallystick.core.timerange import SLICE_SECONDS, TimeRange

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """
    What alerts compare with.

    Attributes:
        objective: promised share of good events.
        period_seconds: length of the window that the budget is for.
        weigh: what a share of the budget is a share of.
        per_event: counts to one event of the rules.
    """

    objective: Decimal
    period_seconds: int
    weigh: Weigh = "time"
    per_event: Fraction = Fraction(1)


@dataclass(eq=False, slots=True)
class Past:
    """
    What counted in the past of one SLO (and group), and its running sums.

    Attributes:
        net: slices, without what is excluded.
        excluded: which of them are excluded, and the one that comes next, shape (n + 1,).
        since: index of the first slice at whose end alerts are looked at; those before are only history.
        reading: slices of one reading of the SLI, whose counts stand in the last of them.
    """

    net: Slices
    excluded: Bools
    since: int = 0
    reading: int = 1
    _bad: Floats = field(init=False)
    _total: Floats = field(init=False)
    _traffic: Integers = field(init=False)
    _observed: Integers = field(init=False)
    _windows: dict[int, "Window"] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sum up."""
        self._bad = running(self.bad)
        self._total = running(self.net.total)
        self._traffic = running(self.net.total > 0, np.int64)
        self._observed = running(self.net.observed, np.int64)

    @property
    def bad(self) -> Floats:
        """Bad counts of each slice."""
        return self.net.total - self.net.good

    @property
    def end(self) -> int:
        """The end of the last slice."""
        return self.net.span.end

    def instant(self, index: int) -> int:
        """The end of slice *index*, in seconds since 1970."""
        return self.net.start + (index + 1) * SLICE_SECONDS

    def index(self, at: int) -> int:
        """Index of the slice that begins at instant *at*."""
        return (at - self.net.start) // SLICE_SECONDS

    def bad_between(self, start: int, end: int) -> float:
        """Bad counts from one instant to another."""
        return float(self._bad[self.index(end)] - self._bad[self.index(start)])

    def period_counts(self, period_seconds: int) -> float:
        """Counts of a whole period, by what was counted in its observed time; 0 if there was none."""
        latest = self.net.clip(TimeRange(max(self.end - period_seconds, self.net.start), self.end))
        observed = int(latest.observed.sum())
        return float(latest.total.sum()) / observed * (period_seconds / SLICE_SECONDS) if observed else 0.0

    def window(self, seconds: int) -> "Window":
        """Its windows of so many *seconds*, one for each evaluation."""
        found = self._windows.get(seconds)
        if found is None:
            found = self._windows[seconds] = self._made(seconds)
        return found

    def _made(self, seconds: int) -> "Window":
        after, before = self._edges(seconds)
        return Window(
            bad=self._bad[after] - self._bad[before],
            total=self._total[after] - self._total[before],
            any=self._traffic[after] > self._traffic[before],
        )

    def known(self, seconds: int) -> Bools:
        """Whether anything was observed in each of its windows of so many *seconds*."""
        after, before = self._edges(seconds)
        found: Bools = self._observed[after] > self._observed[before]
        return found

    def enough(self, alert: BurnAlert, promise: Promise) -> Bools:
        """Whether there were enough events, and enough bad ones, in the long window of *alert*."""
        return enough(self.window(alert.policy.long_seconds), alert, promise.per_event)

    def _edges(self, seconds: int) -> tuple[Any, Any]:
        """Indices into running sums: where each window ends, and where it begins, or the past does."""
        count, first = seconds // SLICE_SECONDS, self.since + 1
        if count <= first:  # no copies, which are most of the work
            return slice(first, None), slice(first - count, len(self._bad) - count)
        after = np.arange(first, len(self._bad))
        return after, np.maximum(after - count, 0)

    def period_total(self, period_seconds: int) -> Floats:
        """
        Counts of a whole period, as the rules know them at each evaluation; NaN where they know nothing.

        The mean of what was counted in the observed time of the past period, times its length.
        """
        period = period_seconds // SLICE_SECONDS
        after = np.arange(1, len(self._total))[self.since :]
        before = np.maximum(after - period, 0)
        number = self._observed[after] - self._observed[before]
        mean = (self._total[after] - self._total[before]) / np.where(number > 0, number, np.nan)
        found: Floats = mean * period
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """
    Sums over one window at each evaluation.

    Attributes:
        bad: bad counts, shape (n,).
        total: all counts, shape (n,).
        any: whether there were any, shape (n,): without there is no ratio.
    """

    bad: Floats
    total: Floats
    any: Bools


def enough(long: Window, alert: BurnAlert, per_event: Fraction) -> Bools:
    """Whether there were as many events, and bad ones, as *alert* asks for."""
    found: Bools = np.ones(len(long.total), np.bool_)
    if alert.min_events is not None:
        found &= long.total >= float(alert.min_events * per_event)
    if alert.min_bad is not None:  # the rules round to whole events, half of one up
        found &= long.bad >= float((alert.min_bad - Fraction(1, 2)) * per_event)
    return found


def running(values: NDArray[Any], kind: Any = np.float64) -> NDArray[Any]:
    """Sums of *values* up to each of them, 0 first."""
    made = np.zeros(len(values) + 1, kind)
    np.cumsum(values, out=made[1:], dtype=kind)
    return made
