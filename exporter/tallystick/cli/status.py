"""``tallystick status``: compliance and budgets at one instant."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.main import FINDINGS
from tallystick.cli.options import (
    DURATION,
    Instant,
    option,
    paths_argument,
    prometheus_options,
)
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.timerange import floor_slice
from tallystick.daemon.board import standings_in
from tallystick.daemon.following import recorded
from tallystick.daemon.recorder import Recorder, Track
from tallystick.errors import TallystickError
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.report.document import standings_json
from tallystick.report.table import standings_table
from tallystick.upstream.client import Prometheus

OLD_SECONDS = 3_600
"""A ledger that ends longer ago than this is hardly that of an exporter that runs."""


@click.command()
@paths_argument
@prometheus_options
@option("--ledger", metavar="PATH", help="Read this ledger, and nothing from Prometheus.")
@option(
    "--at", type=Instant(), metavar="TIME", help="When, as 2026-11-23T12:00:00Z or seconds since 1970; now by default."
)
@option("--settle", type=DURATION, default=120, help="How long after a minute to wait for late samples of it.")
@option("--format", type=click.Choice(["text", "json"]), default="text", help="What to print.")
def status(
    *,
    paths: Sequence[Path],
    prometheus: Prometheus | None,
    ledger: str | None,
    at: float | None,
    settle: int,
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Show compliance and error budgets, now or at any time of which there is data.

    \b
    tallystick status slo-definitions --prometheus.url http://localhost:9090
    tallystick status slo-definitions --ledger slo.db --at 2026-11-01T00:00:00Z --format json

    Without --ledger everything is read from Prometheus, into a ledger in memory. A ledger is not changed, and
    without --at its figures are those of its own end, which is told if it is more than an hour ago.
    Exit code 1 if an objective is breached, 2 if an SLO could not be read.
    """
    if not ledger and not prometheus:
        raise click.UsageError("give --prometheus.url, or --ledger to read what an exporter has recorded")
    if ledger and "://" not in ledger and not Path(ledger).exists():
        raise click.UsageError(f"there is no ledger {ledger}; an exporter (tallystick serve) makes one")
    slos = load_or_exit(paths)
    now = time.time()
    latest = floor_slice(min(now if at is None else at, now - settle))
    unread: list[str] = []
    book = open_ledger(ledger or "", read_only=bool(ledger))
    try:
        if ledger:
            tracks = recorded(book, slos, latest)
            until = latest if at is not None else _end(tracks, latest)
            found = standings_in(book, slos, until, tracks)
        else:
            assert prometheus
            found, unread = _read(slos, book, prometheus, latest)
    finally:
        book.close()
    _print(found, format)
    if unread:
        raise TallystickError("could not read everything:\n  " + "\n  ".join(unread))
    if any(standing.state is State.BREACHED for standing in found):
        sys.exit(FINDINGS)


def _end(tracks: Sequence[Track], latest: int) -> int:
    """Where the ledger ends, but not after *latest*; an old one is told."""
    end = min(max((track.through for track in tracks), default=latest), latest)
    if latest - end > OLD_SECONDS:
        at = datetime.fromtimestamp(end, UTC)
        click.echo(f"tallystick: the ledger ends at {at:%Y-%m-%dT%H:%M:%SZ}, and the figures are of then", err=True)
    return end


def _read(slos: Sequence[Slo], book: Ledger, prometheus: Prometheus, until: int) -> tuple[list[Standing], list[str]]:
    """Fill *book* from *prometheus* up to *until*, and look."""
    recorder = Recorder(book, prometheus)
    tracks = recorder.follow(slos, until)
    console = Console(stderr=True)
    columns = (TextColumn("reading"), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=sum(track.due(until) - track.through for track in tracks))

        def advance() -> bool:
            progress.update(task, completed=sum(track.through - track.start for track in tracks))
            return True

        recorder.catch_up(tracks, until, advance)
    tracks = recorder.tracks
    unread = _unread(tracks, until)
    for track in tracks:
        track.trouble.reading = None  # it is told with what could not be read
    return standings_in(book, slos, until, tracks), unread


def _unread(tracks: Sequence[Track], until: int) -> list[str]:
    """The SLOs that could not be read to the end, and why."""
    reasons = [track.last_error for track in tracks if track.last_error]
    return [f"{track.slo.slo_id}: {track.last_error or reasons[0]}" for track in tracks if track.lacks(until)]


def _print(found: Sequence[Standing], format_: str) -> None:
    if format_ == "json":
        click.echo(standings_json(found))
    else:
        at = datetime.fromtimestamp(found[0].span.end, UTC) if found else None
        console = Console()
        # Without a terminal there is no width to fit into: whatever reads it gets every column.
        console.print(standings_table(found, at), soft_wrap=not console.is_terminal)
