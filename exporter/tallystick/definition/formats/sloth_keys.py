"""The keys of Sloth's custom resource, which are the file's in camel case."""

from collections.abc import Iterator

from tallystick.definition.checks import unknown_key
from tallystick.definition.formats import nodes
from tallystick.definition.formats.sloth_model import CAMEL
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem

_USERS = frozenset({"metadata", "status", "labels", "annotations", "options", "config"})
"""Keys of mappings whose own keys are their users' matter."""


def as_file(part: Node) -> Mapping:
    """*part* of the custom resource, with the file's names of keys."""
    found = _renamed(part)
    assert isinstance(found, Mapping)
    return found


def _renamed(part: Node) -> Node:
    match part:
        case Mapping():
            entries = {
                CAMEL.get(key, key): (name, value if key in _USERS else _renamed(value))
                for key, (name, value) in part.entries.items()
            }
            return Mapping(part.source, part.start, part.end, entries)
        case Scalar():
            return part
    return nodes.listed(part, map(_renamed, part.items))


def misspelt(root: Mapping) -> Iterator[Problem]:
    """Keys that are the file's in the custom resource, where Sloth passes over them."""
    camel = {snake: name for name, snake in CAMEL.items()}
    todo: list[Node] = [root]
    while todo:
        part = todo.pop()
        if isinstance(part, Mapping):
            for key, value in part.entries.values():
                if key.text in camel:
                    yield unknown_key.RULE.at(key.span, f"unknown key `{key.text}`", f"write `{camel[key.text]}`")
                if key.text not in _USERS:
                    todo.append(value)
        elif not isinstance(part, Scalar):
            todo += part.items
