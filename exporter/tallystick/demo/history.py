"""
The sample shop's past, drawn from a seed: what its metrics looked like to a Prometheus that scraped it every minute.

Here requests and probes are drawn. `tallystick.demo.samples` shows them as the samples that Prometheus took, and
`tallystick.demo.truth` counts them without looking at a sample.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.demo import shape
from tallystick.demo.scenario import MINUTE, SLOTS, Process, Scenario, Span, make_scenario
from tallystick.demo.scraping import Target, probe_targets, scrape_targets
from tallystick.demo.shape import BUCKETS, SERVICES, Handler, Service

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]

_SLOW_FROM = 0.3
"""A slow release makes requests exceed the buckets up to this many seconds; the tail above stays what it is."""


@dataclass(frozen=True, slots=True)
class Requests:
    """
    Requests that one process answered, of one kind.

    Each array has a number for each scrape that the process answered and one more: requests since the scrape before
    (the first: since the process was born, or, if it is older than the history, since that began), and at last those
    after the last scrape, which nobody ever saw.

    Attributes:
        handler: what was asked for.
        by_code: how many, by the code they were answered with.
        over: how many took longer than each of `BUCKETS`.
        before_by_code: how many there had been before the history began.
        before_over: likewise.
    """

    handler: Handler
    by_code: Mapping[str, Counts]
    over: tuple[Counts, ...]
    before_by_code: Mapping[str, int]
    before_over: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Life:
    """
    One process with all it did.

    Attributes:
        process: which one.
        times: instants of the scrapes that it answered.
        requests: what it was asked, by handler.
    """

    process: Process
    times: Numbers
    requests: tuple[Requests, ...]


@dataclass(frozen=True, slots=True)
class Moods:
    """How a service did in each minute of the history: the curves that requests are drawn from."""

    span: Span
    rate: Numbers
    errors: Numbers
    slow: Numbers
    probes: Numbers

    def expected(self, per_second: Numbers, edges: Numbers) -> Numbers:
        """Expected number of events between each two of *edges*, at *per_second* in each minute."""
        sums = np.concatenate([[0.0], np.cumsum(per_second * MINUTE)])
        grid = np.arange(len(sums)) * MINUTE + self.span.start
        return np.diff(np.interp(edges, grid, sums))

    def minute_of(self, times: Numbers) -> Counts:
        """Index of the minute that each of *times* is in."""
        return np.clip((times - self.span.start) // MINUTE, 0, len(self.rate) - 1).astype(np.int64)


@dataclass(frozen=True)
class History:
    """
    The past of the shop.

    Attributes:
        scenario: what happened.
        lives: every process, with its requests.
        targets: every target of the services, with its scrapes.
        probes: the probes' targets by service.
        probe_ok: which of their probes succeeded.
    """

    scenario: Scenario
    lives: tuple[Life, ...]
    targets: tuple[Target, ...]
    probes: Mapping[str, Target]
    probe_ok: Mapping[str, NDArray[np.bool_]]

    @property
    def span(self) -> Span:
        """The time it covers."""
        return self.scenario.span


def make_history(seed: int, end: int, days: int) -> History:
    """
    Draw a history.

    Args:
        seed: of all that is random; the same seed and end give the same history.
        end: when it ends, in seconds since 1970; a full minute.
        days: how long it is.
    """
    if end % MINUTE:
        raise ValueError(f"a history ends at a full minute, not at {end}")
    span = Span(end - days * 86_400, end)
    scenario = make_scenario(seed, span)
    random = np.random.default_rng(seed)
    targets = tuple(scrape_targets(scenario, random))
    probes = probe_targets(scenario, shape.BY_NAME, random)
    moods = {service.name: _moods(service, scenario) for service in SERVICES}
    probe_ok = {
        name: random.random(len(target.times)) >= moods[name].probes[moods[name].minute_of(target.times)]
        for name, target in probes.items()
    }
    return History(scenario, tuple(_lives(scenario, targets, moods, random)), targets, probes, probe_ok)


def _moods(service: Service, scenario: Scenario) -> Moods:
    minutes = np.arange(scenario.span.start, scenario.span.end, MINUTE)
    rate = np.array([service.rate(at + MINUTE / 2) for at in minutes.tolist()])
    errors, slow, probes = np.full(len(rate), service.errors), np.zeros(len(rate)), np.zeros(len(rate))
    for incident in scenario.incidents:
        if incident.service != service.name:
            continue
        during = (incident.span.start <= minutes) & (minutes < incident.span.end)
        for kind, curve in (("errors", errors), ("slow", slow), ("errors", probes), ("unseen", probes)):
            if incident.kind == kind:
                curve[during] = incident.share
    return Moods(scenario.span, rate, errors, slow, probes)


def _lives(
    scenario: Scenario, targets: tuple[Target, ...], moods: Mapping[str, Moods], random: np.random.Generator
) -> Iterator[Life]:
    scraped = {(target.job, target.instance): target for target in targets}
    for process in scenario.processes:
        target = scraped[process.job, process.instance]
        its_own = target.answered & (process.born <= target.times) & (target.times < process.died)
        times = target.times[its_own]
        requests = tuple(
            _requests(handler, process, times=times, mood=moods[process.job], random=random)
            for handler in shape.BY_NAME[process.job].handlers
        )
        yield Life(process, times, requests)


def _requests(
    handler: Handler, process: Process, *, times: Numbers, mood: Moods, random: np.random.Generator
) -> Requests:
    service = shape.BY_NAME[process.job]
    edges = np.concatenate([[max(process.born, mood.span.start)], times, [process.died]]).astype(np.float64)
    rate = mood.rate * handler.share / SLOTS[service.name]
    good_share = (1 - handler.client_share, handler.client_share)
    shares = [*((1 - mood.errors) * share for share in good_share), mood.errors]
    by_code = {
        code: random.poisson(mood.expected(rate * share, edges))
        for code, share in zip(handler.codes, shares, strict=True)
    }
    over = _over(handler, sum(by_code.values(), np.zeros(1, np.int64)), mood.slow[mood.minute_of(edges[:-1])], random)
    # What a process that is older than the history had counted by then: a base that nobody can date.
    age = max(0, mood.span.start - process.born)
    before = {
        code: int(random.poisson(age * float(np.mean(rate * share))))
        for code, share in zip(handler.codes, (*good_share, service.errors), strict=True)
    }
    answered = np.array([sum(before.values())])
    before_over = tuple(int(count[0]) for count in _over(handler, answered, np.zeros(1), random))
    return Requests(handler, by_code, over, before, before_over)


def _over(handler: Handler, counts: Counts, slow: Numbers, random: np.random.Generator) -> tuple[Counts, ...]:
    """How many of *counts* requests took longer than each bucket's bound, when *slow* of them were slow on purpose."""
    found = []
    left, left_share = counts, np.ones(len(slow))
    for bound, exceed in zip(BUCKETS, handler.exceed, strict=True):
        share = exceed + (1 - exceed) * slow if bound <= _SLOW_FROM else np.full(len(slow), exceed)
        left = random.binomial(left, np.minimum(share / left_share, 1))
        left_share = share
        found.append(left)
    return tuple(found)
