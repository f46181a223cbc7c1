"""
Which documents can be read without all others: they neither ask for what is said elsewhere nor say anything for elsewhere.

Nearly all are such. What makes one depend on another is told by a few keys, which are looked for before anything else is.
"""

from collections.abc import Iterable

from tallystick.definition.checks import ignore
from tallystick.definition.document import mapping_of, text_of
from tallystick.definition.formats import format_of, nodes
from tallystick.definition.node import Mapping

Names = frozenset[tuple[str, str]]
"""Names that nothing else may have, each with what it names."""

_FOR_OTHERS = frozenset({"exclusions", "agreements", ignore.KEY})
"""Keys of documents that concern other files with the same service, or problems of which not all are known here."""

_OF_OTHERS = frozenset({"was", ignore.KEY})
"""Likewise keys of SLOs, and of what is said for them."""


def names_of(own: Iterable[Mapping], foreign: Iterable[Mapping]) -> Names | None:
    """
    The services and SLOs that documents name; None if one of them has to do with others.

    Args:
        own: documents of our format, templates filled in.
        foreign: those of other tools.
    """
    found: set[tuple[str, str]] = set()
    for root in own:
        if not _FOR_OTHERS.isdisjoint(root.entries) or any(map(_asks, _said_in(root))):
            return None
        found |= _names_in(root)
    for root in foreign:
        owner = format_of(root)
        spec = owner.reader().alone(root) if owner else None
        if spec is None:
            return None
        found |= _names_in(spec)
    return frozenset(found)


def _said_in(root: Mapping) -> Iterable[Mapping]:
    """The SLOs of *root*, and what it says for all of them."""
    defaults = mapping_of(root, "defaults")
    return [*nodes.items_of(root.get("slos")), *([defaults] if defaults else ())]


def _asks(slo: Mapping) -> bool:
    return not _OF_OTHERS.isdisjoint(slo.entries) or nodes.child(slo, "sli", "composite") is not None


def _names_in(spec: Mapping) -> set[tuple[str, str]]:
    service = text_of(spec, "service")
    if service is None:
        return set()
    names = [name.text for slo in nodes.items_of(spec.get("slos")) if (name := text_of(slo, "name"))]
    return {("service", service.text), *(("slo", f"{service.text}-{name}") for name in names)}
