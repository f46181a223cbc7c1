"""
PromQL as definitions use it: selectors, sums of them, and queries with ``$window``.

promql-parser reads it; where in the text its parts are, which the parser does not tell, is found beside it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import promql_parser

from tallystick.core.selector import Matcher, MatchOp, Selector, quote

NAME_LABEL = "__name__"

WINDOW = "$window"
"""Stands for the range that is asked for: ``rate(errors_total[$window])``."""

WINDOW_LENGTH = timedelta(milliseconds=61_573)
"""What the parser reads in its place: a range that nobody writes."""

MAX_OPERATORS = 200
"""Operators and parentheses of one query; the parser's stack, and Python's, end a little further on."""

MAX_CHARACTERS = 10_000
"""Length of one query."""

TOO_LONG = "more than"
"""What the fault of a query that is not even tried begins with."""

_STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`'
_MATCHER = re.compile(
    rf"(?P<label>[a-zA-Z_][a-zA-Z0-9_]*|{_STRING})\s*(?P<op>=~|!~|!=|=)\s*(?P<value>{_STRING})", re.DOTALL
)
_PIECE = re.compile(rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<window>\$window(?![a-zA-Z0-9_]))", re.DOTALL)
_NOT_NESTED = re.compile(rf"{_STRING}|#[^\n]*|\{{[^}}\"'`]*\}}", re.DOTALL)
_OPERATOR = re.compile(r"[-+*/%^(\[<>=!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_OPS = {
    "MatchOp.Equal": MatchOp.EQUAL,
    "MatchOp.NotEqual": MatchOp.NOT_EQUAL,
    "MatchOp.Re": MatchOp.REGEX,
    "MatchOp.NotRe": MatchOp.NOT_REGEX,
}
"""By the parser's names; its own values can't be hashed."""

_REGEX_FAULT = "illegal regex"


@dataclass(frozen=True, slots=True)
class Selected:
    """
    A selector inside a query.

    Attributes:
        metrics: the names it asks for; one, if it is a selector of one metric.
        matchers: its other matchers, in order.
        selector: the plain selector it is, None if it has an offset, alternatives, or not one name.
    """

    metrics: tuple[Matcher, ...]
    matchers: tuple[Matcher, ...]
    selector: Selector | None


@dataclass(frozen=True, slots=True)
class Query:
    """
    A text read as PromQL.

    Attributes:
        text: the text.
        tree: its syntax tree, None if it is no PromQL.
        fault: why it is none, mostly in the parser's words.
        windowed: whether it has ``$window``.
        patterns: by what stands for them in *tree*, regular expressions that the parser can't read.
    """

    text: str
    tree: promql_parser.Expr | None
    fault: str = ""
    windowed: bool = False
    patterns: Mapping[str, str] = field(default_factory=dict)

    @property
    def selected(self) -> list[Selected]:
        """All selectors in it, in order."""
        return [self.read(tree) for tree in selectors_in(self.tree)]

    @property
    def selector(self) -> Selector | None:
        """The plain selector it is, None if it is anything else."""
        return self.read(self.tree).selector if isinstance(self.tree, promql_parser.VectorSelector) else None

    def read(self, tree: promql_parser.VectorSelector) -> Selected:
        """A selector in *tree*."""
        found = [self._matcher(matcher) for matcher in tree.matchers.matchers]
        names = [matcher for matcher in found if matcher.label == NAME_LABEL]
        if tree.name is not None:
            names.insert(0, Matcher(NAME_LABEL, MatchOp.EQUAL, tree.name))
        matchers = tuple(matcher for matcher in found if matcher.label != NAME_LABEL)
        one = len(names) == 1 and names[0].op is MatchOp.EQUAL and names[0].value
        if not one or tree.offset or tree.at or tree.matchers.or_matchers:
            return Selected(tuple(names), matchers, None)
        return Selected(tuple(names), matchers, Selector(names[0].value, matchers))

    def _matcher(self, matcher: promql_parser.Matcher) -> Matcher:
        op = _OPS[str(matcher.op)]
        is_pattern = op in (MatchOp.REGEX, MatchOp.NOT_REGEX)
        return Matcher(
            matcher.name, op, self.patterns.get(matcher.value, matcher.value) if is_pattern else matcher.value
        )

    def place(self, matcher: Matcher) -> tuple[int, int]:
        """Where *matcher* is in the text, from its label to its closing quote; everything if it can't be told."""
        same = [
            other
            for selected in self.selected
            for other in selected.matchers
            if (other.label, other.op) == (matcher.label, matcher.op)
        ]
        places = [
            match.span()
            for match in _MATCHER.finditer(self.text)
            if match["label"].strip("\"'`") == matcher.label and match["op"] == matcher.op
        ]
        if len(places) != len(same):
            return 0, len(self.text)
        return places[same.index(matcher)]


