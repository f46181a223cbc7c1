"""The running exporter: a loop of rounds, and the view that pages and metrics have of it."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tallystick.core.agreed import Agreed
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing
from tallystick.core.timerange import floor_slice
from tallystick.core.view import BurnDownPoint, ExporterState
from tallystick.daemon.board import Board, Sight
from tallystick.daemon.burndown import burn_down
from tallystick.daemon.clock import Clock
from tallystick.daemon.late import Late
from tallystick.daemon.recorder import DOWN, Recorder, Track
from tallystick.daemon.shown import carried_over, unread
from tallystick.daemon.stand import STALE_SECONDS
from tallystick.errors import PrometheusError, TallystickError
from tallystick.ledger.store import Ledger
from tallystick.upstream.client import Prometheus

log = logging.getLogger(__name__)

FILL_SECONDS = 3
"""How long of a round late samples are looked for."""

Load = Callable[[], tuple[Sequence[Slo], Sequence[str]]]
"""Loads the definitions: the SLOs, and what is wrong with the files as lines of text."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    How the exporter runs.

    Attributes:
        settle_seconds: how long after its end a slice is read; until then samples may still arrive.
        interval_seconds: from the start of one round to the start of the next.
        clock: the time now, in seconds since 1970.
        monotonic: seconds that only ever pass, for how long things take.
    """

    settle_seconds: int
    interval_seconds: int
    clock: Callable[[], float]
    monotonic: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class _Config:
    slos: Sequence[Slo]
    loaded_at: float
    problems: Sequence[str] = ()
    ok: bool = True


@dataclass(slots=True)
class _Rounds:
    count: int = 0
    seconds: float | None = None
    ended_at: float | None = None
    as_of: float = 0.0
    failures: int = 0
    error: str | None = None
    ready: bool = False
    backfill_done: float = 0.0
    shown: Board = field(default_factory=dict)


class Exporter:
    """Reads, records and shows every SLO; it is a `tallystick.core.view.View`."""

    def __init__(
        self, slos: Sequence[Slo], load: Load, ledger: Ledger, prometheus: Prometheus, settings: Settings
    ) -> None:
        """
        Start with *slos*.

        Args:
            slos: what to measure.
            load: how to load them again.
            ledger: where counts are kept.
            prometheus: where they are read.
            settings: how to run.
        """
        self._load = load
        self._ledger = ledger
        self._prometheus = prometheus
        self._settings = settings
        self._clock = Clock(settings.clock, prometheus)
        self._recorder = Recorder(ledger, prometheus)
        self._late = Late(ledger.database, prometheus)
        self._started_at = settings.clock()
        self._config = _Config(slos, self._started_at)
        self._rounds = _Rounds(shown={slo.slo_id: [unread(slo)] for slo in slos})
        self._wake = threading.Event()
        self._reloading = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Do rounds until *stop* is set; what fails is told and tried again in the next round."""
        while not stop.is_set():
            started = self._settings.monotonic()
            self._wake.clear()
            try:
                self.round(partial(self._keep_going, started, stop))
            except Exception as fault:  # noqa: BLE001  # whatever it was, the next round may be better, and must come
                self._fail(fault)
            else:
                self._rounds.error = None
            pause = self._settings.interval_seconds - (self._settings.monotonic() - started)
            if pause > 0 and not stop.is_set():
                self._wake.wait(pause)

    def _fail(self, fault: Exception) -> None:
        outside = isinstance(fault, TallystickError)
        self._rounds.failures += 1
        self._rounds.error = str(fault) if outside else f"unexpected {type(fault).__name__}: {fault}"
        log.error("round failed: %s", self._rounds.error, exc_info=None if outside else fault)

    def stop(self, stop: threading.Event) -> None:
        """End `run`, and the request that may be under way."""
        stop.set()
        self._wake.set()
        self._prometheus.stop.set()

    def round(self, keep_going: Callable[[], bool] = lambda: True) -> None:
        """
        Read what is missing up to now, and show it.

        Raises:
            LedgerError: the ledger as a whole can't be read or written.
        """
        started, slos = self._settings.monotonic(), self._config.slos
        away = self._compare_clocks()
        until = self._until()
        try:
            tracks = self._recorder.follow(slos, until)
            try:
                if away is None:
                    self._recorder.catch_up(tracks, until, lambda: self._report(tracks, until) and keep_going())
                    tracks = self._recorder.tracks
                    self._fill(tracks, until, keep_going)
                else:
                    self._recorder.outage(tracks, until, away)
                self._recorder.roll(tracks)
            finally:
                self._show(slos, tracks, until, started)
        except Exception:
            self._recorder.forget()  # whatever it was, nothing is believed of how far it came
            raise
        if away is None:
            self._rounds.ready |= self._all_read(slos, tracks, until)

    def _fill(self, tracks: Sequence[Track], until: int, keep_going: Callable[[], bool]) -> None:
        """Ask again for what was not there; for a moment, as rounds must go on."""
        started = self._settings.monotonic()
        self._recorder.amended(
            self._late.fill(tracks, until, lambda: keep_going() and self._settings.monotonic() - started < FILL_SECONDS)
        )

    def _compare_clocks(self) -> PrometheusError | None:
        """Why nothing can be read now; None if Prometheus is there."""
        try:
            self._clock.compare()
        except PrometheusError as fault:
            return fault if fault.reason in DOWN else None
        return None

    def _until(self) -> int:
        return floor_slice(self._clock.now() - self._settings.settle_seconds)

    def _keep_going(self, started: float, stop: threading.Event) -> bool:
        """Whether a round may go on: nobody waits, and the next one is not due."""
        due = self._settings.monotonic() - started >= self._settings.interval_seconds
        return not (stop.is_set() or self._wake.is_set() or due)

    def _report(self, tracks: Sequence[Track], until: int) -> bool:
        missing = sum(track.due(until) - track.through for track in tracks)
        whole = sum(max(until - track.start, 0) for track in tracks)
        self._rounds.backfill_done = 1 - missing / whole if whole > 0 else 1.0
        return True

    def _all_read(self, slos: Sequence[Slo], tracks: Sequence[Track], until: int) -> bool:
        missing = {track.slo.slo_id for track in tracks if track.lacks(until)}
        followed = {track.slo.slo_id for track in tracks}
        return all(
            (
                slo.slo_id not in missing
                and (slo.slo_id in followed or isinstance(slo.sli, CompositeSli) or bool(slo.sli.by))
            )
            or bool(self._recorder.trouble(slo.slo_id).last_error)
            for slo in slos
        )

    def _show(self, slos: Sequence[Slo], tracks: Sequence[Track], until: int, started: float) -> None:
        """Work out every figure once, for all who ask until the next round."""
        self._report(tracks, until)
        rounds, sight = self._rounds, Sight(self._ledger, slos, tracks, until)
        rounds.shown = {slo.slo_id: sight.show(slo, self._recorder.trouble(slo.slo_id)) for slo in slos}
        rounds.count += 1
        rounds.as_of = started
        rounds.ended_at = self._settings.clock()
        rounds.seconds = self._settings.monotonic() - started
        self._keep(self._config.slos)

    def state(self) -> ExporterState:
        """How the exporter is doing."""
        config, rounds = self._config, self._rounds
        return ExporterState(
            ready=rounds.ready,
            backfill_done=rounds.backfill_done,
            prometheus_url=self._prometheus.public_url,
            prometheus_up=self._recorder.prometheus_up,
            started_at=self._started_at,
            config_loaded_at=config.loaded_at,
            config_ok=config.ok,
            config_problems=config.problems,
            round_seconds=rounds.seconds,
            round_ended_at=rounds.ended_at,
            round_failures=rounds.failures,
            round_error=rounds.error,
            rounds=rounds.count,
            slices=self._recorder.slices,
            requests=self._prometheus.sent,
            health=[shown.health for some in rounds.shown.values() for shown in some],
        )

    def standings(self) -> Sequence[Standing]:
        """Every SLO in every window, as of the latest round; of a round too long ago, they are not fresh any more."""
        rounds = self._rounds
        found = [standing for some in rounds.shown.values() for shown in some for standing in shown.standings]
        if not self._is_old:
            return found
        return [replace(standing, fresh=False) for standing in found]

    def agreed(self) -> Sequence[Agreed]:
        """How every agreement stands, as of the latest round; likewise."""
        rounds = self._rounds
        found = [promise for some in rounds.shown.values() for shown in some for promise in shown.agreed]
        if not self._is_old:
            return found
        return [replace(promise, standing=replace(promise.standing, fresh=False)) for promise in found]

    @property
    def _is_old(self) -> bool:
        """Whether the latest round is too long ago for a verdict of now."""
        return self._settings.monotonic() - self._rounds.as_of > STALE_SECONDS + self._settings.interval_seconds

    def burn_down(
        self, slo_id: str, window_name: str, group: Mapping[str, str] | None = None
    ) -> Sequence[BurnDownPoint]:
        """
        How the budget went over the last window.

        Raises:
            KeyError: there is no such SLO, window or group.
        """
        slos = {slo.slo_id: slo for slo in self._config.slos}
        slo = slos[slo_id]
        window = {window.name: window for window in slo.windows}[window_name]
        if group and dict(group) not in [dict(shown.health.group) for shown in self._rounds.shown.get(slo_id, ())]:
            raise KeyError(group)
        return burn_down(self._ledger, slo, slos, window, self._until(), group=group or {})

    def reload(self) -> Sequence[str]:
        """Load the definitions again; return what is wrong with them, in which case the old ones stay in force."""
        with self._reloading:
            slos, problems = self._load()
            if problems:
                self._config = _Config(self._config.slos, self._config.loaded_at, problems, ok=False)
                log.error("definitions not reloaded: %d problems, the first: %s", len(problems), problems[0])
            else:
                self._config = _Config(slos, self._settings.clock())
                self._keep(slos)
                log.info("definitions reloaded: %d SLOs", len(slos))
                self._wake.set()
        return problems

    def _keep(self, slos: Sequence[Slo]) -> None:
        """Show no SLO but *slos* from now on; what is not known of them yet comes with the next round."""
        known = self._rounds.shown
        self._rounds.shown = {slo.slo_id: carried_over(known.get(slo.slo_id, ()), slo) for slo in slos}
