"""OpenSLO's SLIs as ours."""

from collections.abc import Iterator, Sequence

from tallystick.definition.checks import missing_key, one_of, wrong_type
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.counters import STEP, events, without_range
from tallystick.definition.formats.openslo.objects import Objects
from tallystick.definition.formats.openslo.queries import query_of
from tallystick.definition.formats.windowed import as_counters, groups, listed_groups
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, show
from tallystick.definition.promql import WINDOW, bare, read_query

_RAW_TYPES = {"success": "success", "failure": "error"}


def spec_of(reading: Reading, objects: Objects, holder: Mapping) -> Mapping | None:
    """
    The spec of the SLI that *holder* has, in place or by name.

    None if there is none, or not one; why is told to the *reading*.
    """
    found = [key for key in ("indicator", "indicatorRef") if key in holder.entries]
    if len(found) > 1:
        place = holder.key("indicatorRef")
        message = "there are both `indicator` and `indicatorRef`"
        reading.problems.append(one_of.RULE.at(place.span, message, "write one of them"))
        return None
    ref = holder.get("indicatorRef")
    if not isinstance(ref, Scalar):
        spec = nodes.child(holder, "indicator", "spec")
        return spec if isinstance(spec, Mapping) else None
    known = objects.find("SLI", ref)
    if isinstance(known, Problem):
        reading.problems.append(known)
        return None
    spec = known.get("spec")
    return spec if isinstance(spec, Mapping) else None


def sli(reading: Reading, objects: Objects, spec: Mapping, objective: Mapping) -> Mapping | None:
    """
    An SLI as ours.

    Args:
        reading: is told what is wrong or read otherwise.
        objects: where names lead.
        spec: the SLI's.
        objective: whose it is; of a threshold it says how values compare.
    """
    kinds = [key for key in ("thresholdMetric", "ratioMetric") if key in spec.entries]
    metric = spec.get(kinds[0]) if len(kinds) == 1 else None
    if not isinstance(metric, Mapping):
        found = "both" if kinds else "neither"
        message = f"an SLI has {found} of `thresholdMetric` and `ratioMetric`"
        reading.problems.append(one_of.RULE.at(spec.span, message, "write one of them"))
        return None
    if kinds == ["thresholdMetric"]:
        return _threshold(reading, objects, metric, objective)
    for key in ("op", "value"):
        if key in objective.entries:
            reading.notes.append(notes.PASSED_OVER.at(objective.key(key).span, f"`{key}` means nothing of a ratio", ""))
    return _ratio(reading, objects, metric)


def _threshold(reading: Reading, objects: Objects, metric: Mapping, objective: Mapping) -> Mapping | None:
    missing = [key for key in ("op", "value") if key not in objective.entries]
    for key in missing:
        place = objective.key(next(iter(objective.entries)))
        hint = {"op": "add op: lte", "value": "add value: with what it is compared with"}[key]
        message = f"an objective of a thresholdMetric has no `{key}`"
        reading.problems.append(missing_key.RULE.at(place.span, message, hint))
    query = query_of(reading, objects, metric)
    if query is None or missing:
        return None
    message = f"the query's value once in {STEP} is one event, good if it compares so"
    reading.notes.append(notes.SAMPLED.at(query.span, message, ""))
    entries = {"query": query, "op": objective.get("op"), "value": objective.get("value")}
    return nodes.mapping(metric, {"threshold": nodes.mapping(metric, entries)})


def _ratio(reading: Reading, objects: Objects, metric: Mapping) -> Mapping | None:
    if "raw" in metric.entries:
        return _raw(reading, objects, metric)
    parts = [key for key in ("good", "bad") if key in metric.entries]
    problems = list(_wrong_ratio(metric, parts))
    reading.problems += problems
    found: dict[str, Scalar] = {}
    for key in () if problems else (*parts, "total"):
        part = metric.get(key)
        assert isinstance(part, Mapping)
        if query := query_of(reading, objects, part):
            found[key] = query
    if len(found) < 2:  # noqa: PLR2004  # a part and the total
        return None
    return events(reading, metric, found, counter=_flag(metric.get("counter")))


def _wrong_ratio(metric: Mapping, parts: Sequence[str]) -> Iterator[Problem]:
    if len(parts) != 1:
        message = f"a ratio has {'both' if parts else 'neither'} of `good` and `bad`"
        yield one_of.RULE.at(metric.span, message, "write one of them, or raw with rawType")
    if "total" not in metric.entries:
        yield missing_key.RULE.at(metric.span, "a ratio has no `total`", "add total: with the query of all events")
    if "rawType" in metric.entries:
        place = metric.key("rawType")
        yield one_of.RULE.at(place.span, "`rawType` is for `raw`, which is not there", "leave it out")


def _flag(node: Node | None) -> bool | None:
    return None if node is None else (nodes.said(node) or "").lower() == "true"


def _raw(reading: Reading, objects: Objects, metric: Mapping) -> Mapping | None:
    beside = [key for key in ("good", "bad", "total") if key in metric.entries]
    if beside:
        message = f"`{beside[0]}` stands beside `raw`"
        reading.problems.append(one_of.RULE.at(metric.key(beside[0]).span, message, "leave one of the two out"))
    kind = metric.get("rawType")
    if kind is None:
        hint = "add rawType: success, or failure, for what it is the share of"
        reading.problems.append(missing_key.RULE.at(metric.key("raw").span, "a raw ratio has no `rawType`", hint))
    elif nodes.said(kind) not in _RAW_TYPES:
        message = f"`rawType` must be success or failure, found {show(nodes.said(kind) or '')}"
        reading.problems.append(wrong_type.RULE.at(kind.span, message, "write success or failure"))
    raw = metric.get("raw")
    assert isinstance(raw, Mapping)
    query = query_of(reading, objects, raw)
    means = _RAW_TYPES.get(nodes.said(kind) or "")
    return None if query is None or means is None or beside else _share(reading, metric, query, means)


def _share(reading: Reading, metric: Mapping, query: Scalar, means: str) -> Mapping:
    """A ratio that a query gives: of counters, which are counted; or of whatever it is of, by time."""
    read = read_query(query.text)
    windowed = query if read.windowed else without_range(query)
    if windowed and (counted := as_counters(windowed, is_error=means == "error")):
        field, part, total = counted
        by = groups(part, total)
        reading.notes.append(notes.COUNTED.at(query.span, "counted, event by event, and no mean of ratios", ""))
        entries = {"total": total, field: part, "by": listed_groups(metric, by)}
        return nodes.mapping(metric, {"events": nodes.mapping(metric, entries)})
    reading.notes.append(notes.TIMED.at(query.span, "every second weighs the same, whatever the traffic", ""))
    if not read.windowed and read.tree is not None:
        message = f"its value is looked at once in {STEP}, as it has no range for the time that is asked for"
        reading.notes.append(notes.SAMPLED.at(query.span, message, ""))
        query = nodes.text(f"avg(avg_over_time(({bare(query.text)})[{WINDOW}:{STEP}]))", query)
    return nodes.mapping(metric, {"ratio": nodes.mapping(metric, {means: query})})
