"""
SLIs for jsonnet: their selectors and queries as PromQL that can be put between brackets, and finished numbers.

How a base pair is made of them is written in ``rules/lib``; docs/rules.md has the table.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, singledispatch
from typing import Any, assert_never

import promql_parser

from tallystick.core.duration import format_seconds
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.sli import (
    CompositeSli,
    Counters,
    EventsSli,
    LatencySli,
    Op,
    QuerySli,
    RatioSli,
    Sli,
    ThresholdSli,
    UpSli,
    terms_of,
)
from tallystick.core.windowed import fill_window, is_rate
from tallystick.generate.decimals import decimal_text

Json = dict[str, Any]

PAIR_SECONDS = 300
"""Over how much time the base pair is a rate."""

SCRAPE_LABELS = ("job", "instance")
"""Labels that Prometheus gives to every series of a target, ``up`` among them."""

_FAILS: dict[Op, str] = {"lt": ">=", "lte": ">", "gt": "<=", "gte": "<"}
"""When a comparison does not hold; of numbers that is its opposite, and NaN is left out before."""

_SCALARS = frozenset({"pi", "scalar", "time"})
"""Functions of PromQL that give a scalar."""


def matchers_of(*slo_ids: str) -> str:
    """PromQL matchers that pick the series recorded for these SLOs."""
    return "{" + one_of("slo", slo_ids).promql + "}"


@singledispatch
def indicator(sli: Sli) -> Json:
    """What jsonnet gets of *sli*; ``kind`` tells how its base pair is made."""
    raise AssertionError(sli)


@indicator.register
def _(sli: EventsSli) -> Json:
    part = "good" if sli.good else "bad"
    return {
        "kind": "events",
        "total": _counters(sli.total),
        part: _counters(sli.part),
        "seen": {"total": _seen_of(sli.total, sli.total), part: _seen_of(sli.part, sli.total)},
    }


@indicator.register
def _(sli: QuerySli) -> Json:
    return {"kind": "query", "total": _events(sli.total), "good" if sli.good else "bad": _events(sli.part)}


@indicator.register
def _(sli: LatencySli) -> Json:
    return {
        "kind": "latency",
        "total": sli.total.promql,
        "own_total": sli.own_total is not None,
        "good": sli.good.promql,
        "respelled": any(matcher.label == "le" and matcher.op is MatchOp.REGEX for matcher in sli.good.matchers),
        "seen": {"total": _seen(sli.total, sli.total), "good": _seen(sli.good, sli.total)},
        "native": sli.histogram.promql,
        "buckets": Selector(sli.histogram.metric + "_bucket", sli.histogram.matchers).promql,
        "threshold": _number(sli.threshold),
    }


@indicator.register
def _(sli: UpSli) -> Json:
    return {"kind": "up", "metric": sli.metric.promql}


@indicator.register
def _(sli: ThresholdSli) -> Json:
    """
    What asks for the slices that ended in a piece of time.

    Each piece of five minutes has the slices that ended in it, so that a window of pieces has each once; a longer slice
    stands for as long as it is the latest. A millisecond less, because Prometheus 2 takes both ends of a range.
    """
    covered = max(sli.slice_seconds, PAIR_SECONDS)
    return {
        "kind": "threshold",
        **_query(sli.query),
        "fails": _FAILS[sli.op],
        "value": _number(sli.value),
        "slice": format_seconds(sli.slice_seconds),
        "range": format_seconds(covered - 1) + "999ms",
        "range_seconds": str(covered),
    }


@indicator.register
def _(sli: RatioSli) -> Json:
    return {
        "kind": "ratio",
        **_query(_filled(sli.query)),
        "means": sli.means,
        "total": sli.total and _events(sli.total),
    }


@indicator.register
def _(sli: CompositeSli) -> Json:
    return {
        "kind": "composite",
        "method": sli.method,
        "no_data": sli.no_data,
        "parts": [{"matcher": matchers_of(part.slo), "weight": _number(part.weight)} for part in sli.of],
        "matcher": matchers_of(*(part.slo for part in sli.of)),
    }


def _counters(counters: Counters) -> str | list[Json]:
    """A selector; or several, each with the sign that it is added with."""
    if isinstance(counters, Selector):
        return counters.promql
    return [{"sign": "-" if term.sign < 0 else "", "selector": term.selector.promql} for term in counters.terms]


def _seen_of(counters: Counters, total: Counters) -> str | list[str]:
    """For each selector of *counters*, in their form, what tells that its target was up already."""
    evidence = next(term.selector for term in terms_of(total) if term.sign > 0)
    if isinstance(counters, Selector):
        return _seen(counters, evidence)
    return [_seen(term.selector, evidence) for term in counters.terms]


def _seen(selector: Selector, total: Selector) -> str:
    """
    Of which targets the first value of a series of *selector* counts: those that were up five minutes ago.

    Their ``up`` must still have the labels it had: when targets are relabelled all of their series appear anew, with all
    that they ever counted. Where the selector does not name its targets, asking for every ``up`` would cost too much; a
    target that had the SLI's *total* was up as well.
    """
    up = _up_of(selector)
    if up is not None:
        return f"{up.promql} offset 5m == 1 and {up.promql}"
    return f"{total.having(Matcher('instance', MatchOp.NOT_EQUAL, '')).promql} offset 5m"


def _events(query: str) -> Json:
    """A query that counts events in five minutes, and whether it gives them by the second already."""
    return {**_query(_filled(query)), "rate": is_rate(query)}


def _filled(query: str) -> str:
    return fill_window(query, format_seconds(PAIR_SECONDS))


def _number(value: Decimal) -> str:
    return decimal_text(Fraction(value))


def _query(query: str) -> Json:
    """A query, to be put between brackets in lines of its own, as it may end in a comment; and whether it is a scalar."""
    return {"query": query.strip(), "scalar": _is_scalar(query)}


def _is_scalar(query: str) -> bool:
    """Whether *query* gives a scalar; what the parser can't read is taken for a vector, as queries almost always are."""
    try:
        return _gives_scalar(promql_parser.parse(query))
    except ValueError:
        return False


