"""Bringing the ledger up to date: whose turn it is, and what to do when reading or writing fails."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from tallystick.core.memory import Memory
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange, floor_day
from tallystick.daemon.following import Following
from tallystick.daemon.track import WIDE_SECONDS, Track
from tallystick.daemon.trouble import Trouble, concerns_all
from tallystick.errors import LedgerError, PrometheusError, Reason
from tallystick.ledger.posting import Posting
from tallystick.ledger.store import Ledger
from tallystick.ledger.tape import HOUR_SECONDS
from tallystick.upstream.client import Prometheus
from tallystick.upstream.reader import Reader, ReadResult

__all__ = ["DOWN", "Recorder", "Track"]

log = logging.getLogger(__name__)

TOGETHER_SECONDS = 300
"""Pieces of time up to so long are read for all SLOs at once."""

LEAST_ROLLED = 10
ROLLED_SHARE = 40
"""A fortieth of all tracks have their day rolled in one round; the days of all are within the hour after midnight."""

_SMALLER: tuple[Reason, ...] = ("too_large", "timeout", "rejected")
"""Failures that a smaller piece of time may not have."""

DOWN: tuple[Reason, ...] = ("unreachable", "timeout", "http")
"""Failures of Prometheus as a whole, which the next SLO would only meet again."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for one track."""

    track: Track
    result: ReadResult


