"""coverage: a share of observed time that is no share."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.document import Document, value_of
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.values import read_share

RULE = Rule("coverage")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        yield from look_at(RULE, value_of(entry.node, "min_coverage"), "min_coverage", read_share)


CHECK = Check(RULE, _find)
