"""
Rule files as the Prometheus operator takes them: one PrometheusRule a file, with the same groups.

Kubernetes takes objects of up to about 1.5 MB, so what is larger comes in several. Their names are those of services, in the
letters that Kubernetes knows.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

from tallystick.core.alerting import nothing
from tallystick.generate.ruletext import MARK, rule_text

LARGEST = 900_000
"""Bytes of one object: under the megabyte and a half that etcd takes, with room for what is added on the way."""

_LONGEST_NAME = 200
"""Characters of an object's name; Kubernetes takes 253, and the operator makes longer ones of it."""

_BEFORE = f"{MARK}groups:\n"
"""What a rule file has before its groups."""

_NOT_IN_NAMES = re.compile(r"[^a-z0-9.-]+")
_DOTS = re.compile(r"[.-]*\.[.-]*|-+")

LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Metadata:
    """
    What all objects have.

    Attributes:
        namespace: where they are; "" where whoever applies them says it.
        labels: by which the operator's ``ruleSelector`` finds them.
    """

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=nothing)


def rule_objects(stem: str, document: Mapping[str, Any], metadata: Metadata) -> Iterator[tuple[str, str]]:
    """
    The PrometheusRules for *document*, the contents of a rule file.

    Args:
        stem: the file's name without its ending.
        document: its groups.
        metadata: what the objects have beside their names.

    Yields:
        File names without an ending, and their contents. The first one is *stem*.
    """
    for number, groups in enumerate(_parts(document), 1):
        suffix = "" if number == 1 else f"~{number}"
        name = object_name(stem, number)
        yield stem + suffix, "".join([*_head(name, metadata), "spec:\n  groups:\n", *groups])


def _head(name: str, metadata: Metadata) -> Iterator[str]:
    yield MARK
    yield "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n"
    yield f"  name: {name}\n"
    if metadata.namespace:
        yield f"  namespace: {json.dumps(metadata.namespace)}\n"
    yield "  labels:\n"
    for key, value in sorted({"app.kubernetes.io/managed-by": "tallystick", **metadata.labels}.items()):
        yield f"    {json.dumps(key)}: {json.dumps(value)}\n"


def _parts(document: Mapping[str, Any]) -> Iterator[list[str]]:
    """The groups of *document* as text, in parts that are small enough; a group is never divided."""
    part: list[str] = []
    size = 0
    for group in document["groups"]:
        text = indent(rule_text({"groups": [group]}).removeprefix(_BEFORE), "  ")
        length = len(text.encode())
        if part and size + length > LARGEST:
            yield part
            part, size = [], 0
        part.append(text)
        size += length
    yield part


def object_name(stem: str, number: int = 1) -> str:
    """A name that Kubernetes takes (RFC 1123, a subdomain) for part *number* of *stem*, and nothing else has."""
    before = "tallystick" if number == 1 else f"tallystick.{number}"
    plain = _DOTS.sub(lambda match: "." if "." in match[0] else "-", _NOT_IN_NAMES.sub("-", stem.lower())).strip(".-")
    if plain == stem and len(plain) <= _LONGEST_NAME:
        return f"{before}-{plain}"
    digest = hashlib.sha256(stem.encode()).hexdigest()[:8]
    return f"{before}-{plain[:_LONGEST_NAME].strip('.-')}-{digest}" if plain else f"{before}-{digest}"
