"""
SLOs of ``openslo/v1alpha``, as Sloth reads them, the one tool that did: an SLO for each objective, numbered from 0.

What Sloth passes over is passed over here, and told.
"""

from collections.abc import Iterator

from tallystick.definition.checks import missing_key, one_of, wrong_type
from tallystick.definition.checks import query as query_check
from tallystick.definition.checks.window import RULE as WINDOW
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo import alerts, targets
from tallystick.definition.formats.openslo.alpha_model import SHAPE
from tallystick.definition.formats.openslo.windows import PERIOD
from tallystick.definition.formats.owners import OPENSLO_ALPHA_VERSION
from tallystick.definition.formats.windowed import GO_WINDOW, groups, listed_groups, with_window
from tallystick.definition.model import API_VERSION
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, show

_SOURCES, _TYPES = ("prometheus", "sloth"), ("promql",)


def read(reading: Reading) -> None:
    """Read the one document of *reading*."""
    root = reading.root
    kind = root.get("kind")
    if nodes.said(kind) != "SLO":
        if kind is None:
            message, place = "this object has no kind", root.key("apiVersion").span
            reading.problems.append(wrong_type.RULE.at(place, message, "write kind: SLO"))
        else:
            message = f"objects {show(nodes.said(kind) or '')} of {OPENSLO_ALPHA_VERSION} are passed over, as by Sloth"
            reading.notes.append(notes.PASSED_OVER.at(kind.span, message, ""))
        return
    reading.problems += SHAPE.problems(root)
    spec, name = root.get("spec"), nodes.child(root, "metadata", "name")
    if reading.problems or not isinstance(spec, Mapping) or not isinstance(name, Scalar):
        return
    window = _window(reading, spec)
    _tell(reading, spec)
    objectives = list(nodes.items_of(spec.get("objectives")))
    common: dict[str, Node | None] = {"description": spec.get("description"), "window": window}
    slos = [
        _slo(reading, item, nodes.text(f"{name.text}-{number}", name), common) for number, item in enumerate(objectives)
    ]
    if not slos:
        place = spec.key("objectives").span
        reading.problems.append(missing_key.RULE.at(place, "there is no objective", "add - target: 0.999"))
    entries = {
        "apiVersion": nodes.text(API_VERSION, root),
        "service": spec.get("service"),
        "slos": nodes.listed(spec, slos),
    }
    reading.documents.append(nodes.mapping(root, entries))


def _tell(reading: Reading, spec: Mapping) -> None:
    place = spec.get("service") or spec
    message = "no alerts, as from Sloth; openslo/v1 says them in alertPolicies"
    reading.notes.append(notes.ALERTS.at(place.span, message, ""))
    method = spec.get("budgetingMethod")
    if isinstance(method, Scalar) and method.text != "Occurrences":
        message = f"{show(method.text)} is read as Occurrences, as by Sloth"
        reading.notes.append(notes.PASSED_OVER.at(method.span, message, ""))
    if "indicator" in spec.entries:
        message = "`indicator` is passed over, as by Sloth"
        reading.notes.append(notes.PASSED_OVER.at(spec.key("indicator").span, message, ""))


def _window(reading: Reading, spec: Mapping) -> Scalar | None:
    items = list(nodes.items_of(spec.get("timeWindows")))
    if len(items) > 1:
        message = "there are several windows, where there may be one"
        reading.problems.append(one_of.RULE.at(items[1].span, message, "write an SLO for each of them"))
        return None
    if not items:
        place = spec.get("service") or spec
        reading.fallback["window"] = nodes.text(PERIOD, place)
        message = f"over {PERIOD}, Sloth's default, unless defaults say otherwise: the file has no period"
        reading.notes.append(notes.PERIOD.at(place.span, message, "add timeWindows: [{unit: Day, count: 30}]"))
        return None
    unit, count = items[0].get("unit"), items[0].get("count")
    assert isinstance(unit, Scalar)
    assert isinstance(count, Scalar)
    if unit.text.lower() != "day" or not count.text.isdecimal() or not int(count.text):
        message = f"a window of {show(count.text)} {show(unit.text)} is none that Sloth reads"
        reading.problems.append(WINDOW.at(unit.span, message, "write unit: Day, and a count of them"))
        return None
    passed = [key for key in ("isRolling", "calendar") if key in items[0].entries]
    if passed and (passed != ["isRolling"] or nodes.said(items[0].get("isRolling")) != "true"):
        message = f"the last {count.text} days: `{passed[-1]}` is passed over, as by Sloth"
        reading.notes.append(notes.PASSED_OVER.at(items[0].key(passed[-1]).span, message, ""))
    return nodes.text(f"{int(count.text)}d", count)


def _slo(reading: Reading, objective: Mapping, name: Scalar, common: dict[str, Node | None]) -> Mapping:
    ratio = objective.get("ratioMetrics")
    assert isinstance(ratio, Mapping)
    node, _ = targets.target(reading, objective)
    for key in ("value", "op", "timeSliceTarget", "timeSliceWindow"):
        if key in objective.entries:
            message = f"`{key}` is passed over, as by Sloth"
            reading.notes.append(notes.PASSED_OVER.at(objective.key(key).span, message, ""))
    entries: dict[str, Node | None] = {
        **common,
        "name": name,
        "objective": node,
        "sli": _sli(reading, ratio),
        "alerting": alerts.none(objective),
    }
    return nodes.mapping(objective, entries)


def _sli(reading: Reading, ratio: Mapping) -> Mapping | None:
    queries: dict[str, Node | None] = {}
    for key in ("good", "total"):
        metric = ratio.get(key)
        assert isinstance(metric, Mapping)
        problems = list(_wrong(metric))
        reading.problems += problems
        query = metric.get("query")
        assert isinstance(query, Scalar)
        queries[key] = None if problems else with_window(query)
    found = [query for query in queries.values() if isinstance(query, Scalar)]
    if len(found) < len(queries):
        return None
    by = groups(*found)
    message = "counted, event by event; Sloth takes the mean of ratios, whatever the traffic"
    reading.notes.append(notes.COUNTED.at(found[0].span, message, ""))
    if by:
        message = f"one SLO for each {', '.join(by)}, as the queries keep it"
        reading.notes.append(notes.GROUPED.at(ratio.span, message, ""))
    return nodes.mapping(ratio, {"events": nodes.mapping(ratio, {**queries, "by": listed_groups(ratio, by)})})


def _wrong(metric: Mapping) -> Iterator[Problem]:
    for key, known in (("source", _SOURCES), ("queryType", _TYPES)):
        node = metric.get(key)
        if isinstance(node, Scalar) and node.text not in known:
            message = f"{key} {show(node.text)} is none that Sloth reads"
            yield wrong_type.RULE.at(node.span, message, f"write {key}: {known[0]}")
    query = metric.get("query")
    if isinstance(query, Scalar) and not GO_WINDOW.search(query.text):
        message = "`query` has no {{.window}}"
        yield query_check.RULE.at(query.span, message, "write it for the range: rate(requests_total[{{.window}}])")
