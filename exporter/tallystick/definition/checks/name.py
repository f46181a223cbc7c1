"""name: a service's or an SLO's name that can't be a part of an id."""

import re
from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document
from tallystick.definition.fields import NAME_LENGTH, NAME_PATTERN
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("name")

_PATTERN = re.compile(NAME_PATTERN, re.ASCII)
_OTHER = re.compile(r"[^a-zA-Z0-9_.]+")


def _find(document: Document) -> Iterator[Problem]:
    for node in _names(document):
        if len(node.text) > NAME_LENGTH:
            yield RULE.at(node.span, f"a name of {len(node.text)} characters", f"write at most {NAME_LENGTH}")
        elif not _PATTERN.fullmatch(node.text):
            yield RULE.at(node.span, f"{show(node.text) or 'no text'} can't be a name", _hint(node.text))


def _names(document: Document) -> Iterator[Scalar]:
    """Whatever must be a name: the service, its SLOs and what it depends on."""
    needed = document.node.get("depends_on")
    candidates = [document.service, *(entry.name for entry in document.entries)]
    candidates += [item for item in needed.items if isinstance(item, Scalar)] if isinstance(needed, Sequence) else []
    yield from (node for node in candidates if node is not None and node.kind == "text")


def _hint(text: str) -> str:
    better = _OTHER.sub("-", text).strip("-_.")
    rule = "letters, digits and inner - _ ."
    return f"write {better[:NAME_LENGTH]}" if better and better != text else f"write {rule}"


CHECK = Check(RULE, _find)
