"""
Many services that look alike: their definitions, and what Prometheus scraped of them.

Each has one SLO over its requests. Its pods live as long as the data, unless they are to be replaced; what they counted
is drawn from a seed, so that what was read can be compared with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.demo.history import Counts, Numbers
from tallystick.demo.samples import Series
from tallystick.demo.scenario import Span

CODES = ("200", "404", "500", "503")
"""Half of a service's series are of failed requests."""

PER_SCRAPE = (40.0, 2.0, 0.05, 0.02)
"""Requests that a pod answers between two scrapes, on average, by code."""

METRICS = ("http_requests_total", "grpc_server_handled_total", "rpc_requests_total", "api_calls_total")
"""Services are written in different languages and frameworks; each uses one of these."""

DEFINITION = """\
apiVersion: tallystick/v1
service: {job}
description: One of many.
team: team-{team}
slos:
  - name: availability
    objective: 99.9%
    window: {window}
    sli:
      events:
        total: {metric}{{job="{job}"}}
        bad: {metric}{{job="{job}",code=~"5.."}}
"""


@dataclass(frozen=True, slots=True)
class Fleet:
    """
    So many services.

    Attributes:
        slos: how many; one SLO each.
        series: of each of them; a multiple of the number of codes.
        span: the time of which there are samples.
        scrape_seconds: time between two scrapes of a pod.
        seed: of all that is random.
        older: how many of them (the first) have samples from *since* on already.
        since: in seconds since 1970.
    """

    slos: int
    series: int
    span: Span
    scrape_seconds: int = 60
    seed: int = 1
    older: int = 0
    since: int = 0

    @property
    def pods(self) -> int:
        """How many each service has."""
        return self.series // len(CODES)

    def write_definitions(self, folder: Path, window: str = "30d") -> list[Slo]:
        """Write a file for each service into *folder*, and load all of them."""
        folder.mkdir(exist_ok=True)
        for number in range(self.slos):
            text = DEFINITION.format(job=job(number), metric=metric(number), team=number % 20, window=window)
            (folder / f"{job(number)}.yaml").write_text(text, encoding="utf-8")
        loaded = load_paths([folder])
        assert not loaded.problems, loaded.problems[:3]
        return list(loaded.slos)

    def all_series(self) -> Iterator[Series]:
        """Every series, family by family."""
        pods = list(product(range(self.slos), range(self.pods)))
        for number, pod in pods:
            times = self.times(number, pod)
            yield Series("up", self._target(number, pod), times, np.ones(len(times), np.int64))
        for number, pod in pods:
            times = self.times(number, pod)
            start = np.full(len(times), self._start(number) - 86_400 + pod)
            yield Series("process_start_time_seconds", self._target(number, pod), times, start)
        for family in METRICS:
            for number, pod in pods:
                if metric(number) == family:
                    yield from self._counters(number, pod)

    def _counters(self, number: int, pod: int) -> Iterator[Series]:
        times, counts = self.times(number, pod), self.counts(number, pod)
        for code, its in zip(CODES, counts, strict=True):
            labels = {**self._target(number, pod), "code": code}
            yield Series(metric(number), labels, times, 1_000 + np.cumsum(its))

    def times(self, number: int, pod: int) -> Numbers:
        """When a pod was scraped, in seconds since 1970."""
        # Where in the interval a target is scraped depends on its address alone, and is spread evenly.
        phase = (number * 37 + pod * 7_919) * 10 % (self.scrape_seconds * 1_000) / 1_000
        return np.arange(self._start(number), self.span.end, self.scrape_seconds).astype(np.float64) + phase

    def _start(self, number: int) -> int:
        return self.since if number < self.older else self.span.start

    def counts(self, number: int, pod: int) -> Counts:
        """Requests that a pod answered before each of its scrapes and after the one before; shape (codes, scrapes)."""
        random = np.random.default_rng((self.seed, number, pod))
        size = len(self.times(number, pod)), len(CODES)
        return np.asarray(random.poisson(PER_SCRAPE, size).T, np.int64)

    def events(self, number: int, span: Span) -> tuple[int, int]:
        """Good and total events that scrapes within *span* show first."""
        found = np.zeros(len(CODES), np.int64)
        for pod in range(self.pods):
            times = self.times(number, pod)
            within = (span.start <= times) & (times < span.end)
            found += self.counts(number, pod)[:, within].sum(axis=1)
        return int(found[:2].sum()), int(found.sum())

    def _target(self, number: int, pod: int) -> dict[str, str]:
        return {"job": job(number), "instance": f"10.{number // 250}.{number % 250}.{pod}:8080"}


def job(number: int) -> str:
    """Name of a service."""
    return f"service-{number:04d}"


def metric(number: int) -> str:
    """What a service counts its requests with."""
    return METRICS[number % len(METRICS)]
