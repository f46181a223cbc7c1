"""``tallystick ledger export``: the record in formats that others read."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Connection

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.options import option
from tallystick.cli.record import (
    STEPS,
    ledger_option,
    opened,
    optional_paths,
    out_option,
    span_options,
    span_within,
    write_lines,
)
from tallystick.core.timerange import TimeRange
from tallystick.daemon.recount import subjects
from tallystick.ledger.accounts import accounts
from tallystick.ledger.rows import rows
from tallystick.report.exported import FORMATS, Source, Step


@click.command()
@optional_paths
@ledger_option
@span_options()
@option("--step", type=click.Choice(list(STEPS)), default="1h", help="How much time one row or sample stands for.")
@option("--format", type=click.Choice(list(FORMATS)), default="csv", help="What to write.")
@out_option
def export(
    *,
    paths: Sequence[Path],
    ledger: str,
    from_: float | None,
    to: float | None,
    step: str,
    format: str,  # noqa: A002  # the option's name is the contract
    out: Path | None,
) -> None:
    """
    Write the record out, for spreadsheets, other programs, or Prometheus itself.

    \b
    tallystick ledger export --ledger slo.db --step 1d --from 2026-01-01 --to 2026-04-01
    tallystick ledger export slo-definitions --ledger slo.db --step 1m --format openmetrics --out slo.om
    promtool tsdb create-blocks-from openmetrics slo.om data

    With PATHS it writes the accounts that the definitions go on with, else all. OpenMetrics has counters that rise over
    each step by what happened in it (slo_events_total, slo_good_events_total), and one of the seconds that were observed.
    """
    slos = load_or_exit(paths) if paths else ()
    services = {slo.slo_id: slo.service for slo in slos}
    with opened(ledger) as database, database.snapshot() as connection:
        held = accounts(connection)
        chosen = [(one.slo, one.held) for one in subjects(slos, held)] if paths else [(one.slo, one) for one in held]
        sources = [
            Source(
                slo,
                services.get(slo),
                one.group,
                one.generation,
                one.per_unit,
                partial(_steps, connection, one.id, span_within(one.span, from_, to), STEPS[step]),
            )
            for slo, one in chosen
            if one.span is not None
        ]
        write_lines(FORMATS[format](sources), out)


def _steps(connection: Connection, account_id: int, span: TimeRange, step_seconds: int) -> Iterator[Step]:
    for row in rows(connection, account_id, span, step_seconds):
        yield Step(row.span, row.observed_seconds, row.good, row.total, row.source)
