"""
Pyrra's files: the custom resource ``ServiceLevelObjective``, one SLO each.

Pyrra knows no services, so the one that an SLO is of is taken from its labels or its name; the id here is the name there
wherever that can be.
"""

from collections.abc import Iterator, Sequence

from tallystick.definition.checks import objective_range
from tallystick.definition.formats import nodes, notes, pyrra_alerting, pyrra_indicator, pyrra_model
from tallystick.definition.formats.base import Reader, Reading
from tallystick.definition.model import API_VERSION
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import show
from tallystick.definition.values import plain, read_decimal

PREFIX = "pyrra.dev/"
"""What labels and annotations begin with that are meant for series and alerts."""

_SERVICES = (f"{PREFIX}service", "service", "app.kubernetes.io/name", "app")
_TEAMS = (f"{PREFIX}team", f"{PREFIX}owner", "team", "owner")
_EVERYTHING = 100
"""Percent."""
_UNNAMED = "slo"
"""The name of an SLO whose object is called as its service."""


def _read(roots: Sequence[Mapping]) -> Iterator[Reading]:
    for root in roots:
        reading = Reading(root, WORDS)
        known = _without_nothing(root)
        reading.problems += pyrra_model.RESOURCE.problems(known)
        if not reading.problems:
            _read_objective(reading, known)
        yield reading


def _without_nothing(part: Mapping) -> Mapping:
    """*part* without keys that have no value, which in Kubernetes are as good as left out."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    for name, (key, value) in part.entries.items():
        if isinstance(value, Mapping):
            entries[name] = (key, _without_nothing(value))
        elif not isinstance(value, Scalar) or value.kind != "null":
            entries[name] = (key, value)
    return Mapping(part.source, part.start, part.end, entries)


def _read_objective(reading: Reading, root: Mapping) -> None:
    metadata, spec = root.get("metadata"), root.get("spec")
    indicators = nodes.child(spec, "indicator")
    assert isinstance(metadata, Mapping)
    assert isinstance(spec, Mapping)
    assert isinstance(indicators, Mapping)
    name = metadata.get("name")
    assert isinstance(name, Scalar)
    labels = _mapping(metadata, "labels")
    kind = pyrra_indicator.kind_of(reading, indicators)
    indicator = indicators.get(kind) if kind else None
    service, slo_name = _service(reading, name, labels)
    team = _team(reading, labels)
    fixed = list(pyrra_indicator.fixed_labels(indicator)) if isinstance(indicator, Mapping) else []
    slo = {
        "name": slo_name,
        "description": spec.get("description"),
        "objective": _objective(reading, spec),
        "window": spec.get("window"),
        "sli": pyrra_indicator.sli(reading, kind, indicator) if kind and isinstance(indicator, Mapping) else None,
        "labels": _on_alerts(reading, labels),
        "alerting": pyrra_alerting.alerting(reading, name, spec, fixed, _prefixed(_mapping(metadata, "annotations"))),
    }
    document = {
        "apiVersion": nodes.text(API_VERSION, root),
        "service": service,
        "team": nodes.text(team.text, team) if team else None,
        "tier": labels.get(f"{PREFIX}tier"),
        "slos": nodes.listed(spec, [nodes.mapping(spec, slo)]),
    }
    reading.documents.append(nodes.mapping(root, document))
    _tell_object_labels(reading, labels)
    _tell_output(reading, spec)


def _mapping(part: Mapping, key: str) -> Mapping:
    """The mapping at *key*; an empty one if there is none."""
    found = part.get(key)
    return found if isinstance(found, Mapping) else Mapping(part.source, part.start, part.end, {})


def _service(reading: Reading, name: Scalar, labels: Mapping) -> tuple[Scalar, Scalar]:
    """The service that the SLO is of, and its name within that; where one can, together they are Pyrra's name."""
    key, label = next(((key, found) for key in _SERVICES if (found := _value(labels, key))), ("", None))
    if label is None:
        head, dash, rest = name.text.partition("-")
        service = _piece(name, 0, len(head)) if head else name
        slo = _piece(name, len(head) + 1, len(name.text)) if dash and rest else nodes.text(_UNNAMED, name)
        how = "by its name up to the first dash" if dash else "by its name"
    else:
        service = nodes.text(label.text, label)
        start = len(label.text) + 1
        has_head = name.text.startswith(f"{label.text}-") and len(name.text) > start
        slo = _piece(name, start, len(name.text)) if has_head else name
        how = f"by its label `{key}`"
    message = f"service {show(service.text)}, {how}, and SLO {show(slo.text)}; a label {PREFIX}service says otherwise"
    reading.notes.append(notes.SERVICE.at(name.span, message, ""))
    return service, slo


