"""
Asking again for what was not there, and for what nobody wanted then.

Remote writes are delayed, a Prometheus comes back with what its agents had kept. So time that could not be observed is asked for
again, first after an hour, then ever more seldom for some days. A window that was made longer looks at time before the account
began, which is asked for once. Whether anything is there now is asked before all of it is read.
"""

from collections.abc import Callable, Sequence

import numpy as np

from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli, LatencySli, UpSli
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.daemon.backfill import backfill
from tallystick.daemon.compared import recorded
from tallystick.daemon.recount import Subject
from tallystick.daemon.stand import earliest
from tallystick.daemon.track import Track
from tallystick.errors import PrometheusError
from tallystick.ledger.accounts import Held
from tallystick.ledger.database import Database
from tallystick.upstream.client import Prometheus
from tallystick.upstream.plan import total_selectors
from tallystick.upstream.reader import Reader

HOUR_SECONDS = 3_600

AGAIN_SECONDS = (HOUR_SECONDS, 6 * HOUR_SECONDS, DAY_SECONDS, 3 * DAY_SECONDS)
"""How long after its end a hole is asked for again."""

HELD_SECONDS = 600
"""What may be wrong before a hole: the last sample stood for up to five minutes, in which nothing seemed to happen."""

BACK_SECONDS = AGAIN_SECONDS[-1] + DAY_SECONDS
"""How far back holes are looked for."""


class Late:
    """Fills holes of accounts, one account at a time."""

    def __init__(self, database: Database, prometheus: Prometheus) -> None:
        """Read from *prometheus* and amend what *database* holds."""
        self._database = database
        self._prometheus = prometheus
        self._reader = Reader(prometheus)
        self._due: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._begun: dict[int, int] = {}
        self.gained_seconds = 0

    def fill(self, tracks: Sequence[Track], until: int, keep_going: Callable[[], bool]) -> int:
        """
        Look through the accounts that are due, until *keep_going* is False; give how many amendments that made.

        The sums of what was amended are forgotten, and read from the ledger by whoever asks next.

        Raises:
            LedgerError: the ledger as a whole can't be read or written.
        """
        known = {track.account.id for track in tracks}
        self._due = {account: due for account, due in self._due.items() if account in known}
        self._asked = {account: asked for account, asked in self._asked.items() if account in known}
        amended = 0
        for track in tracks:
            # Spread over the hour, so that not all accounts are due in the same round.
            due = self._due.setdefault(track.account.id, until + HOUR_SECONDS + track.account.id * 67 % HOUR_SECONDS)
            if due > until or track.wide:
                continue
            if not keep_going():
                break
            asked, self._asked[track.account.id] = self._asked.get(track.account.id, until - HOUR_SECONDS), until
            self._due[track.account.id] = until + HOUR_SECONDS
            with track.trouble.contained("reading"):
                amended += self._fill(track, asked, until)
        return amended

    def _fill(self, track: Track, asked: int, until: int) -> int:
        """How many amendments were made; *asked*: when its holes were looked at last."""
        there = [hole for hole in self._holes(track, asked, until) if self._is_there(track, hole)]
        spans = [TimeRange(max(there[0].start - HELD_SECONDS, track.start), there[-1].end)] if there else []
        before = self._before(track, until)
        if before is not None and self._is_there(track, before):
            spans.append(before)
        return sum(self._read(track, span) for span in spans)

    def _before(self, track: Track, until: int) -> TimeRange | None:
        """The time before the account that its windows look at, if that was not asked for yet."""
        begins = floor_day(earliest(track.slo, until))
        if track.start <= begins or self._begun.get(track.account.id, track.start) <= begins:
            return None
        self._begun[track.account.id] = begins
        return TimeRange(begins, track.start)

    def _read(self, track: Track, span: TimeRange) -> int:
        """Read *span* again; how many amendments that made."""
        try:
            done = backfill(self._database, self._reader, self._subject(track), span)
        except PrometheusError as fault:
            track.trouble.count(fault.reason, str(fault))
            return 0
        if done.spans:
            track.sums = None
        self.gained_seconds += done.gained.gained_seconds
        return len(done.spans)

    def _holes(self, track: Track, asked: int, until: int) -> list[TimeRange]:
        """What was not observed, and has become old enough since *asked* to be asked for again."""
        first = None if track.sums is None else track.sums.first
        if first is None:
            return []
        start = max(track.start, first, until - BACK_SECONDS) // SLICE_SECONDS * SLICE_SECONDS
        end = track.through // HOUR_SECONDS * HOUR_SECONDS
        if start >= end:
            return []
        with self._database.snapshot() as connection:
            ours = recorded(connection, self._subject(track), TimeRange(start, end))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], ~ours.observed, [0]])))
        holes = [
            TimeRange(start + SLICE_SECONDS * int(first), start + SLICE_SECONDS * int(after))
            for first, after in edges.reshape(-1, 2)
        ]
        return [hole for hole in holes if _is_due(hole, asked, until)]

    def _is_there(self, track: Track, hole: TimeRange) -> bool:
        """Whether Prometheus has anything of *hole* now."""
        sli = track.sli
        if not isinstance(sli, EventsSli | LatencySli | UpSli):
            return True
        try:
            return any(self._has(one, hole) for one in total_selectors(sli.pinned(track.group)))
        except PrometheusError:
            return False

    def _has(self, selector: Selector, hole: TimeRange) -> bool:
        """Whether *selector* has samples in *hole*; of a long one, which would be many samples, the index is asked."""
        if hole.seconds > DAY_SECONDS:
            return bool(self._prometheus.series(selector.promql, hole.start * 1_000, hole.end * 1_000 - 1))
        query = f"count(last_over_time({selector.promql}[{hole.seconds}s]))"
        return bool(self._prometheus.query(query, hole.end * 1_000 - 1))

    @staticmethod
    def _subject(track: Track) -> Subject:
        span = TimeRange(track.start, track.through)
        sli = track.sli
        held = Held(
            track.account.id, track.account.slo, track.group, track.slo.generation, sli.kind, sli.identity, span
        )
        return Subject(track.slo.slo_id, sli, held, span)


def _is_due(hole: TimeRange, asked: int, until: int) -> bool:
    """Whether one of the times to ask again for *hole* lies between *asked* and *until*."""
    return any(asked < hole.end + again <= until for again in AGAIN_SECONDS)
