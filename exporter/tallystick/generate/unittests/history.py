"""Invented pasts of an SLO: so many events in each five minutes, such a share of them bad."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from math import lcm

from tallystick.core.alerting import PIECE_SECONDS

STEP_SECONDS = 60
"""Time between samples: a rate over five minutes takes two of them at least."""

STEPS = PIECE_SECONDS // STEP_SECONDS
"""Samples of a piece."""


@dataclass(frozen=True, slots=True)
class Phase:
    """
    A stretch of time in which all stays as it is.

    Attributes:
        pieces: its length, in pieces of five minutes; one evaluation of the rules each.
        per_minute: events a minute.
        ratio: the share of them that is bad, 0 to 1.
        gone: whether there are no series at all.
    """

    pieces: int
    per_minute: Fraction
    ratio: Fraction = Fraction(0)
    gone: bool = False
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the hash once: pasts are looked up for every series, and that of a fraction takes long."""
        object.__setattr__(self, "_hash", hash((self.pieces, self.per_minute, self.ratio, self.gone)))

    def __hash__(self) -> int:
        return self._hash


History = tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Events and bad ones among them."""

    total: float
    bad: float


class Sums:
    """
    What windows of a history hold. Pieces are numbered by the evaluation that records them: the first one is 1.

    They are added up exactly, as whole numbers of some small part of an event: fractions would take ten times as long.
    """

    def __init__(self, history: Sequence[Phase]) -> None:
        totals = [Fraction(0) if phase.gone else phase.per_minute * STEPS for phase in history]
        bads = [total * phase.ratio for total, phase in zip(totals, history, strict=True)]
        self._parts = lcm(*(number.denominator for number in (*totals, *bads)))
        self._totals = self._accumulated(history, totals)
        self._bads = self._accumulated(history, bads)
        self.last = len(self._totals) - 1

    def _accumulated(self, history: Sequence[Phase], numbers: Sequence[Fraction]) -> list[int]:
        pieces = [0]
        for phase, number in zip(history, numbers, strict=True):
            pieces += [int(number * self._parts)] * phase.pieces
        return list(accumulate(pieces))

    def window(self, at: int, pieces: int) -> Counted:
        """What the last *pieces* up to evaluation *at* hold; a window that is longer than the past holds what there is."""
        start = max(at - pieces, 0)
        return Counted(
            (self._totals[at] - self._totals[start]) / self._parts, (self._bads[at] - self._bads[start]) / self._parts
        )
