"""
Nodes as YAML text that people go on editing: keys in the order of the documentation, queries as they are read best.

PyYAML writes it. Which scalars need quotes is decided here, so that readers of YAML 1.1 and of 1.2 take each for the same.
"""

from typing import Any

import yaml

from tallystick.definition.keys import KEYS, Level
from tallystick.definition.node import Mapping, Node, Scalar, kind_of

LONG = 80
"""From how many characters on text without lines is a block of its own."""

_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))
_RESOLVER = yaml.resolver.Resolver()
_ENDLESS = 10**9
"""Columns; lines are never broken, as what a break in text means depends on its style."""


class _Dumper(yaml.BaseDumper):
    """Writes plain what is plain, and lists further in than their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002  # PyYAML's
        """Never without an indent."""
        super().increase_indent(flow, False)


def pair_text(key: str, value: Node, level: Level = ()) -> str:
    """
    ``key: value`` as lines that begin at the left margin, and end with a newline.

    Args:
        key: of a mapping.
        value: what it has there.
        level: which mapping of our format that is, for the order of the keys inside *value*.
    """
    pair = (_text(key), _value(value, (*level, key)))
    root = yaml.MappingNode(_MAP, [pair], flow_style=False)
    # Characters that could hide something are written as escapes, and then all that are not ASCII, as PyYAML has it.
    readable = all(text.isprintable() for one in _texts(value) for text in one.split("\n")) and key.isprintable()
    written: str = yaml.serialize(root, Dumper=_Dumper, width=_ENDLESS, allow_unicode=readable)
    return written


def _texts(node: Node) -> list[str]:
    """All keys and scalars inside *node*."""
    match node:
        case Scalar():
            return [node.text]
        case Mapping():
            return [text for key, (_, value) in node.entries.items() for text in (key, *_texts(value))]
    return [text for item in node.items for text in _texts(item)]


def _value(node: Node, level: Level) -> yaml.Node:
    match node:
        case Scalar(kind="text"):
            return _text(node.text)
        case Scalar(kind="null"):
            return _plain("null")
        case Scalar():
            return _plain(node.text)
        case Mapping():
            return _mapping(node, level)
    items = [_value(item, level) for item in node.items]
    small = all(_is_small(item) for item in node.items)
    return yaml.SequenceNode(_SEQ, items, flow_style=small and all(isinstance(item, Scalar) for item in node.items))


def _mapping(node: Mapping, level: Level, *, flow: bool = False) -> yaml.Node:
    known = {key: place for place, key in enumerate(KEYS.get(level, ()))}
    pairs = sorted(node.entries.items(), key=lambda pair: known.get(pair[0], len(known)))
    values = [(_text(key), _value(value, (*level, key))) for key, (_, value) in pairs]
    return yaml.MappingNode(_MAP, values, flow_style=flow or (_is_small(node) and level[-1:] == ("burn",)))


def _is_small(node: Node) -> bool:
    """Whether *node* is a word, or but a few of them: a pair of windows and the like."""
    if isinstance(node, Scalar):
        return len(node.text) < LONG and node.text.isprintable()
    return isinstance(node, Mapping) and all(
        isinstance(value, Scalar) and _is_small(value) for _, value in node.entries.values()
    )


def _plain(text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(_STR, text)


def _text(text: str) -> yaml.ScalarNode:
    """Text: a block if it has lines or is long, else plain where nobody takes it for anything else."""
    style: Any = None
    if "\n" in text or len(text) > LONG:
        # In front and at the end a block has ways of its own with blanks and empty lines.
        style = '"' if text.startswith((" ", "\n")) or text.endswith("\n\n") or text == "\n" else "|"
    elif kind_of(text) != "text" or _kind_before_1_2(text) != _STR:
        style = "'"
    return yaml.ScalarNode(_STR, text, style=style)


def _kind_before_1_2(text: str) -> str:
    """The tag of a plain scalar that says *text* in YAML 1.1, where ``yes`` is a boolean and ``10:30`` a number."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag
