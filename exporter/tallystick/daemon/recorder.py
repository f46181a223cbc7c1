"""Bringing the ledger up to date: whose turn it is, and what to do when reading or writing fails."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange
from tallystick.daemon.track import Track, begin
from tallystick.daemon.trouble import Trouble
from tallystick.errors import PrometheusError, Reason
from tallystick.ledger.store import Ledger
from tallystick.upstream.client import Prometheus
from tallystick.upstream.reader import SOURCE, Reader

__all__ = ["DOWN", "Recorder", "Track"]

log = logging.getLogger(__name__)

_SMALLER: tuple[Reason, ...] = ("too_large", "timeout", "rejected")
"""Failures that a smaller piece of time may not have."""

DOWN: tuple[Reason, ...] = ("unreachable", "timeout", "http")
"""Failures of Prometheus as a whole, which the next SLO would only meet again."""


class Recorder:
    """
    Reads what is missing and appends it, SLO by SLO.

    Attributes:
        prometheus_up: whether Prometheus answered the latest request; None before the first.
        slices: how many were written.
    """

    def __init__(self, ledger: Ledger, prometheus: Prometheus) -> None:
        """Read from *prometheus* and write to *ledger*."""
        self._ledger = ledger
        self._prometheus = prometheus
        self._tracks: dict[int, Track] = {}
        self._troubles: dict[str, Trouble] = {}
        self._tried: dict[str, int] = {}
        self._tries = 0
        self._failing: set[str] = set()
        self.prometheus_up: bool | None = None
        self.slices = 0

    def trouble(self, slo_id: str) -> Trouble:
        """What went wrong with *slo_id*."""
        return self._troubles.setdefault(slo_id, Trouble(slo_id))

    def track(self, slo: Slo, until: int) -> Track:
        """
        Follow *slo* from where its account ends, or else from as far back as its windows look at instant *until*.

        Raises:
            LedgerError: the ledger can't be read.
        """
        account = self._ledger.find(slo.slo_id, slo.sli, {})
        if account is None:
            account = self._ledger.account(slo.slo_id, slo.sli, {})
            self._tracks.pop(account.id, None)  # a ledger that was emptied meanwhile numbers its accounts again
        known = self._tracks.get(account.id)
        if known is not None:
            known.slo = slo
            return known
        track = begin(slo, account, self._ledger.cursor(account), until, self.trouble(slo.slo_id))
        self._tracks[account.id] = track
        return track

    def follow(self, slos: Sequence[Slo], until: int) -> list[Track]:
        """
        Follow *slos* and none else; one whose cursor is damaged is left out, and its trouble says so.

        Raises:
            LedgerError: the ledger as a whole can't be read.
        """
        names = {slo.slo_id for slo in slos}
        self._troubles = {name: trouble for name, trouble in self._troubles.items() if name in names}
        self._tried = {name: tried for name, tried in self._tried.items() if name in names}
        self._failing &= names
        found = []
        for slo in slos:
            with self.trouble(slo.slo_id).contained("reading"):
                found.append(self.track(slo, until))
        self._tracks = {track.account.id: track for track in found}
        for track in found:
            if track.is_ahead(until):
                track.trouble.tell("reading", _ahead(track.through))
        return found

    def forget(self) -> None:
        """Believe nothing of how far accounts reach; the ledger is asked again."""
        self._tracks.clear()

    def outage(self, tracks: Sequence[Track], until: int, fault: PrometheusError) -> None:
        """Prometheus is away: no reading is tried, and each that was due has failed."""
        self.prometheus_up = False
        for track in tracks:
            if track.through < until:
                track.trouble.count(fault.reason, str(fault))

    def catch_up(self, tracks: Sequence[Track], until: int, keep_going: Callable[[], bool] = lambda: True) -> None:
        """
        Read all *tracks* up to instant *until*.

        Those that lack little come first, then those that fill their history, last those that failed. Among equals
        the one that has waited longest comes first, so that a round too short for all serves all in turn.

        Args:
            tracks: what to read.
            until: a multiple of the slice.
            keep_going: asked after each piece; False leaves the rest for the next call, so that a long backfill of
                one SLO does not hold up the others.

        Raises:
            LedgerError: the ledger as a whole can't be written.
        """
        reader = Reader(self._prometheus)
        waiting = sorted(
            (track for track in tracks if track.through < until), key=lambda track: self._turn(track, until)
        )
        while waiting:
            reader.forget()
            unfinished = []
            for track in waiting:
                if self._advance(track, until, reader) and track.through < until:
                    unfinished.append(track)
                if self.prometheus_up is False or not keep_going():
                    return
            waiting = unfinished

    def _turn(self, track: Track, until: int) -> tuple[bool, bool, int]:
        name = track.slo.slo_id
        return name in self._failing, track.backfills(until), self._tried.get(name, 0)

    def _advance(self, track: Track, until: int, reader: Reader) -> bool:
        """Read one piece of *track*; whether to go on with it."""
        name = track.slo.slo_id
        self._tries += 1
        self._tried[name] = self._tries
        self._failing.add(name)
        with track.trouble.contained("reading"):
            if self._take(track, track.piece(until), reader):
                self._failing.discard(name)
            return name not in self._failing
        self._tracks.pop(track.account.id, None)  # the ledger may not be where it was thought to be: ask it again
        return False

    def _take(self, track: Track, span: TimeRange, reader: Reader) -> bool:
        try:
            result = reader.read(track.slo.sli, span, track.memory)
        except PrometheusError as fault:
            return self._failed(track, fault, span)
        self.prometheus_up = True
        if span.start >= track.start:
            self._ledger.append(track.account, result.slices, result.memory, SOURCE)
            self.slices += span.slices
        track.took(span, result.memory)
        track.trouble.reading = None
        if result.not_nested:
            words = f"in {result.not_nested} slices more events are bad (or good) than there are"
            track.trouble.count("not_nested", words)
        return True

    def _failed(self, track: Track, fault: PrometheusError, span: TimeRange) -> bool:
        if fault.reason in _SMALLER and track.halve(span):
            log.info("%s: %s; asking for %d s at once", track.slo.slo_id, fault, track.chunk_seconds)
            return True
        track.trouble.count(fault.reason, str(fault))
        self.prometheus_up = fault.reason not in DOWN
        return False


def _ahead(through: int) -> str:
    when = datetime.fromtimestamp(through, UTC).isoformat()
    return f"the ledger reaches to {when}, which is yet to come: was a clock ahead? Nothing is read until then"
