"""dependency: a service that depends on itself, or on another one twice."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document
from tallystick.definition.node import scalars
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("dependency")


def _find(document: Document) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in scalars(document.node.get("depends_on")):
        if document.service and node.text == document.service.text:
            yield RULE.at(node.span, f"{show(node.text)} depends on itself", "leave it out")
        elif node.text in seen:
            yield RULE.at(node.span, f"{show(node.text)} is there twice", "keep one of the two")
        seen.add(node.text)


CHECK = Check(RULE, _find)