def read_query(text: str) -> Query:
    """Read *text* as PromQL."""
    windowed = any(match["window"] for match in _PIECE.finditer(text))
    if len(text) > MAX_CHARACTERS:
        return Query(text, None, f"{TOO_LONG} {MAX_CHARACTERS:,} characters", windowed)
    if len(_OPERATOR.findall(_NOT_NESTED.sub(" ", text))) > MAX_OPERATORS:
        return Query(text, None, f"{TOO_LONG} {MAX_OPERATORS} operators and parentheses", windowed)
    plain = _PIECE.sub(_for_parser, text)
    try:
        return Query(text, promql_parser.parse(plain), "", windowed)
    except ValueError as fault:
        # Not only for a bad one: the parser compiles regular expressions with another engine than Prometheus.
        if _REGEX_FAULT in str(fault):
            return _without_regexes(text, plain, str(fault), windowed=windowed)
        return Query(text, None, str(fault), windowed)


def _for_parser(match: re.Match[str]) -> str:
    """A piece of PromQL as the parser reads it: it takes backslashes in backticks for escapes, which they are not."""
    if match["window"]:
        return f"{WINDOW_LENGTH // timedelta(milliseconds=1)}ms"
    if match["comment"]:
        return " "
    return quote(match[0][1:-1]) if match[0].startswith("`") else match[0]


def _without_regexes(text: str, plain: str, fault: str, *, windowed: bool) -> Query:
    """Read *plain* with names in place of its regular expressions; the check ``regex`` looks at those."""
    patterns: dict[str, str] = {}

    def as_name(match: re.Match[str]) -> str:
        if match["op"] not in ("=~", "!~"):
            return match[0]
        name = f"pattern {len(patterns)}"
        patterns[name] = string_of(match["value"])
        return f'{match["label"]}{match["op"]}"{name}"'

    try:
        return Query(text, promql_parser.parse(_MATCHER.sub(as_name, plain)), "", windowed, patterns)
    except ValueError:
        return Query(text, None, fault, windowed)


def string_of(quoted: str) -> str:
    """What a PromQL string in quotes says."""
    tree = promql_parser.parse(quoted)
    assert isinstance(tree, promql_parser.StringLiteral)
    return str(tree.val)


def bare(text: str) -> str:
    """*text* without comments and outer blanks, so that it can be a part of another query."""
    return _PIECE.sub(lambda match: "" if match["comment"] else match[0], text).strip()


def in_strings(text: str) -> Iterator[tuple[int, int]]:
    """The places where *text* has ``$window`` inside a string, where it is a part of a label's value."""
    for match in _PIECE.finditer(text):
        if match["string"] and (start := match[0].find(WINDOW)) >= 0:
            yield match.start() + start, match.start() + start + len(WINDOW)


def selectors_in(tree: object) -> Iterator[promql_parser.VectorSelector]:
    """All selectors inside *tree*, as they are written."""
    for part in parts_of(tree):
        if isinstance(part, promql_parser.VectorSelector):
            yield part


def parts_of(tree: object) -> Iterator[object]:
    """*tree* and all that is inside it, as it is written."""
    todo = [tree]
    while todo:
        part = todo.pop()
        if part is not None:
            yield part
            todo += reversed(_inside(part))


def _inside(tree: object) -> list[object]:
    match tree:
        case promql_parser.MatrixSelector():
            return [tree.vector_selector]
        case promql_parser.Call():
            return list(tree.args)
        case promql_parser.BinaryExpr():
            return [tree.lhs, tree.rhs]
        case promql_parser.AggregateExpr():
            return [tree.param, tree.expr]
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr() | promql_parser.SubqueryExpr():
            return [tree.expr]
    return []


def plain_text(query: Query, tree: promql_parser.VectorSelector) -> str | None:
    """*tree* of *query* as a plain selector's text, without offset and the like; None if it is not one even then."""
    found = query.read(tree)
    if len(found.metrics) != 1 or found.metrics[0].op is not MatchOp.EQUAL or tree.matchers.or_matchers:
        return None
    return Selector(found.metrics[0].value, found.matchers).promql
