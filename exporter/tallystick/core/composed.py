"""
The past of a composite: each of its windows put together of its parts' windows, as the rules do.

What it lost is told by five minutes, which all parts have a reading in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert
from tallystick.core.composite import Method
from tallystick.core.past import Past, Promise, Window, enough
from tallystick.core.sli import NoData
from tallystick.core.slices import Bools, Floats, Slices
from tallystick.core.timerange import SLICE_SECONDS


@dataclass(frozen=True, slots=True)
class PartPast:
    """
    A part of a composite.

    Attributes:
        weight: how much it counts, relative to the others.
        past: what counted of it, without what is excluded of the composite either; looked at from its first slice on.
        per_event: its counts to one event of the rules.
    """

    weight: float
    past: Past
    per_event: Fraction


@dataclass(frozen=True, slots=True)
class Blend:
    """
    How parts make a whole.

    Attributes:
        parts: at least one, all of the same time.
        method: how their shares of bad events are put together.
        no_data: what a part counts as of which nothing was observed in a window.
    """

    parts: Sequence[PartPast]
    method: Method
    no_data: NoData

    def window(self, seconds: int) -> Window:
        """The whole in each window of so many *seconds*."""
        found = [(part, part.past.window(seconds)) for part in self.parts]
        return self._whole(seconds, [_ratio(window) for _, window in found])

    def with_enough(self, alert: BurnAlert) -> Window:
        """Likewise in the long window of *alert*, where errors of a part that has too few events count as none."""
        seconds = alert.policy.long_seconds
        ratios = []
        for part in self.parts:
            window = part.past.window(seconds)
            ratios.append(np.where(window.any & ~enough(window, alert, part.per_event), 0.0, _ratio(window)))
        return self._whole(seconds, ratios)

    def _whole(self, seconds: int, ratios: Sequence[Floats]) -> Window:
        """Parts without events have no *ratios*, and are left out; those without data count by `no_data`."""
        windows = [part.past.window(seconds) for part in self.parts]
        stacked = np.stack(ratios)
        if self.no_data == "bad" or (self.no_data == "good" and self.method == "weighted"):
            missing = ~np.stack([part.past.known(seconds) for part in self.parts])
            stacked[missing] = 1.0 if self.no_data == "bad" else 0.0
        there = np.logical_or.reduce([window.any for window in windows])
        total = np.sum(
            [window.total / float(part.per_event) for part, window in zip(self.parts, windows, strict=True)], axis=0
        )
        ratio = np.where(there, self._put_together(stacked), 0.0)
        return Window(bad=ratio * total, total=total, any=there)

    def _put_together(self, ratios: Floats) -> Floats:
        known = ~np.isnan(ratios)
        values = np.where(known, ratios, 0.0)
        if self.method == "worst":
            worst: Floats = values.max(axis=0)
            return worst
        if self.method == "serial":
            product: Floats = 1 - np.prod(1 - values, axis=0)
            return product
        weights = np.array([[part.weight] for part in self.parts])
        weighed = (weights * known).sum(axis=0)
        mean: Floats = (weights * values).sum(axis=0) / np.where(weighed > 0, weighed, 1.0)
        return mean


class ComposedPast(Past):
    """The past of a composite."""

    __slots__ = ("_blend",)

    def __init__(self, blend: Blend, excluded: Bools, since: int) -> None:
        """Put the parts of *blend* together; see `Past`."""
        super().__init__(_by_pieces(blend), excluded, since, PIECE_SECONDS // SLICE_SECONDS)
        self._blend = blend

    def enough(self, alert: BurnAlert, promise: Promise) -> Bools:
        """Whether it would still be above the threshold with the errors only of parts that have enough events."""
        if alert.min_events is None and alert.min_bad is None:
            return np.ones(len(self.net.observed) - self.since, np.bool_)
        window = self._blend.with_enough(alert)
        threshold = float(alert.factor * error_budget(promise.objective))
        found: Bools = window.any & (window.bad > threshold * window.total)
        return found[self.since :]

    def known(self, seconds: int) -> Bools:
        """Whether anything was observed of any part."""
        found: Bools = np.logical_or.reduce([part.past.known(seconds) for part in self._blend.parts])
        return found[self.since :]

    def _made(self, seconds: int) -> Window:
        window = self._blend.window(seconds)
        return Window(window.bad[self.since :], window.total[self.since :], window.any[self.since :])


def _ratio(window: Window) -> Floats:
    """Share of bad counts; NaN without any."""
    ratio: Floats = np.where(window.any, window.bad / np.where(window.any, window.total, 1.0), np.nan)
    return ratio


def _by_pieces(blend: Blend) -> Slices:
    """The whole by the clock's five minutes, each in its last slice."""
    first = blend.parts[0].past.net
    window = blend.window(PIECE_SECONDS)
    ends = first.start + SLICE_SECONDS * np.arange(1, len(first.observed) + 1)
    here = ends % PIECE_SECONDS == 0
    observed: Bools = np.logical_or.reduce([part.past.net.observed for part in blend.parts])
    total = np.where(here, window.total, 0.0)
    return Slices(first.start, observed, total - np.where(here, window.bad, 0.0), total)
