"""``tallystick backtest``: which burn-rate alerts would have fired, and how good they would have been."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import click

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.main import FINDINGS
from tallystick.cli.options import DURATION, Share, option, past_options, paths_argument, prometheus_options
from tallystick.cli.printing import print_whole
from tallystick.cli.reading import ledger_end, read_into
from tallystick.cli.record import must_have_a_past
from tallystick.core.backtested import Compared, Outcome, Replay, pair_up
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_slice
from tallystick.core.window import RollingWindow
from tallystick.daemon.following import recorded
from tallystick.daemon.replaying import Theatre, far_reaching
from tallystick.daemon.stand import leaves
from tallystick.errors import TallystickError
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.report.backtest import backtest_text
from tallystick.report.backtest_document import backtest_json
from tallystick.upstream.client import Prometheus


@click.command()
@paths_argument
@prometheus_options
@option("--ledger", metavar="PATH", help="Read this ledger, and nothing from Prometheus.")
@past_options("replay")
@option("--slo", multiple=True, metavar="ID", help="Only this SLO; repeatable.")
@option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATHS",
    help="Compare with these definitions, which have the same ids; repeatable.",
)
@option(
    "--significant",
    type=Share(),
    default="1%",
    metavar="SHARE",
    help="Share of a period's error budget that makes a loss an incident.",
)
@option("--settle", type=DURATION, default=120, help="How long after a minute to wait for late samples of it.")
@option("--format", type=click.Choice(["text", "json"]), default="text", help="What to print.")
def backtest(
    *,
    paths: Sequence[Path],
    prometheus: Prometheus | None,
    ledger: str | None,
    days: int,
    at: float | None,
    slo: Sequence[str],
    against: Sequence[Path],
    significant: Fraction,
    settle: int,
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Replay the burn-rate alerts over the past, and score them by the budget that was lost.

    \b
    tallystick backtest slo-definitions --prometheus.url http://localhost:9090
    tallystick backtest slo-definitions --ledger slo.db --days 90 --slo checkout-availability
    tallystick backtest slo-definitions --ledger slo.db --against proposed --format json

    For each alert: when it would have fired, for how long, how much of the budget was gone by then. For each severity:
    precision, recall, detection and reset time. With --against the same for another setting, side by side, and who
    would have been told of what when. Nothing is changed anywhere.
    Exit code 1 if an alert told of no incident, or if an incident that lost as much as any alert asks for had none;
    2 if an SLO could not be read.
    """
    must_have_a_past(ledger, prometheus)
    here = _Setting(load_or_exit(paths), slo)
    there = _Setting(load_or_exit(against) if against else (), slo)
    _refuse_unknown(slo, [*here.slos, *there.slos])
    now = time.time()
    latest = floor_slice(min(now if at is None else at, now - settle))
    unread: list[str] = []
    book = open_ledger(ledger or "", read_only=bool(ledger))
    try:
        if ledger:
            until = latest if at is not None else _end(book, [*here.slos, *there.slos], latest)
            span = TimeRange(max(until - days * DAY_SECONDS, 0), until)
        else:
            assert prometheus
            span = TimeRange(max(latest - days * DAY_SECONDS, 0), latest)
            _, unread = read_into(book, prometheus, _to_read([here, there], span), latest)
        outcomes, others = (setting.play(book, span, significant) for setting in (here, there))
    finally:
        book.close()
    paired = pair_up(outcomes, others) if against else [Compared(one) for one in outcomes]
    found = Replay(span=span, significant=significant, compares=bool(against), slos=paired)
    _print(found, format)
    if unread:
        raise TallystickError("could not read everything:\n  " + "\n  ".join(unread))
    if found.has_findings:
        sys.exit(FINDINGS)


@dataclass(frozen=True, slots=True)
class _Setting:
    """
    Definitions, and which of their SLOs are asked about.

    Attributes:
        slos: all of them.
        wanted: ids of those that are asked about; none: all.
    """

    slos: Sequence[Slo]
    wanted: Sequence[str]

    @property
    def asked(self) -> list[Slo]:
        """Whose alerts are replayed."""
        return [slo for slo in self.slos if not self.wanted or slo.slo_id in self.wanted]

    def read(self, span: TimeRange) -> list[Slo]:
        """What is read for them: a composite's parts as well, as far back as it looks."""
        by_id = {slo.slo_id: slo for slo in self.slos}
        asked = self.asked
        ids = {slo.slo_id for slo in asked}
        ids |= {part for slo in asked if isinstance(slo.sli, CompositeSli) for part in leaves(slo, by_id)}
        wide = far_reaching([slo for slo in self.slos if slo.slo_id in ids], span)
        furthest = max((_reach(slo) for slo in wide if isinstance(slo.sli, CompositeSli)), default=0)
        return [replace(slo, windows=(*slo.windows, RollingWindow(max(furthest, _reach(slo))))) for slo in wide]

    def play(self, ledger: Ledger, span: TimeRange, significant: Fraction) -> list[Outcome]:
        """
        Replay them.

        Raises:
            LedgerError: the ledger can't be read.
        """
        theatre = Theatre(ledger, self.slos, span, significant)
        return [outcome for slo in self.asked for outcome in theatre.play(slo)]


def _refuse_unknown(wanted: Sequence[str], slos: Sequence[Slo]) -> None:
    known = sorted({slo.slo_id for slo in slos})
    for one in wanted:
        if one not in known:
            raise click.UsageError(f"there is no SLO {one}; there is {', '.join(known)}")


def _end(book: Ledger, slos: Sequence[Slo], latest: int) -> int:
    return ledger_end(recorded(book, slos, latest), latest, "what is replayed ends there")


def _to_read(settings: Sequence[_Setting], span: TimeRange) -> list[Slo]:
    """What the settings look at, each SLI once and as far back as any of them does."""
    furthest: dict[tuple[str, str], Slo] = {}
    for slo in (slo for setting in settings for slo in setting.read(span)):
        known = furthest.setdefault((slo.slo_id, slo.generation), slo)
        if _reach(known) < _reach(slo):
            furthest[slo.slo_id, slo.generation] = slo
    return list(furthest.values())


def _reach(slo: Slo) -> int:
    return max(window.nominal_seconds for window in slo.windows)


def _print(found: Replay, format_: str) -> None:
    if format_ == "json":
        click.echo(backtest_json(found))
    else:
        print_whole(backtest_text(found))
