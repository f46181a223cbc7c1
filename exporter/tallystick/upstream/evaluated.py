"""
Asking for SLIs that are read as what Prometheus makes of a query, one value for each slice.

A slice ``[start, end)`` is asked for at its last millisecond. So a range of its length holds the very same samples in
Prometheus 2, where ranges are closed, and in 3, where they are open at the left: those from *start* to right before *end*.
"""

from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from tallystick.core.duration import format_seconds
from tallystick.core.evaluation import Answer, Evaluated, evaluate
from tallystick.core.sli import EvaluatedSli, QuerySli, ThresholdSli
from tallystick.core.timerange import TimeRange
from tallystick.core.windowed import fill_window
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

SOURCE = "query"
"""How slices are read here, as the ledger records it."""

HOUR_SECONDS = 3_600

MOST_INSTANTS = 10_000
"""Prometheus answers with at most 11,000 values of a series."""


def read_evaluated(
    prometheus: Prometheus, sli: EvaluatedSli, span: TimeRange, there: Container[int] | None = None
) -> Evaluated:
    """
    Count the events of *sli* in *span*.

    Args:
        prometheus: what evaluates.
        sli: what counts.
        span: which time, aligned to the SLI's own slices; it must be over, and its samples must have arrived.
        there: its slices, counted from 0, in which there was anything to go by; None: wherever there is an answer.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    answers = [ask(prometheus, query, span, sli.slice_seconds) for query in queries(sli)]
    return evaluate(sli, span, answers, there)


def past_labels(prometheus: Prometheus, sli: QuerySli, span: TimeRange) -> list[Mapping[str, str]]:
    """
    The labels of all that *sli* counted in *span*, which begins and ends at whole hours or is cut to them.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    hours = TimeRange(span.start // HOUR_SECONDS * HOUR_SECONDS, -(-span.end // HOUR_SECONDS) * HOUR_SECONDS)
    return [one.labels for one in ask(prometheus, fill_window(sli.total, "1h"), hours, HOUR_SECONDS)]


def queries(sli: EvaluatedSli) -> tuple[str, ...]:
    """What is asked for *sli*, at the end of each of its slices; `evaluate` wants the answers in this order."""
    if isinstance(sli, ThresholdSli):
        return (sli.query,)
    texts = (sli.total, sli.part) if isinstance(sli, QuerySli) else (sli.query, sli.total)
    window = format_seconds(sli.slice_seconds)
    return tuple(fill_window(text, window) for text in texts if text is not None)


def ask(prometheus: Prometheus, query: str, span: TimeRange, slice_seconds: int) -> list[Answer]:
    """
    The values of *query* at the end of each slice of *span*.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    assert span.start % slice_seconds == span.end % slice_seconds == 0, span
    step_ms, count = slice_seconds * 1_000, span.seconds // slice_seconds
    first_ms = span.start * 1_000 + step_ms - 1
    found: list[Answer] = []
    for begin in range(0, count, MOST_INSTANTS):
        end = min(begin + MOST_INSTANTS, count) - 1
        result = prometheus.query_range(query, first_ms + begin * step_ms, first_ms + end * step_ms, step_ms)
        try:
            found += [_answer(one, first_ms, step_ms, range(begin, end + 1)) for one in result]
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
            raise PrometheusError(
                "bad_answer", f"{prometheus.public_url} sent values that can't be read: {fault}"
            ) from fault
    return found


def _answer(one: Any, first_ms: int, step_ms: int, asked: range) -> Answer:
    if one.get("histograms"):
        raise PrometheusError("ambiguous", "the query gives histograms, not numbers; see histogram_count() and others")
    indices, odd = [], False
    for time, _ in one.get("values", ()):
        index, rest = divmod(round(time * 1_000) - first_ms, step_ms)
        odd |= rest != 0 or index not in asked
        indices.append(index)
    if odd:
        # A query frontend may move instants to multiples of the step; their values are of other slices.
        raise PrometheusError("bad_answer", "the query was evaluated at other times than asked for; is it cached?")
    labels = {str(name): str(value) for name, value in one["metric"].items() if name != "__name__"}
    texts = [str(text) for _, text in one.get("values", ())]
    return Answer(labels, indices, texts, np.array([float(text) for text in texts], np.float64))
