"""
Views of a YAML document as a definition, whatever its shape.

Checks look at these, so that a mistake in one place hides none in another: what is missing, or is not of the right kind, is
just not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tallystick.definition.node import Mapping, Scalar, Sequence, scalars
from tallystick.definition.promql import Query, read_query

SLI_KINDS = ("events", "latency", "up")

_SELECTOR_FIELDS = {"events": ("total", "good", "bad"), "latency": ("histogram",), "up": ("metric",)}


@dataclass(frozen=True, slots=True)
class Site:
    """
    A selector where it is written.

    Attributes:
        kind: key of its SLI: ``events``, ``latency``, ``up``.
        field: its own key: ``total``, ``histogram``, ...
        node: its text.
        query: the text as PromQL.
    """

    kind: str
    field: str
    node: Scalar
    query: Query


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of ``slos``."""

    document: "Document"
    node: Mapping

    @property
    def name(self) -> Scalar | None:
        """Its ``name``."""
        return text_of(self.node, "name")

    @cached_property
    def slis(self) -> dict[str, Mapping]:
        """The indicators it has, by key; one, in a right definition."""
        sli = self.node.get("sli")
        if not isinstance(sli, Mapping):
            return {}
        found = {kind: sli.get(kind) for kind in SLI_KINDS}
        return {kind: node for kind, node in found.items() if isinstance(node, Mapping)}

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """All its selectors."""
        return tuple(
            Site(kind, field, node, read_query(node.text))
            for kind, sli in self.slis.items()
            for field in _SELECTOR_FIELDS[kind]
            if (node := text_of(sli, field))
        )

    @property
    def objective(self) -> Scalar | None:
        """Its ``objective``, a text or a number."""
        return value_of(self.node, "objective")

    @property
    def windows(self) -> list[Scalar]:
        """Its windows, one or several."""
        return [node for node in scalars(self.node.get("window")) if node.kind == "text"]

    @property
    def alerting(self) -> Mapping | None:
        """Its ``alerting``."""
        return mapping_of(self.node, "alerting")

    def notice(self, severity: str) -> Mapping | None:
        """What ``alerting`` says of *severity*."""
        return mapping_of(self.alerting, severity) if self.alerting else None


@dataclass(frozen=True, eq=False)
class Document:
    """One YAML document of our format."""

    node: Mapping

    @property
    def service(self) -> Scalar | None:
        """Its ``service``."""
        return text_of(self.node, "service")

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Its SLOs, as far as they are mappings."""
        slos = self.node.get("slos")
        if not isinstance(slos, Sequence):
            return ()
        return tuple(Entry(self, node) for node in slos.items if isinstance(node, Mapping))

    @property
    def mappings(self) -> Iterator[Mapping]:
        """The document and its SLOs: whatever may carry labels and links."""
        yield self.node
        yield from (entry.node for entry in self.entries)


def text_of(mapping: Mapping, key: str) -> Scalar | None:
    """The value of *key* if it is text."""
    node = mapping.get(key)
    return node if isinstance(node, Scalar) and node.kind == "text" else None


def value_of(mapping: Mapping, key: str) -> Scalar | None:
    """The value of *key* if it is text or a number."""
    node = mapping.get(key)
    return node if isinstance(node, Scalar) and node.kind in ("text", "int", "float") else None


def mapping_of(mapping: Mapping, key: str) -> Mapping | None:
    """The value of *key* if it is a mapping."""
    node = mapping.get(key)
    return node if isinstance(node, Mapping) else None
