"""Raw samples of a selector over a range of time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tallystick.core.selector import Selector
from tallystick.core.series import Series
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus


def raw_samples(prometheus: Prometheus, selector: Selector, span: TimeRange) -> list[Series]:
    """
    The samples of *selector* within *span*, as they were scraped.

    A range selector as an instant query gives them. Its range is closed at both ends in Prometheus 2 and open at the left
    in 3, so the query ends a millisecond before *span* does, and what lies before *span* is left out here.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    start_ms, end_ms = span.start * 1_000, span.end * 1_000
    result = prometheus.query(f"{selector.promql}[{end_ms - start_ms}ms]", end_ms - 1)
    try:
        found = [_series(one, start_ms, end_ms) for one in result]
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        raise PrometheusError(
            "bad_answer", f"{prometheus.public_url} sent samples that can't be read: {fault}"
        ) from fault
    return [one for one in found if len(one.times)]


def _series(one: Any, start_ms: int, end_ms: int) -> Series:
    pairs: Sequence[tuple[float, str]] = one.get("values", ())
    times = np.array([round(time * 1_000) for time, _ in pairs], np.int64)
    values = np.array([float(text) for _, text in pairs], np.float64)
    kept = (times >= start_ms) & (times < end_ms) & np.isfinite(values)
    labels = {str(name): str(value) for name, value in one["metric"].items() if name != "__name__"}
    return Series(labels, times[kept], values[kept])
