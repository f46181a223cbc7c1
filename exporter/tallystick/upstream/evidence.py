"""
Whether what a query answers rests on any sample.

``sum(rate(errors_total[5m])) or vector(0)`` answers 0 as long as there are no errors, and so it does of times when Prometheus was
down, or was not there yet. An answer that no sample is behind is no observation, so such queries are asked together with another
one, which gives something wherever they had something to go by.
"""

from datetime import timedelta
from functools import lru_cache

import promql_parser

from tallystick.core.duration import format_milliseconds, format_seconds
from tallystick.core.sli import EvaluatedSli, QuerySli, ThresholdSli
from tallystick.core.windowed import fill_window

_MEAN_ABSENCE = frozenset({"absent", "absent_over_time"})
"""Functions that are asked because nothing may be there: that is what was observed."""


_AROUND = (
    promql_parser.ParenExpr,
    promql_parser.UnaryExpr,
    promql_parser.AggregateExpr,
    promql_parser.SubqueryExpr,
)
"""What has one expression inside."""


class _UnclearError(Exception):
    """A part of a query of which it can't be told what it looks at."""


@lru_cache(maxsize=4_096)  # asked for in every round
def evidence_of(sli: EvaluatedSli) -> str | None:
    """
    What to ask beside the queries of *sli*, at the end of each of its slices: PromQL that gives something only where one of
    its series has a sample.

    Args:
        sli: what counts; of counts it is the total that tells whether there was anything to count, of a ratio its total if it
            has one.

    Returns:
        None if there is nothing to ask: the query answers nothing by itself, looks at no series, or can't be read.
    """
    total = None if isinstance(sli, ThresholdSli) else sli.total
    query = total or ("" if isinstance(sli, QuerySli) else sli.query)
    try:
        tree = promql_parser.parse(fill_window(query, format_seconds(sli.slice_seconds)))
        looked_at = dict.fromkeys(_looks_at(tree)) if _answers_alone(tree) else {}
    except (ValueError, _UnclearError):
        return None
    return " or ".join(f"count({one})" for one in looked_at) or None


def _answers_alone(tree: object) -> bool:
    """Whether *tree* gives a value even if there are no samples at all."""
    if isinstance(tree, promql_parser.BinaryExpr):
        left, right, op = _answers_alone(tree.lhs), _answers_alone(tree.rhs), str(tree.op)
        return left or right if op == "or" else left and (right or op == "unless")
    if isinstance(tree, promql_parser.Call):
        return tree.func.name not in _MEAN_ABSENCE and all(map(_answers_alone, tree.args))
    if isinstance(tree, _AROUND):
        return _answers_alone(tree.expr)
    return isinstance(tree, promql_parser.NumberLiteral | promql_parser.StringLiteral)


def _looks_at(tree: object) -> list[str]:
    """
    What *tree* looks at, each as a query that gives something where a sample is.

    Raises:
        _UnclearError: it looks at something from another time.
    """
    if isinstance(tree, promql_parser.VectorSelector):
        return [str(tree.prettify())]
    if isinstance(tree, promql_parser.MatrixSelector):
        return [f"present_over_time({tree.prettify()})"]
    found = [one for part in _inside(tree) for one in _looks_at(part)]
    if isinstance(tree, promql_parser.SubqueryExpr):
        if tree.offset or tree.at:
            raise _UnclearError
        when = f"{_milliseconds(tree.range)}:{_milliseconds(tree.step) if tree.step else ''}"
        return [f"present_over_time(({one})[{when}])" for one in found]
    return found


def _inside(tree: object) -> list[object]:
    if isinstance(tree, promql_parser.BinaryExpr):
        return [tree.lhs, tree.rhs]
    if isinstance(tree, promql_parser.Call):
        return list(tree.args)
    return [tree.expr] if isinstance(tree, _AROUND) else []


def _milliseconds(length: timedelta | None) -> str:
    assert length
    return format_milliseconds(length // timedelta(milliseconds=1))
