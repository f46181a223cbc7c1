"""
Whether there was anything that a query could go by.

``sum(rate(errors_total[5m])) or vector(0)`` answers 0 as long as there are no errors, and so it does of times when Prometheus was
down, or was not there yet. An answer of such a time is no observation. Which of its series should have been there nobody knows, as
some are born with what goes wrong; but where Prometheus scrapes anything it has ``up``.
"""

from collections.abc import Set as AbstractSet
from functools import lru_cache

import promql_parser

from tallystick.core.duration import format_seconds
from tallystick.core.sli import EvaluatedSli, QuerySli, ThresholdSli
from tallystick.core.timerange import TimeRange
from tallystick.core.windowed import fill_window
from tallystick.upstream.client import Prometheus
from tallystick.upstream.evaluated import ask

_OF_ITS_OWN = frozenset({"absent", "absent_over_time", "scalar"})
"""Functions that give a value where there is no series."""

_AROUND = (
    promql_parser.ParenExpr,
    promql_parser.UnaryExpr,
    promql_parser.AggregateExpr,
    promql_parser.SubqueryExpr,
)
"""What has one expression inside."""


class Evidence:
    """When there was anything at all, asked for once, however many SLIs want to know."""

    def __init__(self, prometheus: Prometheus) -> None:
        """Ask *prometheus*."""
        self._prometheus = prometheus
        self._found: dict[tuple[TimeRange, int], AbstractSet[int] | None] = {}

    def forget(self) -> None:
        """Drop what is known; the next pieces of time need other answers."""
        self._found.clear()

    def of(self, span: TimeRange, slice_seconds: int) -> AbstractSet[int] | None:
        """
        The slices of *span*, counted from 0, in which anything was scraped.

        Returns:
            None if that can't be told: there is no ``up`` here at all, as samples are sent and not fetched.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        key = span, slice_seconds
        if key not in self._found:
            query = f"count(present_over_time(up[{format_seconds(slice_seconds)}]))"
            found = {index for one in ask(self._prometheus, query, span, slice_seconds) for index in one.at}
            self._found[key] = found if found or self._has_up() else None
        return self._found[key]

    def _has_up(self) -> bool:
        return bool(self._prometheus.query("count(up)", int(self._prometheus.now() * 1_000)))


@lru_cache(maxsize=4_096)  # asked in every round
def answers_alone(sli: EvaluatedSli) -> bool:
    """
    Whether *sli* seems to be known even where there are no samples.

    Of counts the total tells whether there was anything to count, of a ratio its total if it has one. What can't be read is taken
    for such a query: then it is only asked for more than is needed.
    """
    total = None if isinstance(sli, ThresholdSli) else sli.total
    query = total or ("" if isinstance(sli, QuerySli) else sli.query)
    try:
        return _answers_alone(promql_parser.parse(fill_window(query, format_seconds(sli.slice_seconds))))
    except ValueError:
        return True


def _answers_alone(tree: object) -> bool:
    if isinstance(tree, promql_parser.BinaryExpr):
        left, right, op = _answers_alone(tree.lhs), _answers_alone(tree.rhs), str(tree.op)
        return left or right if op == "or" else left and (right or op == "unless")
    if isinstance(tree, promql_parser.Call):
        return tree.func.name in _OF_ITS_OWN or all(map(_answers_alone, tree.args))
    if isinstance(tree, _AROUND):
        return _answers_alone(tree.expr)
    return isinstance(tree, promql_parser.NumberLiteral | promql_parser.StringLiteral)
