"""Standings as a table for a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from tallystick.core.standing import Standing
from tallystick.report import figures
from tallystick.report.figures import Outlook

STYLES = {
    Outlook.BREACHED: "bold red",
    Outlook.AT_RISK: "yellow",
    Outlook.NO_DATA: "magenta",
    Outlook.OLD: "magenta",
    Outlook.NO_TRAFFIC: "dim",
    Outlook.MET: "green",
}
"""How the state of a promise looks."""

_GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class _Column:
    """
    A column.

    Attributes:
        title: its heading.
        text: what stands in it.
        rank: the lower, the longer it stays on a terminal that gets narrower; 0 always does.
        left: whether it is text, and not a number.
        seldom: whether it is left out where it would be empty in every row.
    """

    title: str
    text: Callable[[Standing], str]
    rank: int
    left: bool = False
    seldom: bool = False


def _burn(window: str) -> Callable[[Standing], str]:
    return lambda standing: figures.rate(standing.burn_rates[window])


def name(standing: Standing) -> str:
    """The SLO's id, with its group if it has one: ``checkout-availability{region="eu"}``."""
    group = ",".join(f'{label}="{value}"' for label, value in standing.group.items())
    return standing.slo.slo_id + (f"{{{group}}}" if group else "")


_COLUMNS = (
    _Column("SLO", name, 0, left=True),
    _Column("Window", lambda standing: standing.window.name, 0),
    _Column("", figures.until, 2, left=True, seldom=True),
    _Column("Objective", lambda standing: figures.objective(standing.slo.objective), 2),
    _Column("Compliance", figures.compliance, 1),
    _Column("Gross", figures.gross, 3, seldom=True),
    _Column("Budget left", lambda standing: figures.share(standing.budget_remaining), 0),
    _Column("Burn 1h", _burn("1h"), 4),
    _Column("Burn 6h", _burn("6h"), 6),
    _Column("Burn 3d", _burn("3d"), 7),
    _Column("Coverage", lambda standing: figures.share(standing.coverage), 5),
    _Column("State", lambda standing: figures.outlook(standing).value, 0, left=True),
    _Column("Why", figures.why, 4, left=True, seldom=True),
    _Column("Runs out", figures.exhaustion, 3, left=True),
    _Column("Excluded", figures.excluded, 8, seldom=True),
)


def standings_table(standings: Sequence[Standing], at: datetime | None) -> "StandingsTable":
    """
    A table of *standings*, to be printed with rich.

    Columns are left out, least important first, until it is as narrow as the terminal; printed with ``soft_wrap=True``,
    as to a file, it has them all.

    Args:
        standings: what to show, in this order.
        at: the instant they are of, for the title; None without one.
    """
    return StandingsTable(standings, at)


class StandingsTable:
    """What `standings_table` makes."""

    def __init__(self, standings: Sequence[Standing], at: datetime | None) -> None:
        self._standings = standings
        self._at = at

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay it out for *console*."""
        if not self._standings:
            yield Text("There are no SLOs.")
            return
        columns = [column for column in _COLUMNS if not column.seldom or any(map(column.text, self._standings))]
        widths = [self._width(column) for column in columns]
        if options.no_wrap and options.overflow == "ignore":  # soft_wrap=True: lines may be as long as they like
            options = options.update(width=sum(widths) + _GAP * len(widths))
        if self._at:
            yield Text(f"Error budgets at {self._at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        yield from console.render(self._table(_fitting(columns, widths, options.max_width)), options)

    def _width(self, column: _Column) -> int:
        return max(cell_len(text) for text in (column.title, *map(column.text, self._standings)))

    def _table(self, columns: Sequence[_Column]) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(
                column.title,
                justify="left" if column.left else "right",
                no_wrap=column.title != "SLO",
                overflow="fold",
            )
        for standing in self._standings:
            style = STYLES[figures.outlook(standing)]
            table.add_row(
                *(Text(column.text(standing), style if column.title == "State" else "") for column in columns)
            )
        return table


def _fitting(columns: Sequence[_Column], widths: Sequence[int], room: int) -> list[_Column]:
    """The columns that have room, with those of the lowest rank first to be given some."""
    chosen = set[str]()
    for column, width in sorted(zip(columns, widths, strict=True), key=lambda pair: pair[0].rank):
        room -= width + _GAP
        if column.rank and room < -_GAP:  # the last column needs no gap after it
            break
        chosen.add(column.title)
    return [column for column in columns if column.title in chosen]
