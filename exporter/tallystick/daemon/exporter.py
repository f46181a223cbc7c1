"""The running exporter: a loop of rounds, and the view that pages and metrics have of it."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tallystick.core.budget import budget_remaining
from tallystick.core.slo import Slo
from tallystick.core.standing import Observe, Standing
from tallystick.core.tally import NOTHING, UNOBSERVED
from tallystick.core.timerange import SLICE_SECONDS, TimeRange, floor_slice
from tallystick.core.view import BurnDownPoint, ExporterState, SloHealth
from tallystick.core.window import Window
from tallystick.daemon.recorder import Recorder, Track
from tallystick.daemon.stand import STALE_SECONDS, stand
from tallystick.errors import REASONS, TallystickError
from tallystick.ledger.store import Ledger
from tallystick.upstream.client import Prometheus

log = logging.getLogger(__name__)

BURN_DOWN_POINTS = 240
"""Points of a burn-down, about; a day of a 30 d window is eight of them."""

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
    """

    settle_seconds: int
    interval_seconds: int
    clock: Callable[[], float]


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
    until: int = 0
    failures: int = 0
    error: str | None = None
    ready: bool = False
    backfill_done: float = 0.0
    standings: Sequence[Standing] = ()
    health: Sequence[SloHealth] = field(default=())


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
        self._recorder = Recorder(ledger, prometheus)
        self._started_at = settings.clock()
        self._config = _Config(slos, self._started_at)
        self._rounds = _Rounds(health=_unread(slos))
        self._wake = threading.Event()
        self._reloading = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Do rounds until *stop* is set; what fails is told and tried again in the next round."""
        while not stop.is_set():
            started = self._settings.clock()
            self._wake.clear()
            try:
                self.round(partial(self._keep_going, started, stop))
            except TallystickError as fault:
                self._rounds.failures += 1
                self._rounds.error = str(fault)
                log.error("round failed: %s", fault)  # noqa: TRY400  # an outside fault, told without a traceback
            else:
                self._rounds.error = None
            pause = self._settings.interval_seconds - (self._settings.clock() - started)
            if pause > 0 and not stop.is_set():
                self._wake.wait(pause)

    def stop(self, stop: threading.Event) -> None:
        """End `run`."""
        stop.set()
        self._wake.set()

    def round(self, keep_going: Callable[[], bool] = lambda: True) -> None:
        """
        Read what is missing up to now, and show it.

        Raises:
            LedgerError: the ledger can't be read or written.
        """
        started, slos = self._settings.clock(), self._config.slos
        until = self._until(started)
        tracks = [self._recorder.track(slo, until) for slo in slos]
        try:
            self._recorder.catch_up(tracks, until, lambda: self._report(tracks, until) and keep_going())
        finally:
            self._show(tracks, until, started)

    def _until(self, now: float) -> int:
        return floor_slice(now - self._settings.settle_seconds)

    def _keep_going(self, started: float, stop: threading.Event) -> bool:
        """Whether a round may go on: nobody waits, and the next one is not due."""
        due = self._settings.clock() - started >= self._settings.interval_seconds
        return not (stop.is_set() or self._wake.is_set() or due)

    def _report(self, tracks: Sequence[Track], until: int) -> bool:
        missing = sum(until - track.through for track in tracks)
        whole = sum(until - track.start for track in tracks)
        self._rounds.backfill_done = 1 - missing / whole if whole > 0 else 1.0
        return True

    def _show(self, tracks: Sequence[Track], until: int, started: float) -> None:
        """Work out every figure once, for all who ask until the next round."""
        self._report(tracks, until)
        rounds = self._rounds
        rounds.standings = [standing for track in tracks for standing in stand(self._ledger, track.slo, until)]
        rounds.health = [self._health(track) for track in tracks]
        rounds.ready |= all(track.through >= until or track.last_error for track in tracks)
        rounds.count += 1
        rounds.until = until
        rounds.ended_at = self._settings.clock()
        rounds.seconds = rounds.ended_at - started

    def _health(self, track: Track) -> SloHealth:
        begun = track.through > track.start
        return SloHealth(
            slo=track.slo,
            ledger_start=track.start if begun else None,
            ledger_end=track.through if begun else None,
            lifetime=self._ledger.lifetime(track.account),
            failures=dict(track.failures),
            last_error=track.last_error,
        )

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
            health=rounds.health,
        )

    def standings(self) -> Sequence[Standing]:
        """Every SLO in every window, as of the latest round; of a round too long ago, they are not fresh any more."""
        rounds = self._rounds
        if self._until(self._settings.clock()) - rounds.until <= STALE_SECONDS + self._settings.interval_seconds:
            return rounds.standings
        return [replace(standing, fresh=False) for standing in rounds.standings]

    def burn_down(self, slo_id: str, window_name: str) -> Sequence[BurnDownPoint]:
        """
        How the budget went over the last window.

        Raises:
            KeyError: there is no such SLO or window.
        """
        slos = {slo.slo_id: slo for slo in self._config.slos}
        slo = slos[slo_id]
        window = {window.name: window for window in slo.windows}[window_name]
        until = self._until(self._settings.clock())
        account = self._ledger.find(slo_id, slo.sli, {})
        if account is None:
            return []
        book = self._ledger.book(account, TimeRange(until - 2 * window.seconds, until))
        step = max(window.seconds // BURN_DOWN_POINTS // SLICE_SECONDS, 1) * SLICE_SECONDS
        instants = range(until - window.seconds // step * step, until + 1, step)
        return [_point(slo, window, TimeRange(at - step, at), book.observe) for at in instants]

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
        known = {health.slo.slo_id: health for health in self._rounds.health if health.slo in slos}
        self._rounds.standings = [standing for standing in self._rounds.standings if standing.slo in slos]
        self._rounds.health = [known.get(health.slo.slo_id, health) for health in _unread(slos)]


def _unread(slos: Sequence[Slo]) -> list[SloHealth]:
    """How SLOs are that no round has read yet."""
    return [SloHealth(slo=slo, lifetime=NOTHING, failures=dict.fromkeys(REASONS, 0)) for slo in slos]


def _point(slo: Slo, window: Window, step: TimeRange, observe: Observe) -> BurnDownPoint:
    whole, part = observe(window.span(step.end)), observe(step)
    seen = part.observed_seconds > 0
    return BurnDownPoint(
        step.end,
        budget_remaining(whole.tally, slo.objective) if whole != UNOBSERVED else None,
        part.tally.bad if seen else None,
        part.tally.total if seen else None,
    )
