"""
From YAML text to nodes.

The tree is composed here, from PyYAML's events: its own composer recurses in C as deep as a file asks it to, forgets which
keys were written twice, and resolves scalars by YAML 1.1. Aliases and merge keys work; how far they may grow is limited.
"""

import re
from collections.abc import Iterator

import yaml

from tallystick.definition.checks import duplicate_key, too_large, wrong_type, yaml_syntax
from tallystick.definition.node import Mapping, Node, Scalar, Sequence, describe, kind_of
from tallystick.definition.problem import Problem
from tallystick.definition.source import Source, Span

MAX_DEPTH = 50
"""Levels of nesting; our format has seven."""

MAX_NODES = 1_000_000
"""Nodes of one file with all aliases written out; a file of 10 MiB without any has fewer."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STANDARD_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}
_NODE_EVENTS = (yaml.ScalarEvent, yaml.CollectionStartEvent)
_MERGE = "<<"
_LEAD = re.compile(r"(?:[&!]\S*\s+)+")


class _StopReading(Exception):  # noqa: N818  # it carries a Problem out of the depths and never leaves this module
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def compose(source: Source) -> tuple[list[Node], list[Problem]]:
    """
    Read all documents of *source*.

    Returns:
        Its documents, as far as it could be read, and what is wrong with it.
    """
    if forbidden := _FORBIDDEN.search(source.text):
        span = Span(source, forbidden.start(), forbidden.end())
        return [], [yaml_syntax.forbidden_character(span, forbidden.group())]
    composer = _Composer(source)
    documents: list[Node] = []
    try:
        documents.extend(composer.documents())
    except yaml.YAMLError as fault:
        composer.problems.append(yaml_syntax.from_yaml_error(source, fault, composer.last))
    except _StopReading as stop:
        composer.problems.append(stop.problem)
    return documents, composer.problems


def _events(text: str) -> Iterator[yaml.Event]:
    """PyYAML's events of *text*; as ``yaml.parse``, with half of its calls."""
    loader = _LOADER(text)
    try:
        while event := loader.get_event():
            yield event
    finally:
        loader.dispose()


class _Composer:
    """Composes one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.events = _events(source.text)
        self.anchors: dict[str, tuple[Node | None, int]] = {}
        self.nodes = 0
        self.last: Scalar | None = None

    def documents(self) -> Iterator[Node]:
        """The root of each document."""
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                yield self.node(next(self.events), 1)

    def node(self, event: yaml.Event, depth: int) -> Node:
        """The node that starts with *event*."""
        if isinstance(event, yaml.ScalarEvent) and not (event.anchor or event.tag) and self.nodes < MAX_NODES:
            # Nearly every node is such a one, so it has a short way.
            self.nodes += 1
            assert event.start_mark
            assert event.end_mark
            return self.scalar(event, event.start_mark.index, event.end_mark.index)
        span = self.span(event)
        if depth > MAX_DEPTH:
            raise _StopReading(too_large.too_deep(span, MAX_DEPTH))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, span)
        assert isinstance(event, _NODE_EVENTS)
        if event.tag and event.tag not in _STANDARD_TAGS and event.tag != "!":
            self.problems.append(yaml_syntax.tag(self.first_word(span)))
        before = self.nodes
        self.count(1, span)
        if event.anchor:
            self.anchors[event.anchor] = (None, 0)
        node = self.bare(event, span, depth)
        if event.anchor:
            self.anchors[event.anchor] = (node, self.nodes - before)
        return node

    def bare(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span, depth: int) -> Node:
        """As `node`, whatever its anchor and tag are."""
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(span.start, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(span.start, depth)
        assert isinstance(event, yaml.ScalarEvent)
        # Its mark is at the anchor or tag, and the value is what should be underlined.
        lead = _LEAD.match(self.source.text, span.start, span.end)
        return self.scalar(event, lead.end() if lead else span.start, span.end)

    def scalar(self, event: yaml.ScalarEvent, start: int, end: int) -> Scalar:
        """The scalar of *event*."""
        self.last = Scalar(self.source, start, end, event.value, kind_of(event.value) if event.implicit[0] else "text")
        return self.last

    def span(self, event: yaml.Event) -> Span:
        """Where *event* is."""
        assert event.start_mark
        assert event.end_mark
        return Span(self.source, event.start_mark.index, event.end_mark.index)

    def first_word(self, span: Span) -> Span:
        """*span* up to its first blank."""
        words = self.source.text[span.start : span.end].split(maxsplit=1)
        return Span(span.source, span.start, span.start + len(words[0])) if words else span

    def sequence(self, start: int, depth: int) -> Sequence:
        """The list whose first event was just read."""
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Sequence(self.source, start, self.span(event).end, items)

    def mapping(self, start: int, depth: int) -> Mapping:
        """The mapping whose first event was just read."""
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: list[tuple[Scalar, Node]] = []
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, value = self.node(event, depth + 1), self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.problems.append(
                    wrong_type.RULE.at(key.span, f"a key must be text, found {describe(key)}", "write one key")
                )
            elif key.text == _MERGE and self.source.text[key.start] == "<":
                merged.append((key, value))
            elif key.text in entries:
                self.problems.append(duplicate_key.problem(key, entries[key.text][0]))
            else:
                entries[key.text] = (key, value)
        mapping = Mapping(self.source, start, self.span(event).end, entries)
        for key, value in merged:
            self.merge(mapping, key, value)
        return mapping

    def merge(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        """Add to *mapping* what it does not say itself: ``<<: *defaults``."""
        for part in value.items if isinstance(value, Sequence) else [value]:
            if not isinstance(part, Mapping):
                message = f"`<<` takes in a mapping, or a list of them, found {describe(part)}"
                self.problems.append(wrong_type.RULE.at(key.span, message, "write <<: *name, of an anchor &name"))
                continue
            self.count(len(part.entries), key.span)
            for name, entry in part.entries.items():
                mapping.entries.setdefault(name, entry)

    def alias(self, event: yaml.AliasEvent, span: Span) -> Node:
        """The node that an alias stands for."""
        assert event.anchor
        if event.anchor not in self.anchors:
            raise _StopReading(yaml_syntax.unknown_anchor(span, event.anchor))
        node, nodes = self.anchors[event.anchor]
        if node is None:
            raise _StopReading(yaml_syntax.recursive_alias(span, event.anchor))
        self.count(nodes, span)
        return node

    def count(self, nodes: int, span: Span) -> None:
        """Refuse a file that has become too large with its aliases written out."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise _StopReading(too_large.too_many_nodes(span, MAX_NODES))
