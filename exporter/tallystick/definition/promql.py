"""
PromQL as definitions use it: one plain selector.

promql-parser reads it; where in the text its parts are, which the parser does not tell, is found beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser

from tallystick.core.selector import Matcher, MatchOp, Selector, quote

NAME_LABEL = "__name__"

_STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`'
_MATCHER = re.compile(
    rf"(?P<label>[a-zA-Z_][a-zA-Z0-9_]*|{_STRING})\s*(?P<op>=~|!~|!=|=)\s*(?P<value>{_STRING})", re.DOTALL
)
_ANY_STRING = re.compile(_STRING, re.DOTALL)
_OPS = {
    "MatchOp.Equal": MatchOp.EQUAL,
    "MatchOp.NotEqual": MatchOp.NOT_EQUAL,
    "MatchOp.Re": MatchOp.REGEX,
    "MatchOp.NotRe": MatchOp.NOT_REGEX,
}
"""By the parser's names; its own values can't be hashed."""

_REGEX_FAULT = "illegal regex"


@dataclass(frozen=True, slots=True)
class Query:
    """
    A text read as PromQL.

    Attributes:
        text: the text.
        tree: its syntax tree, None if it is no PromQL.
        fault: why it is none, in the parser's words.
        metrics: the names its selector asks for; one, if it is a selector of one metric.
        matchers: the other matchers of its selector, in order.
        selector: the plain selector it is, None if it is anything else.
    """

    text: str
    tree: promql_parser.Expr | None
    fault: str = ""
    metrics: tuple[Matcher, ...] = ()
    matchers: tuple[Matcher, ...] = ()
    selector: Selector | None = None

    def place(self, matcher: Matcher) -> tuple[int, int]:
        """Where *matcher* is in the text, from its label to its closing quote; everything if it can't be told."""
        same = [other for other in self.matchers if other.label == matcher.label]
        places = [
            match.span()
            for match in _MATCHER.finditer(self.text)
            if match["label"].strip("\"'`") == matcher.label and match["op"] == matcher.op
        ]
        same = [other for other in same if other.op == matcher.op]
        if len(places) != len(same):
            return 0, len(self.text)
        return places[same.index(matcher)]


def read_query(text: str) -> Query:
    """Read *text* as PromQL."""
    plain = _ANY_STRING.sub(_quoted, text) if "`" in text else text
    try:
        return _query(text, promql_parser.parse(plain))
    except ValueError as fault:
        # Not only for a bad one: the parser compiles regular expressions with another engine than Prometheus.
        if _REGEX_FAULT in str(fault):
            return _without_regexes(text, plain, str(fault))
        return Query(text, None, str(fault))


def _quoted(match: re.Match[str]) -> str:
    """A string in backticks as one in quotes; the parser reads escapes in the former, which are none there."""
    return quote(match[0][1:-1]) if match[0].startswith("`") else match[0]


def _query(text: str, tree: promql_parser.Expr) -> Query:
    if not isinstance(tree, promql_parser.VectorSelector):
        return Query(text, tree)
    found = [Matcher(matcher.name, _OPS[str(matcher.op)], matcher.value) for matcher in tree.matchers.matchers]
    names = [matcher for matcher in found if matcher.label == NAME_LABEL]
    if tree.name is not None:
        names.insert(0, Matcher(NAME_LABEL, MatchOp.EQUAL, tree.name))
    matchers = tuple(matcher for matcher in found if matcher.label != NAME_LABEL)
    return Query(text, tree, "", tuple(names), matchers, _selector(tree, names, matchers))


def _selector(
    tree: promql_parser.VectorSelector, names: list[Matcher], matchers: tuple[Matcher, ...]
) -> Selector | None:
    if tree.offset or tree.at or tree.matchers.or_matchers:
        return None
    if len(names) != 1 or names[0].op is not MatchOp.EQUAL or not names[0].value:
        return None
    return Selector(names[0].value, matchers)


def _without_regexes(text: str, plain: str, fault: str) -> Query:
    """Read *plain* with its regular expressions taken for plain text; the check ``regex`` looks at them."""
    ops: list[MatchOp] = []

    def as_equal(match: re.Match[str]) -> str:
        op = MatchOp(match["op"])
        ops.append(op)
        return match["label"] + ("=" if op in (MatchOp.EQUAL, MatchOp.REGEX) else "!=") + match["value"]

    try:
        query = _query(text, promql_parser.parse(_MATCHER.sub(as_equal, plain)))
    except ValueError:
        return Query(text, None, fault)
    matchers = [matcher for matcher in query.matchers if matcher.label != NAME_LABEL]
    if len(matchers) != len(ops):
        return Query(text, None, fault)
    restored = tuple(Matcher(matcher.label, op, matcher.value) for matcher, op in zip(matchers, ops, strict=True))
    selector = Selector(query.selector.metric, restored) if query.selector else None
    return Query(text, query.tree, "", query.metrics, restored, selector)


def selectors_in(tree: object) -> Iterator[promql_parser.VectorSelector]:
    """All selectors inside *tree*."""
    match tree:
        case promql_parser.VectorSelector():
            yield tree
        case promql_parser.MatrixSelector():
            yield tree.vector_selector
        case promql_parser.Call():
            for argument in tree.args:
                yield from selectors_in(argument)
        case promql_parser.BinaryExpr():
            yield from selectors_in(tree.lhs)
            yield from selectors_in(tree.rhs)
        case (
            promql_parser.AggregateExpr()
            | promql_parser.ParenExpr()
            | promql_parser.UnaryExpr()
            | promql_parser.SubqueryExpr()
        ):
            yield from selectors_in(tree.expr)


def plain_text(tree: promql_parser.VectorSelector) -> str | None:
    """*tree* as a plain selector's text, without offset and the like; None if it is not one even then."""
    query = _query("", tree)
    if len(query.metrics) != 1 or query.metrics[0].op is not MatchOp.EQUAL or tree.matchers.or_matchers:
        return None
    return Selector(query.metrics[0].value, query.matchers).promql
