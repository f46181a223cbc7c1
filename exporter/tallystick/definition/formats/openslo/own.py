"""
What OpenSLO has no word for, in annotations of our own: ``tallystick/slo: '{"no_data": "good"}'``.

Each holds keys of our format as JSON (or YAML) in one text. They are read as if they stood in a file of ours, and win over what
the object says; every check looks at them. Their places are that of the annotation.
"""

from tallystick.definition.checks import wrong_type
from tallystick.definition.compose import compose
from tallystick.definition.formats import nodes
from tallystick.definition.formats.base import Reading
from tallystick.definition.node import Mapping, Node, Scalar, Sequence, describe
from tallystick.definition.source import Source

PREFIX = "tallystick/"
SLO, SERVICE, PAIR = f"{PREFIX}slo", f"{PREFIX}service", f"{PREFIX}burn"
"""Keys of an SLO; of what stands beside ``service``; of a pair of windows."""


def said(reading: Reading, holder: Mapping | None, key: str) -> Mapping | None:
    """What annotation *key* of *holder* says; None if it has none. One that is no mapping is told to the *reading*."""
    found = nodes.child(holder, "metadata", "annotations", key)
    if not isinstance(found, Scalar):
        return None
    documents, problems = compose(Source(found.source.file, found.text))
    if not problems and len(documents) == 1 and isinstance(documents[0], Mapping):
        placed = _placed(documents[0], found)
        assert isinstance(placed, Mapping)
        return placed
    what = "no YAML" if problems else describe(documents[0]) if documents else "nothing"
    message = f"{key} must be a mapping, found {what}"
    reading.problems.append(wrong_type.RULE.at(found.span, message, 'write for example \'{"no_data": "good"}\''))
    return None


def _placed(part: Node, at: Scalar) -> Node:
    match part:
        case Mapping():
            return nodes.mapping(at, {key: _placed(value, at) for key, (_, value) in part.entries.items()})
        case Sequence():
            return nodes.listed(at, [_placed(item, at) for item in part.items])
    return nodes.plain(part.text, part.kind, at)
