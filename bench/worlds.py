"""
Services whose every request is known, and what a Prometheus that scraped them has of it.

Requests are drawn from a seed, per scrape interval: how many a process answered between two scrapes. So there are two
truths, both exact and neither worked out from samples: what happened, and what scrapes can tell. A request can be told
by the first scrape that its process answered after it; what a process did after its last scrape died with it.

A counter begins at 0 with its process, and a series is there from its first event on, as client libraries have it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tallystick.demo.history import Counts, Numbers
from tallystick.demo.samples import Series
from tallystick.demo.scenario import DAY, HOUR, MINUTE, Span

METRIC = "http_requests_total"
SCRAPE_SECONDS = 30
HANDLERS = {"/": 0.7, "/search": 0.3}
"""What is asked for, and its share of the requests."""

CODES = ("200", "404", "500")
NOT_FOUND = 0.01
ADDRESSES = 250
"""Addresses that pods get in turn, so that one of a dead pod comes back with another."""

EARLIER_DAYS = 5
"""Samples before the window: a Prometheus that was there already."""

_KINDS = tuple(product(HANDLERS, CODES))
_BAD = np.array([code.startswith("5") for _, code in _KINDS])


@dataclass(frozen=True, slots=True)
class Outage:
    """Errors above the usual: *share* of the requests, for *minutes*, from so many *days* and *hours* before the end."""

    days: int
    hours: int
    minutes: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    A service.

    Attributes:
        name: its job.
        night: requests a minute at the quietest time of the day, all pods together.
        day: likewise at the busiest.
        errors: share of failed requests, outages apart.
        pods: how many at a time.
        life_hours: how long a pod lives, at least and at most; None: for ever.
        restarts: share of pods whose process restarts once.
        gaps: how often Prometheus is away, for one to two and a half hours.
        failed: share of scrapes that fail.
        outages: when more requests failed.
    """

    name: str
    night: float
    day: float
    errors: float
    pods: int = 4
    life_hours: tuple[float, float] | None = None
    restarts: float = 0.0
    gaps: int = 0
    failed: float = 0.0
    outages: tuple[Outage, ...] = ()


_OUTAGES = (Outage(11, 21, 60, 0.5), Outage(4, 9, 20, 0.1))
"""At 03:00 eleven days before the last one, and at 15:00."""

_STEADY = Scenario(name="steady", night=600, day=600, errors=0.0005, pods=3, outages=_OUTAGES)
_LOW = Scenario(name="low", night=0.1, day=0.1, errors=0.02, life_hours=(24, 96), restarts=0.15, gaps=3, failed=0.001)
SCENARIOS = (
    _STEADY,
    replace(_LOW, name="uneven", night=10, day=1_000, errors=0.0005, life_hours=(2, 8), outages=_OUTAGES),
    _LOW,
    replace(_LOW, name="low-churn", life_hours=(2, 8)),
)
"""
Long-lived pods with steady traffic; 100 times as much by day as by night, on pods that are replaced all the time; one
request in ten minutes, on pods that live for days, and for hours.
"""


@dataclass(frozen=True, slots=True)
class Process:
    """One life of a pod: its target's labels, and when it was born and died, in milliseconds since 1970."""

    labels: tuple[tuple[str, str], ...]
    born: int
    died: int


@dataclass(frozen=True, slots=True)
class Lived:
    """
    A process with all it did.

    Attributes:
        process: which one.
        times: scrapes that it answered, in milliseconds; shape (scrapes,).
        seen: what each of its counters showed at them; shape (kinds, scrapes).
        happened: bad and all events within the window; shape (2,).
        visible: bad and all events by when a scrape told them first; shape (2, pieces).
        told: when that was, in milliseconds; shape (pieces,).
    """

    process: Process
    times: Counts
    seen: Counts
    happened: Counts
    visible: Counts
    told: Counts


