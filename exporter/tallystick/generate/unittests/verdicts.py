"""
What the alerts must say of a past: worked out from the definition, and not from the rules.

A verdict is None where a number is too close to its threshold for floating point. Windows are put together of pieces that
end at the moment of evaluation, so they are the same in all versions of Prometheus.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.burn import BurnAlert
from tallystick.generate.unittests.history import Counted, History, Sums
from tallystick.generate.unittests.whole import Whole

_CLOSE = 1e-6
"""Share of a threshold within which nothing is said."""

_CLOSE_EVENTS = 0.05
"""Events around a half within which nothing is said of a rounded number of them."""


DAY_PIECES = 86_400 // PIECE_SECONDS


@dataclass(frozen=True, slots=True)
class Usual:
    """
    Of an alert that weighs traffic: how many bad events are too many.

    Attributes:
        long: in the long window, for each event of the period.
        short: in the short one.
        days: length of the period.
        step_pieces: how often a rate is taken, of which the period's events are the mean.
    """

    long: Fraction
    short: Fraction
    days: Fraction
    step_pieces: int


@dataclass(frozen=True, slots=True)
class Alert:
    """
    A burn-rate alert.

    Attributes:
        burn: what it asks for.
        threshold: error ratio above which both windows must be: factor x error budget.
        wait_seconds: how long; its ``for``.
        usual: if traffic is weighed, what is compared in place of ratios.
    """

    burn: BurnAlert
    threshold: Fraction
    wait_seconds: int
    usual: Usual | None = None

    @property
    def waits(self) -> int:
        """Evaluations that the condition must hold after the first one."""
        return -(-self.wait_seconds // PIECE_SECONDS)

    @property
    def long_pieces(self) -> int:
        """Pieces of its long window."""
        return self.burn.policy.long_seconds // PIECE_SECONDS

    @property
    def short_pieces(self) -> int:
        """Pieces of its short window."""
        return self.burn.policy.short_seconds // PIECE_SECONDS


class Verdicts:
    """What alerts say of one history."""

    def __init__(self, history: History, whole: Whole) -> None:
        self._sums = Sums(history)
        self._whole = whole
        self._known: dict[tuple[Alert, int], bool | None] = {}

    def fires(self, alert: Alert, at: int) -> bool | None:
        """Whether *alert* fires at evaluation *at*: its condition has held for as long as it must."""
        said = True
        for number in range(at, at - alert.waits - 1, -1):
            found = self.burns(alert, number) if number > 0 else False
            if found is False:
                return False
            said = said and found is True
        return True if said else None

    def first(self, alert: Alert, *, start: int = 1, fires: bool = True) -> int | None:
        """The first evaluation from *start* on at which *alert* surely does, or does not; None if there is none."""
        return next((at for at in range(start, self._sums.last + 1) if self.fires(alert, at) is fires), None)

    def burns(self, alert: Alert, at: int) -> bool | None:
        """Whether the condition of *alert* holds at evaluation *at*."""
        key = (alert, at)
        if key not in self._known:
            self._known[key] = self._burns(alert, at)
        return self._known[key]

    def _burns(self, alert: Alert, at: int) -> bool | None:
        long, short = (self._sums.window(at, pieces) for pieces in (alert.long_pieces, alert.short_pieces))
        if not long.total or not short.total:
            return False
        if alert.usual:
            found = self._spends(alert.usual, at, long, short)
        else:
            ratios = [self._whole.ratio(one.bad / one.total) for one in (long, short)]
            found = [_above(ratio, float(alert.threshold)) for ratio in ratios]
        if False not in found and (alert.burn.min_events is not None or alert.burn.min_bad is not None):
            found.append(self._enough(alert, long))
        return False if False in found else None if None in found else True

    def _spends(self, usual: Usual, at: int, long: Counted, short: Counted) -> list[bool | None]:
        """Whether the bad events are too many for the period; nothing is, until its events are told."""
        told = range(usual.step_pieces, at + 1, usual.step_pieces)
        told = told[-int(usual.days * DAY_PIECES) // usual.step_pieces :]
        if not told:
            return [False]
        events = float(usual.days * DAY_PIECES) * sum(self._sums.window(one, 1).total for one in told) / len(told)
        return [_above(long.bad, float(usual.long) * events), _above(short.bad, float(usual.short) * events)]

    def _enough(self, alert: Alert, long: Counted) -> bool | None:
        """Whether parts with enough events would burn by themselves."""
        ratio = long.bad / long.total
        if alert.usual:
            by_margin: set[bool | None] = {_enough(alert.burn, margin)(long.total, long.bad) for margin in (-1, 1)}
            return by_margin.pop() if len(by_margin) == 1 else None
        by_margin = {
            _above(self._whole.counted(ratio, long.total, _enough(alert.burn, margin)), float(alert.threshold))
            for margin in (-1, 1)
        }
        return by_margin.pop() if len(by_margin) == 1 else None


def _above(number: float, threshold: float) -> bool | None:
    return None if abs(number - threshold) <= _CLOSE * threshold else number > threshold


def _enough(burn: BurnAlert, margin: int) -> Callable[[float, float], bool]:
    """Whether events and bad events are enough, if they are a little fewer or more than they are."""

    def enough(events: float, bad: float) -> bool:
        if burn.min_events is not None and events * (1 + margin * _CLOSE) < burn.min_events:
            return False
        # Rounded, half up.
        return burn.min_bad is None or bad + margin * _CLOSE_EVENTS >= burn.min_bad - 0.5

    return enough
