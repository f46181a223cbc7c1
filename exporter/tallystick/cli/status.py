"""``tallystick status``: compliance and budgets at one instant."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.main import FINDINGS
from tallystick.cli.options import (
    DURATION,
    Instant,
    option,
    paths_argument,
    prometheus_options,
)
from tallystick.cli.printing import print_whole
from tallystick.cli.reading import ledger_end, read_into
from tallystick.cli.record import must_have_a_past
from tallystick.core.agreed import Agreed
from tallystick.core.standing import Standing, State
from tallystick.core.timerange import floor_slice
from tallystick.daemon.board import shown_in
from tallystick.daemon.following import recorded
from tallystick.errors import TallystickError
from tallystick.ledger.store import open_ledger
from tallystick.report.agreed import agreements_json, agreements_text
from tallystick.report.document import standings_json
from tallystick.report.table import standings_table
from tallystick.upstream.client import Prometheus


@click.command()
@paths_argument
@prometheus_options
@option("--ledger", metavar="PATH", help="Read this ledger, and nothing from Prometheus.")
@option(
    "--at", type=Instant(), metavar="TIME", help="When, as 2026-11-23T12:00:00Z or seconds since 1970; now by default."
)
@option("--settle", type=DURATION, default=120, help="How long after a minute to wait for late samples of it.")
@option("--agreements", is_flag=True, help="Show what was agreed with others instead.")
@option("--format", type=click.Choice(["text", "json"]), default="text", help="What to print.")
def status(
    *,
    paths: Sequence[Path],
    prometheus: Prometheus | None,
    ledger: str | None,
    at: float | None,
    settle: int,
    agreements: bool,
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Show compliance and error budgets, now or at any time of which there is data.

    \b
    tallystick status slo-definitions --prometheus.url http://localhost:9090
    tallystick status slo-definitions --ledger slo.db --at 2026-11-01T00:00:00Z --format json
    tallystick status slo-definitions --ledger slo.db --agreements

    Without --ledger everything is read from Prometheus, into a ledger in memory. A ledger is not changed, and
    without --at its figures are those of its own end, which is told if it is more than an hour ago.
    Exit code 1 if an objective (with --agreements: an agreement) is breached, 2 if an SLO could not be read.
    """
    must_have_a_past(ledger, prometheus)
    slos = load_or_exit(paths)
    now = time.time()
    latest = floor_slice(min(now if at is None else at, now - settle))
    unread: list[str] = []
    book = open_ledger(ledger or "", read_only=bool(ledger))
    try:
        if ledger:
            tracks = recorded(book, slos, latest)
            until = latest if at is not None else ledger_end(tracks, latest, "the figures are of then")
            found = shown_in(book, slos, until, tracks)
        else:
            assert prometheus
            tracks, unread = read_into(book, prometheus, slos, latest)
            found = shown_in(book, slos, latest, tracks)
    finally:
        book.close()
    promises = [promise for one in found for promise in one.agreed]
    standings = [standing for one in found for standing in one.standings]
    if agreements:
        _print_agreements(promises, format)
    else:
        _print(standings, format)
    if unread:
        raise TallystickError("could not read everything:\n  " + "\n  ".join(unread))
    judged = [promise.standing for promise in promises] if agreements else standings
    if any(standing.state is State.BREACHED for standing in judged):
        sys.exit(FINDINGS)


def _print(found: Sequence[Standing], format_: str) -> None:
    if format_ == "json":
        click.echo(standings_json(found))
    else:
        at = datetime.fromtimestamp(found[0].span.end, UTC) if found else None
        console = Console()
        # Without a terminal there is no width to fit into: whatever reads it gets every column.
        console.print(standings_table(found, at), soft_wrap=not console.is_terminal)


def _print_agreements(found: Sequence[Agreed], format_: str) -> None:
    if format_ == "json":
        click.echo(agreements_json(found))
    else:
        print_whole(agreements_text(found))