@dataclass(frozen=True, slots=True)
class Events:
    """
    Events within the window.

    Attributes:
        bad: failed ones.
        total: all.
    """

    bad: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    One service over some time.

    Attributes:
        scenario: which.
        span: the time that has samples.
        window: the part of it that is counted.
        series: what Prometheus has.
        happened: events in the window.
        visible: those that scrapes in the window tell.
        visible_bad: of those, the bad ones in each minute of *span*; shape (minutes,).
        visible_total: likewise, all.
    """

    scenario: Scenario
    span: Span
    window: Span
    series: Sequence[Series]
    happened: Events
    visible: Events
    visible_bad: Counts
    visible_total: Counts


def make_world(scenario: Scenario, seed: int, end: int, days: int) -> World:
    """
    Draw a world.

    Args:
        scenario: what kind.
        seed: of all that is random.
        end: when it ends, in seconds since 1970; midnight UTC, so that the time of day is told from it.
        days: length of the window.
    """
    span, window = Span(end - (days + EARLIER_DAYS) * DAY, end), Span(end - days * DAY, end)
    random = np.random.default_rng([seed, *scenario.name.encode()])
    gaps = _gaps(scenario, window, random)
    traffic = _Traffic(span, window, _expected(scenario, span), random)
    ups, lives = [], []
    for pod in _pods(scenario, span, random):
        times = _scrapes(pod, span, gaps, random)
        whole = random.random(len(times)) >= scenario.failed
        answered = np.zeros(len(times), np.bool_)
        for process in pod:
            its = whole & (process.born <= times) & (times < process.died)
            answered |= its
            lives.append(traffic.live(process, times[its]))
        ups.append(Series("up", dict(pod[0].labels), times / 1_000, answered.astype(np.int64)))
    bad, total = _by_minute(lives, span)
    inside = slice((window.start - span.start) // MINUTE, None)
    happened = np.sum([life.happened for life in lives], axis=0)
    return World(
        scenario=scenario,
        span=span,
        window=window,
        series=[*ups, *_shown(lives)],
        happened=Events(*happened.tolist()),
        visible=Events(int(bad[inside].sum()), int(total[inside].sum())),
        visible_bad=bad,
        visible_total=total,
    )


def _by_minute(lives: Sequence[Lived], span: Span) -> tuple[Counts, Counts]:
    """Bad and all events by the minute in which a scrape told them."""
    told = (np.concatenate([life.told for life in lives]) - span.start * 1_000) // (MINUTE * 1_000)
    visible = np.concatenate([life.visible for life in lives], axis=1)
    count = (span.end - span.start) // MINUTE
    bad, total = (np.bincount(told, weights=row, minlength=count).astype(np.int64) for row in visible)
    return bad, total


def _gaps(scenario: Scenario, window: Span, random: np.random.Generator) -> NDArray[np.int64]:
    """When Prometheus was away, in milliseconds; shape (gaps, 2)."""
    starts = random.integers(window.start + HOUR, window.end - 3 * HOUR, scenario.gaps)
    return np.column_stack([starts, starts + random.integers(HOUR, 5 * HOUR // 2, scenario.gaps)]) * 1_000


def _pods(scenario: Scenario, span: Span, random: np.random.Generator) -> Iterator[tuple[Process, ...]]:
    """Every pod with its processes; a new one comes up a little before the old one goes."""
    pods = []
    for _ in range(scenario.pods):
        if scenario.life_hours is None:
            pods.append((span.start - 30 * DAY + float(random.integers(DAY)), span.end + float(DAY)))
            continue
        shortest, longest = (hours * HOUR for hours in scenario.life_hours)
        born = span.start - random.uniform(0, longest)
        while born < span.end:
            died = born + random.uniform(shortest, longest)
            if died > span.start:
                pods.append((born, died))
            born = died - random.uniform(5, 60)
    for number, (born, died) in enumerate(sorted(pods)):
        address = f"10.0.0.{number % ADDRESSES + 1}:8080"
        labels = (("job", scenario.name), ("instance", address), ("pod", f"{scenario.name}-{number:05d}"))
        first, last = _hundredths(born), _hundredths(died)
        if random.random() < scenario.restarts:
            stopped = _hundredths(random.uniform(born, died))
            again = min(stopped + _hundredths(random.uniform(0.5, 90)), last - 10)
            if first < stopped < again:
                yield Process(labels, first, stopped), Process(labels, again, last)
                continue
        yield (Process(labels, first, last),)


def _hundredths(seconds: float) -> int:
    """Milliseconds, to a hundredth of a second: what is written to Prometheus has no more digits."""
    return round(seconds * 100) * 10


def _scrapes(
    pod: Sequence[Process], span: Span, gaps: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """When Prometheus tries to scrape *pod*, in milliseconds: it finds it when it is born, and is away in *gaps*."""
    phase = int(random.integers(SCRAPE_SECONDS * 100)) * 10
    times = np.arange(span.start * 1_000 + phase, span.end * 1_000, SCRAPE_SECONDS * 1_000)
    there = (pod[0].born <= times) & (times < pod[-1].died)
    for start, end in gaps:
        there &= (times < start) | (times >= end)
    return np.asarray(times[there], np.int64)


def _expected(scenario: Scenario, span: Span) -> Numbers:
    """Expected requests of one pod up to each minute's edge, by kind; shape (kinds, minutes + 1)."""
    at = np.arange(span.start, span.end, MINUTE) + MINUTE / 2
    # Between the quietest and the busiest time it goes by factors: 10, 100, 1000.
    daylight = (1 - np.cos(2 * np.pi * (at % DAY) / DAY)) / 2
    rate = scenario.night * (scenario.day / scenario.night) ** daylight / scenario.pods
    errors = np.full(len(at), scenario.errors)
    for outage in scenario.outages:
        start = span.end - outage.days * DAY - outage.hours * HOUR
        errors[(start <= at) & (at < start + outage.minutes * MINUTE)] = outage.share
    by_code = {"200": (1 - NOT_FOUND) * (1 - errors), "404": NOT_FOUND * (1 - errors), "500": errors}
    each = np.array([HANDLERS[handler] * by_code[code] * rate for handler, code in _KINDS])
    return np.concatenate([np.zeros((len(_KINDS), 1)), np.cumsum(each, axis=1)], axis=1)


