"""
Views of a YAML document as a definition, whatever its shape.

Checks look at these, so that a mistake in one place hides none in another: what is missing, or is not of the right kind, is
just not there.
"""

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tallystick.core.selector import Selector
from tallystick.core.sli import EVALUATED_SECONDS, Counters
from tallystick.core.timerange import SLICE_SECONDS
from tallystick.definition.lengths import read_slice
from tallystick.definition.node import Mapping, Node, Scalar, Sequence, scalars
from tallystick.definition.promql import Query, read_query
from tallystick.definition.reduce import Reduced, reduce_text
from tallystick.definition.values import ValueFault

Takes = Literal["selector", "counters", "windowed", "number"]
"""What a key of an indicator takes: one selector; several, or PromQL with ``$window``; the latter; PromQL without."""

_FIELDS: dict[str, dict[str, Takes]] = {
    "events": {"total": "counters", "good": "counters", "bad": "counters"},
    "latency": {"histogram": "selector", "total": "selector"},
    "up": {"metric": "selector"},
    "threshold": {"query": "number"},
    "ratio": {"error": "windowed", "success": "windowed", "total": "windowed"},
    "composite": {},
}
SLI_KINDS = tuple(_FIELDS)
QUERIES = frozenset((kind, field) for kind, fields in _FIELDS.items() for field in fields)
"""Kinds of indicators, and their keys that take PromQL."""


@dataclass(frozen=True, slots=True)
class Site:
    """
    A selector or query where it is written.

    Attributes:
        kind: key of its SLI: ``events``, ``latency``, ...
        field: its own key: ``total``, ``histogram``, ...
        takes: what may be written there.
        node: its text.
        query: the text as PromQL.
        reduced: the counters it adds up, None if it does anything else.
    """

    kind: str
    field: str
    takes: Takes
    node: Scalar
    query: Query
    reduced: Reduced | None

    @property
    def selector(self) -> Selector | None:
        """The one selector it is."""
        return self.query.selector


def _site(kind: str, field: str, takes: Takes, node: Scalar) -> Site:
    query = read_query(node.text)
    if takes == "counters":
        return Site(kind, field, takes, node, query, reduce_text(node.text))
    alone = query.selector if takes == "selector" else None
    return Site(kind, field, takes, node, query, Reduced(alone) if alone else None)


