"""Errors that rise step by step, so that the windows of an alert are first under its threshold and then above it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tallystick.generate.unittests.cases import Setting, levels, traffic
from tallystick.generate.unittests.history import History, Phase
from tallystick.generate.unittests.values import CannotMakeError
from tallystick.generate.unittests.verdicts import Alert

GROWTH = 100
"""How many times the events of the step before a step has, so that what was before hardly counts in any window."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    A stretch in which the windows of some alerts are just under, or just above, their threshold.

    Attributes:
        start: its first evaluation.
        pieces: its length.
        ratio: error ratio that the windows have.
        alerts: the alerts of that threshold.
        is_above: whether the ratio is above it.
    """

    start: int
    pieces: int
    ratio: Fraction
    alerts: tuple[Alert, ...]
    is_above: bool

    @property
    def end(self) -> int:
        """Its last evaluation."""
        return self.start + self.pieces - 1


def steps_of(setting: Setting) -> list[Step]:
    """
    Two steps for each threshold, the lowest first, each long enough for its alerts to fire.

    Raises:
        CannotMakeError: thresholds are too close to one another.
    """
    found: list[Step] = []
    for threshold in sorted({alert.threshold for alert in setting.alerts}):
        alerts = tuple(alert for alert in setting.alerts if alert.threshold == threshold)
        pieces = max(alert.waits for alert in alerts) + 1
        for ratio, is_above in zip(levels(setting, threshold), (False, True), strict=True):
            start = found[-1].end + 1 if found else 1
            found.append(Step(start, pieces, ratio, alerts, is_above))
    return found


def growing(setting: Setting, steps: Sequence[Step]) -> History:
    """Steady errors in each step, and more and more traffic."""
    ratios = [setting.whole.part_ratio(step.ratio) for step in steps]
    least = traffic(setting, ratios)
    return tuple(
        Phase(step.pieces, least * GROWTH**number, ratio)
        for number, (step, ratio) in enumerate(zip(steps, ratios, strict=True))
    )


def catching_up(setting: Setting, steps: Sequence[Step]) -> History:
    """
    Where traffic is what it is: each step begins with so many errors that its long windows are where they should be.

    Raises:
        CannotMakeError: all events would have to be bad, and more.
    """
    assert setting.per_minute is not None
    pieces: list[Fraction] = []
    for step in steps:
        for _ in range(step.pieces):
            wanted = list(_catch_up(pieces, step))
            ratio = max(wanted) if step.is_above else max(min(wanted), Fraction(0))
            if ratio > 1:
                raise CannotMakeError("errors can't rise so fast")
            pieces.append(ratio)
    return tuple(_runs(pieces, setting.per_minute))


def _catch_up(pieces: Sequence[Fraction], step: Step) -> Iterator[Fraction]:
    """What the next piece must be for each long window to have the step's ratio; above a threshold no less than that."""
    for alert in step.alerts:
        latest = pieces[-(alert.long_pieces - 1) :] if alert.long_pieces > 1 else []
        yield step.ratio * (len(latest) + 1) - sum(latest)
    if step.is_above:
        yield step.ratio


def _runs(pieces: Sequence[Fraction], per_minute: Fraction) -> Iterator[Phase]:
    """The same ratio several times is one phase."""
    start = 0
    for place in range(1, len(pieces) + 1):
        if place == len(pieces) or pieces[place] != pieces[start]:
            yield Phase(place - start, per_minute, pieces[start])
            start = place
