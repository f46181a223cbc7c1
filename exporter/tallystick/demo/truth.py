"""
What a perfect reader of the scraped samples can know of the sample shop's history: good and total per SLO and minute.

Counted from the requests and probes that `tallystick.demo.history` drew; no sample is read. The rules:

- A request belongs to the minute of the first scrape that answered after it. After a time without scrapes it shows at
  the next one, if its process still lives.
- What a process counted after its last scrape is `Truth.lost`: nobody can see it.
- What a process that is older than the history had counted at its first scrape is only a base.
- A process that was born within the history counts from zero.
- A 0/1 gauge holds its value until the next sample, but at most 1.5 times as long as it took from the sample before
  (a series' first sample: 60 s), and never over 300 s.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.demo.history import Counts, History, Life, Numbers, Requests
from tallystick.demo.scenario import MINUTE, Span
from tallystick.demo.scraping import Target
from tallystick.demo.shape import BUCKETS

FIRST_HOLDS = 60
"""Seconds for which a series' first sample holds: nobody knows yet how often it is scraped."""

HOLDS_TIMES = 1.5
HOLDS_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Truth:
    """
    The counts of one SLO.

    Attributes:
        span: the time it covers.
        good: good events (for ``up``: seconds) in each minute.
        total: all events in each minute.
        lost: events (good, total) that nobody ever saw.
    """

    span: Span
    good: Numbers
    total: Numbers
    lost: tuple[float, float] = (0, 0)

    def between(self, start: int, end: int) -> tuple[float, float]:
        """Good and total events in ``[start, end)``; both full minutes. Outside the history there are none."""
        first, last = (min(max((at - self.span.start) // MINUTE, 0), len(self.good)) for at in (start, end))
        return float(self.good[first:last].sum()), float(self.total[first:last].sum())


@dataclass(frozen=True, slots=True)
class Counted:
    """An SLO over requests: which of them, and how many of those are good, by scrape."""

    job: str
    good: Callable[[Requests], Counts]
    handler: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An SLO over a 0/1 gauge: its series."""

    series: Callable[[History], Iterator[tuple[Target, NDArray[np.bool_]]]]


def total_of(requests: Requests) -> Counts:
    """All requests, whatever came of them."""
    return np.asarray(np.sum(list(requests.by_code.values()), axis=0))


def without_server_error(requests: Requests) -> Counts:
    """Requests that the service did not fail."""
    return total_of(requests) - requests.by_code["500"]


def _paid(requests: Requests) -> Counts:
    return requests.by_code["200"]


def within(bound: float) -> Callable[[Requests], Counts]:
    """Requests that took at most *bound* seconds, one of `BUCKETS`."""
    return lambda requests: total_of(requests) - requests.over[BUCKETS.index(bound)]


def _probes(*services: str) -> Callable[[History], Iterator[tuple[Target, NDArray[np.bool_]]]]:
    return lambda history: ((history.probes[service], history.probe_ok[service]) for service in services)


def _targets(job: str) -> Callable[[History], Iterator[tuple[Target, NDArray[np.bool_]]]]:
    return lambda history: ((target, target.answered) for target in history.targets if target.job == job)


MEANING: Mapping[str, Counted | Held] = {
    "cart-availability": Counted("cart", without_server_error),
    "cart-latency": Counted("cart", within(0.3)),
    "checkout-availability": Counted("checkout", without_server_error),
    "checkout-latency": Counted("checkout", within(0.3)),
    "checkout-payments": Counted("checkout", _paid, handler="/pay"),
    "checkout-reachable": Held(_probes("checkout")),
    "search-availability": Counted("search", without_server_error),
    "search-instances": Held(_targets("search")),
    "search-not-slow": Counted("search", within(1.0), handler="/search"),
    "search-quick": Counted("search", within(0.1), handler="/search"),
    "website-reachable": Held(_probes("checkout", "search", "cart")),
}
"""What each SLO in ``slo-definitions/`` means, said again in the history's own terms."""


def truth(history: History, slo_id: str) -> Truth:
    """
    Count the events of *slo_id*.

    Raises:
        KeyError: there is no such SLO in the shop.
    """
    return truth_of(history, MEANING[slo_id])


def truth_of(history: History, meaning: Counted | Held) -> Truth:
    """Count the events that *meaning* tells."""
    return _count(history, meaning) if isinstance(meaning, Counted) else _hold(history, meaning)


def _count(history: History, meaning: Counted) -> Truth:
    good, total = (np.zeros(_minutes(history.span)) for _ in range(2))
    lost_good = lost_total = 0
    for life, requests in _requests(history, meaning):
        first = 1 if life.process.born < history.span.start else 0
        minute = _minute(history.span, life.times[first:])
        for minutes, counts in ((good, meaning.good(requests)), (total, total_of(requests))):
            np.add.at(minutes, minute, counts[first:-1])
        lost_good += int(meaning.good(requests)[-1])
        lost_total += int(total_of(requests)[-1])
    return Truth(history.span, good, total, (lost_good, lost_total))


def _requests(history: History, meaning: Counted) -> Iterator[tuple[Life, Requests]]:
    for life in history.lives:
        for requests in life.requests:
            if life.process.job == meaning.job and meaning.handler in (None, requests.handler.path):
                yield life, requests


def _hold(history: History, meaning: Held) -> Truth:
    good, total = (np.zeros(_minutes(history.span)) for _ in range(2))
    for target, was_one in meaning.series(history):
        ends = target.times + _holds(target.times)
        _spread(good, history.span, target.times[was_one], ends[was_one])
        _spread(total, history.span, target.times, ends)
    return Truth(history.span, good, total)


def _holds(times: Numbers) -> Numbers:
    """How many seconds each sample's value holds."""
    apart = np.diff(times)
    longest = np.minimum(np.concatenate([[FIRST_HOLDS], apart * HOLDS_TIMES]), HOLDS_AT_MOST)
    return np.asarray(np.minimum(longest, np.concatenate([apart, [np.inf]]))[: len(times)])


def _spread(minutes: Numbers, span: Span, starts: Numbers, ends: Numbers) -> None:
    """Add the seconds of each ``[start, end)`` to the minutes in which they lie."""
    for offset in range(HOLDS_AT_MOST // MINUTE + 1):
        index = _minute(span, starts) + offset
        edge = span.start + index * MINUTE
        inside = np.clip(np.minimum(ends, edge + MINUTE) - np.maximum(starts, edge), 0, None)
        known = index < len(minutes)
        np.add.at(minutes, index[known], inside[known])


def _minutes(span: Span) -> int:
    return (span.end - span.start) // MINUTE


def _minute(span: Span, times: Numbers) -> Counts:
    return ((times - span.start) // MINUTE).astype(np.int64)
