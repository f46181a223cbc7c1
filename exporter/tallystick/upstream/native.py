"""Native histograms as two counters, such as a classic histogram has: all observations, and those at or under a threshold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from tallystick.core.histogram import BetweenBucketsError, Bucket, Histogram, counter, histogram
from tallystick.core.memory import FORGET_SERIES_MS, Memory
from tallystick.core.selector import Selector
from tallystick.core.series import Series, Times
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

SOURCE = "native"
"""How slices are read here, as the ledger records it."""

_LONGEST_MS = 3_600_000
"""Longest time of which too large an answer is asked for in parts: histograms take much more text than numbers."""

_SHORTEST_MS = 15_000


@dataclass(frozen=True, slots=True, eq=False)
class NativeSeries:
    """
    One series of native histograms.

    Attributes:
        labels: its labels, without ``__name__``.
        times: when each sample was scraped, in milliseconds since 1970; strictly ascending, shape (n,).
        samples: the histograms; as many.
    """

    labels: Mapping[str, str]
    times: Times
    samples: Sequence[Histogram]


def native_series(
    prometheus: Prometheus,
    selector: Selector,
    span: TimeRange,
    *,
    threshold: Decimal,
    memory: Memory,
    role: str = "good",
) -> tuple[list[Series], list[Series]]:
    """
    Counters of all observations, and of those at or under *threshold*.

    They have the labels of a classic histogram's ``_count`` and ``_bucket``, so that one that becomes native goes on.

    Args:
        prometheus: what is asked.
        selector: the histogram, without ``_bucket`` or ``_count``.
        span: which time.
        threshold: in the histogram's unit; positive.
        memory: what was left by the reading of the time right before *span*.
        role: what the second counter is called in *memory*.

    Returns:
        Both, empty if there are no native histograms.

    Raises:
        PrometheusError: there is no answer, or none that is whole; or (``no_bucket``) the threshold is inside of a custom
            bucket.
    """
    found = native_samples(prometheus, selector, span.start * 1_000, span.end * 1_000)
    remembered = _remembered(found, threshold, memory, role)
    earlier: dict[str, NativeSeries] = {}
    if remembered:
        since_ms = max(min(at_ms for at_ms, _ in remembered.values()), span.start * 1_000 - FORGET_SERIES_MS)
        asked = native_samples(prometheus, selector, since_ms, span.start * 1_000)
        earlier = {_good_labels(one, threshold).key: one for one in asked}
    return counters(found, threshold, before(earlier, remembered))


def native_samples(prometheus: Prometheus, selector: Selector, start_ms: int, end_ms: int) -> list[NativeSeries]:
    """
    The native histograms of *selector* in ``[start_ms, end_ms)``, as they were scraped; samples that are numbers are left out.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    if start_ms >= end_ms:
        return []
    try:
        result = prometheus.query(f"{selector.promql}[{end_ms - start_ms}ms]", end_ms - 1)
    except PrometheusError as fault:
        if fault.reason != "too_large" or not _SHORTEST_MS < end_ms - start_ms <= _LONGEST_MS:
            raise
        middle_ms = (start_ms + end_ms) // 2
        return _joined(
            native_samples(prometheus, selector, start_ms, middle_ms),
            native_samples(prometheus, selector, middle_ms, end_ms),
        )
    try:
        return parse(result, start_ms, end_ms)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        raise PrometheusError(
            "bad_answer", f"{prometheus.public_url} sent histograms that can't be read: {fault}"
        ) from fault


def _joined(earlier: Iterable[NativeSeries], later: Iterable[NativeSeries]) -> list[NativeSeries]:
    """The same series' samples one after the other."""
    found = {frozenset(one.labels.items()): one for one in earlier}
    for one in later:
        before = found.get(key := frozenset(one.labels.items()))
        found[key] = one
        if before is not None:
            times = np.concatenate([before.times, one.times])
            found[key] = NativeSeries(one.labels, times, [*before.samples, *one.samples])
    return list(found.values())


def parse(result: Any, start_ms: int, end_ms: int) -> list[NativeSeries]:
    """The native histograms of a range selector's *result* in ``[start_ms, end_ms)``; series without any are left out."""
    found = []
    for one in result:
        pairs = [(round(time * 1_000), document) for time, document in one.get("histograms", ())]
        kept = [(at_ms, document) for at_ms, document in pairs if start_ms <= at_ms < end_ms]
        if kept:
            labels = {str(name): str(value) for name, value in one["metric"].items() if name != "__name__"}
            times = np.array([at_ms for at_ms, _ in kept], np.int64)
            found.append(NativeSeries(labels, times, [_sample(document) for _, document in kept]))
    return found


def _sample(document: Any) -> Histogram:
    buckets = [
        Bucket(float(lower), float(upper), float(count)) for _, lower, upper, count in document.get("buckets", ())
    ]
    return histogram(float(document["count"]), buckets)


def counters(
    found: Iterable[NativeSeries], threshold: Decimal, befores: Mapping[str, tuple[Histogram, float]]
) -> tuple[list[Series], list[Series]]:
    """
    Counters of all observations, and of those at or under *threshold*.

    Args:
        found: the histograms.
        threshold: in their unit.
        befores: by the key of the second counter: the sample before, and the counter's value at it.

    Raises:
        PrometheusError: ``no_bucket``: the threshold is inside of a custom bucket.
    """
    total, good = [], []
    for one in found:
        part = _good_labels(one, threshold)
        total.append(Series(one.labels, one.times, np.array([sample.count for sample in one.samples])))
        try:
            values = counter(one.samples, float(threshold), befores.get(part.key))
        except BetweenBucketsError as fault:
            raise PrometheusError("no_bucket", _words(threshold, fault)) from fault
        good.append(Series(part.labels, one.times, np.array(values)))
    return total, good


def before(
    earlier: Mapping[str, NativeSeries], remembered: Mapping[str, tuple[int, float]]
) -> dict[str, tuple[Histogram, float]]:
    """
    The sample before and the counter's value at it, by key of the counter, where both are known.

    Args:
        earlier: histograms of the time before, by key of their counters.
        remembered: when each counter had its latest sample, in milliseconds since 1970, and which.
    """
    found = {}
    for key, (at_ms, value) in remembered.items():
        known = earlier.get(key)
        if known is not None and int(known.times[-1]) == at_ms:
            found[key] = known.samples[-1], value
    return found


def _remembered(
    found: Iterable[NativeSeries], threshold: Decimal, memory: Memory, role: str
) -> dict[str, tuple[int, float]]:
    counters = [_good_labels(one, threshold) for one in found]
    pairs = ((one.key, memory.targets.get(one.target)) for one in counters)
    latest = ((key, known.series.get((role, key))) for key, known in pairs if known)
    return {key: (last.time_ms, last.value) for key, last in latest if last}


def _good_labels(one: NativeSeries, threshold: Decimal) -> Series:
    """A counter without samples that has the labels of a classic bucket."""
    labels = {**one.labels, "le": f"{threshold:f}"}
    return Series(labels, one.times[:0], np.zeros(0))


def _words(threshold: Decimal, fault: BetweenBucketsError) -> str:
    bounds = [f"{bound:g}" for bound in (fault.lower, fault.upper) if abs(bound) != float("inf")]
    return f"no bucket ends at {threshold:f}; neighbours are {' and '.join(bounds)}: take one of them as the threshold"
