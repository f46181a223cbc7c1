"""
Asking again for what was not there: samples that arrived after they were due.

Remote writes are delayed, a Prometheus comes back with what its agents had kept. So time that could not be observed is asked for
again, first after an hour, then ever more seldom for some days. Whether anything is there now is asked before all of it is read.
"""

from collections.abc import Callable, Sequence

import numpy as np

from tallystick.core.sli import EventsSli, LatencySli, UpSli
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange
from tallystick.daemon.backfill import backfill
from tallystick.daemon.compared import recorded
from tallystick.daemon.recount import Subject
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
        self.gained_seconds = 0

    def fill(self, tracks: Sequence[Track], until: int, keep_going: Callable[[], bool]) -> list[Track]:
        """
        Look through the accounts that are due, until *keep_going* is False; give those that were amended.

        Raises:
            LedgerError: the ledger as a whole can't be read or written.
        """
        known = {track.account.id for track in tracks}
        self._due = {account: due for account, due in self._due.items() if account in known}
        amended = []
        for track in tracks:
            # Spread over the hour, so that not all accounts are due in the same round.
            due = self._due.setdefault(track.account.id, until + HOUR_SECONDS + track.account.id * 67 % HOUR_SECONDS)
            if due > until or track.wide:
                continue
            if not keep_going():
                break
            self._due[track.account.id] = until + HOUR_SECONDS
            with track.trouble.contained("reading"):
                if self._fill(track, until):
                    amended.append(track)
        return amended

    def _fill(self, track: Track, until: int) -> bool:
        """Whether anything was gained."""
        hole = self._hole(track, until)
        if hole is None or not self._is_there(track, hole):
            return False
        try:
            done = backfill(self._database, self._reader, self._subject(track), hole)
        except PrometheusError as fault:
            track.trouble.count(fault.reason, str(fault))
            return False
        self.gained_seconds += done.gained.gained_seconds
        return bool(done.gained)

    def _hole(self, track: Track, until: int) -> TimeRange | None:
        """What was not observed, and is as old now as it must be to be asked for again."""
        first = None if track.sums is None else track.sums.first
        if first is None:
            return None
        start = max(track.start, first, until - BACK_SECONDS) // SLICE_SECONDS * SLICE_SECONDS
        end = track.through // HOUR_SECONDS * HOUR_SECONDS
        if start >= end:
            return None
        with self._database.snapshot() as connection:
            ours = recorded(connection, self._subject(track), TimeRange(start, end))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], ~ours.observed, [0]])))
        holes = [
            TimeRange(start + SLICE_SECONDS * int(first), start + SLICE_SECONDS * int(after))
            for first, after in edges.reshape(-1, 2)
        ]
        due = [hole for hole in holes if _is_due(hole, until)]
        return TimeRange(due[0].start, due[-1].end) if due else None

    def _is_there(self, track: Track, hole: TimeRange) -> bool:
        """Whether Prometheus has anything of *hole* now."""
        sli = track.sli
        if not isinstance(sli, EventsSli | LatencySli | UpSli):
            return True
        try:
            return any(
                self._prometheus.query(f"count(last_over_time({one.promql}[{hole.seconds}s]))", hole.end * 1_000 - 1)
                for one in total_selectors(sli.pinned(track.group))
            )
        except PrometheusError:
            return False

    @staticmethod
    def _subject(track: Track) -> Subject:
        span = TimeRange(track.start, track.through)
        sli = track.sli
        held = Held(
            track.account.id, track.account.slo, track.group, track.slo.generation, sli.kind, sli.identity, span
        )
        return Subject(track.slo.slo_id, sli, held, span)


def _is_due(hole: TimeRange, until: int) -> bool:
    """Whether one of the times to ask again for *hole* lies in the hour before *until*."""
    age = until - hole.end
    return any(again <= age < again + HOUR_SECONDS for again in AGAIN_SECONDS)
