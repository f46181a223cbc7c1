"""Nodes of our format that stand where something else is written."""

from collections.abc import Iterable, Iterator, Mapping

from tallystick.definition.node import Kind, Node, Scalar, Sequence
from tallystick.definition.node import Mapping as MappingNode


def text(said: str, at: Node) -> Scalar:
    """Text, in the place of *at*."""
    return plain(said, "text", at)


def plain(said: str, kind: Kind, at: Node) -> Scalar:
    """A scalar that says *said*, in the place of *at*."""
    return Scalar(at.source, at.start, at.end, said, kind)


def mapping(at: Node, entries: Mapping[str, Node | None]) -> MappingNode:
    """A mapping in the place of *at*; what is None is left out. A key is where its value is."""
    found: dict[str, tuple[Scalar, Node]] = {
        key: (text(key, value), value) for key, value in entries.items() if value is not None
    }
    return MappingNode(at.source, at.start, at.end, found)


def listed(at: Node, items: Iterable[Node]) -> Sequence:
    """A list in the place of *at*."""
    return Sequence(at.source, at.start, at.end, list(items))


def merged(*parts: Node | None) -> MappingNode | None:
    """The mappings among *parts* as one, the later winning; None if there is none."""
    found = [part for part in parts if isinstance(part, MappingNode)]
    if not found:
        return None
    entries = {key: pair for part in found for key, pair in part.entries.items()}
    return MappingNode(found[-1].source, found[-1].start, found[-1].end, entries)


def without(part: Node | None, *keys: str) -> MappingNode | None:
    """A mapping without *keys*; None if nothing is left, or it is no mapping."""
    if not isinstance(part, MappingNode):
        return None
    entries = {key: pair for key, pair in part.entries.items() if key not in keys}
    return MappingNode(part.source, part.start, part.end, entries) if entries else None


def items_of(part: Node | None) -> Iterator[MappingNode]:
    """The mappings in a list."""
    if isinstance(part, Sequence):
        yield from (item for item in part.items if isinstance(item, MappingNode))


def child(part: Node | None, *path: str) -> Node | None:
    """What is at *path* in nested mappings, None if there is nothing."""
    for key in path:
        if not isinstance(part, MappingNode):
            return None
        part = part.get(key)
    return part


def said(part: Node | None) -> str | None:
    """What a scalar says; None if it is none, or says nothing."""
    return part.text if isinstance(part, Scalar) and part.kind != "null" else None


def without_nulls(part: Node, *keep: str) -> Node:
    """*part* without keys that have no value, as if they were not there; what is in a mapping called one of *keep* stays."""
    if not _has_null(part):
        return part
    match part:
        case MappingNode():
            entries = {
                key: (name, value if key in keep else without_nulls(value, *keep))
                for key, (name, value) in part.entries.items()
                if not (isinstance(value, Scalar) and value.kind == "null")
            }
            return MappingNode(part.source, part.start, part.end, entries)
        case Sequence():
            return listed(part, [without_nulls(item, *keep) for item in part.items])
    return part


def _has_null(part: Node) -> bool:
    """Whether there is a key without a value anywhere in *part*."""
    match part:
        case Scalar():
            return part.kind == "null"
        case Sequence():
            return any(map(_has_null, part.items))
    return any(
        value.kind == "null" if isinstance(value, Scalar) else _has_null(value) for _, value in part.entries.values()
    )
