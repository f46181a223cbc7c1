"""What Pyrra counts, as our ``sli``."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from tallystick.core.selector import Matcher, MatchOp, Selector, escape_regex
from tallystick.core.sli import le_spellings
from tallystick.definition.checks import le, one_of, selector, threshold
from tallystick.definition.document import Site
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.pyrra_model import INDICATORS
from tallystick.definition.lengths import is_duration, read_threshold
from tallystick.definition.node import Mapping as MappingNode
from tallystick.definition.node import Node, Scalar, Sequence
from tallystick.definition.problem import Problem, reworded, show
from tallystick.definition.promql import Query, read_query
from tallystick.definition.values import ValueFault, read_decimal

WORDS: Mapping[str, Mapping[str, str]] = {
    "ratio": {"events": "ratio", "bad": "errors"},
    "latency": {"events": "latency", "good": "success", "histogram": "success"},
    "latencyNative": {"latency": "latencyNative", "histogram": "total", "threshold": "latency"},
    "bool_gauge": {"up": "bool_gauge"},
}
"""By indicator, what our keys are called in it."""

_ELSEWHERE = {"up: {metric: ...}": "bool_gauge: {metric: ...}", "events": "ratio"}
"""What is hinted at beside an indicator's own keys."""

_EITHER_SPELLING = re.compile(
    r"(?P<whole>[0-9]+)(?:\((?:\?:)?(?:\\\.|\[\.\]|\.)0\)\?|\|(?P=whole)(?:\\\.|\[\.\]|\.)0)", re.ASCII
)
"""Patterns for a bound that is ``1`` in Prometheus 2 and ``1.0`` in 3: ``1(\\.0)?``, ``1|1\\.0``."""


def kind_of(reading: Reading, indicator: MappingNode) -> str | None:
    """Which indicator it is; None, and why not, if it is none or several."""
    found = [kind for kind in INDICATORS if isinstance(indicator.get(kind), MappingNode)]
    if len(found) == 1:
        reading.words = {**_ELSEWHERE, **reading.words, **WORDS[found[0]]}
        return found[0]
    if found:
        message = f"`indicator` has both `{found[0]}` and `{found[1]}`"
        problem = one_of.RULE.at(indicator.key(found[1]).span, message, "keep one; the other is an SLO of its own")
    else:
        message = f"`indicator` has none of {', '.join(f'`{kind}`' for kind in INDICATORS)}"
        problem = one_of.RULE.at(indicator.span, message, "add one of them")
    reading.problems.append(problem)
    return None


def total_of(indicator: MappingNode) -> Selector | None:
    """The selector of all events of an indicator of one kind, whose labels alerts have; None if it is none."""
    node = _metric(indicator, "total") or nodes.child(indicator, "metric")
    return read_query(node.text).selector if isinstance(node, Scalar) else None


def grouping_of(indicator: MappingNode) -> list[Scalar]:
    """The labels that make groups; what *total* pins to one value makes none."""
    found = indicator.get("grouping")
    total = total_of(indicator)
    pinned = {matcher.label for matcher in total.matchers if matcher.op is MatchOp.EQUAL} if total else set()
    labels = [item for item in found.items if isinstance(item, Scalar)] if isinstance(found, Sequence) else []
    return [label for label in labels if label.text not in pinned]


def sli(reading: Reading, kind: str, indicator: MappingNode) -> MappingNode:
    """*indicator*, which is of *kind*."""
    labels = grouping_of(indicator)
    by = nodes.listed(labels[0], labels) if labels else None
    match kind:
        case "ratio":
            inner = _ratio(reading, indicator, by)
        case "latency":
            inner = _latency(reading, indicator, by)
        case "latencyNative":
            inner = _native(reading, indicator, by)
        case _:
            message = (
                "seconds are counted; Pyrra counts samples, of which there are more where scrapes are more frequent"
            )
            reading.notes.append(notes.SAMPLES.at(indicator.span, message, ""))
            inner = {"up": nodes.mapping(indicator, {"metric": indicator.get("metric"), "by": by})}
    return nodes.mapping(indicator, inner)


def _ratio(reading: Reading, ratio: MappingNode, by: Node | None) -> dict[str, Node | None]:
    bad = _alone(reading, "bad", _metric(ratio, "errors"))
    total = _alone(reading, "total", _metric(ratio, "total"))
    return {"events": nodes.mapping(ratio, {"total": total, "bad": bad, "by": by})}


