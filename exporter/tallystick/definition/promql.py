"""
PromQL as definitions use it: selectors, sums of them, and queries with ``$window``.

promql-parser reads it; where in the text its parts are, which the parser does not tell, is found beside it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

import promql_parser

from tallystick.core.selector import Matcher, MatchOp, Selector, quote

NAME_LABEL = "__name__"

WINDOW = "$window"
"""Stands for the range that is asked for: ``rate(errors_total[$window])``."""

WINDOW_LENGTH = timedelta(milliseconds=61_573)
"""What the parser reads in its place: a range that nobody writes."""

_AS_RANGE = f"{WINDOW_LENGTH // timedelta(milliseconds=1)}ms"

MAX_OPERATORS = 200
"""Operators and parentheses of one query; the parser's stack, and Python's, end a little further on."""

MAX_CHARACTERS = 10_000
"""Length of one query."""

REMEMBERED = 32_768
"""Texts that are read once each: a format of another tool looks at them, and later the checks do. `load` forgets them at its end."""

TOO_LONG = "more than"
"""What the fault of a query that is not even tried begins with."""

_STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`'
_MATCHER = re.compile(
    rf"(?P<label>[a-zA-Z_][a-zA-Z0-9_]*|{_STRING})\s*(?P<op>=~|!~|!=|=)\s*(?P<value>{_STRING})", re.DOTALL
)
_PIECE = re.compile(
    r"""["'`#$](?:"""  # found without trying all of what follows at every character
    r"""(?:(?<=")(?:\\.|[^"\\])*"|(?<=')(?:\\.|[^'\\])*'|(?<=`)[^`]*`)(?P<string>)"""
    r"""|(?<=#)[^\n]*(?P<comment>)"""
    r"""|(?<=\$)window(?![a-zA-Z0-9_])(?P<window>)"""
    r"""|(?<=["'`]).*(?P<open>))""",
    re.DOTALL,
)
"""
What is not plain PromQL, by `re.Match.lastgroup`.

A string that is never closed is all the rest, so that its end is looked for once.
"""

_NOT_NESTED = re.compile(rf"{_STRING}|#[^\n]*|\{{[^}}\"'`]*\}}", re.DOTALL)
_OPERATOR = re.compile(r"[-+*/%^(\[<>=!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_OPS = {
    "MatchOp.Equal": MatchOp.EQUAL,
    "MatchOp.NotEqual": MatchOp.NOT_EQUAL,
    "MatchOp.Re": MatchOp.REGEX,
    "MatchOp.NotRe": MatchOp.NOT_REGEX,
}
"""By the parser's names; its own values can't be hashed."""

_FOREIGN = frozenset("`#$")
"""What a text has that the parser can't be given as it is; most have none of it."""

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


@dataclass(frozen=True)
class Query:
    """
    A text read as PromQL.

    Attributes:
        text: the text.
        tree: its syntax tree, None if it is no PromQL.
        fault: why it is none, mostly in the parser's words.
        windows: how often it has ``$window``; where it is in a string, it is a part of a label's value.
        patterns: by what stands for them in *tree*, regular expressions that the parser can't read.
    """

    text: str
    tree: promql_parser.Expr | None
    fault: str = ""
    windows: int = 0
    patterns: Mapping[str, str] = field(default_factory=dict)

    @property
    def windowed(self) -> bool:
        """Whether it has ``$window``."""
        return self.windows > 0

    @cached_property
    def _walked(self) -> tuple[dict[int, tuple[object, Selected]], list[timedelta]]:
        """
        What is asked of every query, from one walk through it: its selectors, with the part that each is, and its ranges.

        The parser's objects can't be compared, so it goes by which they are; they are kept, so that no other is taken for one.
        """
        selected: dict[int, tuple[object, Selected]] = {}
        ranges: list[timedelta] = []
        for part in parts_of(self.tree):
            if isinstance(part, promql_parser.VectorSelector):
                selected[id(part)] = part, self._read(part)
            elif isinstance(part, promql_parser.MatrixSelector | promql_parser.SubqueryExpr) and part.range:
                ranges.append(part.range)
        return selected, ranges

    @cached_property
    def selected(self) -> tuple[Selected, ...]:
        """All selectors in it, in order."""
        return tuple(selected for _, selected in self._walked[0].values())

    @property
    def ranges(self) -> list[timedelta]:
        """All ranges in it, that of `WINDOW` too."""
        return self._walked[1]

    @cached_property
    def selector(self) -> Selector | None:
        """The plain selector it is, None if it is anything else."""
        return self.selected[0].selector if isinstance(self.tree, promql_parser.VectorSelector) else None

    def read(self, tree: promql_parser.VectorSelector) -> Selected:
        """A selector in *tree*, which is read once."""
        found = self._walked[0].get(id(tree))
        return found[1] if found else self._read(tree)

    def _read(self, tree: promql_parser.VectorSelector) -> Selected:
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


