"""``tallystick ledger verify``: whether the record is whole, and what Prometheus says of it now."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import orjson

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.main import FINDINGS
from tallystick.cli.options import option, prometheus_options
from tallystick.cli.record import (
    format_option,
    ledger_option,
    opened,
    optional_paths,
    paths_or_default,
    progress,
    span_options,
    span_within,
)
from tallystick.core.tally import Tally
from tallystick.core.timerange import TimeRange
from tallystick.daemon.compared import Comparison, compare
from tallystick.daemon.recount import Subject, reading_seconds, subjects
from tallystick.errors import PrometheusError, TallystickError
from tallystick.ledger.accounts import Held, accounts
from tallystick.ledger.audit import audit, audit_whole
from tallystick.ledger.database import Database
from tallystick.ledger.seals import chain
from tallystick.report.record import Compared, Differing, Found, titled
from tallystick.upstream.client import Prometheus
from tallystick.upstream.reader import Reader

MOST_SHOWN = 20
"""Differences of one account that are shown to people."""

SEALED_SCHEMA = 2
"""The first schema with seals."""


class Digest(click.ParamType[str]):
    """A seal's digest, as ``ledger info`` prints it."""

    name = "digest"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read *value*."""
        text = str(value).strip().lower()
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            self.fail(f"{value!r} is not 64 hex digits, as `tallystick ledger info` prints heads", param, ctx)
        return text


@click.command()
@optional_paths
@ledger_option
@prometheus_options
@span_options()
@option(
    "--head", type=Digest(), multiple=True, metavar="DIGEST", help="A head noted earlier, which must be in a chain."
)
@format_option
def verify(
    *,
    paths: Sequence[Path],
    ledger: str,
    prometheus: Prometheus | None,
    from_: float | None,
    to: float | None,
    head: tuple[str, ...],
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Check that the record is whole, and compare it with what Prometheus still holds.

    \b
    tallystick ledger verify --ledger slo.db
    tallystick ledger verify slo-definitions --ledger slo.db --prometheus.url http://localhost:9090 --from 2026-11-01

    Sums must be those of their slices, entries without hole or overlap, and every day what was sealed. With a Prometheus
    the definitions' SLIs are read again, from 49 hours before what is compared, as counters are remembered for 48.
    Exit code 1 if anything is found.
    """
    slos = load_or_exit(paths_or_default(paths)) if prometheus or paths else ()
    with opened(ledger) as database:
        found, held, sealed = _audited(database, head)
        chosen = [(one, span_within(one.span, from_, to)) for one in subjects(slos, held)]
        compared: list[Compared] = []
        if prometheus:
            if not chosen:
                raise TallystickError(f"the ledger {database.name} has no account of these definitions")
            total = sum(reading_seconds(*one) for one in chosen)
            with progress("reading", total) as advance:
                reader = Reader(prometheus)
                compared = [_compared(database, reader, *one, advance) for one in chosen]
    clean = not found and not any(one.differences for one in compared)
    if format == "json":
        _print_json(database.name, found, compared, len(held), sealed)
    else:
        _print(database.name, found, compared, len(held), sealed)
    if failures := [one for one in compared if one.failure]:
        raise TallystickError(
            "could not compare everything:\n  " + "\n  ".join(f"{one.name}: {one.failure}" for one in failures)
        )
    sys.exit(0 if clean else FINDINGS)


def _audited(database: Database, heads: Sequence[str]) -> tuple[list[Found], list[Held], int | None]:
    """What is wrong in the ledger itself, its accounts, and how many seals there are (None: it has none yet)."""
    sealed = database.schema >= SEALED_SCHEMA
    with database.snapshot() as connection:
        held = accounts(connection)
        found = list(audit_whole(connection))
        with progress("checking", len(held)) as advance:
            for one in held:
                found += audit(connection, one, sealed=sealed)
                advance(1)
        digests = [seal.digest.hex() for one in held for seal in chain(connection, one.id)] if sealed else []
    missing = [
        Found("", None, f"no chain has the head {digest}: seals were removed, or made anew")
        for digest in heads
        if digest not in set(digests)
    ]
    return [*(Found(one.account, one.at, one.what) for one in found), *missing], held, len(digests) if sealed else None


def _compared(
    database: Database, reader: Reader, subject: Subject, span: TimeRange, advance: Callable[[float], None]
) -> Compared:
    """One account beside what Prometheus says."""
    failure = ""
    try:
        with database.transaction() as connection:
            found = compare(connection, reader, subject, span, advance)
    except PrometheusError as fault:
        found, failure = Comparison(span), str(fault)
    each = subject.held.per_unit
    return Compared(
        titled(subject.slo, subject.held.group),
        found.compared_seconds,
        found.gone_seconds,
        found.lacking_seconds,
        [Differing(one.span, _in_units(one.ours, each), _in_units(one.recounted, each)) for one in found.differences],
        failure,
    )


def _in_units(tally: Tally, per_unit: int) -> Tally:
    return Tally(tally.good / per_unit, tally.total / per_unit)


def _print(name: str, found: Sequence[Found], compared: Sequence[Compared], count: int, seals: int | None) -> None:
    if not found:
        sealed = f"{seals} seals" if seals is not None else "no seals yet (schema 1)"
        click.echo(f"{name}: {count} accounts, {sealed}; sums, order and seals are right")
    for one in found:
        click.echo(one.line())
    for account in compared:
        for line in account.lines(MOST_SHOWN):
            click.echo(line)


def _print_json(name: str, found: Sequence[Found], compared: Sequence[Compared], count: int, seals: int | None) -> None:
    document = {
        "ledger": name,
        "accounts": count,
        "seals": seals,
        "findings": [one.document() for one in found],
        "compared": [one.document() for one in compared],
    }
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
