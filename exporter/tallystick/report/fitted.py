"""A table that leaves out what is needed least where there is no room for everything."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_ROOM = 10_000
"""More cells than any row takes."""

Cell = str | Text


@dataclass(slots=True)
class FittedTable:
    """
    Rows under headings.

    Attributes:
        headings: of the columns; one that ends in ``>`` is of numbers.
        least: which columns are left out first, by their headings as they are written.
        rows: as many cells each as there are headings.
    """

    headings: Sequence[str]
    least: Sequence[str] = ()
    rows: list[Sequence[Cell]] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        """One row more."""
        self.rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay it out for *console*."""
        shown = self._used()
        for heading in self.least:
            needed = Measurement.get(console, options.update(width=_ROOM), self._table(shown)).maximum
            if needed <= options.max_width:
                break
            shown.remove(heading)
        yield self._table(shown)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Take what there is room for."""
        return Measurement(1, Measurement.get(console, options, self._table(self._used())).maximum)

    def _used(self) -> list[str]:
        """The headings of columns in which there is anything."""
        return [head for place, head in enumerate(self.headings) if head or any(str(row[place]) for row in self.rows)]

    def _table(self, shown: Sequence[str]) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for heading in shown:
            right = heading.endswith(">")
            table.add_column(heading.removesuffix(">"), justify="right" if right else "left", overflow="fold")
        places = [place for place, heading in enumerate(self.headings) if heading in shown]
        for row in self.rows:
            table.add_row(*(_plain(row[place]) for place in places))
        return table


def _plain(cell: Cell) -> Text:
    """A cell as it is, on one line and without what a terminal would obey."""
    return cell if isinstance(cell, Text) else Text("".join(one if one.isprintable() else " " for one in cell))
