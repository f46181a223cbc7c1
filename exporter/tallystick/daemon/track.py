"""One SLO's (or group's) way through time: which piece to read next, and how large."""

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.core.memory import Memory
from tallystick.core.sli import CompositeSli, EventsSli, LatencySli, RecordedSli, UpSli
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.daemon.stand import STALE_SECONDS
from tallystick.daemon.sums import Sums
from tallystick.daemon.trouble import Trouble
from tallystick.ledger.posting import Account, Cursor
from tallystick.upstream.reader import ReadResult

PREAMBLE_SECONDS = 3 * 3_600
"""How much is read before an account's first slice, so that its counters are known by then."""

SHORTEST_CHUNK_SECONDS = 5 * SLICE_SECONDS
"""Answers that are too large or too slow are asked for in halves, down to this."""

WIDE_SECONDS = 300
"""The slices that Prometheus counts in."""

BACKFILL_SECONDS = 3_600
"""Who lacks more than this is filling its history, and waits for those who don't."""


@dataclass(slots=True)
class Track:
    """
    Where the reading of one SLO stands.

    Attributes:
        slo: which one.
        sli: what it counts.
        group: values of the labels it is grouped by; empty without groups.
        account: where its entries go.
        start: first instant of its entries.
        through: how far they reach.
        warm: how far the preamble was read; *start* once that is done.
        memory: what the next reading must know.
        trouble: what went wrong with it.
        chunk_seconds: how much time to read at once.
        wide: whether it has so many series that Prometheus must count them.
        source: how the hour under way was read; None while that is not known.
        rolled: days before this instant are known to be one entry each.
        sums: what the ledger holds of it; None until somebody asks.
        gone: whether it is a group that has vanished, and need not be followed.
    """

    slo: Slo
    sli: RecordedSli
    group: Mapping[str, str]
    account: Account
    start: int
    through: int
    warm: int
    memory: Memory
    trouble: Trouble
    chunk_seconds: int = DAY_SECONDS
    wide: bool = False
    source: str | None = None
    rolled: int = 0
    sums: Sums | None = None
    gone: bool = False

    @property
    def slice_seconds(self) -> int:
        """How long the pieces must be that it is read in, or several of them."""
        return WIDE_SECONDS if self.wide else self.sli.slice_seconds

    def due(self, until: int) -> int:
        """How far it can be read at instant *until*: up to the end of its latest whole slice."""
        return max(until // self.slice_seconds * self.slice_seconds, self.through)

    def lacks(self, until: int) -> bool:
        """Whether there is something to read."""
        return self.through < self.due(until)

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
        if self.wide and self.through % WIDE_SECONDS:
            return TimeRange(self.through, self.through // WIDE_SECONDS * WIDE_SECONDS + WIDE_SECONDS)
        chunk = max(self.chunk_seconds // self.slice_seconds, 1) * self.slice_seconds
        return TimeRange(
            self.through, min(self.due(until), floor_day(self.through) + DAY_SECONDS, self.through + chunk)
        )

    def took(self, result: ReadResult) -> None:
        """*result*, of the next `piece`, is read and written."""
        span = result.slices.span
        self.memory = result.memory
        self.chunk_seconds = min(self.chunk_seconds * 2, DAY_SECONDS)
        if self.warm < self.start:
            self.warm = span.end
            return
        self.through, self.source = span.end, result.source
        sums, self.sums = self.sums, None  # should anything fail, the ledger is summed anew
        if sums is not None:
            sums.append(result.slices)
            self.sums = sums

    @property
    def evaluated(self) -> bool:
        """Whether Prometheus evaluates queries for it, rather than giving samples."""
        return not isinstance(self.sli, EventsSli | LatencySli | UpSli)

    @property
    def widens(self) -> bool:
        """Whether Prometheus can count what are too many samples to fetch."""
        return not self.wide and isinstance(self.sli, EventsSli | LatencySli | UpSli)

    def widen(self) -> bool:
        """Let Prometheus count from now on; False if that does not help."""
        if not self.widens:
            return False
        # What is remembered of series says nothing about what they will be when they are fetched again.
        self.wide, self.memory, self.warm, self.chunk_seconds = True, Memory(), self.start, DAY_SECONDS
        return True

    def halve(self, span: TimeRange) -> bool:
        """Read less than *span* at once; False if that is as little as it gets."""
        shortest = max(SHORTEST_CHUNK_SECONDS, self.slice_seconds)
        if span.seconds <= shortest:
            return False
        self.chunk_seconds = max(shortest, span.seconds // 2 // SLICE_SECONDS * SLICE_SECONDS)
        return True


def begin(
    slo: Slo,
    group: Mapping[str, str],
    account: Account,
    cursor: Cursor | None,
    trouble: Trouble,
    *,
    start: int,
) -> Track:
    """Go on at *cursor*, or else begin at *start*, which is a whole hour."""
    assert not isinstance(slo.sli, CompositeSli)
    if cursor is not None:
        at, through, memory = cursor.start, cursor.through, cursor.memory
        return Track(slo, slo.sli, group, account, at, through, at, memory, trouble)
    preamble = PREAMBLE_SECONDS if isinstance(slo.sli, EventsSli | LatencySli | UpSli) else 0
    return Track(slo, slo.sli, group, account, start, start, start - preamble, Memory(), trouble)
