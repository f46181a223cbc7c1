"""
The sample shop's history as Prometheus has it: counters, histograms and gauges, as instrumented services show them.

Counters start at 0 with their process, a series appears with its first event, and what a process counted after its last
scrape is in no sample.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tallystick.demo import shape
from tallystick.demo.history import Counts, History, Life, Numbers, Requests
from tallystick.demo.scenario import Process
from tallystick.demo.scraping import Target
from tallystick.demo.shape import BUCKET_MEANS, BUCKETS


@dataclass(frozen=True, slots=True)
class Series:
    """
    One time series.

    Attributes:
        metric: its name.
        labels: its labels.
        times: instants of its samples, in seconds since 1970.
        values: their values.
    """

    metric: str
    labels: Mapping[str, str]
    times: Numbers
    values: Counts | Numbers


def all_series(history: History) -> Iterator[Series]:
    """Every series, family by family; one that a process continued after a restart comes in several parts."""
    for target in (*history.targets, *history.probes.values()):
        yield Series("up", _identity(target), target.times, target.answered.astype(np.int64))
    for service, target in history.probes.items():
        yield Series(shape.PROBE, _identity(target), target.times, history.probe_ok[service].astype(np.int64))
    for life in history.lives:
        born = np.full(len(life.times), life.process.born)
        yield Series(shape.START_TIME, _identity(life.process), life.times, born)
    for show in (_counters, _buckets, _count, _sum):
        yield from _each_requests(history, show)


def _each_requests(history: History, show: Callable[[Life, Requests], Iterator[Series]]) -> Iterator[Series]:
    for life in history.lives:
        for requests in life.requests:
            yield from show(life, requests)


def _identity(who: Target | Process) -> dict[str, str]:
    return {"job": who.job, "instance": who.instance}


def _seen(counts: Counts, before: int) -> Counts:
    """What the counter showed at each scrape."""
    return before + np.cumsum(counts[:-1])


def _since_first(series: Series, seen: Counts) -> Series:
    """*series* without the scrapes before its first event, *seen* being how many there had been: it wasn't there yet."""
    there = seen > 0
    return Series(series.metric, series.labels, series.times[there], series.values[there])


def _all(requests: Requests) -> Counts:
    return _seen(sum(requests.by_code.values(), np.zeros(1, np.int64)), sum(requests.before_by_code.values()))


def _counters(life: Life, requests: Requests) -> Iterator[Series]:
    kind = {"handler": requests.handler.path, "method": requests.handler.method}
    for code, counts in requests.by_code.items():
        seen = _seen(counts, requests.before_by_code[code])
        labels = {**_identity(life.process), **kind, "code": code}
        yield _since_first(Series(shape.REQUESTS, labels, life.times, seen), seen)


def _buckets(life: Life, requests: Requests) -> Iterator[Series]:
    seen = _all(requests)
    for bound, over in zip((*BUCKETS, "+Inf"), _over_each(requests), strict=True):
        labels = {**_identity(life.process), "handler": requests.handler.path, "le": str(bound)}
        yield _since_first(Series(f"{shape.DURATION}_bucket", labels, life.times, seen - over), seen)


def _over_each(requests: Requests) -> list[Counts]:
    """At each scrape, how many requests had taken longer than each bucket's bound, the last being +Inf."""
    over = [_seen(counts, before) for counts, before in zip(requests.over, requests.before_over, strict=True)]
    return [*over, np.zeros_like(over[0])]


def _count(life: Life, requests: Requests) -> Iterator[Series]:
    seen = _all(requests)
    labels = {**_identity(life.process), "handler": requests.handler.path}
    yield _since_first(Series(f"{shape.DURATION}_count", labels, life.times, seen), seen)


def _sum(life: Life, requests: Requests) -> Iterator[Series]:
    """The sum of latencies, taken as each bucket's usual one: it is shown to people and counted by nobody."""
    seen = _all(requests)
    labels = {**_identity(life.process), "handler": requests.handler.path}
    edges = [seen, *_over_each(requests)]
    hundredths = np.zeros_like(seen)
    for upper, lower, mean in zip(edges, edges[1:], BUCKET_MEANS, strict=False):
        hundredths += (upper - lower) * round(100 * mean)
    yield _since_first(Series(f"{shape.DURATION}_sum", labels, life.times, hundredths / 100), seen)
