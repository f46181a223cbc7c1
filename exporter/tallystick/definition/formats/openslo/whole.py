"""What the objectives of an OpenSLO SLO have in common, and what they are called."""

import re
from dataclasses import dataclass
from decimal import Decimal
from unicodedata import combining, normalize

from tallystick.definition.fields import NAME_LENGTH
from tallystick.definition.formats import nodes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo import alerts
from tallystick.definition.formats.openslo.objects import Objects
from tallystick.definition.formats.openslo.windows import PERIOD
from tallystick.definition.lengths import read_window
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.values import ValueFault, read_objective

_OTHER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Whole:
    """
    What all objectives of an SLO have in common.

    Attributes:
        reading: is told what is wrong, and what is read otherwise.
        objects: where names lead.
        root: the object.
        spec: its spec.
        budgeting: what its budget is a share of, in our words.
        common: keys of ours.
    """

    reading: Reading
    objects: Objects
    root: Mapping
    spec: Mapping
    budgeting: str
    common: dict[str, Node | None]

    @property
    def name(self) -> Scalar:
        """Its name."""
        name = nodes.child(self.root, "metadata", "name")
        assert isinstance(name, Scalar)
        return name

    @property
    def period_seconds(self) -> int | None:
        """Length of its window; None if that is not written as it should be."""
        node = self.common.get("window") or self.reading.fallback.get("window")
        if isinstance(node, Sequence):
            node = next(iter(node.items), None)
        try:
            return read_window(nodes.said(node) or PERIOD).nominal_seconds
        except ValueFault:
            return None


def objective_of(text: str) -> Decimal | None:
    """The objective that *text* is; None if it is none."""
    try:
        return read_objective(text)
    except ValueFault:
        return None


def alerting(whole: Whole, number: Decimal | None) -> Mapping | None:
    """What *whole* says of alerts, for an objective of *number*."""
    return alerts.alerting(whole.reading, whole.objects, whole.spec, number, whole.period_seconds)


def names(whole: Whole, items: list[Mapping]) -> list[Scalar]:
    """A name for each of several objectives: what it is called, or else its number."""
    words = [_slug(item) for item in items]
    found = []
    for index, (item, word) in enumerate(zip(items, words, strict=True)):
        last = word if word and words.count(word) == 1 else str(index)
        place = item.get("displayName") or item
        found.append(nodes.text(f"{whole.name.text}-{last}"[:NAME_LENGTH].rstrip("-"), place))
    return found if len({name.text for name in found}) == len(found) else _numbered(whole, items)


def _numbered(whole: Whole, items: list[Mapping]) -> list[Scalar]:
    return [nodes.text(f"{whole.name.text[: NAME_LENGTH - 5]}-{index}", item) for index, item in enumerate(items)]


def _slug(item: Mapping) -> str:
    said = nodes.said(item.get("displayName")) or nodes.said(nodes.child(item, "indicator", "metadata", "name"))
    text = normalize("NFKD", said or nodes.said(item.get("indicatorRef")) or "")
    plain = "".join(character for character in text if not combining(character)).lower()
    return _OTHER.sub("-", plain).strip("-")