def _latency(reading: Reading, latency: MappingNode, by: Node | None) -> dict[str, Node | None]:
    """A histogram and a bound where success and total are of one, else good events and all."""
    good = _alone(reading, "good", _metric(latency, "success"))
    total = _alone(reading, "total", _metric(latency, "total"))
    read = read_query(good.text) if good else None
    chosen = read.selector if read else None
    if good is None or read is None or chosen is None:
        return {"events": nodes.mapping(latency, {"total": total, "good": good, "by": by})}
    matchers = [matcher for matcher in chosen.matchers if matcher.label == "le"]
    if not matchers and not chosen.metric.endswith("_bucket"):  # of buckets the check of counters tells it
        reading.problems.append(_no_bucket(good))
    bound = _bound(matchers[0]) if len(matchers) == 1 else None
    if bound is None:
        return {"events": nodes.mapping(latency, {"total": total, "good": good, "by": by})}
    others = tuple(matcher for matcher in chosen.matchers if matcher.label != "le")
    base = chosen.metric.removesuffix("_bucket")
    all_events = read_query(total.text).selector if total else None
    if all_events and chosen.metric != base and all_events.normal == Selector(f"{base}_count", others).normal:
        histogram = nodes.text(Selector(base, others).promql, good)
        limit = _written(good, read, matchers[0], f"{bound:f}")
        return {"latency": nodes.mapping(latency, {"histogram": histogram, "threshold": limit, "by": by})}
    spelt = nodes.text(Selector(chosen.metric, (*others, _either(matchers[0], bound))).promql, good)
    return {"events": nodes.mapping(latency, {"total": total, "good": spelt, "by": by})}


def _no_bucket(good: Scalar) -> Problem:
    return le.RULE.at(good.span, "`success` chooses no bucket: it has no le", 'write ..._bucket{...,le="0.3"}')


def _bound(matcher: Matcher) -> Decimal | None:
    """The bound that *matcher* of ``le`` chooses, if it is one that a threshold can be."""
    text = matcher.value
    if matcher.op is MatchOp.REGEX:
        match = _EITHER_SPELLING.fullmatch(text)
        text = match["whole"] if match else ""
    elif matcher.op is not MatchOp.EQUAL:
        return None
    number = read_decimal(text)
    if number is None or (matcher.op is MatchOp.EQUAL and text not in le_spellings(number)):
        return None
    try:
        return read_threshold(text)
    except ValueFault:
        return None


def _either(matcher: Matcher, bound: Decimal) -> Matcher:
    """*matcher* for all versions of Prometheus, which write whole numbers in two ways."""
    if bound != bound.to_integral_value():
        return matcher
    return Matcher("le", MatchOp.REGEX, "|".join(map(escape_regex, le_spellings(bound))))


def _written(node: Scalar, query: Query, matcher: Matcher, text: str) -> Scalar:
    """*text* in the place of *matcher* of *query*, which *node* says."""
    span = node.part(*query.place(matcher))
    return Scalar(node.source, span.start, span.end, text, "text")


def _native(reading: Reading, native: MappingNode, by: Node | None) -> dict[str, Node | None]:
    limit = native.get("latency")
    if isinstance(limit, Scalar) and not is_duration(limit.text):
        message = f"latency {show(limit.text)} is not a duration"
        reading.problems.append(threshold.RULE.at(limit.span, message, "write for example 200ms"))
        limit = None
    return {"latency": nodes.mapping(native, {"histogram": _metric(native, "total"), "threshold": limit, "by": by})}


def _metric(indicator: MappingNode, key: str) -> Scalar | None:
    node = nodes.child(indicator, key, "metric")
    return node if isinstance(node, Scalar) else None


def _alone(reading: Reading, field: str, node: Scalar | None) -> Scalar | None:
    """*node* if it is a plain selector, or no PromQL at all, which is told elsewhere; else None, and a problem."""
    if node is None:
        return None
    query = read_query(node.text)
    if query.tree is None or query.selector is not None:
        return node
    problem = selector.problem(Site("events", field, "selector", node, query, None))
    reading.problems += reworded([problem], reading.words)
    return None


def fixed_labels(indicator: MappingNode) -> Iterator[Matcher]:
    """Matchers of all events that say what a label is: Pyrra puts them on alerts."""
    total = total_of(indicator)
    grouped = {label.text for label in grouping_of(indicator)}
    for matcher in total.matchers if total else ():
        if matcher.op is MatchOp.EQUAL and matcher.value and matcher.label not in grouped:
            yield matcher
