"""
How an SLO looks at what the ledger holds: agreed time taken out, and slices of time made events.

The ledger stores what happened. What of it counts, and as what, is applied when it is read: so an exclusion that is agreed
afterwards, or another way of budgeting, changes figures and no record. docs/budgets.md describes it for people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np

from tallystick.core.sli import NoData
from tallystick.core.slices import Bools, Floats, Slices
from tallystick.core.slo import Budgeting, BudgetingMethod
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import SLICE_SECONDS, TimeRange, within

Excluded = Callable[[TimeRange], Sequence[TimeRange]]
"""The parts of a range that do not count: aligned to slices, in order, apart from one another."""

RATIO_UNITS = 1_000_000_000
"""
Counts to one event where the ratio of a slice of time is its good event.

They are whole numbers, so that sums of days, hours and minutes are the same however time is split; a float holds those of 17
years of minutes.
"""

_EXACT = 2**53
"""Whole numbers up to here are exact as floats."""


def among(parts: Sequence[TimeRange]) -> Excluded:
    """An `Excluded` that looks its answers up in *parts*, which are in order and apart from one another."""
    return partial(within, parts)


def nothing_excluded(_span: TimeRange) -> Sequence[TimeRange]:
    """No part of it."""
    return ()


@dataclass(frozen=True, slots=True)
class Lens:
    """
    What of an account counts, and as what.

    Attributes:
        budgeting: what the budget is a share of.
        no_data: what a slice of time counts as of which nothing was observed; occurrences have no use for it here.
        excluded: which time does not count.
        since: first instant that was ever observed, in seconds since 1970; what is before it counts as nothing, whatever
            *no_data* says. None: nothing ever was.
        per_unit: counts of the ledger to one event.
        reading_seconds: how much time one reading of the SLI covers, whose counts stand in its last slice. Where any of it is
            excluded none of its counts are taken: which part they are of is not known.
    """

    budgeting: Budgeting
    no_data: NoData
    excluded: Excluded
    since: int | None
    per_unit: int
    reading_seconds: int = SLICE_SECONDS

    @property
    def units(self) -> int:
        """Counts to one event in what `apply` gives."""
        units: dict[BudgetingMethod, int] = {
            "occurrences": self.per_unit,
            "timeslices": 1,
            "ratio_timeslices": RATIO_UNITS,
        }
        return units[self.budgeting.method]

    @property
    def gross(self) -> "Lens":
        """The same with nothing excluded."""
        return replace(self, excluded=nothing_excluded)

    def plain(self, span: TimeRange) -> bool:
        """Whether it changes nothing within *span*, so that sums known of it can be used as they are."""
        return self.budgeting.method == "occurrences" and not self.excluded(span)

    def apply(self, slices: Slices) -> Slices:
        """
        *slices* as they count.

        Excluded ones are not observed. What is observed of the others stays so. Where slices of time are events, each stands
        in its last minute, and in counts of `units`; one that is not over by the end of *slices* is left out until it is, and so
        is one that began before them.

        Args:
            slices: what the ledger holds; of anything but an account's beginning and end, whole hours.
        """
        cut = self._cut(slices.span)
        kept = slices if cut is None else _without(slices, cut, self.reading_seconds // SLICE_SECONDS)
        if self.budgeting.method == "occurrences":
            return kept
        return self._timesliced(kept, cut)

    def in_events(self, found: Observation) -> Observation:
        """*found*, which is in counts of `units`, in events: exactly, as fractions where they are no whole numbers."""
        if self.units == 1:
            return found
        good, total = (Fraction(counts) / self.units for counts in (found.tally.good, found.tally.total))
        return Observation(Tally(good, total), found.observed_seconds)

    def _cut(self, span: TimeRange) -> Bools | None:
        """Which slices of *span* are excluded; None if there are none."""
        parts = self.excluded(span)
        if not parts:
            return None
        cut = np.zeros(span.slices, np.bool_)
        for part in parts:
            inside = span.clip(part)
            first, last = ((edge - span.start) // SLICE_SECONDS for edge in (inside.start, inside.end))
            cut[first:last] = True
        return cut

    def _timesliced(self, slices: Slices, cut: Bools | None) -> Slices:
        """Slices of time as events."""
        per = self.budgeting.slice_seconds // SLICE_SECONDS
        first = min(-(slices.start // SLICE_SECONDS) % per, len(slices.observed))
        whole = slice(first, first + (len(slices.observed) - first) // per * per)
        good, total = _sums(slices.good[whole], per), _sums(slices.total[whole], per)
        event = total > 0
        score = self._score(good, total) * event
        if self.no_data != "ignore":
            missing = self._missing(slices, cut, whole)
            event |= missing
            score[missing] = self.units if self.no_data == "good" else 0
        made_good, made_total = np.zeros_like(slices.good), np.zeros_like(slices.total)
        ends = slice(first + per - 1, whole.stop, per)
        made_good[ends], made_total[ends] = score, event * float(self.units)
        return Slices(slices.start, slices.observed, made_good, made_total)

    def _score(self, good: Floats, total: Floats) -> Floats:
        """What each slice of time is worth, 0 to `units`; anything where there were no events."""
        if self.budgeting.method == "timeslices":
            assert self.budgeting.slice_target is not None
            return at_least(good, total, Fraction(self.budgeting.slice_target)).astype(np.float64)
        nearest = np.rint(good / np.where(total > 0, total, 1) * RATIO_UNITS)
        score: Floats = np.minimum(nearest, RATIO_UNITS - (good < total))  # with any bad event it is not wholly good
        return score

    def _missing(self, slices: Slices, cut: Bools | None, whole: slice) -> Bools:
        """Which slices of time should have been observed and were not at all."""
        seconds = self.budgeting.slice_seconds
        shape = (-1, seconds // SLICE_SECONDS)
        known: Bools = np.asarray(slices.observed[whole].reshape(shape).any(axis=1))
        if self.since is None:
            return np.zeros_like(known)
        starts = slices.start + whole.start * SLICE_SECONDS + np.arange(len(known)) * seconds
        missing: Bools = ~known & (starts >= self.since)
        if cut is not None:
            missing &= ~cut[whole].reshape(shape).all(axis=1)
        return missing


def _sums(counts: Floats, per: int) -> Floats:
    """Sums of each *per* neighbours."""
    return counts if per == 1 else counts.reshape(-1, per).sum(axis=1)


def _without(slices: Slices, cut: Bools, per: int) -> Slices:
    """*slices* with those that are *cut* out unobserved, and without the counts of readings of *per* slices that they cut."""
    reading = (slices.start // SLICE_SECONDS + np.arange(len(cut))) // per
    lost = cut if per == 1 else np.isin(reading, reading[cut])
    return Slices(
        slices.start, slices.observed & ~cut, np.where(lost, 0.0, slices.good), np.where(lost, 0.0, slices.total)
    )


def at_least(good: Floats, total: Floats, target: Fraction) -> Bools:
    """
    Where *good* / *total* is at least *target*, exactly: 999 of 1,000 are 99.9 %.

    Both sides are multiplied out into whole numbers. Where those are too large for a float they are compared as fractions.

    Args:
        good: good events, shape (n,).
        total: all events, shape (n,).
        target: what their ratio is compared with.
    """
    met: Bools = good * target.denominator >= total * target.numerator
    for index in np.flatnonzero(total * target.denominator >= _EXACT):
        met[index] = Fraction(good[index]) >= Fraction(total[index]) * target
    return met