@dataclass(frozen=True, slots=True)
class PartView:
    """One entry of a composite's ``of``."""

    node: Mapping

    @property
    def slo(self) -> Scalar | None:
        """Its ``slo``."""
        return text_of(self.node, "slo")

    @property
    def weight(self) -> Scalar | None:
        """Its ``weight``."""
        return value_of(self.node, "weight")


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
    def slo_id(self) -> str | None:
        """Its id, if service and name are there."""
        service, name = self.document.service, self.name
        return f"{service.text}-{name.text}" if service and name else None

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
        """All its selectors and queries."""
        return tuple(
            _site(kind, field, takes, node)
            for kind, sli in self.slis.items()
            for field, takes in _FIELDS[kind].items()
            if (node := text_of(sli, field))
        )

    @cached_property
    def by(self) -> list[Scalar]:
        """The labels that its groups differ in."""
        lists = (sli.get("by") for sli in self.slis.values())
        return [node for found in lists for node in scalars(found) if node.kind == "text"]

    @cached_property
    def counters(self) -> dict[str, Counters] | None:
        """What its ``events`` count, by key; None if that can only be left to Prometheus."""
        by = frozenset(node.text for node in self.by)
        found = {site.field: site.reduced for site in self.sites if site.takes == "counters"}
        reduced = [one for one in found.values() if one]
        functions = {one.function for one in reduced if one.function}
        if len(reduced) < len(found) or len(functions) > 1 or any(one.function and one.by != by for one in reduced):
            return None
        return {field: one.counters for field, one in found.items() if one}

    @property
    def slice_seconds(self) -> int | None:
        """How much time one reading of its indicator covers; None if that is not written as it should be."""
        if "ratio" in self.slis or ("events" in self.slis and self.counters is None):
            return EVALUATED_SECONDS
        node = text_of(self.slis["threshold"], "slice") if "threshold" in self.slis else None
        try:
            return read_slice(node.text) if node else SLICE_SECONDS
        except ValueFault:
            return None

    @property
    def parts(self) -> list[PartView]:
        """What it is made of, if it is a composite."""
        of = self.slis["composite"].get("of") if "composite" in self.slis else None
        return [PartView(node) for node in of.items if isinstance(node, Mapping)] if isinstance(of, Sequence) else []

    @property
    def objective(self) -> Scalar | None:
        """Its ``objective``, a text or a number."""
        return value_of(self.node, "objective")

    @property
    def windows(self) -> list[Scalar]:
        """Its windows, one or several."""
        return [node for node in scalars(self.node.get("window")) if node.kind == "text"]

    @property
    def was(self) -> list[Scalar]:
        """Names and ids it had before."""
        return [node for node in scalars(self.node.get("was")) if node.kind == "text"]

    @cached_property
    def alerting(self) -> Mapping | None:
        """Its ``alerting``."""
        return mapping_of(self.node, "alerting")

    def notice(self, severity: str) -> Mapping | None:
        """What ``alerting`` says of *severity*."""
        return mapping_of(self.alerting, severity) if self.alerting else None

    @cached_property
    def notices(self) -> list[Mapping]:
        """``alerting``, and what it says of either severity: whatever may carry labels and annotations of alerts."""
        return [level for level in (self.alerting, self.notice("page"), self.notice("ticket")) if level]


@dataclass(frozen=True, eq=False)
class Document:
    """
    One YAML document of our format, or what says the same as one of another tool's.

    Attributes:
        node: its nodes.
        words: what our keys are called where it was written.
        fallback: by key, what its SLOs say where nothing else does.
        is_partial: whether a part of it is missing on purpose: it could not be read, which was told, or these are defaults.
    """

    node: Mapping
    words: MappingOf[str, str] = field(default_factory=dict)
    fallback: MappingOf[str, Node] = field(default_factory=dict)
    is_partial: bool = False

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
    def exclusions(self) -> list[Mapping]:
        """Its exclusions, as far as they are mappings."""
        return mappings_of(self.node, "exclusions")

    @property
    def agreements(self) -> list[Mapping]:
        """Its agreements, as far as they are mappings."""
        return mappings_of(self.node, "agreements")

    @property
    def agrees(self) -> bool:
        """Whether it agrees on something for all SLOs of its service, wherever these are."""
        return bool(self.exclusions or self.agreements)

    @property
    def mappings(self) -> Iterator[Mapping]:
        """The document and its SLOs: whatever may carry labels and links."""
        yield self.node
        yield from (entry.node for entry in self.entries)


def text_of(mapping: Mapping, key: str) -> Scalar | None:
    """The value of *key* if it is text."""
    found = mapping.entries.get(key)
    return found[1] if found and isinstance(found[1], Scalar) and found[1].kind == "text" else None


def value_of(mapping: Mapping, key: str) -> Scalar | None:
    """The value of *key* if it is text or a number."""
    node = mapping.get(key)
    return node if isinstance(node, Scalar) and node.kind in ("text", "int", "float") else None


def mappings_of(mapping: Mapping, key: str) -> list[Mapping]:
    """The mappings in the list that is the value of *key*."""
    found = mapping.get(key)
    return [node for node in found.items if isinstance(node, Mapping)] if isinstance(found, Sequence) else []


def mapping_of(mapping: Mapping, key: str) -> Mapping | None:
    """The value of *key* if it is a mapping."""
    found = mapping.entries.get(key)
    return found[1] if found and isinstance(found[1], Mapping) else None
