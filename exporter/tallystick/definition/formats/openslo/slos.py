"""An OpenSLO SLO as a document of ours: an SLO for each objective, or a composite and its parts."""

from tallystick.definition.checks import missing_key, one_of
from tallystick.definition.formats import nodes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo import own, targets
from tallystick.definition.formats.openslo.indicator import sli, spec_of
from tallystick.definition.formats.openslo.labels import labels, links, owner
from tallystick.definition.formats.openslo.objects import Objects
from tallystick.definition.formats.openslo.parts import composite_of
from tallystick.definition.formats.openslo.whole import Whole, alerting, names, objective_of
from tallystick.definition.formats.openslo.windows import window
from tallystick.definition.model import API_VERSION
from tallystick.definition.node import Mapping, Node, Scalar, Sequence

_INDICATORS = ("indicator", "indicatorRef")


def document(reading: Reading, objects: Objects, root: Mapping) -> Mapping:
    """What *root*, the object of an SLO, says; problems and notes are told to the *reading*."""
    spec = root.get("spec")
    assert isinstance(spec, Mapping)
    service = spec.get("service")
    assert isinstance(service, Scalar)
    known = objects.get("Service", service.text)
    of_service, of_slo = labels(reading, known), labels(reading, root)
    found = of_service | of_slo
    team = owner(reading, found)
    tier = found.pop("tier", None)
    addresses = nodes.merged(links(reading, known), links(reading, root))
    extra = own.said(reading, root, own.SLO)
    common: dict[str, Node | None] = {
        "description": spec.get("description") or nodes.child(root, "metadata", "displayName"),
        **window(reading, spec),
        "labels": Mapping(root.source, root.start, root.end, found) if found else None,
        "links": addresses,
    }
    common |= {key: value for key, (_, value) in extra.entries.items()} if extra else {}
    whole = Whole(reading, objects, root, spec, targets.method(reading, spec), common)
    slos = _slos(whole)
    entries: dict[str, Node | None] = {
        "apiVersion": nodes.text(API_VERSION, root),
        "service": nodes.text(service.text, service),
        "description": nodes.child(known, "spec", "description") or nodes.child(known, "metadata", "displayName"),
        "team": team,
        "tier": tier[1] if tier else None,
        "slos": nodes.listed(spec, slos) if slos else None,
    }
    return nodes.merged(nodes.mapping(root, entries), own.said(reading, root, own.SERVICE)) or root


def _slos(whole: Whole) -> list[Mapping]:
    listed = whole.spec.get("objectives")
    items = list(nodes.items_of(listed))
    if not items or not isinstance(listed, Sequence):
        place = whole.spec.key("objectives")
        whole.reading.problems.append(missing_key.RULE.at(place.span, "there is no objective", "add - target: 0.999"))
        return []
    if "sli" in whole.common:
        return [_own(whole, items[0])]
    above = [key for key in _INDICATORS if key in whole.spec.entries]
    inside = [(item, key) for item in items for key in _INDICATORS if key in item.entries]
    if above and inside:
        item, key = inside[0]
        message = "the indicator is both of the SLO and of its objectives"
        whole.reading.problems.append(one_of.RULE.at(item.key(key).span, message, "keep it in one of the places"))
        return []
    if inside:
        return composite_of(whole, listed, items)
    if not above:
        place = whole.spec.key("objectives")
        message = "this SLO has no `indicator`"
        whole.reading.problems.append(missing_key.RULE.at(place.span, message, "add indicator: or indicatorRef:"))
        return []
    spec = spec_of(whole.reading, whole.objects, whole.spec)
    _one_threshold(whole, spec, items)
    called = names(whole, items) if len(items) > 1 else [nodes.text(whole.name.text, whole.name)]
    return [_slo(whole, spec, item, name) for item, name in zip(items, called, strict=True)]


def _one_threshold(whole: Whole, spec: Mapping | None, items: list[Mapping]) -> None:
    """Several objectives of a threshold are several SLOs like any; the specification has one."""
    if spec is not None and "thresholdMetric" in spec.entries and len(items) > 1:
        message = "a thresholdMetric has one objective in openslo/v1; each is an SLO here"
        place = items[1]
        whole.reading.problems.append(one_of.RULE.at(place.span, message, "write an SLO for each", severity="warning"))


def _slo(whole: Whole, spec: Mapping | None, objective: Mapping, name: Scalar) -> Mapping:
    node, number = targets.target(whole.reading, objective)
    description = whole.spec.get("description") or objective.get("displayName")
    entries: dict[str, Node | None] = {
        "name": name,
        "description": description,
        "objective": node,
        "sli": spec and sli(whole.reading, whole.objects, spec, objective),
        **targets.slices(whole.reading, whole.spec, objective, whole.budgeting),
    }
    if "alerting" not in whole.common:
        entries["alerting"] = alerting(whole, number)
    return nodes.mapping(objective, entries | {key: value for key, value in whole.common.items() if value is not None})


def _own(whole: Whole, objective: Mapping) -> Mapping:
    """An SLO whose indicator an annotation says in our words."""
    node, number = targets.target(whole.reading, objective)
    is_composite = nodes.child(whole.common.get("sli"), "composite") is not None
    method = "occurrences" if is_composite else whole.budgeting
    entries: dict[str, Node | None] = {
        "name": nodes.text(whole.name.text, whole.name),
        "objective": node,
        **targets.slices(whole.reading, whole.spec, objective, method),
    }
    entries |= {key: value for key, value in whole.common.items() if value is not None}
    said = nodes.said(entries.get("objective"))
    if "alerting" not in entries:
        entries["alerting"] = alerting(whole, objective_of(said) if said else number)
    return nodes.mapping(objective, entries)
