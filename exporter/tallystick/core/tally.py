"""Counts of good and total events."""

from dataclasses import dataclass
from fractions import Fraction

Count = float | Fraction
"""
How many events there were. Counters are floats in Prometheus, so these are too, and counts of whole events add exactly up to 2^53.
A `Fraction` is what no float is: the good events of a composite, whose compliance must stay exact.
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """
    Good and total events over some time.

    Attributes:
        good: events that met the indicator; ``0 <= good <= total``. For ``up`` they are seconds.
        total: events the SLO covers.
    """

    good: Count
    total: Count

    def __post_init__(self) -> None:
        """Refuse counts that do not nest: they come from two queries that do not mean the same events."""
        if not 0 <= self.good <= self.total:
            good, total = float(self.good), float(self.total)
            raise ValueError(f"good events ({good:g}) are not within total events ({total:g})")

    @property
    def bad(self) -> Count:
        """Events that did not meet the indicator."""
        return self.total - self.good

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.good + other.good, self.total + other.total)


NOTHING = Tally(0, 0)
"""No events, which is what a sum starts from."""


@dataclass(frozen=True, slots=True)
class Observation:
    """
    What the ledger knows of some time.

    Attributes:
        tally: events in the part that was observed.
        observed_seconds: length of that part.
    """

    tally: Tally
    observed_seconds: int

    def __add__(self, other: "Observation") -> "Observation":
        return Observation(self.tally + other.tally, self.observed_seconds + other.observed_seconds)


UNOBSERVED = Observation(NOTHING, 0)
"""Time of which nothing is known."""