@dataclass(frozen=True, slots=True)
class _Traffic:
    """What requests are drawn from; *expected* as `_expected` gives it."""

    span: Span
    window: Span
    expected: Numbers
    random: np.random.Generator

    def live(self, process: Process, times: NDArray[np.int64]) -> Lived:
        """Draw what *process* did, which answered scrapes at *times*."""
        begin, cut = self.span.start * 1_000, self.window.start * 1_000
        born, died = max(process.born, begin), min(process.died, self.span.end * 1_000)
        # Cut at scrapes, and at the window's start, so that each piece is on one side of either.
        edges = np.unique(np.concatenate([[born, died], times, [cut] if born < cut < died else []])).astype(np.int64)
        drawn = self._draw(edges)
        inside = _bad_and_all(drawn[:, edges[:-1] >= cut]).sum(axis=1)
        # The scrape that tells each piece first. The last piece comes after all of them, and nobody ever sees it.
        first = np.searchsorted(times, edges[1:])
        seen = np.zeros((len(_KINDS), len(times) + 1), np.int64)
        np.add.at(seen.T, first, drawn.T)
        # Of a process older than the samples nobody can date what its first scrape shows: it is a base.
        is_old = process.born < begin
        visible = (first < len(times)) & (first >= int(is_old))
        before = self._before(begin - process.born) if is_old else np.zeros(len(_KINDS), np.int64)
        shown = before[:, np.newaxis] + np.cumsum(seen[:, :-1], axis=1)
        return Lived(process, times, shown, inside, _bad_and_all(drawn[:, visible]), times[first[visible]])

    def _draw(self, edges: NDArray[np.int64]) -> Counts:
        """Requests between each two of *edges*, by kind; shape (kinds, pieces)."""
        grid = np.arange(self.expected.shape[1]) * MINUTE * 1_000 + self.span.start * 1_000
        sums = np.array([np.interp(edges, grid, row) for row in self.expected])
        return np.asarray(self.random.poisson(np.diff(sums, axis=1)), np.int64)

    def _before(self, age_ms: int) -> Counts:
        """What a process of that age had counted when the samples begin, by kind."""
        per_minute = self.expected[:, -1] / (self.expected.shape[1] - 1)
        return np.asarray(self.random.poisson(per_minute * age_ms / 60_000), np.int64)


def _bad_and_all(drawn: Counts) -> Counts:
    """Sums over kinds; shape (2, pieces)."""
    return np.stack([drawn[_BAD].sum(axis=0), drawn.sum(axis=0)])


def _shown(lives: Sequence[Lived]) -> Iterator[Series]:
    """The processes' own series: their start times, and their counters from the first event on."""
    for life in lives:
        start = np.full(len(life.times), life.process.born / 1_000)
        yield Series("process_start_time_seconds", dict(life.process.labels), life.times / 1_000, start)
    for life in lives:
        for (handler, code), seen in zip(_KINDS, life.seen, strict=True):
            labels = {**dict(life.process.labels), "handler": handler, "code": code}
            there = seen > 0
            yield Series(METRIC, labels, life.times[there] / 1_000, seen[there])
