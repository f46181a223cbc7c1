"""What the commands about the record share."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tallystick.cli.options import Command, Instant, option
from tallystick.core.timerange import TimeRange, floor_slice
from tallystick.ledger.database import Database

ledger_option = option("--ledger", metavar="PATH", required=True, help="File or SQLAlchemy URL of the ledger.")

optional_paths = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATHS]...")
"""Files and folders of definitions, where a command can do without."""

format_option = option("--format", type=click.Choice(["text", "json"]), default="text", help="What to print.")

STEPS = {"1m": 60, "5m": 300, "1h": 3_600, "1d": 86_400}
"""How far apart rows and samples may be, in seconds."""

out_option = option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it here, whole or not at all."
)


def span_options(*, required: bool = False) -> Callable[[Command], Command]:
    """``--from`` and ``--to``, handed over as ``from_`` and ``to``: seconds since 1970, or None."""

    def add(command: Command) -> Command:
        start: dict[str, Any] = {"required": required, "help": "First instant, as 2026-11-23T12:00:00Z."}
        if not required:
            start["help"] += " By default where an account starts."
        words = "The instant after the last; by default where an account ends."
        last = option("--to", type=Instant(), metavar="TIME", help=words)
        # The variable's name would end with an underscore, as a Python name must not be "from".
        first = click.option(
            "--from", "from_", type=Instant(), metavar="TIME", envvar="TALLYSTICK_FROM", show_envvar=True, **start
        )
        return first(last(command))

    return add


def must_exist(where: str) -> None:
    """
    Refuse a ledger that would only be made.

    Raises:
        click.UsageError: there is no file *where*.
    """
    if "://" not in where and not Path(where).exists():
        raise click.UsageError(f"there is no ledger {where}; an exporter (tallystick serve) makes one")


def must_have_a_past(ledger: str | None, prometheus: object) -> None:
    """
    Refuse to look back without anything to look at.

    Raises:
        click.UsageError: there is neither a ledger nor a Prometheus, or no file *ledger*.
    """
    if not ledger and not prometheus:
        raise click.UsageError("give --prometheus.url, or --ledger to read what an exporter has recorded")
    if ledger:
        must_exist(ledger)


@contextmanager
def opened(where: str, *, read_only: bool = True) -> Iterator[Database]:
    """
    The ledger at *where*, which must be there.

    Raises:
        click.UsageError: there is no such file.
        LedgerError: it can't be opened.
    """
    must_exist(where)
    database = Database(where, read_only=read_only)
    try:
        yield database
    finally:
        database.close()


def span_within(covered: TimeRange, from_: float | None, to: float | None) -> TimeRange:
    """What of *covered* lies between *from_* and *to*, in whole slices."""
    start = covered.start if from_ is None else floor_slice(from_)
    end = covered.end if to is None else floor_slice(to)
    return covered.clip(TimeRange(start, max(start, end)))


@contextmanager
def progress(what: str, total: float) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal; what is yielded moves it by so much."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.advance(task, more)


def write_lines(lines: Iterable[str], out: Path | None) -> None:
    """Write *lines* to *out*, which is there when it is whole, or to standard output."""
    if out is None:
        sys.stdout.writelines(lines)
        return
    number, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def paths_or_default(paths: Sequence[Path]) -> Sequence[Path]:
    """*paths*, or the folder that commands look into by themselves."""
    return paths or (Path("slo-definitions"),)