def _gives_scalar(tree: object) -> bool:
    match tree:
        case promql_parser.NumberLiteral():
            return True
        case promql_parser.Call():
            return tree.func.name in _SCALARS
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            return _gives_scalar(tree.expr)
        case promql_parser.BinaryExpr():
            return _gives_scalar(tree.lhs) and _gives_scalar(tree.rhs)
    return False


def up_selector(sli: Sli) -> str | None:
    """
    ``up`` of the targets that *sli* is read from.

    Returns:
        PromQL, in brackets if it is of several targets; None if the SLI has no selectors, or one of them does not name
        its target.
    """
    selectors = [selector.promql for selector in up_selectors(sli)]
    if not selectors:
        return None
    return selectors[0] if len(selectors) == 1 else f"({' or '.join(selectors)})"


def up_selectors(sli: Sli) -> list[Selector]:
    """The targets' ``up``, one by one; none where it is not known of all of them."""
    found = [_up_of(selector) for selector in _origins(sli)]
    known = {selector.promql: selector for selector in found if selector is not None}
    return [known[text] for text in sorted(known)] if None not in found else []


def _origins(sli: Sli) -> list[Selector]:
    """What *sli* is missing without: the counters that make up its total."""
    match sli:
        case EventsSli():
            return [term.selector for term in terms_of(sli.total) if term.sign > 0]
        case LatencySli():
            return [sli.own_total or sli.histogram]
        case UpSli():
            return [sli.metric]
        case QuerySli() | ThresholdSli() | RatioSli() | CompositeSli():
            return []
    assert_never(sli)


@lru_cache(maxsize=4_096)  # asked for each counter, and again for all of them
def _up_of(selector: Selector) -> Selector | None:
    matchers = tuple(matcher for matcher in selector.matchers if matcher.label in SCRAPE_LABELS)
    if not any(matcher.op in (MatchOp.EQUAL, MatchOp.REGEX) for matcher in matchers):
        return None
    return Selector("up", matchers)
