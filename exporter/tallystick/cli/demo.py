"""``tallystick demo``: everything, on real servers, with nothing prepared."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import click
import requests
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tallystick.cli.options import DURATION, option
from tallystick.core.standing import Standing
from tallystick.demo.configs import Ports, Wanted
from tallystick.demo.fault import Mode
from tallystick.demo.follow import Strike, follow, switch
from tallystick.demo.prepare import load_definitions
from tallystick.demo.run import Options, Screen, run_demo
from tallystick.demo.shape import BY_NAME
from tallystick.demo.state import read_state
from tallystick.errors import DemoError
from tallystick.report.table import standings_table


@click.group(invoke_without_command=True)
@option("--for", type=DURATION, help="Stop by itself after this time, once everything runs; by default at Ctrl-C.")
@option("--days", type=click.IntRange(1, 80), default=35, help="Length of the shop's history.")
@option("--seed", type=int, default=1, help="Another number gives another history.")
@option(
    "--dir",
    type=click.Path(path_type=Path),
    help="Keep everything in this new or empty folder; by default a temporary one.",
)
@option("--prometheus", type=click.Path(path_type=Path), help="Prometheus to run, with promtool beside it.")
@option("--prometheus.port", type=int, default=9090, help="Where Prometheus listens, or else at any free port.")
@option("--alertmanager.port", type=int, default=9093, help="Where Alertmanager listens, or else at any free port.")
@option("--exporter.port", type=int, default=8925, help="Where the exporter listens, or else at any free port.")
@click.pass_context
def demo(
    context: click.Context,
    /,
    *,
    days: int,
    seed: int,
    dir: Path | None,  # noqa: A002  # the option's name is the contract
    prometheus: Path | None,
    prometheus_port: int,
    alertmanager_port: int,
    exporter_port: int,
    **rest: int | None,
) -> None:
    """
    Run a sample shop with five weeks of history, and everything that watches it.

    \b
    tallystick demo                  go on until Ctrl-C
    tallystick demo --for 2m         stop by itself, exit 0 if every SLO's budget is known
    tallystick demo fault            in a second terminal: break the checkout, and follow the page

    Prometheus and Alertmanager are those on PATH, or are installed into a cache folder. Nothing listens to other
    machines, and at the end every process is stopped.
    """
    if context.invoked_subcommand is not None:
        return
    wanted = Wanted(prometheus_port, alertmanager_port, exporter_port)
    with _folder(dir) as folder, _screen() as screen:
        # "for" is a word of Python's own, so it can't be a parameter.
        options = Options(
            folder=folder, wanted=wanted, seed=seed, days=days, run_seconds=rest["for"], prometheus=prometheus
        )
        run_demo(options, screen)


@demo.command()
@click.argument("mode", type=click.Choice(["errors", "latency", "off"]), default="errors")
@option("--service", type=click.Choice(sorted(BY_NAME)), default="checkout", help="Which service is hit.")
@option("--share", type=click.FloatRange(0, 1), default=1.0, help="Which part of its requests.")
@option("--for", type=DURATION, default=600, help="How long; then it heals by itself.")
def fault(mode: str, service: str, share: float, **rest: int) -> None:
    """
    Break a service of the running demo, and follow it until the page has arrived.

    \b
    tallystick demo fault                        all requests to the checkout fail
    tallystick demo fault latency --service cart
    tallystick demo fault off                    heal it

    Exit code 1 if the page took longer than the arithmetic of its burn rate promises.
    """
    state = read_state()
    strike = Strike(service, cast("Mode", mode), share, rest["for"])
    if strike.mode == "off":
        switch(state, strike)
        click.echo(f"{service} is healed")
        return
    slo = strike.find_slo(load_definitions())
    arrival = follow(state, slo, strike, click.echo)
    if not arrival.in_time:
        click.get_current_context().exit(1)


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    """The folder *wanted*, which is kept, or a temporary one."""
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="tallystick-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    wanted.mkdir(parents=True, exist_ok=True)
    if any(wanted.iterdir()):
        raise DemoError(f"{wanted} is not empty; name a new folder, or remove it")
    yield wanted.resolve()


@contextmanager
def _screen() -> Iterator[Screen]:
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    columns = (TextColumn("       loading history"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task("history", total=1.0)

    def tell(line: str) -> None:
        seconds = int(time.monotonic() - began)
        console.print(f"{seconds // 60:2d}:{seconds % 60:02d}  {line}", markup=False)

    def loading(share: float) -> None:
        progress.start()
        progress.update(task, completed=share)
        if share >= 1:
            progress.stop()

    def budgets(found: Sequence[Standing], at: int) -> None:
        console.print(standings_table(found, datetime.fromtimestamp(at, UTC)), soft_wrap=not console.is_terminal)

    def ready(ports: Ports, folder: Path) -> None:
        console.print(_addresses(ports, folder), markup=False)

    try:
        yield Screen(tell, loading, budgets, ready)
    finally:
        progress.stop()


def _addresses(ports: Ports, folder: Path) -> str:
    lines = {
        "Budgets": ports.url(ports.exporter),
        "Metrics": ports.url(ports.exporter) + "/metrics",
        "Prometheus": _that_opens(ports.url(ports.prometheus), "/alerts", "/api/v1/alerts"),
        "Alertmanager": _that_opens(ports.url(ports.alertmanager), "/", "/api/v2/alerts"),
        "Dashboards": f"{folder}/build/dashboards, for Grafana",
        "Break it": "tallystick demo fault    (in another terminal; make demo-fault in a checkout)",
        "Stop": "Ctrl-C",
    }
    return "\n" + "\n".join(f"  {name:13} {value}" for name, value in lines.items()) + "\n"


def _that_opens(url: str, page: str, api: str) -> str:
    """The address of *page* at *url*, or of *api*: builds from source, and Debian's, come without their pages."""
    try:
        opens = requests.get(url + page, timeout=5).ok
    except requests.RequestException:
        opens = False
    return url + (page if opens else api)
