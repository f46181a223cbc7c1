"""Which queries are sums over time: for an hour they give what they give for its pieces, added up."""

from datetime import timedelta

import promql_parser

from tallystick.core.duration import format_milliseconds
from tallystick.definition.outcome import labels_of
from tallystick.definition.promql import WINDOW, WINDOW_LENGTH

_IN_TREE = format_milliseconds(WINDOW_LENGTH // timedelta(milliseconds=1))
"""How the parser prints the window."""

_OVER_TIME = frozenset({"rate", "increase", "count_over_time", "sum_over_time"})
_KEEPING = frozenset({"label_replace", "label_join", "histogram_count", "histogram_sum", "sort", "sort_desc"})
_COMPARISONS = frozenset({">", "<", ">=", "<=", "==", "!="})
_FILTERS = frozenset({"and", "unless"})
_ON = "LabelModifierType.Include"


def printed(tree: object) -> str:
    """*tree* as text, with ``$window``."""
    assert isinstance(tree, promql_parser.Expr)
    return str(tree.prettify()).replace(_IN_TREE, WINDOW)


def bare(tree: object, nothing: float | None = None) -> object:
    """*tree* without parentheses around it, and without ``or vector(nothing)`` behind it."""
    while True:
        if isinstance(tree, promql_parser.ParenExpr):
            tree = tree.expr
        elif nothing is not None and _fills(tree, nothing):
            tree = tree.lhs  # type: ignore[attr-defined]  # a binary expression, which `_fills` looked at
        else:
            return tree


def amount(tree: object) -> object:
    """A total without what only keeps a division by it from giving nothing: ``> 0``, ``or vector(1)``."""
    while True:
        inner = bare(tree)
        if isinstance(inner, promql_parser.BinaryExpr) and (_is_above_zero(inner) or _fills(inner)):
            inner = inner.lhs
        if inner is tree:
            return tree
        tree = inner


def _is_above_zero(tree: promql_parser.BinaryExpr) -> bool:
    returns_bool = tree.modifier is not None and tree.modifier.return_bool
    return str(tree.op) in (">", ">=", "!=") and not returns_bool and _number(tree.rhs) == 0


def _fills(tree: object, nothing: float | None = None) -> bool:
    """Whether *tree* is something ``or`` a constant: *nothing*, or any."""
    if not isinstance(tree, promql_parser.BinaryExpr) or str(tree.op) != "or":
        return False
    filled = bare(tree.rhs)
    if not isinstance(filled, promql_parser.Call) or filled.func.name != "vector":
        return False
    number = _number(filled.args[0])
    return number is not None and nothing in (None, number)


def _number(tree: object) -> float | None:
    tree = bare(tree)
    return tree.val if isinstance(tree, promql_parser.NumberLiteral) else None


def both_match(tree: promql_parser.BinaryExpr, left: object, right: object) -> bool:
    """Whether *tree* puts together what has the same labels in *left* and in *right*, one by one."""
    modifier = tree.modifier
    if modifier is None:
        return True
    if modifier.group_labels or modifier.matching is None:
        return not modifier.group_labels
    kept = labels_of(left)
    if kept is None or kept != labels_of(right):
        return False
    named = frozenset(modifier.matching.labels)
    return named >= kept if str(modifier.matching.type) == _ON else not named & kept


def is_sum(tree: object) -> bool:
    """Whether *tree* is made of sums over ``$window`` by nothing but adding up, and by constant factors."""
    return _is_sum(tree, filtered=False)


def is_filtered_sum(tree: object) -> bool:
    """The same, where some of what is added up may be left out by a condition."""
    return _is_sum(tree, filtered=True)


def _is_sum(tree: object, *, filtered: bool) -> bool:
    tree = bare(tree, nothing=0)
    match tree:
        case promql_parser.UnaryExpr():
            return _is_sum(tree.expr, filtered=filtered)
        case promql_parser.AggregateExpr():
            return str(tree.op) == "sum" and _is_sum(tree.expr, filtered=filtered)
        case promql_parser.BinaryExpr():
            return _is_sum_of_two(tree, filtered=filtered)
        case promql_parser.Call() if tree.func.name in _OVER_TIME:
            return _is_window(tree.args[0])
        case promql_parser.Call() if tree.func.name in _KEEPING:
            return _is_sum(tree.args[0], filtered=filtered)
    return False


def _is_sum_of_two(tree: promql_parser.BinaryExpr, *, filtered: bool) -> bool:
    op = str(tree.op)
    if op in ("+", "-"):
        return all(_is_sum(side, filtered=filtered) for side in (tree.lhs, tree.rhs))
    if op == "*" and _number(tree.lhs) is not None:
        return _is_sum(tree.rhs, filtered=filtered)
    if op in ("*", "/"):
        return _number(tree.rhs) is not None and _is_sum(tree.lhs, filtered=filtered)
    if not filtered or op not in _FILTERS | _COMPARISONS or (tree.modifier is not None and tree.modifier.return_bool):
        return False
    return _is_sum(tree.lhs, filtered=True)


def _is_window(tree: object) -> bool:
    """Whether *tree* is what there is in ``$window``, up to now or to some time before it."""
    match tree:
        case promql_parser.MatrixSelector():
            return bool(tree.range == WINDOW_LENGTH and tree.vector_selector.at is None)
        case promql_parser.SubqueryExpr():
            return bool(tree.range == WINDOW_LENGTH and tree.at is None)
    return False
