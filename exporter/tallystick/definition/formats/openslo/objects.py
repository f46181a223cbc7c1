"""All OpenSLO objects there are, and what their references mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from tallystick.definition.checks import duplicate_object, reference, wrong_type
from tallystick.definition.formats import nodes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.model import SHAPES
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.node import Sequence as SequenceNode
from tallystick.definition.problem import Problem, show

_REFERENCES = {"alertPolicies": "alertPolicyRef", "conditions": "conditionRef", "notificationTargets": "targetRef"}
"""Lists whose entries old files write as bare names, and what a name is called in them."""


_IN_CLUSTERS = "openslo.com/"
"""How versions of objects begin that are kept in Kubernetes, which adds keys of its own."""

_METADATA = ("name", "displayName", "labels", "annotations")


@dataclass(slots=True)
class Objects:
    """
    The objects of all files.

    Attributes:
        known: by kind and name, the first of that name.
        wrong: the names of files of objects whose shape is wrong, by kind and name.
    """

    known: dict[tuple[str, str], Mapping] = field(default_factory=dict)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)

    def find(self, kind: str, name: Scalar) -> Mapping | Problem:
        """The object of *kind* that *name* refers to, or why there is none."""
        key = (kind, name.text)
        if key in self.wrong:
            return reference.lost(kind, name, self.wrong[key])
        return self.known.get(key) or reference.unknown(kind, name, self.meant(kind, name.text))

    def get(self, kind: str, name: str) -> Mapping | None:
        """The object of *kind* called *name*, where it need not be there."""
        return self.known.get((kind, name))

    def meant(self, kind: str, name: str) -> str:
        """The name nearest to *name*; empty if none is near."""
        names = [other for found, other in self.known if found == kind]
        return next(iter(get_close_matches(name[:63], names, n=1)), "")


def collect(readings: Sequence[Reading]) -> tuple[Objects, list[tuple[Reading, Mapping]]]:
    """
    Look at the shape of all objects.

    Returns:
        The objects; and those that are SLOs and look right, each with its reading. Problems are told to the readings.
    """
    objects, slos = Objects(), []
    for reading in readings:
        kind = nodes.said(reading.root.get("kind")) or ""
        root = _plain(reading.root)
        shape = SHAPES.get(kind)
        if shape is None:
            reading.problems.append(_no_kind(reading.root, kind))
            continue
        reading.problems += shape.problems(root)
        name = nodes.child(root, "metadata", "name")
        if not isinstance(name, Scalar):
            continue
        key = (kind, name.text)
        if reading.problems:
            objects.wrong.setdefault(key, reading.root.source.file)
        elif key in objects.known:
            reading.problems.append(duplicate_object.problem(kind, name, objects.known[key]))
        else:
            objects.known[key] = root
            if kind == "SLO":
                slos.append((reading, root))
    return objects, slos


def _no_kind(root: Mapping, kind: str) -> Problem:
    place = root.get("kind") or root.key("apiVersion")
    near = get_close_matches(kind.lower(), {one.lower(): one for one in SHAPES}, n=1)
    meant = {one.lower(): one for one in SHAPES}.get(near[0]) if near else None
    message = f"OpenSLO has no kind {show(kind)}" if kind else "this object has no kind"
    return wrong_type.RULE.at(place.span, message, f"write kind: {meant or ', '.join(SHAPES)}")


def _plain(root: Mapping) -> Mapping:
    """*root* without keys that say nothing or are a cluster's, and with bare names in lists of references as references."""
    found = _without_nothing(root)
    assert isinstance(found, Mapping)
    metadata = found.get("metadata")
    if (nodes.said(root.get("apiVersion")) or "").startswith(_IN_CLUSTERS) and isinstance(metadata, Mapping):
        entries = dict(found.entries)
        entries.pop("status", None)
        own = {key: pair for key, pair in metadata.entries.items() if key in _METADATA}
        entries["metadata"] = (found.key("metadata"), Mapping(metadata.source, metadata.start, metadata.end, own))
        return Mapping(found.source, found.start, found.end, entries)
    return found


def _without_nothing(part: Node, key: str = "") -> Node:
    match part:
        case Mapping():
            entries = {
                name: (key, _without_nothing(value, name))
                for name, (key, value) in part.entries.items()
                if not (isinstance(value, Scalar) and value.kind == "null")
            }
            return Mapping(part.source, part.start, part.end, entries)
        case SequenceNode():
            return nodes.listed(part, _items(part, key))
    return part


def _items(part: SequenceNode, key: str) -> Iterator[Node]:
    for item in part.items:
        if key in _REFERENCES and isinstance(item, Scalar) and item.kind == "text":
            yield nodes.mapping(item, {_REFERENCES[key]: item})
        else:
            yield _without_nothing(item)
