"""template: an annotation's template that would be printed as it stands, because it is not a plain reference."""

from collections.abc import Iterator

from tallystick.core.template import REFERENCE
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, mapping_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("template")

_HINT = "write {{ $labels.slo }} or {{ $value | humanize }}"


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for level in entry.notices:
            yield from _look_at(mapping_of(level, "annotations"))


def _look_at(annotations: Mapping | None) -> Iterator[Problem]:
    for key, value in annotations.entries.values() if annotations else ():
        rest = REFERENCE.sub(lambda match: " " * len(match[0]), value.text) if isinstance(value, Scalar) else ""
        start = rest.find("{{")
        if isinstance(value, Scalar) and start >= 0:
            end = rest.find("}}", start)
            message = f"annotation {show(key.text)} has a template that is not a plain reference"
            yield RULE.at(value.part(start, end + 2 if end >= 0 else len(rest)), message, _HINT)


CHECK = Check(RULE, _find)
