"""
From YAML text to nodes.

The tree is composed here, from PyYAML's events: its own composer recurses in C as deep as a file asks it to, forgets which
keys were written twice, and resolves scalars by YAML 1.1. Aliases and merge keys work; how far they may grow is limited.
"""

import re
from collections.abc import Callable, Iterator

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


def compose(source: Source, text: str | None = None) -> tuple[list[Node], list[Problem]]:
    """
    Read all documents of *source*.

    Args:
        source: the file.
        text: what is read in place of its text; everything is where it is there.

    Returns:
        Its documents, as far as it could be read, and what is wrong with it.
    """
    if forbidden := _FORBIDDEN.search(source.text):
        span = Span(source, forbidden.start(), forbidden.end())
        return [], [yaml_syntax.forbidden_character(span, forbidden.group())]
    loader = _LOADER(source.text if text is None else text)
    composer = _Composer(source, loader.get_event)
    documents: list[Node] = []
    try:
        documents.extend(composer.documents())
    except yaml.YAMLError as fault:
        composer.problems.append(_unreadable(source, fault, composer.last))
    except _StopReading as stop:
        composer.problems.append(stop.problem)
    finally:
        loader.dispose()
    return documents, composer.problems


def _unreadable(source: Source, fault: yaml.YAMLError, last: Scalar | None) -> Problem:
    """What keeps PyYAML from reading on; newer ones of it give up on depth before a node of ours is made."""
    mark = getattr(fault, "problem_mark", None)
    if mark is not None and "nesting depth" in str(fault):
        return too_large.too_deep(Span(source, mark.index, mark.index + 1), MAX_DEPTH)
    return yaml_syntax.from_yaml_error(source, fault, last)


class _Composer:
    """
    Composes one file.

    It is most of what reading takes, so what nearly every node is has a short way: no anchor, no tag, no `Span`. That halves it.
    """

    def __init__(self, source: Source, next_event: Callable[[], yaml.Event | None]) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.next_event = next_event
        self.anchors: dict[str, tuple[Node | None, int]] = {}
        self.nodes = 0
        self.last: Scalar | None = None

    def documents(self) -> Iterator[Node]:
        """The root of each document."""
        while event := self.next_event():
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                yield self.node(self.next_event(), 1)

    def node(self, event: yaml.Event | None, depth: int) -> Node:
        """The node that starts with *event*."""
        if (
            isinstance(event, _NODE_EVENTS)
            and not event.anchor
            and not event.tag
            and self.nodes < MAX_NODES
            and depth <= MAX_DEPTH
        ):
            self.nodes += 1
            assert event.start_mark
            assert event.end_mark
            if isinstance(event, yaml.ScalarEvent):  # as `bare` has it, without a call: most nodes are scalars
                value, kind = event.value, kind_of(event.value) if event.implicit[0] else "text"
                self.last = Scalar(self.source, event.start_mark.index, event.end_mark.index, value, kind)
                return self.last
            return self.bare(event, event.start_mark.index, event.end_mark.index, depth)
        assert isinstance(event, yaml.NodeEvent)
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
        start = span.start
        if isinstance(event, yaml.ScalarEvent):
            # Its mark is at the anchor or tag, and the value is what should be underlined.
            lead = _LEAD.match(self.source.text, span.start, span.end)
            start = lead.end() if lead else start
        node = self.bare(event, start, span.end, depth)
        if event.anchor:
            self.anchors[event.anchor] = (node, self.nodes - before)
        return node

    def bare(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, start: int, end: int, depth: int) -> Node:
        """As `node`, whatever its anchor and tag are; *end* is that of a scalar."""
        if isinstance(event, yaml.ScalarEvent):
            value = event.value
            self.last = Scalar(self.source, start, end, value, kind_of(value) if event.implicit[0] else "text")
            return self.last
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(start, depth)
        return self.sequence(start, depth)

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
        while not isinstance(event := self.next_event(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        assert event.end_mark
        return Sequence(self.source, start, event.end_mark.index, items)

    def mapping(self, start: int, depth: int) -> Mapping | Scalar:
        """The mapping whose first event was just read; text, if it is a reference without quotes."""
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: list[tuple[Scalar, Node]] = []
        while not isinstance(event := self.next_event(), yaml.MappingEndEvent):
            key, value = self.node(event, depth + 1), self.node(self.next_event(), depth + 1)
            if not isinstance(key, Scalar):
                hint = 'write quotes around it: "{{ name }}"' if self.starts_with_braces(start) else "write one key"
                self.problems.append(wrong_type.RULE.at(key.span, f"a key must be text, found {describe(key)}", hint))
            elif key.text == _MERGE and self.source.text[key.start] == "<":
                merged.append((key, value))
            elif key.text in entries:
                self.problems.append(duplicate_key.problem(key, entries[key.text][0]))
            else:
                entries[key.text] = (key, value)
        assert event.end_mark
        end = event.end_mark.index
        if self.starts_with_braces(start) and not entries:
            return Scalar(self.source, start, end, self.source.text[start:end], "text")  # it is told; more would follow
        mapping = Mapping(self.source, start, end, entries)
        for key, value in merged:
            self.merge(mapping, key, value)
        return mapping

    def starts_with_braces(self, start: int) -> bool:
        """Whether there is a reference at *start*, which YAML takes for a mapping in a mapping."""
        return self.source.text.startswith("{{", start)

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