def _piece(name: Scalar, start: int, end: int) -> Scalar:
    span = name.part(start, end)
    return Scalar(name.source, span.start, span.end, name.text[start:end], "text")


def _value(labels: Mapping, key: str) -> Scalar | None:
    """A label's value; an empty one is none."""
    found = labels.get(key)
    return found if isinstance(found, Scalar) and found.text else None


def _team(reading: Reading, labels: Mapping) -> Scalar | None:
    key, team = next(((key, found) for key in _TEAMS if (found := _value(labels, key))), ("", None))
    if team and key != _TEAMS[0]:
        message = f"team {show(team.text)} owns this, by the label `{key}`"
        reading.notes.append(notes.TEAM.at(team.span, message, ""))
    return team


def _objective(reading: Reading, spec: Mapping) -> Node | None:
    target = spec.get("target")
    assert isinstance(target, Scalar)
    number = read_decimal(target.text)
    if number is None:
        bare = target.text.removesuffix("%").strip().replace(",", ".")
        hint = f'write "{bare}"' if read_decimal(bare) else 'write a percentage, for example "99.9"'
        message = f"target {show(target.text)} is not a number"
        reading.problems.append(objective_range.RULE.at(target.span, message, hint))
        return None
    if not 0 < number < _EVERYTHING:
        fault = "promises nothing" if number <= 0 else "leaves no error budget"
        message = f"target {show(target.text)} {fault if number <= _EVERYTHING else 'is more than everything'}"
        hint = 'write what can be promised, for example "99.9"'
        reading.problems.append(objective_range.RULE.at(target.span, message, hint))
        return None
    return nodes.text(f"{plain(number)}%", target)


def _prefixed(labels: Mapping) -> Mapping | None:
    """What is for alerts among *labels*, without the prefix; what is empty is no label."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    for name, (key, value) in labels.entries.items():
        own = name.removeprefix(PREFIX)
        if own != name and isinstance(value, Scalar) and value.text:
            entries[own] = (nodes.text(own, key), value)
    return Mapping(labels.source, labels.start, labels.end, entries) if entries else None


def _on_alerts(reading: Reading, labels: Mapping) -> Mapping | None:
    """Labels of all alerts."""
    severity = labels.entries.get(f"{PREFIX}severity")
    if severity:
        message = "alerts have a severity of their own, in Pyrra as well: this label is left out"
        reading.notes.append(notes.SEVERITIES.at(severity[0].span, message, ""))
    return nodes.without(_prefixed(labels), "team", "severity")


def _tell_object_labels(reading: Reading, labels: Mapping) -> None:
    """Labels of the object, which Pyrra gives to the rules' object and nothing else."""
    taken = {*_SERVICES, *_TEAMS}
    others = [key for name, (key, _) in labels.entries.items() if not name.startswith(PREFIX) and name not in taken]
    if others:
        named = ", ".join(show(key.text) for key in others)
        message = f"labels of the object ({named}) are for the operator: give them to `generate` as --operator.label"
        reading.notes.append(notes.OBJECT_LABELS.at(others[0].span, message, ""))


def _tell_output(reading: Reading, spec: Mapping) -> None:
    """What is left out because here it is done in another way."""
    strategy = spec.get("partial_response_strategy")
    if nodes.said(strategy) == "warn":
        message = (
            "a partial answer is never taken for a whole one; rules have no partial_response_strategy, so Thanos aborts"
        )
        reading.notes.append(notes.PARTIAL_RESPONSE.at(spec.key("partial_response_strategy").span, message, ""))
    performance = spec.get("performanceOverAccuracy")
    if isinstance(performance, Scalar) and performance.text.lower() == "true":
        message = "budgets are exact all the same, and what they cost does not grow with the window"
        reading.notes.append(notes.PERFORMANCE.at(spec.key("performanceOverAccuracy").span, message, ""))
    output = _mapping(spec, "ruleOutput")
    for name, (key, _) in output.entries.items():
        if name == "enableDescriptionAsLabel":
            message = "the description is in annotations of alerts and no label of rules"
        else:
            message = "there are no short and long rules to tell apart: give labels to `generate` as --operator.label"
        reading.notes.append(notes.OBJECT_LABELS.at(key.span, message, ""))


WORDS = {
    "objective": "target",
    "sli": "indicator",
    "by": "grouping",
}
READER = Reader(_read)
