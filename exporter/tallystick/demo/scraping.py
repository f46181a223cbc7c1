"""When Prometheus scraped which target in the sample shop's history, and whether it got an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tallystick.demo.scenario import Process, Scenario, Span
from tallystick.demo.shape import public_url

INTERVAL = 60
"""Seconds between two scrapes of a target in the history."""

PROBE_JOB = "probe"

_LINGER = 20
"""Prometheus may go on asking for a pod this many seconds after it is gone, until it learns so."""


@dataclass(frozen=True, slots=True)
class Target:
    """
    An address, from when Prometheus knew it until it was told to forget it.

    Attributes:
        job: its job.
        instance: its address, or what is probed.
        times: instants of the scrapes, in seconds since 1970; multiples of 1/4 s, so that sums of them are exact.
        answered: whether each scrape got an answer: the values of ``up``.
    """

    job: str
    instance: str
    times: NDArray[np.float64]
    answered: NDArray[np.bool_]


def scrape_targets(scenario: Scenario, random: np.random.Generator) -> list[Target]:
    """All targets of *scenario* with their scrapes; *random* decides on the second of the minute and on loose ends."""
    targets = []
    for (job, instance), lives in groupby(scenario.processes, key=lambda process: (process.job, process.instance)):
        processes = list(lives)
        known = _known(processes, scenario.span, int(random.integers(_LINGER + 1)))
        times = _scrape_times(known, scenario.blind, random)
        alive = _inside(times, [Span(process.born, process.died) for process in processes])
        cut_off = _inside(times, [span for job_, span in scenario.unreachable if job_ == job])
        targets.append(Target(job, instance, times, alive & ~cut_off))
    return targets


def probe_targets(scenario: Scenario, services: Iterable[str], random: np.random.Generator) -> Mapping[str, Target]:
    """The probes' targets by service; the prober itself never failed."""
    found = {}
    for service in services:
        times = _scrape_times(scenario.span, scenario.blind, random)
        found[service] = Target(PROBE_JOB, public_url(service), times, np.ones(len(times), dtype=np.bool_))
    return found


def _known(processes: list[Process], span: Span, linger: int) -> Span:
    """From when to when Prometheus asks for the address at which *processes* ran one after the other."""
    end = processes[-1].died
    return Span(max(processes[0].born, span.start), end if end == span.end else end + linger)


def _scrape_times(known: Span, blind: Iterable[Span], random: np.random.Generator) -> NDArray[np.float64]:
    """Once a minute, at a second of its own, while the target is *known* and Prometheus is not *blind*."""
    # Never within a second of the full minute: who owns an event at the edge of two slices is not what is tested here.
    phase = random.integers(4, 4 * (INTERVAL - 1)) / 4
    first = known.start // INTERVAL * INTERVAL + phase
    times = np.arange(first if first >= known.start else first + INTERVAL, known.end, INTERVAL, dtype=np.float64)
    return times[~_inside(times, blind)]


def _inside(times: NDArray[np.float64], spans: Iterable[Span]) -> NDArray[np.bool_]:
    inside = np.zeros(len(times), dtype=np.bool_)
    for span in spans:
        inside |= (span.start <= times) & (times < span.end)
    return inside
