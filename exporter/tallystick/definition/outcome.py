"""What a query gives: a number, numbers with labels, or something that is no number; as far as its text tells."""

from functools import lru_cache
from typing import Literal

import promql_parser

from tallystick.definition.promql import REMEMBERED, read_query
from tallystick.definition.reduce import without_zero

Gives = Literal["number", "range", "text"]

_BY = "AggModifierType.By"
_ON = "LabelModifierType.Include"
_RATES = frozenset({"rate", "increase", "irate", "idelta", "delta", "deriv"})
_KEEPING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_RELABEL = frozenset({"label_replace", "label_join"})


def gives(tree: object) -> Gives:
    """What kind of value *tree* is."""
    match tree:
        case promql_parser.StringLiteral():
            return "text"
        case promql_parser.MatrixSelector() | promql_parser.SubqueryExpr():
            return "range"
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            return gives(tree.expr)
    return "number"


def is_scattered(tree: object) -> bool:
    """Whether *tree* is the rate of a counter that nothing adds up: as many numbers as there are series."""
    match without_zero(tree):
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr() as outer:
            return is_scattered(outer.expr)
        case promql_parser.Call() as call:
            return call.func.name in _RATES
        case promql_parser.BinaryExpr() as both:
            return is_scattered(both.lhs) or is_scattered(both.rhs)
    return False


def labels_of(tree: object) -> frozenset[str] | None:
    """The labels of what *tree* gives; None where only Prometheus knows."""
    match tree:
        case promql_parser.NumberLiteral():
            return frozenset()
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            return labels_of(tree.expr)
        case promql_parser.AggregateExpr():
            return _of_aggregate(tree)
        case promql_parser.BinaryExpr():
            return _of_binary(tree)
        case promql_parser.Call():
            return _of_call(tree)
    return None


@lru_cache(maxsize=REMEMBERED)
def labels_of_text(text: str) -> frozenset[str] | None:
    """The same of a *text* that is a query, once for each."""
    return labels_of(read_query(text).tree)


def _of_aggregate(tree: promql_parser.AggregateExpr) -> frozenset[str] | None:
    if str(tree.op) in _KEEPING:
        return labels_of(tree.expr)
    added = frozenset({tree.param.val} if isinstance(tree.param, promql_parser.StringLiteral) else ())
    if tree.modifier is None:
        return added
    named = frozenset(tree.modifier.labels)
    if str(tree.modifier.type) == _BY:
        return named | added
    inner = labels_of(tree.expr)
    return None if inner is None else (inner - named) | added


def _of_binary(tree: promql_parser.BinaryExpr) -> frozenset[str] | None:
    left, right = labels_of(tree.lhs), labels_of(tree.rhs)
    if _is_scalar(tree.lhs):
        return right
    if str(tree.op) == "or":
        return left if right in (left, frozenset()) else None
    if tree.modifier is None or str(tree.op) in ("and", "unless"):
        return left
    return _of_match(tree.modifier, left, right)


def _of_match(
    modifier: promql_parser.BinModifier, left: frozenset[str] | None, right: frozenset[str] | None
) -> frozenset[str] | None:
    """The labels of what is put together of *left* and *right*."""
    if modifier.group_labels is not None:
        many = left if "ManyToOne" in str(modifier.card) else right
        return None if many is None else many | frozenset(modifier.group_labels)
    named = frozenset(modifier.matching.labels if modifier.matching else ())
    if modifier.matching is not None and str(modifier.matching.type) == _ON:
        return named
    return None if left is None else left - named


def _of_call(tree: promql_parser.Call) -> frozenset[str] | None:
    if _is_scalar(tree) or tree.func.name == "vector":
        return frozenset()
    inner = next((labels_of(_vector_in(argument)) for argument in tree.args if not _is_scalar(argument)), None)
    if inner is None:
        return None
    if tree.func.name == "histogram_quantile":
        return inner - {"le"}
    if tree.func.name in _RELABEL and isinstance(tree.args[1], promql_parser.StringLiteral):
        return inner | {tree.args[1].val}
    return None if tree.func.name in ("info", "absent", "absent_over_time") else inner


def _vector_in(tree: object) -> object:
    """What is asked again and again in a subquery, whose labels are those of the subquery."""
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    return tree.expr if isinstance(tree, promql_parser.SubqueryExpr) else tree


def _is_scalar(tree: object) -> bool:
    match tree:
        case promql_parser.NumberLiteral():
            return True
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            return _is_scalar(tree.expr)
        case promql_parser.Call():
            return str(tree.func.return_type) == "ValueType.Scalar"
        case promql_parser.BinaryExpr():
            return _is_scalar(tree.lhs) and _is_scalar(tree.rhs)
    return False
