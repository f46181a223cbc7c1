"""timezone: a name that is no time zone's."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.document import Document, text_of
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.zones import read_zone

RULE = Rule("timezone")


def _find(document: Document) -> Iterator[Problem]:
    for mapping in (*document.mappings, *document.exclusions, *document.agreements):
        yield from look_at(RULE, text_of(mapping, "timezone"), "timezone", read_zone)


CHECK = Check(RULE, _find)
