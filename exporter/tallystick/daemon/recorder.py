"""Bringing the ledger up to date: which time to read next, in which pieces, and what to do when that fails."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tallystick.core.memory import Memory
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.daemon.stand import longest_seconds
from tallystick.errors import REASONS, PrometheusError, Reason
from tallystick.ledger.store import Account, Ledger
from tallystick.upstream.client import Prometheus
from tallystick.upstream.reader import SOURCE, Reader

log = logging.getLogger(__name__)

PREAMBLE_SECONDS = 3 * 3_600
"""How much is read before an account's first slice, so that its counters are known by then."""

SHORTEST_CHUNK_SECONDS = 5 * SLICE_SECONDS
"""Answers that are too large or too slow are asked for in halves, down to this."""

_SMALLER: tuple[Reason, ...] = ("too_large", "timeout", "rejected")
"""Failures that a smaller piece of time may not have."""

_DOWN: tuple[Reason, ...] = ("unreachable", "timeout", "http")
"""Failures of Prometheus as a whole, which the next SLO would only meet again."""


@dataclass(slots=True)
class Track:
    """
    One SLO's way through time.

    Attributes:
        slo: which one.
        account: where its entries go.
        start: first instant of its entries.
        through: how far they reach.
        memory: what the next reading must know; None before the first.
        chunk_seconds: how much time to read at once.
        failures: readings that failed, by reason.
        last_error: why the latest reading failed; None if it did not.
    """

    slo: Slo
    account: Account
    start: int
    through: int
    memory: Memory | None
    chunk_seconds: int = DAY_SECONDS
    failures: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(REASONS, 0)))
    last_error: str | None = None


class Recorder:
    """Reads what is missing and appends it, SLO by SLO."""

    def __init__(self, ledger: Ledger, prometheus: Prometheus) -> None:
        """Read from *prometheus* and write to *ledger*."""
        self._ledger = ledger
        self._prometheus = prometheus
        self._tracks: dict[int, Track] = {}
        self.prometheus_up: bool | None = None
        self.slices = 0

    def track(self, slo: Slo, until: int) -> Track:
        """
        Follow *slo* from where its account ends, or else from as far back as its windows look at instant *until*.

        Raises:
            LedgerError: the ledger can't be read.
        """
        account = self._ledger.account(slo.slo_id, slo.sli, {})
        known = self._tracks.get(account.id)
        if known is not None:
            known.slo = slo
            return known
        cursor = self._ledger.cursor(account)
        if cursor is None:
            start = floor_day(until - longest_seconds(slo))
            track = Track(slo, account, start, start, None)
        else:
            track = Track(slo, account, cursor.start, cursor.through, cursor.memory)
        self._tracks[account.id] = track
        return track

    def catch_up(self, tracks: Sequence[Track], until: int, keep_going: Callable[[], bool] = lambda: True) -> None:
        """
        Read all *tracks* up to instant *until*, those that lack least first, those that failed last.

        Args:
            tracks: what to read.
            until: a multiple of the slice.
            keep_going: asked after each piece; False leaves the rest for the next call, so that a long backfill of
                one SLO does not hold up the others.

        Raises:
            LedgerError: the ledger can't be written.
        """
        reader = Reader(self._prometheus)
        lacking = (track for track in tracks if track.through < until)
        waiting = sorted(lacking, key=lambda track: (track.last_error is not None, -track.through))
        while waiting:
            reader.forget()
            unfinished = []
            for track in waiting:
                if self._advance(track, until, reader) and track.through < until:
                    unfinished.append(track)
                if self.prometheus_up is False or not keep_going():
                    return
            waiting = unfinished

    def _advance(self, track: Track, until: int, reader: Reader) -> bool:
        """Read one piece of *track*; whether to go on with it."""
        end = min(until, floor_day(track.through) + DAY_SECONDS, track.through + track.chunk_seconds)
        span = TimeRange(track.through, end)
        try:
            if track.memory is None:
                before = TimeRange(span.start - PREAMBLE_SECONDS, span.start)
                track.memory = reader.read(track.slo.sli, before, Memory()).memory
            result = reader.read(track.slo.sli, span, track.memory)
        except PrometheusError as fault:
            return self._failed(track, fault, span)
        self._ledger.append(track.account, result.slices, result.memory, SOURCE)
        track.through, track.memory, track.last_error = span.end, result.memory, None
        track.chunk_seconds = min(track.chunk_seconds * 2, DAY_SECONDS)
        self.prometheus_up = True
        self.slices += span.slices
        if result.not_nested:
            self._count(
                track, "not_nested", f"in {result.not_nested} slices more events are bad (or good) than there are"
            )
        return True

    def _failed(self, track: Track, fault: PrometheusError, span: TimeRange) -> bool:
        if fault.reason in _SMALLER and span.seconds > SHORTEST_CHUNK_SECONDS:
            track.chunk_seconds = max(SHORTEST_CHUNK_SECONDS, span.seconds // 2 // SLICE_SECONDS * SLICE_SECONDS)
            log.info("%s: %s; asking for %d s at once", track.slo.slo_id, fault, track.chunk_seconds)
            return True
        self._count(track, fault.reason, str(fault))
        self.prometheus_up = fault.reason not in _DOWN
        return False

    @staticmethod
    def _count(track: Track, reason: Reason, message: str) -> None:
        track.failures[reason] += 1
        if track.last_error != message:
            log.warning("%s: %s", track.slo.slo_id, message)
        track.last_error = message
