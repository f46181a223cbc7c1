"""The error ratio of an SLO whose parts all have the same one: that of a composite, and of anything else the ratio itself."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod

from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.generate.unittests.sources import Slos

_HALVINGS = 60
_DIGITS = 10
"""Of the parts' ratio, where it is no fraction."""

_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Whole:
    """
    How parts make a whole.

    Attributes:
        method: as of `CompositeSli`; ``worst`` of one part is the part itself.
        parts: each part's own parts, how many SLOs it is made of in the end, and its weight.
    """

    method: str
    parts: "tuple[tuple[Whole | None, int, float], ...]"

    def ratio(self, of_each: float) -> float:
        """The whole's error ratio if each SLO that it is made of in the end has this one."""
        return self._join([_ratio(part, of_each) for part, _, _ in self.parts])

    def counted(self, of_each: float, events: float, enough: Callable[[float, float], bool]) -> float:
        """
        Likewise, where only parts count that have *enough* (events, bad events).

        Args:
            of_each: the error ratio of each SLO in the end.
            events: the events of each.
            enough: whether so many events, and bad ones among them, of one part are enough.
        """
        ratios = [(_ratio(part, of_each), count * events) for part, count, _ in self.parts]
        return self._join([ratio if enough(of, ratio * of) else 0.0 for ratio, of in ratios])

    def _join(self, ratios: list[float]) -> float:
        if self.method == "worst":
            return max(ratios)
        if self.method == "serial":
            return 1 - prod(1 - ratio for ratio in ratios)
        weights = [weight for _, _, weight in self.parts]
        return sum(ratio * weight for ratio, weight in zip(ratios, weights, strict=True)) / sum(weights)

    def part_ratio(self, ratio: Fraction) -> Fraction:
        """What each SLO must have for the whole to have *ratio*; nearly so where that is no fraction."""
        if abs(self.ratio(float(ratio)) - ratio) <= _SAME * ratio:
            return ratio

        def halve(bounds: tuple[float, float], _: int) -> tuple[float, float]:
            middle = (bounds[0] + bounds[1]) / 2
            return (bounds[0], middle) if self.ratio(middle) > ratio else (middle, bounds[1])

        low, _ = reduce(halve, range(_HALVINGS), (0.0, 1.0))
        return Fraction(round(low * 10**_DIGITS), 10**_DIGITS)


SINGLE = Whole("worst", ((None, 1, 1.0),))
"""An SLO that is not made of others."""


def _ratio(part: Whole | None, of_each: float) -> float:
    return of_each if part is None else part.ratio(of_each)


def whole_of(slo: Slo, slos: Slos) -> Whole:
    """How *slo* is made of others; all of them must be among *slos*."""
    if not isinstance(slo.sli, CompositeSli):
        return SINGLE
    parts = []
    for part in slo.sli.of:
        inner = whole_of(slos[part.slo], slos)
        count = sum(number for _, number, _ in inner.parts)
        parts.append((None if inner is SINGLE else inner, count, float(part.weight)))
    return Whole(slo.sli.method, tuple(parts))