class Recorder:
    """
    Reads what is missing and appends it: all SLOs that lack the same few minutes at once, others one by one.

    Attributes:
        prometheus_up: whether Prometheus answered the latest request; None before the first.
        slices: how many were written.
    """

    def __init__(self, ledger: Ledger, prometheus: Prometheus) -> None:
        """Read from *prometheus* and write to *ledger*."""
        self._ledger = ledger
        self._reader = Reader(prometheus)
        self._following = Following(ledger, self._reader)
        self._tried: dict[str, int] = {}
        self._tries = 0
        self._failing: set[str] = set()
        self._down = False
        self.prometheus_up: bool | None = None
        self.slices = 0

    def trouble(self, slo_id: str) -> Trouble:
        """What went wrong with *slo_id*."""
        return self._following.trouble(slo_id)

    def follow(self, slos: Sequence[Slo], until: int) -> list[Track]:
        """
        Follow *slos* and none else; one whose cursor is damaged is left out, and its trouble says so.

        Raises:
            LedgerError: the ledger as a whole can't be read.
        """
        names = {slo.slo_id for slo in slos}
        self._tried = {name: tried for name, tried in self._tried.items() if name in names}
        self._failing &= names
        found = self._following.follow(slos, until)
        for track in found:
            if track.is_ahead(until):
                track.trouble.tell("reading", _ahead(track.through))
        return found

    @property
    def tracks(self) -> list[Track]:
        """All that is followed, groups that were found since `follow` included."""
        return self._following.tracks

    def forget(self) -> None:
        """Believe nothing of how far accounts reach; the ledger is asked again."""
        self._following.forget()

    def amended(self, times: int) -> None:
        """Accounts were amended so many times, and those who keep sums of them know."""
        self._following.amended(times)

    def outage(self, tracks: Sequence[Track], until: int, fault: PrometheusError) -> None:
        """Prometheus is away: no reading is tried, and each that was due has failed."""
        self.prometheus_up = False
        for track in tracks:
            if track.lacks(until):
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
        self._reader.forget()
        for track in tracks:
            if not track.lacks(until) and not track.is_ahead(until):
                track.trouble.reading = None  # whatever it was, somebody has read it
        waiting = sorted((track for track in tracks if track.lacks(until)), key=lambda track: self._turn(track, until))
        while waiting:
            unfinished = []
            for some in _batches(waiting, until, self._failing):
                unfinished += [track for track in self._advance(some, until) if track.lacks(until)]
                if self.prometheus_up is False or not keep_going():
                    return
            waiting = unfinished
            self._reader.forget()

    def roll(self, tracks: Sequence[Track]) -> None:
        """
        Make entries of days that are over; of a share of the tracks a round, as it is much work at midnight.

        Raises:
            LedgerError: the ledger can't be written.
        """
        due = [track for track in tracks if track.rolled < floor_day(track.through)]
        for track in due[: max(LEAST_ROLLED, len(tracks) // ROLLED_SHARE)]:
            with track.trouble.contained("reading"):
                days = self._ledger.unrolled(track.account, track.through)
                self._ledger.roll([(track.account, day) for day in days])
                track.rolled = floor_day(track.through)

    def _turn(self, track: Track, until: int) -> tuple[bool, bool, int]:
        name = track.slo.slo_id
        return name in self._failing, track.backfills(until), self._tried.get(name, 0)

    def _advance(self, tracks: Sequence[Track], until: int) -> list[Track]:
        """Read one piece of each of *tracks*, which lack the same one, and write them together; give those to go on with."""
        span = tracks[0].piece(until)
        if span.seconds <= TOGETHER_SECONDS:
            self._prefetch(tracks, span)
        self._tries += 1
        self._down = False
        read, again = [], []
        for track in tracks:
            if self._down and track.evaluated:
                continue  # it would be asked for by itself, and wait for as long as the one before
            self._tried[track.slo.slo_id] = self._tries
            self._failing.add(track.slo.slo_id)
            result: ReadResult | bool | None = None
            with track.trouble.contained("reading"):
                result = self._read(track, span)
            if isinstance(result, ReadResult):
                read.append(_Read(track, result))
            elif result:
                again.append(track)
            elif result is None:
                self._following.again(track)
        written = self._write(read)
        self._failing.difference_update(track.slo.slo_id for track in (*written, *again))
        # What was there before an account's start concerns nobody.
        grouped = {track.slo.slo_id: track.slo for track in written if track.slo.sli.by and span.start >= track.start}
        return [*written, *again, *(new for slo in grouped.values() for new in self._following.add_groups(slo, span))]

    def _prefetch(self, tracks: Sequence[Track], span: TimeRange) -> None:
        try:
            self._reader.prefetch([(track.sli, track.group, track.memory) for track in tracks], span)
        except Exception as fault:  # noqa: BLE001  # whatever it was, each is read alone then, and tells its own
            log.debug("could not read together: %r", fault)
            self._reader.forget()

    def _read(self, track: Track, span: TimeRange) -> ReadResult | bool:
        """What was read; or whether it is worth trying again, with less."""
        if track.wide and span.start % WIDE_SECONDS:
            return _unobserved(span)
        try:
            result = self._reader.read(track.sli, span, track.memory, track.group, wide=track.wide)
        except PrometheusError as fault:
            return self._failed(track, fault, span)
        self.prometheus_up, self._down = True, False
        return result

    def _failed(self, track: Track, fault: PrometheusError, span: TimeRange) -> bool:
        too_wide = fault.reason == "too_large" and span.seconds <= HOUR_SECONDS
        if fault.reason in _SMALLER and not (too_wide and track.widens) and track.halve(span):
            log.info("%s: %s; asking for %d s at once", track.slo.slo_id, fault, track.chunk_seconds)
            return True
        if too_wide and track.widen():
            log.info("%s: %s; Prometheus is to count from now on", track.slo.slo_id, fault)
            return True
        track.trouble.count(fault.reason, str(fault))
        self._down = fault.reason in DOWN
        self.prometheus_up = not self._down
        return False

    def _write(self, read: Sequence[_Read]) -> list[Track]:
        """Append what was *read*, in one transaction; give the tracks of which it is written."""
        due = [one for one in read if one.result.slices.start >= one.track.start]
        try:
            if due:
                self._ledger.append_all([_posting(one) for one in due])
        except LedgerError as fault:
            if concerns_all(fault):
                raise
            return self._write_apart(read, fault)
        for one in read:
            self._took(one)
        return [one.track for one in read]

    def _write_apart(self, read: Sequence[_Read], fault: LedgerError) -> list[Track]:
        """
        Append what could not be written together because of *fault*.

        Mostly another exporter was faster with some of it. Those accounts are looked at again, and the others written.

        Raises:
            LedgerError: the ledger as a whole can't be read or written.
        """
        reached = self._ledger.reached()
        moved = [one for one in read if reached.get(one.track.account.id, one.track.through) != one.track.through]
        for one in moved:
            one.track.trouble.tell("reading", str(fault))
            self._following.again(one.track)
        rest = [one for one in read if one not in moved]
        if moved and rest:
            return self._write(rest)
        return [track for one in rest for track in self._write_alone(one, fault, alone=len(rest) == 1)]

    def _write_alone(self, one: _Read, fault: LedgerError, *, alone: bool) -> list[Track]:
        """Append one of several that could not be written together because of *fault*."""
        with one.track.trouble.contained("reading"):
            if alone:
                raise fault
            if one.result.slices.start >= one.track.start:
                self._ledger.append_all([_posting(one)])
            self._took(one)
            return [one.track]
        self._following.again(one.track)
        return []

    def _took(self, one: _Read) -> None:
        track, result = one.track, one.result
        if result.slices.start >= track.start:
            self.slices += len(result.slices.observed)
        track.trouble.reading = None
        with track.trouble.contained("reading"):
            track.took(result)
        for doubt in result.doubts:
            track.trouble.count(doubt.reason, doubt.words)


def _unobserved(span: TimeRange) -> ReadResult:
    """The minutes up to where Prometheus can begin to count; what it counts there is not known apart."""
    nothing = np.zeros(span.slices)
    return ReadResult(Slices(span.start, nothing > 0, nothing, nothing), Memory(), "wide")


def _posting(one: _Read) -> Posting:
    track, result = one.track, one.result
    return Posting(track.account, result.slices, result.memory, result.source, _hour(track, result))


def _hour(track: Track, result: ReadResult) -> Slices | None:
    """What is written of the hour under way; None if that is not known, or was read otherwise."""
    if track.sums is None or track.sums.net.end != result.slices.start:
        return None
    if result.slices.start % HOUR_SECONDS == 0:
        return result.slices.clip(TimeRange(result.slices.start, result.slices.start))
    return track.sums.net.hour if track.source == result.source else None


def _batches(tracks: Sequence[Track], until: int, failing: Collection[str]) -> list[list[Track]]:
    """*tracks* in the order of their turns, but those together that lack the same few minutes."""
    batches: dict[object, list[Track]] = defaultdict(list)
    for track in tracks:
        span = track.piece(until)
        together = span.seconds <= TOGETHER_SECONDS
        batches[(span, track.slo.slo_id in failing) if together else id(track)].append(track)
    return list(batches.values())


def _ahead(through: int) -> str:
    when = datetime.fromtimestamp(through, UTC).isoformat()
    return f"the ledger reaches to {when}, which is yet to come: was a clock ahead? Nothing is read until then"
