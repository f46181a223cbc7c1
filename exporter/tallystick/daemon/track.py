"""One SLO's way through time: which piece to read next, and how large."""

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.core.memory import Memory
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.daemon.stand import STALE_SECONDS, longest_seconds
from tallystick.daemon.trouble import Trouble
from tallystick.ledger.store import Account, Cursor

PREAMBLE_SECONDS = 3 * 3_600
"""How much is read before an account's first slice, so that its counters are known by then."""

SHORTEST_CHUNK_SECONDS = 5 * SLICE_SECONDS
"""Answers that are too large or too slow are asked for in halves, down to this."""

BACKFILL_SECONDS = 3_600
"""Who lacks more than this is filling its history, and waits for those who don't."""


@dataclass(slots=True)
class Track:
    """
    Where the reading of one SLO stands.

    Attributes:
        slo: which one.
        account: where its entries go.
        start: first instant of its entries.
        through: how far they reach.
        warm: how far the preamble was read; *start* once that is done.
        memory: what the next reading must know.
        trouble: what went wrong with it.
        chunk_seconds: how much time to read at once.
    """

    slo: Slo
    account: Account
    start: int
    through: int
    warm: int
    memory: Memory
    trouble: Trouble
    chunk_seconds: int = DAY_SECONDS

    @property
    def failures(self) -> Mapping[str, int]:
        """Readings that failed, by reason."""
        return self.trouble.failures

    @property
    def last_error(self) -> str | None:
        """Why the latest reading failed, or its figures can't be worked out; None if all is well."""
        return self.trouble.last_error

    def backfills(self, until: int) -> bool:
        """Whether it lacks so much that others go first."""
        return until - self.through > BACKFILL_SECONDS

    def is_ahead(self, until: int) -> bool:
        """Whether it reaches into what is yet to come; a little comes from a clock or ``--settle`` set otherwise."""
        return self.through > until + STALE_SECONDS

    def piece(self, until: int) -> TimeRange:
        """What to read next: a part of the preamble, or of one day."""
        if self.warm < self.start:
            return TimeRange(self.warm, min(self.start, self.warm + self.chunk_seconds))
        end = min(until, floor_day(self.through) + DAY_SECONDS, self.through + self.chunk_seconds)
        return TimeRange(self.through, end)

    def took(self, span: TimeRange, memory: Memory) -> None:
        """*span*, which was the next `piece`, is read and written."""
        if self.warm < self.start:
            self.warm = span.end
        else:
            self.through = span.end
        self.memory = memory
        self.chunk_seconds = min(self.chunk_seconds * 2, DAY_SECONDS)

    def halve(self, span: TimeRange) -> bool:
        """Read less than *span* at once; False if that is as little as it gets."""
        if span.seconds <= SHORTEST_CHUNK_SECONDS:
            return False
        self.chunk_seconds = max(SHORTEST_CHUNK_SECONDS, span.seconds // 2 // SLICE_SECONDS * SLICE_SECONDS)
        return True


def begin(slo: Slo, account: Account, cursor: Cursor | None, until: int, trouble: Trouble) -> Track:
    """Go on at *cursor*, or else begin as far back as the windows of *slo* look at instant *until*."""
    if cursor is not None:
        return Track(slo, account, cursor.start, cursor.through, cursor.start, cursor.memory, trouble)
    start = floor_day(until - longest_seconds(slo, until))
    return Track(slo, account, start, start, start - PREAMBLE_SECONDS, Memory(), trouble)
