"""``tallystick ledger info``: what is in a ledger."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy import Connection

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.record import format_option, ledger_option, opened, optional_paths
from tallystick.core.slo import Slo
from tallystick.daemon.recount import subjects
from tallystick.ledger.accounts import Held, accounts, holdings, size_bytes
from tallystick.ledger.amend import amendments
from tallystick.ledger.database import Database
from tallystick.ledger.seals import latest
from tallystick.report.record import AccountInfo, LedgerInfo, info_json, info_table

WIDE = 400
"""Columns where nobody's terminal ends."""

SEALED_SCHEMA = 2
"""The first schema with seals."""


@click.command()
@optional_paths
@ledger_option
@format_option
def info(*, paths: Sequence[Path], ledger: str, format: str) -> None:  # noqa: A002  # the option's name is the contract
    """
    Show what is in a ledger: accounts, how far they reach, how they were read, their size and their latest seals.

    \b
    tallystick ledger info --ledger slo.db
    tallystick ledger info slo-definitions --ledger slo.db --format json

    With PATHS it also tells which accounts the definitions go on with, and which are of former meanings.
    Note the heads elsewhere: `tallystick ledger verify --head` tells later whether the record still has them.
    """
    slos = load_or_exit(paths) if paths else None
    with opened(ledger) as database:
        found = info_of(database, slos)
    if format == "json":
        click.echo(info_json(found))
        return
    # Without a terminal there is no width to fit into: whatever reads it gets heads in one piece.
    console = Console()
    console.width = console.width if console.is_terminal else WIDE
    console.print(info_table(found))
    if found.schema < SEALED_SCHEMA:
        click.echo(
            "It has no seals yet: who opens it to write (serve, or ledger backfill) brings it up to date.", err=True
        )


def info_of(database: Database, slos: Sequence[Slo] | None) -> LedgerInfo:
    """What is in *database*; with *slos* also which accounts they go on with."""
    schema = database.schema
    with database.snapshot() as connection:
        held = accounts(connection)
        current = None if slos is None else {subject.held.id for subject in subjects(slos, held)}
        return LedgerInfo(
            name=database.name,
            schema=schema,
            size_bytes=size_bytes(connection),
            amendments=amendments(connection),
            accounts=[_account(connection, one, current, sealed=schema >= SEALED_SCHEMA) for one in held],
        )


def _account(connection: Connection, one: Held, current: set[int] | None, *, sealed: bool) -> AccountInfo:
    found = holdings(connection, one.id)
    head = latest(connection, one.id) if sealed else None
    return AccountInfo(
        slo=one.slo,
        group=one.group,
        generation=one.generation,
        kind=one.kind,
        current=None if current is None else one.id in current,
        span=one.span,
        observed_seconds=found.observed_seconds,
        entries=found.entries,
        detail_bytes=found.detail_bytes,
        sources=found.sources,
        seals=(head.number if head else 0) if sealed else None,
        head=head.digest.hex() if head else None,
    )
