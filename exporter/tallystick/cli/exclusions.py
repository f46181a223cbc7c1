"""``tallystick exclusions``: the register of time that is agreed not to count."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.options import Instant, option, paths_argument
from tallystick.cli.printing import print_whole
from tallystick.cli.record import must_exist
from tallystick.core.register import Register, register
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_slice
from tallystick.daemon.worth import Appraiser
from tallystick.ledger.store import open_ledger
from tallystick.report.register import register_json, register_text

USUAL_SECONDS = 30 * DAY_SECONDS
"""How far back and ahead is looked, unless it is said."""


@click.command()
@paths_argument
@click.option(
    "--from",
    "from_",  # Python's own word
    type=Instant(future=True),
    metavar="TIME",
    envvar="TALLYSTICK_FROM",
    show_envvar=True,
    help="First instant, as 2026-11-23T12:00:00Z or seconds since 1970; 30 days ago by default.",
)
@option("--to", type=Instant(future=True), metavar="TIME", help="The instant after the last; in 30 days by default.")
@option("--ledger", metavar="PATH", help="Tell also which events were left out, by this ledger.")
@option("--format", type=click.Choice(["text", "json"]), default="text", help="What to print.")
def exclusions(
    *,
    paths: Sequence[Path],
    from_: float | None,
    to: float | None,
    ledger: str | None,
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    List the exclusions: what was agreed, by whom, when it is, and how much time it took.

    \b
    tallystick exclusions slo-definitions
    tallystick exclusions slo-definitions --from 2026-10-01 --to 2027-01-01 --format json
    tallystick exclusions slo-definitions --ledger slo.db

    With --ledger it also tells what each was worth: the events that count without it and do not count with it.
    A ledger is not changed.
    """
    now = floor_slice(time.time())
    span = _span(now, from_, to)
    if ledger:
        must_exist(ledger)
    slos = load_or_exit(paths)
    found = _appraised(ledger, slos, span, now) if ledger else register(slos, span, now)
    if format == "json":
        click.echo(register_json(found))
        return
    print_whole(register_text(found))


def _span(now: int, from_: float | None, to: float | None) -> TimeRange:
    start = now - USUAL_SECONDS if from_ is None else floor_slice(from_)
    end = now + USUAL_SECONDS if to is None else floor_slice(to)
    if end <= start:
        raise click.UsageError("--to is not after --from")
    return TimeRange(start, end)


def _appraised(where: str, slos: Sequence[Slo], span: TimeRange, now: int) -> Register:
    """
    The register, with what each exclusion was worth by the ledger at *where*.

    Raises:
        LedgerError: it can't be read.
    """
    ledger = open_ledger(where, read_only=True)
    try:
        return register(slos, span, now, Appraiser(ledger, slos, span).worth)
    finally:
        ledger.close()