@lru_cache(maxsize=REMEMBERED)
def read_query(text: str) -> Query:
    """Read *text* as PromQL."""
    if len(text) > MAX_CHARACTERS:
        # First of all: what is looked for below takes its time where quotes are never closed.
        return Query(text, None, f"{TOO_LONG} {MAX_CHARACTERS:,} characters", text.count(WINDOW))
    plain, windows = _scanned(text)
    if len(text) > MAX_OPERATORS and len(_OPERATOR.findall(_NOT_NESTED.sub(" ", text))) > MAX_OPERATORS:
        return Query(text, None, f"{TOO_LONG} {MAX_OPERATORS} operators and parentheses", windows)
    try:
        return Query(text, promql_parser.parse(plain), "", windows)
    except ValueError as fault:
        # Not only for a bad one: the parser compiles regular expressions with another engine than Prometheus.
        if _REGEX_FAULT in str(fault):
            return _without_regexes(text, plain, str(fault), windows)
        return Query(text, None, str(fault), windows)


def _scanned(text: str) -> tuple[str, int]:
    """*text* as the parser reads it, which takes backslashes in backticks for escapes; and how often it has ``$window``."""
    windows = 0

    def as_read(match: re.Match[str]) -> str:
        nonlocal windows
        piece, kind = match[0], match.lastgroup
        if kind == "window":
            windows += 1
            return _AS_RANGE
        if kind == "comment":
            return " "
        return quote(piece[1:-1]) if kind == "string" and piece[0] == "`" else piece

    plain = text if _FOREIGN.isdisjoint(text) else _PIECE.sub(as_read, text)
    return plain, windows


def _without_regexes(text: str, plain: str, fault: str, windows: int) -> Query:
    """Read *plain* with names in place of its regular expressions; the check ``regex`` looks at those."""
    patterns: dict[str, str] = {}

    def as_name(match: re.Match[str]) -> str:
        if match["op"] not in ("=~", "!~"):
            return match[0]
        name = f"pattern {len(patterns)}"
        patterns[name] = string_of(match["value"])
        return f'{match["label"]}{match["op"]}"{name}"'

    try:
        return Query(text, promql_parser.parse(_MATCHER.sub(as_name, plain)), "", windows, patterns)
    except ValueError:
        return Query(text, None, fault, windows)


def string_of(quoted: str) -> str:
    """What a PromQL string in quotes says."""
    tree = promql_parser.parse(quoted)
    assert isinstance(tree, promql_parser.StringLiteral)
    return str(tree.val)


def bare(text: str) -> str:
    """*text* without comments and outer blanks, so that it can be a part of another query."""
    return _PIECE.sub(lambda match: "" if match.lastgroup == "comment" else match[0], text).strip()


def with_other_window(text: str, window: str) -> str:
    """*text* with another tool's word for the *window* that is asked for, where ours is."""
    return _PIECE.sub(lambda match: window if match.lastgroup == "window" else match[0], text)


def in_strings(text: str) -> Iterator[tuple[int, int]]:
    """The places where *text* has ``$window`` inside a string, where it is a part of a label's value."""
    for match in _PIECE.finditer(text):
        if match.lastgroup == "string" and (start := match[0].find(WINDOW)) >= 0:
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
            todo += reversed(inside(part))


_INSIDE: Mapping[type, Callable[[Any], list[object]]] = {
    promql_parser.MatrixSelector: lambda tree: [tree.vector_selector],
    promql_parser.Call: lambda tree: list(tree.args),
    promql_parser.BinaryExpr: lambda tree: [tree.lhs, tree.rhs],
    promql_parser.AggregateExpr: lambda tree: [tree.param, tree.expr],
    **dict.fromkeys(
        (promql_parser.ParenExpr, promql_parser.UnaryExpr, promql_parser.SubqueryExpr), lambda tree: [tree.expr]
    ),
}
"""By its type, what a part is made of; a table tells it in less time than one question after the other."""


def inside(tree: object) -> list[object]:
    """What *tree* is made of, one level down, in order."""
    parts = _INSIDE.get(type(tree))
    return parts(tree) if parts else []


def plain_text(query: Query, tree: promql_parser.VectorSelector) -> str | None:
    """*tree* of *query* as a plain selector's text, without offset and the like; None if it is not one even then."""
    found = query.read(tree)
    if len(found.metrics) != 1 or found.metrics[0].op is not MatchOp.EQUAL or tree.matchers.or_matchers:
        return None
    return Selector(found.metrics[0].value, found.matchers).promql
