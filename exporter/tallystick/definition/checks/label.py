"""label: a label or annotation that Prometheus would refuse, or that is tallystick's own."""

import re
from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, mapping_of
from tallystick.definition.fields import LABEL_PATTERN
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule, quoted, show

RULE = Rule("label")

_PATTERN = re.compile(LABEL_PATTERN, re.ASCII)
_OTHER = re.compile(r"[^a-zA-Z0-9_]+", re.ASCII)
RESERVED = frozenset({"slo", "slo_service", "window", "long_window", "short_window", "le", "alertname"})
"""Labels that tallystick and Prometheus set themselves."""
_ELSEWHERE = {
    "team": "write it as `team:` beside `service:`",
    "severity": "write it under alerting: page: labels, or ticket: labels",
}


def _find(document: Document) -> Iterator[Problem]:
    for mapping in document.mappings:
        yield from _labels(mapping_of(mapping, "labels"), _ELSEWHERE)
    for entry in document.entries:
        for level in entry.notices:
            yield from _labels(mapping_of(level, "labels"), _ELSEWHERE if level is entry.alerting else {})
            yield from _annotations(mapping_of(level, "annotations"))


def _labels(labels: Mapping | None, elsewhere: dict[str, str]) -> Iterator[Problem]:
    for key, value in labels.entries.values() if labels else ():
        if key.text in elsewhere:
            yield RULE.at(key.span, f"label {key.text} has its own place", elsewhere[key.text])
        elif key.text in RESERVED:
            yield RULE.at(key.span, f"label {key.text} is set by tallystick itself", "choose another name")
        else:
            yield from _name(key, "label")
        if isinstance(value, Scalar) and value.kind != "null":
            yield from _value(key, value)


def _value(key: Scalar, value: Scalar) -> Iterator[Problem]:
    if not value.text:
        message = f"label {show(key.text)} has an empty value, which is no label to Prometheus"
        yield RULE.at(value.span, message, "give it a value, or leave it out")
    elif "{{" in value.text:
        message = f"label {show(key.text)} has a template: labels that change make one alert several"
        yield RULE.at(value.span, message, "put it into an annotation")


def _annotations(annotations: Mapping | None) -> Iterator[Problem]:
    for key, _ in annotations.entries.values() if annotations else ():
        yield from _name(key, "annotation")


def _name(key: Scalar, what: str) -> Iterator[Problem]:
    if key.text.startswith("__"):
        message = f"{what} {show(key.text)} starts with __, which Prometheus keeps for itself"
        yield RULE.at(key.span, message, f"write {key.text.strip('_')[:50]}" if key.text.strip("_").isascii() else "")
    elif not _PATTERN.fullmatch(key.text):
        better = _OTHER.sub("_", key.text).strip("_")
        hint = f"write {better[:50]}" if _PATTERN.fullmatch(better) else "write letters, digits and _, no digit first"
        yield RULE.at(
            key.span,
            f"{quoted(key.text)} can't be the name of a{'n' if what[0] == 'a' else ''} {what}",
            hint,
        )


CHECK = Check(RULE, _find)
