"""Labels and annotations of Sloth's files, under names that can be used here."""

import re
from collections.abc import Collection

from tallystick.definition.checks.label import RESERVED
from tallystick.definition.fields import LABEL_PATTERN
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import quoted, show

_PATTERN = re.compile(LABEL_PATTERN, re.ASCII)
_OTHER = re.compile(r"[^a-zA-Z0-9_]+", re.ASCII)
_SLOTH_LABEL = re.compile(r"\{\{-?\s*\$labels\.(sloth_[a-z]+)\s*-?\}\}")


def labels(reading: Reading, part: Node | None) -> Mapping | None:
    """Labels, without names that tallystick or Prometheus use themselves."""
    return _usable(reading, part, "label", RESERVED)


def annotations(reading: Reading, part: Node | None, identity: dict[str, str]) -> Mapping | None:
    """Annotations, with what Sloth's labels of an SLO's *identity* would say put in."""
    found = _usable(reading, part, "annotation", ())
    if found is None:
        return None
    entries = {key: (name, _filled(value, identity)) for key, (name, value) in found.entries.items()}
    return Mapping(found.source, found.start, found.end, entries)


def _filled(value: Node, identity: dict[str, str]) -> Node:
    if not isinstance(value, Scalar) or "sloth_" not in value.text:
        return value
    said = _SLOTH_LABEL.sub(lambda match: identity.get(match[1], match[0]), value.text)
    return nodes.plain(said, value.kind, value)


def _usable(reading: Reading, part: Node | None, what: str, reserved: Collection[str]) -> Mapping | None:
    if not isinstance(part, Mapping):
        return None
    entries: dict[str, tuple[Scalar, Node]] = {}
    for key, (name, value) in part.entries.items():
        other = _other_name(key, reserved)
        while other != key and (other in part.entries or other in entries):
            other += "_"
        if other != key:
            why = "is set by tallystick itself" if key in reserved else f"can't be the name of {_a(what)} everywhere"
            message = f"{quoted(key)} {why}; the {what} is called {show(other)} here"
            reading.notes.append(notes.RENAMED.at(name.span, message, ""))
            name = nodes.text(other, name)  # noqa: PLW2901  # the same key, renamed
        entries[other] = (name, _as_sloth_writes(value))
    return Mapping(part.source, part.start, part.end, entries)


def _a(what: str) -> str:
    return f"an {what}" if what[0] == "a" else f"a {what}"


def _other_name(key: str, reserved: Collection[str]) -> str:
    """*key*, or what it is called here; as Prometheus does it with labels that two want to set."""
    if key in reserved:
        return f"exported_{key}"
    if _PATTERN.fullmatch(key) and not key.startswith("__"):
        return key
    better = _OTHER.sub("_", key).strip("_")
    better = f"_{better}" if better[:1].isdigit() else better
    return better if _PATTERN.fullmatch(better) else key


def _as_sloth_writes(value: Node) -> Node:
    """A value as a label has it: ``True`` is ``true``."""
    return (
        nodes.plain(value.text.lower(), "bool", value) if isinstance(value, Scalar) and value.kind == "bool" else value
    )
