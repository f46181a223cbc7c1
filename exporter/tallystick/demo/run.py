"""
The demo: a shop with five weeks of history, and everything that watches it, on real servers.

Each step is told in one line. Whatever happens, all processes are stopped at the end.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.timerange import floor_slice
from tallystick.daemon.board import standings_in
from tallystick.demo.configs import Ports, Wanted, choose_ports
from tallystick.demo.prepare import (
    PROMETHEUS,
    Binaries,
    find_binaries,
    load_definitions,
    load_past,
    load_recorded_past,
    write_generated,
)
from tallystick.demo.scenario import DAY, MINUTE, Span, make_scenario
from tallystick.demo.signals import Stopped, stopped_by_signals
from tallystick.demo.stage import Stage
from tallystick.errors import DemoError
from tallystick.ledger.store import open_ledger

_WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    What the user asked for.

    Attributes:
        folder: where everything is kept.
        wanted: where to listen if possible.
        seed: of the history and of the load.
        days: length of the history.
        run_seconds: how long to run once all is ready; None: until stopped.
        prometheus: which Prometheus to run; None: the one that is found or installed.
    """

    folder: Path
    wanted: Wanted
    seed: int = 1
    days: int = 35
    run_seconds: int | None = None
    prometheus: Path | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """
    How the demo speaks.

    Attributes:
        tell: a step, in one line.
        progress: which share of the history is loaded.
        budgets: how all SLOs stand at an instant.
        ready: everything runs, at these addresses.
    """

    tell: Callable[[str], None]
    progress: Callable[[float], None]
    budgets: Callable[[Sequence[Standing], int], None]
    ready: Callable[[Ports, Path], None]


def run_demo(options: Options, screen: Screen) -> None:
    """
    Run the demo until its time is over, or until it is stopped by Ctrl-C or SIGTERM.

    Raises:
        DemoError: a part can't be started, or has died, or an SLO's budget is unknown at the end.
    """
    try:
        with stopped_by_signals():
            _run(options, screen)
    except Stopped:
        screen.tell("stopped")


def _run(options: Options, screen: Screen) -> None:
    binaries = find_binaries(options.prometheus)
    screen.tell(f"found {binaries.prometheus} and {binaries.alertmanager}")
    slos = load_definitions()
    _prepare(options, screen, binaries, slos)
    with Stage(options.folder, choose_ports(options.wanted)) as stage:
        _start(options, screen, stage, binaries, slos)
        _show_budgets(screen, stage, slos)
        screen.ready(stage.ports, options.folder)
        _watch(stage, options.run_seconds)
        unknown = _show_budgets(screen, stage, slos)
        screen.tell("time is over: stopping")
    if unknown:
        raise DemoError(f"at the end nothing is known of {', '.join(unknown)}")


def _prepare(options: Options, screen: Screen, binaries: Binaries, slos: Sequence[Slo]) -> None:
    """Give Prometheus and the exporter a past."""
    prometheus = options.folder / PROMETHEUS
    prometheus.mkdir()
    end = int(time.time()) // MINUTE * MINUTE
    span = Span(end - options.days * DAY, end)
    loaded = load_past(binaries, span, options.seed, prometheus / "data", screen.progress)
    screen.tell(f"loaded {options.days} days of history: {loaded.samples:,} samples of {loaded.series} series")
    blind = make_scenario(options.seed, span).blind
    past = load_recorded_past(binaries, slos, span, blind, options.folder)
    screen.tell(
        f"evaluated {past.rules} rules over the history, and worked out {past.figures:,} figures of the exporter's"
    )


def _start(options: Options, screen: Screen, stage: Stage, binaries: Binaries, slos: Sequence[Slo]) -> None:
    build = options.folder / "build"
    files = write_generated(slos, build, stage.ports.url(stage.ports.exporter))
    screen.tell(f"generated {files} files of rules, dashboards and routes for {len(slos)} SLOs in {build}")
    stage.start_shop(options.seed)
    stage.start_alerting(binaries, lambda one: screen.tell(f"webhook: {one.summary}"))
    stage.start_prometheus(binaries, build / "rules")
    screen.tell("started the shop, Alertmanager and Prometheus")
    stage.start_exporter()
    screen.tell("started the exporter; it reads what is new")
    stage.wait_exporter()
    screen.tell("the exporter is ready")
    stage.announce()


def _show_budgets(screen: Screen, stage: Stage, slos: Sequence[Slo]) -> list[str]:
    """Show how all *slos* stand by the exporter's ledger; returns the ids of those of which nothing is known."""
    ledger = open_ledger(str(stage.ledger))
    try:
        # The exporter's latest slice may be a minute or so behind, which is what `fresh` allows for.
        at = floor_slice(time.time()) - MINUTE
        found = standings_in(ledger, slos, at)
    finally:
        ledger.close()
    screen.budgets(found, at)
    known = {one.slo.slo_id for one in found if one.fresh and one.state in (State.MET, State.BREACHED)}
    return sorted({slo.slo_id for slo in slos} - known)


def _watch(stage: Stage, run_seconds: int | None) -> None:
    """Look after the processes for *run_seconds*, or for ever."""
    deadline = None if run_seconds is None else time.monotonic() + run_seconds
    while deadline is None or time.monotonic() < deadline:
        stage.check()
        time.sleep(_WATCH_SECONDS)
