"""Labels and annotations of OpenSLO's objects as ours."""

import re

from tallystick.definition.checks import wrong_type
from tallystick.definition.checks.label import RESERVED
from tallystick.definition.fields import LABEL_PATTERN
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.own import PREFIX
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import show

_LABEL = re.compile(LABEL_PATTERN, re.ASCII)
_ODD = re.compile(r"[^a-zA-Z0-9_]")
_ADDRESS = re.compile(r"https?://\S+")


def labels(reading: Reading, holder: Mapping | None) -> dict[str, tuple[Scalar, Node]]:
    """The labels of *holder*, by names that Prometheus takes; several values of one are one, with commas."""
    found: dict[str, tuple[Scalar, Node]] = {}
    listed = nodes.child(holder, "metadata", "labels")
    for key, value in listed.entries.values() if isinstance(listed, Mapping) else ():
        text = _value(reading, key, value)
        if text is None:
            continue
        name = _ODD.sub("_", key.text)
        name = name if _LABEL.fullmatch(name) else f"_{name}"
        if name in RESERVED or name == "severity":
            name = f"label_{name}"
        if name != key.text:
            message = f"label {show(key.text)} is called {name} here"
            reading.notes.append(notes.LABEL_NAME.at(key.span, message, ""))
        found[name] = (nodes.text(name, key), text)
    return found


def _value(reading: Reading, key: Scalar, value: Node) -> Scalar | None:
    if isinstance(value, Scalar):
        return nodes.text(value.text, value) if value.text else None
    items = value.items if isinstance(value, Sequence) else [value]
    texts = [item.text for item in items if isinstance(item, Scalar)]
    if len(texts) < len(items):
        message = f"label {show(key.text)} must be text or a list of texts"
        reading.problems.append(wrong_type.RULE.at(value.span, message, "write one value, or [one, another]"))
        return None
    if len(texts) > 1:
        message = f"the values of label {show(key.text)} are one here, {show(','.join(texts))}"
        reading.notes.append(notes.LABEL_NAME.at(value.span, message, ""))
    return nodes.text(",".join(texts), value) if texts else None


def links(reading: Reading, holder: Mapping | None) -> Mapping | None:
    """Annotations of *holder* that are web addresses, as links; that others are passed over is told."""
    listed = nodes.child(holder, "metadata", "annotations")
    found: dict[str, Node | None] = {}
    for key, value in listed.entries.values() if isinstance(listed, Mapping) else ():
        if key.text.startswith(PREFIX):
            continue
        name = _ODD.sub("_", key.text.rpartition("/")[2])
        if isinstance(value, Scalar) and _ADDRESS.fullmatch(value.text) and _LABEL.fullmatch(name):
            found[name] = nodes.text(value.text, value)
        else:
            message = f"annotation {show(key.text)} means nothing here"
            reading.notes.append(notes.PASSED_OVER.at(key.span, message, ""))
    return nodes.mapping(listed, found) if found and listed else None


def owner(reading: Reading, found: dict[str, tuple[Scalar, Node]]) -> Node | None:
    """Who owns what has these labels; ``team`` has a place of its own, and is taken out of *found*."""
    _, team = found.pop("team", (None, None))
    if team is not None:
        return team
    key, value = found.get("owner", (None, None))
    if key is not None and isinstance(value, Scalar):
        message = f"team {show(value.text)} owns this, by the label `owner`"
        reading.notes.append(notes.TEAM.at(key.span, message, ""))
        return nodes.text(value.text, value)
    return None
