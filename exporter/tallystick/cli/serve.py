"""``tallystick serve``: the exporter."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from tallystick import __version__
from tallystick.cli.definitions import load_or_exit, load_quietly
from tallystick.cli.options import (
    DURATION,
    SOME_TIME,
    option,
    paths_argument,
    prometheus_options,
)
from tallystick.core.slo import Slo
from tallystick.daemon.exporter import Exporter, Settings
from tallystick.errors import TallystickError
from tallystick.ledger.database import in_memory
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import Prometheus
from tallystick.web.app import create_app
from tallystick.web.server import Server

log = logging.getLogger("tallystick")

LEVELS = ("debug", "info", "warning", "error")
PROGRESS_SECONDS = 2
"""How often the progress of the backfill is told."""


@click.command()
@paths_argument
@prometheus_options
@option(
    "--ledger", default="slo.db", metavar="PATH", help="File or SQLAlchemy URL of the ledger; made if there is none."
)
@option("--web.listen-address", default="127.0.0.1:8925", metavar="HOST:PORT", help="Where to listen.")
@option("--web.external-url", default="", metavar="URL", help="Address under which people reach the status page.")
@option(
    "--web.route-prefix",
    metavar="PATH",
    help="Path in front of every page; by default that of --web.external-url, / for none.",
)
@option("--web.telemetry-path", default="/metrics", metavar="PATH", help="Where the metrics are.")
@option("--settle", type=DURATION, default=120, help="How long after a minute to wait for late samples of it.")
@option("--interval", type=SOME_TIME, default=60, help="How often to read from Prometheus.")
@option("--log.level", type=click.Choice(LEVELS), default="info", help="What to log at least.")
def serve(
    *,
    paths: Sequence[Path],
    prometheus: Prometheus | None,
    ledger: str,
    web_listen_address: str,
    web_external_url: str,
    web_route_prefix: str | None,
    web_telemetry_path: str,
    settle: int,
    interval: int,
    log_level: str,
) -> None:
    """
    Measure every SLO, keep the ledger, and show budgets as metrics and pages.

    \b
    tallystick serve slo-definitions --prometheus.url http://localhost:9090 --ledger slo.db
    tallystick serve --prometheus.url http://mimir/prometheus --prometheus.header X-Scope-OrgID=prod

    At the first start the ledger is filled from what Prometheus still holds, as far back as the windows look.
    SIGHUP, or a POST to /-/reload, loads the definitions again. SIGTERM ends it, a second one at once.
    """
    if not prometheus:
        raise click.UsageError("--prometheus.url is missing, for example --prometheus.url http://localhost:9090")
    if in_memory(ledger):
        raise click.BadParameter(f"{ledger!r} would be gone at the end; name a file", param_hint="--ledger")
    host, port = _address(web_listen_address)
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    slos = load_or_exit(paths)
    exporter = Exporter(
        slos, lambda: load_quietly(paths), open_ledger(ledger), prometheus, Settings(settle, interval, time.time)
    )
    app = create_app(
        exporter,
        external_url=web_external_url,
        route_prefix=web_route_prefix or "",
        telemetry_path=web_telemetry_path,
    )
    server = Server(app, host, port)
    server.start()
    log.info("tallystick %s: %d SLOs, %s, listening on %s", __version__, len(slos), prometheus.public_url, server.url)
    try:
        _run(exporter, slos)
    finally:
        server.stop()


def _run(exporter: Exporter, slos: Sequence[Slo]) -> None:
    """
    Rounds in a thread of their own until a signal ends them.

    Raises:
        TallystickError: they ended by themselves.
    """
    stop, wake = threading.Event(), threading.Event()
    wanted: list[str] = []
    faults: list[BaseException] = []

    def ask(what: str) -> None:
        wanted.append(what)
        wake.set()

    def do_rounds() -> None:
        try:
            exporter.run(stop)
        except BaseException as fault:
            log.exception("the rounds ended")
            faults.append(fault)
        finally:
            wake.set()

    _on_signals(ask)
    rounds = threading.Thread(target=do_rounds, name="rounds")
    rounds.start()
    told = False
    while "stop" not in wanted:
        wake.wait(PROGRESS_SECONDS)
        wake.clear()
        if "reload" in wanted:
            wanted.remove("reload")
            exporter.reload()
        told = told or _tell_progress(exporter, slos)
        if not rounds.is_alive():
            break
    exporter.stop(stop)
    rounds.join()
    if faults:
        raise TallystickError(
            f"the rounds ended by an unexpected {type(faults[0]).__name__}: {faults[0]}; please report it"
        )


def _on_signals(ask: Callable[[str], None]) -> None:
    """Ask for what signals mean; once the end was asked for, a second such signal ends the process there and then."""

    def end(*_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        ask("stop")

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGHUP, lambda *_: ask("reload"))


def _tell_progress(exporter: Exporter, slos: Sequence[Slo]) -> bool:
    """Say how far the backfill is; whether it is over."""
    state = exporter.state()
    if state.ready:
        log.info("ready: the ledger is up to date for %d SLOs, %d slices read", len(slos), state.slices)
    else:
        log.info("backfill: %.0f %% of %d SLOs' history read", 100 * state.backfill_done, len(slos))
    return state.ready


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise click.BadParameter(
            f"{text!r} is not HOST:PORT, for example 127.0.0.1:8925", param_hint="--web.listen-address"
        )
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  # ":8925" means everywhere, as in Prometheus
