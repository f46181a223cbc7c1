"""
From queries with ``$window`` to the counters they are made of.

``sum(rate(errors_total[$window]))`` says which counter counts the errors, and a way to read it that is not exact: rates are
extrapolated, and what a counter did before its second sample is lost. Where a query is nothing but such sums, added to and
subtracted from one another, it means those counters, and they are read exactly. Anything else is left as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import promql_parser

from tallystick.core.selector import Selector
from tallystick.core.sli import Counters, Sum, Term
from tallystick.definition.promql import REMEMBERED, WINDOW_LENGTH, Query, read_query

Sign = Literal[1, -1]
Function = Literal["rate", "increase"]

_FUNCTIONS = ("rate", "increase")
_BY = "AggModifierType.By"
_ON = "LabelModifierType.Include"
_GROUPED = ("VectorMatchCardinality.ManyToOne", "VectorMatchCardinality.OneToMany")


@dataclass(frozen=True, slots=True)
class Reduced:
    """
    A query as counters.

    Attributes:
        counters: what it counts.
        function: how it reads them; None for plain counters.
        by: the labels it keeps.
    """

    counters: Counters
    function: Function | None = None
    by: frozenset[str] = frozenset()


class _Other(Exception):  # noqa: N818  # it says "something else" from the depths of a tree, and never leaves this module
    """A part that is no such sum."""


def reduce_query(query: Query) -> Reduced | None:
    """
    The counters that *query* is a sum of; None if it is anything else.

    Without ``$window`` that is a selector, or several added and subtracted: ``a + b - c``. With it, each of them is in
    ``sum(rate(...[$window]))`` or ``sum(increase(...[$window]))``, one of the two throughout, with the same labels kept by all:
    ``sum by (code) (...)``. ``or vector(0)`` changes nothing where a counter that is not there counts nothing.
    """
    try:
        terms = [_term(query, sign, part) for sign, part in _addends(query.tree)]
    except _Other:
        return None
    if len({(function, by) for _, function, by in terms}) != 1:
        return None
    _, function, by = terms[0]
    if (function is not None) != query.windowed:
        return None
    return Reduced(_counters(term for term, _, _ in terms), function, by)


@lru_cache(maxsize=REMEMBERED)
def reduce_text(text: str) -> Reduced | None:
    """The same of a *text*, once for each."""
    return reduce_query(read_query(text))


def reduce_sums(query: Query) -> Reduced | None:
    """
    The counters that *query* adds up as they stand, without any time: ``sum by (code) (requests_total)``.

    As PromQL that adds up what counters have counted since they were born; where a query is known to be of counters, it says
    which. None if it is anything else.
    """
    try:
        terms = [_term(query, sign, part, as_they_stand=True) for sign, part in _addends(query.tree)]
    except _Other:
        return None
    kept = {by for _, _, by in terms}
    if len(kept) != 1 or any(function for _, function, _ in terms):
        return None
    return Reduced(_counters(term for term, _, _ in terms), None, kept.pop())


def functions_in(query: Query) -> set[Function]:
    """How *query* reads the counters it adds up, as far as its addends are counters."""
    found: set[Function] = set()
    for sign, part in _addends(query.tree):
        try:
            _, function, _ = _term(query, sign, part)
        except _Other:
            continue
        if function:
            found.add(function)
    return found


def _counters(terms: Iterable[Term]) -> Counters:
    found = tuple(terms)
    return found[0].selector if len(found) == 1 and found[0].sign > 0 else Sum(found)


def _addends(tree: object) -> Iterator[tuple[Sign, promql_parser.Expr]]:
    """What *tree* adds up, in order, each with its sign."""
    todo: list[tuple[Sign, object]] = [(1, tree)]
    while todo:
        sign, part = todo.pop()
        inner = without_zero(part)
        match inner:
            case promql_parser.ParenExpr():
                todo.append((sign, inner.expr))
            case promql_parser.UnaryExpr():
                todo.append((_opposite(sign), inner.expr))
            case promql_parser.BinaryExpr() if str(inner.op) in ("+", "-") and _matches_all(inner):
                todo.append((sign if str(inner.op) == "+" else _opposite(sign), inner.rhs))
                todo.append((sign, inner.lhs))
            case _:
                yield sign, cast("promql_parser.Expr", inner)


def _opposite(sign: Sign) -> Sign:
    return -1 if sign > 0 else 1


def _term(
    query: Query, sign: Sign, tree: object, *, as_they_stand: bool = False
) -> tuple[Term, Function | None, frozenset[str]]:
    """One addend: a counter, how it is read, and the labels that are kept; *as_they_stand*: sums need no rate."""
    if isinstance(tree, promql_parser.VectorSelector):
        return Term(sign, _selector(query, tree)), None, frozenset()
    kept: frozenset[str] | None = None
    inner: object = tree
    while isinstance(inner, promql_parser.AggregateExpr | promql_parser.ParenExpr):
        if isinstance(inner, promql_parser.AggregateExpr):
            kept = _labels(inner, kept)
        inner = without_zero(inner.expr)
    if as_they_stand and kept is not None and isinstance(inner, promql_parser.VectorSelector):
        return Term(sign, _selector(query, inner)), None, kept
    if kept is None or not isinstance(inner, promql_parser.Call):
        raise _Other
    name = inner.func.name
    if name not in _FUNCTIONS or not isinstance(inner.args[0], promql_parser.MatrixSelector):
        raise _Other
    if inner.args[0].range != WINDOW_LENGTH:
        raise _Other
    return Term(sign, _selector(query, inner.args[0].vector_selector)), cast("Function", name), kept


def _labels(tree: promql_parser.AggregateExpr, outer: frozenset[str] | None = None) -> frozenset[str]:
    """The labels that a sum keeps; inside another one, those of the *outer*, which it must not have taken away."""
    if str(tree.op) != "sum":
        raise _Other
    named = frozenset(tree.modifier.labels if tree.modifier else ())
    takes_away = tree.modifier is not None and str(tree.modifier.type) != _BY
    if outer is None:
        if takes_away:
            raise _Other
        return named
    if outer & named if takes_away else outer - named:
        raise _Other
    return outer


def _selector(query: Query, tree: promql_parser.VectorSelector) -> Selector:
    selector = query.read(tree).selector
    if selector is None:
        raise _Other
    return selector


def _matches_all(tree: promql_parser.BinaryExpr) -> bool:
    """
    Whether *tree* puts together what has the same labels on both sides.

    Both sides keep the same labels (`reduce_query` looks at it), so ``on`` and ``ignoring`` change nothing if they name all of
    them, or none. Plain counters have labels of which nothing is known: there they would.
    """
    modifier = tree.modifier
    if modifier is None:
        return True
    if str(modifier.card) in _GROUPED or _fills(modifier):
        return False
    if modifier.matching is None:
        return True
    kept = _kept(tree.lhs)
    named = frozenset(modifier.matching.labels)
    if kept is None:
        return False
    return named >= kept if str(modifier.matching.type) == _ON else not named & kept


def _fills(modifier: promql_parser.BinModifier) -> bool:
    """Whether it fills in anything but zeros for what is missing on a side; a counter that is missing counts nothing."""
    values = modifier.fill_values
    return values is not None and bool(values.lhs or values.rhs)


def _kept(tree: object) -> frozenset[str] | None:
    """The labels that the first sum in *tree* keeps; None if there is none."""
    while not isinstance(tree, promql_parser.AggregateExpr):
        match tree:
            case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
                tree = tree.expr
            case promql_parser.BinaryExpr():
                tree = tree.lhs
            case _:
                return None
    try:
        return _labels(tree)
    except _Other:
        return None


def without_zero(tree: object) -> object:
    """*tree* without ``or vector(0)`` at its end, whatever that is matched on."""
    while isinstance(tree, promql_parser.BinaryExpr) and str(tree.op) == "or" and _is_zero(tree.rhs):
        tree = tree.lhs
    return tree


def _is_zero(tree: object) -> bool:
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    if not isinstance(tree, promql_parser.Call) or tree.func.name != "vector":
        return False
    argument = tree.args[0]
    while isinstance(argument, promql_parser.ParenExpr):
        argument = argument.expr
    return isinstance(argument, promql_parser.NumberLiteral) and argument.val == 0
