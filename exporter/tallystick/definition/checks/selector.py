"""selector: PromQL that is more, or other, than the selector of one metric, or several added and subtracted."""

from collections.abc import Iterator

import promql_parser

from tallystick.core.selector import MatchOp
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.promql import Query, parts_of, plain_text, selectors_in

RULE = Rule("selector")

_RANGES = (promql_parser.MatrixSelector, promql_parser.SubqueryExpr)


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            if site.query.tree is not None and site.reduced is None and _takes_selectors(site):
                yield problem(site)


def _takes_selectors(site: Site) -> bool:
    return site.takes == "selector" or (site.takes == "counters" and not site.query.windowed)


def problem(site: Site) -> Problem:
    """What is written at *site* is no selector."""
    wanted = "a plain selector" if site.takes == "selector" else "a selector, or several with + and -"
    message = f"`{site.field}` must be {wanted}, found {_found(site.query)}"
    return RULE.at(site.node.span, message, _hint(site))


def _found(query: Query) -> str:  # noqa: PLR0911  # one answer for each kind of expression
    match query.tree:
        case promql_parser.Call():
            return f"a call of {show(query.tree.func.name)}()"
        case promql_parser.AggregateExpr():
            return f"an aggregation ({query.text.split('(', 1)[0].split()[0]})"
        case promql_parser.MatrixSelector() | promql_parser.SubqueryExpr():
            return "a range"
        case promql_parser.BinaryExpr():
            return "a calculation"
        case promql_parser.ParenExpr():
            return "parentheses"
        case promql_parser.UnaryExpr():
            return "a sign"
        case promql_parser.NumberLiteral():
            return "a number"
        case promql_parser.StringLiteral():
            return "a string"
    return _found_selector(query)


def _found_selector(query: Query) -> str:
    assert isinstance(query.tree, promql_parser.VectorSelector)
    metrics = query.read(query.tree).metrics
    if query.tree.offset:
        return "an offset"
    if query.tree.at:
        return "a time (@)"
    if query.tree.matchers.or_matchers:
        return "`or` inside the braces"
    if len(metrics) > 1:
        return "several metric names"
    if metrics and metrics[0].op is not MatchOp.EQUAL:
        return "a pattern of metric names"
    return "no metric name"


def _hint(site: Site) -> str:
    query = site.query
    inner = list(selectors_in(query.tree))
    alone = plain_text(query, inner[0]) if len(inner) == 1 else None
    if alone is not None:
        return _hint_alone(site, alone)
    if isinstance(query.tree, promql_parser.VectorSelector) and query.tree.matchers.or_matchers:
        return 'use one matcher with a pattern: code=~"500|503"'
    if site.takes == "counters" and any(isinstance(part, _RANGES) for part in parts_of(query.tree)):
        return "write counters alone, a + b - c, or $window for the range: rate(...[$window])"
    if isinstance(query.tree, promql_parser.BinaryExpr):
        if site.takes == "counters":
            return "add and subtract counters alone, or write PromQL with $window: sum(rate(...[$window]))"
        return 'write one selector; several values of a label are a pattern: code=~"4..|5.."'
    return 'write one metric and its labels, for example http_requests_total{job="shop"}'


def _hint_alone(site: Site, selector: str) -> str:
    """What to write if *selector* is the only one there."""
    if site.kind == "up":
        return f"write {show(selector)} alone"
    if site.field == "histogram":
        return f"write {show(selector.replace('_bucket', '', 1))} alone: the rest follows from the threshold"
    return f"write {show(selector)} alone: rates and sums are worked out from it"


CHECK = Check(RULE, _find)
