"""What slo-generator asks Prometheus, as indicators of ours."""

from collections.abc import Callable

from tallystick.definition.checks import latency_histogram, one_of, promql_syntax, threshold
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.windowed import as_counters, groups, listed_groups
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import show
from tallystick.definition.promql import bare, read_query
from tallystick.definition.reduce import reduce_query
from tallystick.definition.values import read_decimal

_OPERATORS = ("increase", "sum")
"""What filters are put into where nothing is said."""

_ADDING_UP = (_OPERATORS, ("rate", "sum"))
"""Operators that only say how counters are read."""

_OPEN, _OURS, _WHOLE = "[window", "[$window", "[window]"


def good_bad_ratio(reading: Reading, sli: Mapping) -> Node | None:
    """Counters of good events, and of bad or of all."""
    good, bad, valid = (_filter(sli, f"filter_{name}") for name in ("good", "bad", "valid"))
    if (bad is None) == (valid is None):
        found = "neither `filter_bad` nor `filter_valid`" if bad is None else "both `filter_bad` and `filter_valid`"
        place = sli.span if bad is None else sli.key("filter_valid").span
        problem = one_of.RULE.at(place, f"`service_level_indicator` has {found}", "write one of the two")
        reading.problems.append(problem)
        return None
    operators = _operators(reading, sli)
    if operators is None:
        return None
    filters = [one for one in (good, bad, valid) if one is not None]
    counters = [_counter(one) for one in filters] if operators in _ADDING_UP else []
    if counters and all(counters):
        part, other = counters[0], counters[1]
    else:
        part, other = (_asked(one, operators) for one in filters)
    assert part is not None
    assert other is not None
    by = groups(part, other) if not all(counters) or not counters else []
    _tell_groups(reading, sli, by)
    total = _sum(part, other) if bad is not None else other
    field, shown = ("bad", other) if bad is not None else ("good", part)
    events = {"total": total, field: shown, "by": listed_groups(sli, by)}
    return nodes.mapping(sli, {"events": nodes.mapping(sli, events)})


def distribution_cut(reading: Reading, sli: Mapping) -> Node | None:
    """Observations of a histogram up to the bound of a bucket."""
    expression, bound = sli.get("expression"), sli.get("threshold_bucket")
    assert isinstance(expression, Scalar)
    assert isinstance(bound, Scalar)
    histogram = nodes.text(expression.text.strip().removesuffix(_WHOLE).rstrip(), expression)
    selector = read_query(histogram.text).selector
    if selector is not None and not selector.metric.endswith("_bucket"):
        message = f"{show(selector.metric)} is not the buckets of a histogram"
        problem = latency_histogram.RULE.at(expression.span, message, f"write {show(selector.metric)}_bucket")
        reading.problems.append(problem)
        return None
    if read_decimal(bound.text) is None:
        message = f"threshold_bucket {show(bound.text)} is not a number"
        reading.problems.append(threshold.RULE.at(bound.span, message, "write a bound of a bucket, for example 0.25"))
        return None
    latency = {"histogram": histogram, "threshold": bound}
    return nodes.mapping(sli, {"latency": nodes.mapping(sli, latency)})


def query_sli(reading: Reading, sli: Mapping) -> Node:
    """A query of the share of good events; counted, where it is the ratio of two counters."""
    expression = sli.get("expression")
    assert isinstance(expression, Scalar)
    query = nodes.text(expression.text.strip().replace(_OPEN, _OURS), expression)
    if counted := as_counters(query, is_error=False):
        field, part, total = counted
        by = groups(part, total)
        _tell_groups(reading, sli, by)
        events = {"total": total, field: part, "by": listed_groups(sli, by)}
        return nodes.mapping(sli, {"events": nodes.mapping(sli, events)})
    message = "every second weighs the same; slo-generator asks for the whole window at once"
    reading.notes.append(notes.TIMED.at(expression.span, message, ""))
    return nodes.mapping(sli, {"ratio": nodes.mapping(sli, {"success": query})})


METHODS: dict[str, Callable[[Reading, Mapping], Node | None]] = {
    "good_bad_ratio": good_bad_ratio,
    "distribution_cut": distribution_cut,
    "query_sli": query_sli,
}
"""By their names, the ways to ask."""


def _filter(sli: Mapping, key: str) -> Scalar | None:
    found = sli.get(key)
    return found if isinstance(found, Scalar) else None


def _operators(reading: Reading, sli: Mapping) -> tuple[str, ...] | None:
    """What filters are put into, the innermost first; None, having told so, if nothing can be put into one of them."""
    found = sli.get("operators")
    if not isinstance(found, Sequence):
        return _OPERATORS
    operators = [item for item in found.items if isinstance(item, Scalar)]
    wrong = [one for one in operators if not _takes_a_query(one.text)]
    reading.problems += [
        promql_syntax.RULE.at(
            one.span,
            f"PromQL has no function or aggregation {show(one.text)} of one query",
            "write for example rate, sum",
        )
        for one in wrong
    ]
    return None if wrong else tuple(one.text for one in operators)


def _takes_a_query(operator: str) -> bool:
    return any(read_query(f"{operator}({query})").tree is not None for query in ("x", "x[5m]"))


def _counter(text: Scalar) -> Scalar | None:
    """The counter that a filter is, None if it is anything else."""
    alone = bare(text.text).removesuffix(_WHOLE).rstrip()
    return nodes.text(alone, text) if read_query(alone).selector else None


def _asked(text: Scalar, operators: tuple[str, ...]) -> Scalar:
    """The query that is made of a filter, as the tool makes it: the window where it is named, else at the end."""
    query = bare(text.text)
    query = query.replace(_OPEN, _OURS) if _OPEN in query else f"{query}[$window]"
    for operator in operators:
        query = f"{operator}({query})"
    return nodes.text(query, text)


def _sum(good: Scalar, bad: Scalar) -> Scalar:
    """All events. Where Prometheus adds them up, one of the two may not be there, and is nothing then."""
    queries = [read_query(one.text) for one in (good, bad)]
    if any(query.tree is None for query in queries):  # which is told of each of them
        return good
    if all(reduce_query(query) for query in queries):
        return nodes.text(f"{good.text} + {bad.text}", good)
    return nodes.text(f"({good.text}) + ({bad.text}) or ({good.text}) or ({bad.text})", good)


def _tell_groups(reading: Reading, sli: Mapping, by: list[str]) -> None:
    if by:
        message = f"one SLO for each {', '.join(by)}, of which slo-generator takes the first that comes"
        reading.notes.append(notes.GROUPED.at(sli.span, message, ""))
