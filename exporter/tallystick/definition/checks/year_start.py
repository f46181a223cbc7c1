"""year-start: a beginning of the year that is no day of every year."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.document import Document, text_of
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.zones import read_year_start

RULE = Rule("year-start")


def _find(document: Document) -> Iterator[Problem]:
    for mapping in (*document.mappings, *document.agreements):
        yield from look_at(RULE, text_of(mapping, "year_start"), "year_start", read_year_start)


CHECK = Check(RULE, _find)
