"""was: earlier names whose history can't be this SLO's."""

import re
from collections.abc import Iterator

from tallystick.definition.catalogue import Catalogue
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry
from tallystick.definition.fields import NAME_LENGTH, NAME_PATTERN
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, quoted, show

RULE = Rule("was")

_PATTERN = re.compile(NAME_PATTERN, re.ASCII)
_LONGEST = 2 * NAME_LENGTH + 1
"""Of an id: two names and a dash."""


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        was = entry.node.get("was")
        if isinstance(was, Sequence) and not was.items:
            yield RULE.at(was.span, "`was` is an empty list", "name what it was called, or leave it out")
        seen: set[str] = set()
        for node in entry.was:
            if not _PATTERN.fullmatch(node.text) or len(node.text) > _LONGEST:
                yield RULE.at(node.span, f"{quoted(node.text)} can't have been a name", "write an earlier name or id")
            elif node.text in seen:
                yield RULE.at(node.span, f"{show(node.text)} is there twice", "keep one of the two")
            seen.add(node.text)


def ids_of(service: str, text: str) -> tuple[str, ...]:
    """
    The ids that *text* may mean as an earlier one of an SLO of *service*.

    What begins with the service's name is an id. Anything else is a name within the service and, as the service may have
    been renamed, an id as well, if it can be one.
    """
    if text.startswith(f"{service}-"):
        return (text,)
    return (f"{service}-{text}", text) if "-" in text else (f"{service}-{text}",)


def find(catalogue: Catalogue) -> Iterator[Problem]:
    """Earlier ids that are not earlier, or are those of several."""
    claims: dict[str, tuple[str, Scalar]] = {}
    for document in catalogue.documents:
        for entry in document.entries:
            if entry.slo_id is not None and document.service is not None:
                yield from _look_at(catalogue, entry, entry.slo_id, document.service.text, claims)


def _look_at(
    catalogue: Catalogue, entry: Entry, slo_id: str, service: str, claims: dict[str, tuple[str, Scalar]]
) -> Iterator[Problem]:
    for node in entry.was:
        ids = ids_of(service, node.text)
        there = next((one for one in ids if one in catalogue.ids), None)
        claimed = next((claims[one] for one in ids if one in claims and claims[one][0] != slo_id), None)
        if slo_id in ids:
            yield RULE.at(node.span, f"{show(node.text)} is what it is called now", "leave it out")
        elif there:
            message = f"{show(there)} is an SLO that exists"
            hint = (
                f"if its earlier name is meant, write {show(ids[0])}"
                if there != ids[0]
                else "leave it out, or rename one"
            )
            yield RULE.at(node.span, message, hint)
        elif claimed:
            other, where = claimed
            place = f"{where.source.file}:{where.source.position(where.start)[0]}"
            message = f"{show(node.text)} is claimed by {show(other)} too, in {place}"
            yield RULE.at(node.span, message, "leave one out; if different ones are meant, write their ids")
        for one in ids:
            claims.setdefault(one, (slo_id, node))


CHECK = Check(RULE, _find)
