"""Half-open ranges of time, in whole seconds since 1970 (UTC)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

SLICE_SECONDS = 60
"""Length of a slice, the ledger's smallest unit of time; slices are aligned to UTC minutes."""

DAY_SECONDS = 86_400
"""Length of a UTC day, which is how the ledger rolls its slices."""


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """
    ``[start, end)``, in seconds since 1970 (UTC).

    Attributes:
        start: first instant inside.
        end: first instant after; ``start <= end``.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse a range that ends before it starts."""
        if self.end < self.start:
            raise ValueError(f"range ends ({self.end}) before it starts ({self.start})")

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start

    @property
    def slices(self) -> int:
        """How many slices it has; it must be aligned."""
        assert self.is_aligned
        return self.seconds // SLICE_SECONDS

    @property
    def is_aligned(self) -> bool:
        """Whether both ends fall between slices."""
        return self.start % SLICE_SECONDS == 0 and self.end % SLICE_SECONDS == 0

    def clip(self, other: "TimeRange") -> "TimeRange":
        """Its part inside *other*; empty at its start if they do not meet."""
        start = min(max(self.start, other.start), self.end)
        return TimeRange(start, max(start, min(self.end, other.end)))


def within(parts: Sequence[TimeRange], span: TimeRange) -> list[TimeRange]:
    """What of *parts*, which are in order and apart from one another, is inside *span*; none of it empty."""
    first = bisect_right(parts, span.start, key=attrgetter("end"))
    after = bisect_left(parts, span.end, key=attrgetter("start"))
    found = list(parts[first:after]) if span.seconds else []
    for edge in {0, len(found) - 1} if found else ():
        found[edge] = span.clip(found[edge])
    return found


def floor_slice(at: float) -> int:
    """Start of the slice that holds instant *at*."""
    return int(at // SLICE_SECONDS) * SLICE_SECONDS


def floor_day(at: float) -> int:
    """Start of the UTC day that holds instant *at*."""
    return int(at // DAY_SECONDS) * DAY_SECONDS
