"""template: an annotation's template that is not closed; Prometheus would refuse the whole rule file."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, mapping_of
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("template")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for severity in ("page", "ticket"):
            notice = entry.notice(severity)
            annotations = mapping_of(notice, "annotations") if notice else None
            for key, value in annotations.entries.values() if annotations else ():
                if isinstance(value, Scalar) and not _is_closed(value.text):
                    message = f"annotation {show(key.text)} has a template that is not closed"
                    yield RULE.at(value.span, message, "write {{ ... }}, for example {{ $labels.slo }}")


def _is_closed(text: str) -> bool:
    """Whether each ``{{`` has its ``}}`` before the next one."""
    first, *others = text.split("{{")
    return "}}" not in first and all(other.count("}}") == 1 for other in others)


CHECK = Check(RULE, _find)
