"""``tallystick ledger backfill``: what the ledger lacks, from what Prometheus still holds."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.main import FINDINGS
from tallystick.cli.options import paths_argument, prometheus_options
from tallystick.cli.record import ledger_option, opened, progress, span_options
from tallystick.core.duration import format_seconds
from tallystick.core.timerange import TimeRange, floor_slice
from tallystick.daemon.backfill import Backfilled, fillable, read_span
from tallystick.daemon.backfill import backfill as fill
from tallystick.daemon.recount import Subject, reading_seconds, subjects
from tallystick.errors import PrometheusError, TallystickError
from tallystick.ledger.accounts import accounts
from tallystick.report.document import instant
from tallystick.report.exported import text_of
from tallystick.report.record import titled
from tallystick.upstream.client import Prometheus
from tallystick.upstream.reader import Reader


@click.command()
@paths_argument
@ledger_option
@prometheus_options
@span_options(required=True)
def backfill(
    *, paths: Sequence[Path], ledger: str, prometheus: Prometheus | None, from_: float, to: float | None
) -> None:
    """
    Read what the ledger lacks and Prometheus still holds: gaps, and time before an account's start.

    \b
    tallystick ledger backfill slo-definitions --ledger slo.db --prometheus.url http://localhost:9090 --from 2026-10-01

    What is known stays known. Days that change are sealed anew, and their first seals stay. An exporter may be writing
    to the same ledger: the hour under way is left to it, and it takes over the rest at its next round.
    Exit code 1 if something could not be filled.
    """
    if not prometheus:
        raise click.UsageError("--prometheus.url is missing, for example --prometheus.url http://localhost:9090")
    span = TimeRange(floor_slice(from_), max(floor_slice(from_), floor_slice(time.time() if to is None else to)))
    slos = load_or_exit(paths)
    with opened(ledger, read_only=False) as database:
        with database.snapshot() as connection:
            found = subjects(slos, accounts(connection))
        if not found:
            raise TallystickError(f"the ledger {database.name} has no account of these definitions yet")
        work = [(one, fillable(one, span)) for one in found]
        total = sum(reading_seconds(one, read_span(one, part)) for one, part in work)
        reader, whole = Reader(prometheus), True
        with progress("reading", total) as advance:
            for subject, part in work:
                try:
                    done = fill(database, reader, subject, part, advance)
                except PrometheusError as fault:
                    done = Backfilled(conflicts=[str(fault)])
                whole = whole and not done.conflicts
                _tell(subject, done)
    if not whole:
        sys.exit(FINDINGS)


def _tell(subject: Subject, done: Backfilled) -> None:
    """Say what was gained."""
    name = titled(subject.slo, subject.held.group)
    gained, each = done.gained, subject.held.per_unit
    if not gained and not done.conflicts:
        click.echo(f"{name}: nothing to fill")
    if gained:
        spans = ", ".join(f"{instant(span.start)} to {instant(span.end)}" for span in done.spans)
        click.echo(
            f"{name}: {format_seconds(gained.gained_seconds)} more are known,"
            f" {text_of(gained.total / each)} events, {text_of(gained.good / each)} of them good;"
            f" {gained.changed_slices} minutes changed ({spans})"
        )
    for conflict in done.conflicts:
        click.echo(f"{name}: not filled: {conflict}", err=True)
