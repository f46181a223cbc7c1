"""Rows of values for templates, as ``for_each`` has them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tallystick.definition.checks import for_each
from tallystick.definition.fields import MAX_ROWS
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem, show
from tallystick.definition.references import is_name
from tallystick.definition.source import Row, Source


@dataclass(frozen=True, eq=False)
class Table:
    """
    The rows of one ``for_each``.

    Attributes:
        key: the key itself.
        rows: its rows.
        names: what they have, each with the first key of that name.
        used: which of that is referred to.
    """

    key: Scalar
    rows: list[Mapping]
    names: dict[str, Scalar]
    used: set[str] = field(default_factory=set)

    def fillings(self, source: Source, outer: "Filling | None") -> Iterator["Filling"]:
        """Its rows, for a template in *source*, itself filled in with *outer* if there is a row around it."""
        for number, values in enumerate(self.rows, start=1):
            first, value = next(iter(values.entries.values()))
            line, _ = values.source.position(first.start)
            label = f"{first.text}: {show(value.text)}" if isinstance(value, Scalar) else first.text
            row = Row(number, len(self.rows), label, line, self.key.start, outer.row if outer else None)
            yield Filling(self, values, row, source.with_row(row), outer)


@dataclass(frozen=True, eq=False)
class Filling:
    """
    A row on its way into a template.

    Attributes:
        table: all rows.
        node: the row.
        row: what it is called.
        source: the template's text with it.
        outer: the row around it, if there is one.
    """

    table: Table
    node: Mapping
    row: Row
    source: Source
    outer: "Filling | None"

    @property
    def all(self) -> Iterator["Filling"]:
        """It and those around it."""
        yield self
        if self.outer:
            yield from self.outer.all


def read_table(key: Scalar, node: Node, outer: Filling | None) -> tuple[Table | None, list[Problem]]:
    """
    The rows that *node*, the value of *key*, has.

    Returns:
        The rows, None if there are problems; and the problems.
    """
    if not isinstance(node, Sequence) or not node.items:
        return None, [for_each.no_rows(key, node)]
    if len(node.items) > MAX_ROWS:
        return None, [for_each.too_many_rows(key, len(node.items), MAX_ROWS)]
    rows = [row for row in node.items if isinstance(row, Mapping) and row.entries]
    names: dict[str, Scalar] = {}
    for row in rows:
        for name, (written, _) in row.entries.items():
            names.setdefault(name, written)
    around = {name for filling in outer.all for name in filling.table.names} if outer else set()
    problems = [for_each.no_row(row) for row in node.items if not (isinstance(row, Mapping) and row.entries)]
    problems += (for_each.no_name(written) for name, written in names.items() if not is_name(name))
    problems += (for_each.taken(written) for name, written in names.items() if name in around)
    return (None if problems else Table(key, rows, names)), problems
