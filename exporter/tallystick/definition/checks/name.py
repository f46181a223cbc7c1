"""name: a service's, an SLO's or an agreement's name that can't be a part of an id."""

import re
from collections.abc import Iterator
from unicodedata import combining, normalize

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, text_of
from tallystick.definition.fields import NAME_LENGTH, NAME_PATTERN
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, quoted

RULE = Rule("name")

_PATTERN = re.compile(NAME_PATTERN, re.ASCII)
_OTHER = re.compile(r"[^a-zA-Z0-9_.]+")


def _find(document: Document) -> Iterator[Problem]:
    for node in _names(document):
        if len(node.text) > NAME_LENGTH:
            yield RULE.at(
                node.span, f"a name of {len(node.text)} characters is too long", f"write at most {NAME_LENGTH}"
            )
        elif not node.text:
            yield RULE.at(node.span, "a name is empty", "write for example checkout")
        elif not _PATTERN.fullmatch(node.text):
            yield RULE.at(node.span, f"{quoted(node.text)} can't be a name", _hint(node.text))


def _names(document: Document) -> Iterator[Scalar]:
    """Whatever must be a name: the service, its SLOs, its agreements and what it depends on."""
    needed = document.node.get("depends_on")
    candidates = [document.service, *(entry.name for entry in document.entries)]
    candidates += [text_of(agreement, "name") for agreement in document.agreements]
    candidates += [item for item in needed.items if isinstance(item, Scalar)] if isinstance(needed, Sequence) else []
    yield from (node for node in candidates if node is not None and node.kind == "text")


def _hint(text: str) -> str:
    plain = "".join(character for character in normalize("NFKD", text) if not combining(character))
    better = _OTHER.sub("-", plain).strip("-_.")
    return f"write {better}" if better else "write letters, digits and, between them, - _ ."


CHECK = Check(RULE, _find)
