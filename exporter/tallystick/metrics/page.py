"""
Samples as text.

The text is written here, with each SLO's labels escaped once, and not through the client library's ``Metric``: that
sorts and checks the labels of every sample again, which for 1,000 SLOs takes several times as long as all the rest.
"""

import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Protocol

from prometheus_client.utils import floatToGoString

from tallystick.metrics.families import FAMILIES, WINDOW_LABELS

_NOT_IN_A_NAME = re.compile("[^a-zA-Z0-9_]")


class Sink(Protocol):
    """What takes samples."""

    def add(self, name: str, labels: str, value: float | Fraction | None) -> None:
        """Take a sample of family *name*, unless its value is unknown; *labels* as `label_text` writes them."""
        ...


class Page:
    """The lines of every family, while they are being written."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {family.name: [] for family in FAMILIES}

    def add(self, name: str, labels: str, value: float | Fraction | None) -> None:
        """Add a sample of family *name*, unless its value is unknown; *labels* as `label_text` writes them."""
        if value is not None:
            braces = f"{{{labels}}}" if labels else ""
            text = floatToGoString(float(value))  # type: ignore[no-untyped-call]  # the library's own has no types
            self.lines[name].append(f"{name}{braces} {text}\n")

    def text(self, *, openmetrics: bool) -> str:
        """All of it, each family under its head."""
        return "".join(family.head(openmetrics=openmetrics) + "".join(self.lines[family.name]) for family in FAMILIES)


def label_text(labels: Mapping[str, str]) -> str:
    """*labels* as text, with their values escaped."""
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())


def group_text(group: Mapping[str, str], ours: Collection[str] = WINDOW_LABELS) -> str:
    """
    Labels of an SLO's group, to be put after ours; empty without a group.

    One that is named like one of *ours* becomes ``exported_...``, as a target's own label does in Prometheus.
    """
    if not group:
        return ""
    legal = {legal_name(name): value for name, value in group.items()}
    return "," + label_text({f"exported_{name}" if name in ours else name: value for name, value in legal.items()})


def legal_name(name: str) -> str:
    """*name* with ``_`` for each character that a label's name can't have."""
    return _NOT_IN_A_NAME.sub("_", name)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
