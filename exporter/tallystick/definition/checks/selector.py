"""selector: PromQL that is more, or other, than the selector of one metric."""

from collections.abc import Iterator

import promql_parser

from tallystick.core.selector import MatchOp
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.promql import Query, plain_text, selectors_in

RULE = Rule("selector")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            if site.query.tree is not None and site.query.selector is None:
                yield _problem(site)


def _problem(site: Site) -> Problem:
    message = f"`{site.field}` must be a plain selector, found {_found(site.query)}"
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
    if query.tree.offset:
        return "an offset"
    if query.tree.at:
        return "a time (@)"
    if query.tree.matchers.or_matchers:
        return "`or` inside the braces"
    if len(query.metrics) > 1:
        return "several metric names"
    if query.metrics and query.metrics[0].op is not MatchOp.EQUAL:
        return "a pattern of metric names"
    return "no metric name"


def _hint(site: Site) -> str:
    query = site.query
    inner = list(selectors_in(query.tree))
    alone = plain_text(inner[0]) if len(inner) == 1 else None
    if alone is not None and site.kind == "up":
        return f"write {show(alone)} alone"
    if alone is not None and site.kind == "latency":
        return f"write {show(alone.replace('_bucket', '', 1))} alone: the rest follows from the threshold"
    if alone is not None:
        return f"write {show(alone)} alone: rates and sums are worked out from it"
    if isinstance(query.tree, promql_parser.VectorSelector) and query.tree.matchers.or_matchers:
        return 'use one matcher with a pattern: code=~"500|503"'
    if isinstance(query.tree, promql_parser.BinaryExpr):
        return 'write one selector; several values of a label are a pattern: code=~"4..|5.."'
    return 'write one metric and its labels, for example http_requests_total{job="shop"}'


CHECK = Check(RULE, _find)
