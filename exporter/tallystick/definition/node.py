"""
YAML as it was written: mappings, lists and scalars that know where they are.

A scalar keeps its own text. What kind of value a plain one is follows YAML 1.2's core schema, as in editors: ``on``, ``yes``,
``10:30`` and ``2026-01-01`` are text, and no number goes through a float.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tallystick.definition.source import Source, Span

Kind = Literal["text", "int", "float", "bool", "null"]

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("null", re.compile(r"|~|null|Null|NULL")),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("int", re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")),
)

_FIRST_OF_KINDS = frozenset("0123456789+-.~nNtTfF")
"""What a scalar that is no text may start with; most are told apart by that."""

_ESCAPED = {
    '"': re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|.", re.DOTALL),
    "'": re.compile(r"''|.", re.DOTALL),
}


@dataclass(slots=True, eq=False)
class Scalar:
    """
    A value without parts.

    Attributes:
        source: the file.
        start: offset of its first character (a quote, if it has one).
        end: offset after its last.
        text: what it says, without quotes and escapes.
        kind: what a plain scalar of that text is; a quoted one is text.
    """

    source: Source
    start: int
    end: int
    text: str
    kind: Kind

    @property
    def span(self) -> Span:
        """Where it is."""
        return Span(self.source, self.start, self.end)

    def part(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` is; the whole scalar if that can't be told (a folded scalar's parts move)."""
        raw = self.source.text[self.start : self.end]
        if raw == self.text:
            return Span(self.source, self.start + start, self.start + end)
        pieces = _ESCAPED.get(raw[:1])
        if pieces is None:
            return self._found(raw, self.text[start:end])
        offsets = [self.start + 1 + match.start() for match in pieces.finditer(raw[1:-1])]
        if len(offsets) != len(self.text) or not start < end:
            return self.span
        ends = [*offsets[1:], self.end - 1]
        return Span(self.source, offsets[start], ends[end - 1])

    def _found(self, raw: str, piece: str) -> Span:
        if not piece or raw.count(piece) != 1:
            return self.span
        start = self.start + raw.index(piece)
        return Span(self.source, start, start + len(piece))


class Filled(Scalar):
    """A scalar into which values were put, so that its text is not what is written there."""

    __slots__ = ()

    def part(self, start: int, end: int) -> Span:  # noqa: ARG002  # which part it is can't be told
        """The whole of it."""
        return self.span


@dataclass(slots=True, eq=False)
class Sequence:
    """A list."""

    source: Source
    start: int
    end: int
    items: list["Node"]

    @property
    def span(self) -> Span:
        """Where it is."""
        return Span(self.source, self.start, self.end)


@dataclass(slots=True, eq=False)
class Mapping:
    """
    Keys and values.

    Attributes:
        source: the file.
        start: offset of its first character.
        end: offset after its last.
        entries: by the key's text, the key and its value.
    """

    source: Source
    start: int
    end: int
    entries: dict[str, tuple[Scalar, "Node"]]

    @property
    def span(self) -> Span:
        """Where it is."""
        return Span(self.source, self.start, self.end)

    def get(self, key: str) -> "Node | None":
        """The value of *key*, None if there is none."""
        found = self.entries.get(key)
        return found[1] if found else None

    def key(self, key: str) -> Scalar:
        """The key *key* itself, which is there."""
        return self.entries[key][0]


Node = Scalar | Sequence | Mapping


@lru_cache(maxsize=4_096)  # most scalars are keys, which come again and again
def kind_of(text: str) -> Kind:
    """What a plain scalar that says *text* is."""
    if text and text[0] not in _FIRST_OF_KINDS:
        return "text"
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text)), "text")


def describe(node: Node) -> str:
    """What *node* is, for ``found ...`` in a message."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(kind="null"):
            return "nothing"
        case Scalar(kind="bool"):
            return node.text
        case Scalar(kind="text"):
            return "text"
    return f"the number {node.text[:30]}"


def scalars(node: "Node | None") -> Iterator[Scalar]:
    """*node* itself if it is a scalar with a value, or those of a list."""
    match node:
        case Scalar() if node.kind != "null":
            yield node
        case Sequence():
            yield from (item for item in node.items if isinstance(item, Scalar) and item.kind != "null")
