"""When targets were scraped, and when their processes started: what tells a new counter from an old one."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from tallystick.core.memory import FORGET_MS, NEW_JOB_MS, JobRun, Memory, TargetMemory
from tallystick.core.series import Scraped, Series, Target, Times, Values

DISCOVERY_MS = 600_000
"""How long before it could first be scraped a process may have started, and discovery was only late for it."""

Key = TypeVar("Key", bound=Hashable)

_NONE: Times = np.zeros(0, np.int64)


AnySeries = TypeVar("AnySeries", Series, Scraped)


@dataclass(frozen=True, slots=True)
class Surroundings(Generic[AnySeries]):
    """
    What Prometheus knows of the targets behind an SLI's series, over the same time or a little more; as arrays or lists.

    Attributes:
        total_up: ``up`` of the targets that may show counters of all events.
        own_up: ``up`` of the targets that may show any of the SLI's counters; a superset of *total_up*.
        job_up: ``up`` of all targets of their jobs; a superset of *own_up*.
        process_start: ``process_start_time_seconds`` of those targets.
    """

    total_up: Sequence[AnySeries] = ()
    own_up: Sequence[AnySeries] = ()
    job_up: Sequence[AnySeries] = ()
    process_start: Sequence[AnySeries] = ()


class Scrapes:
    """Successful scrapes, in the time at hand and, from memory, before it."""

    def __init__(
        self, total: Iterable[Series], others: Iterable[Series], around: Surroundings[Series], memory: Memory
    ) -> None:
        """
        Collect them; a sample of an SLI's series is a successful scrape of its target as well.

        Args:
            total: counters of all events.
            others: the SLI's other series.
            around: what is known of their targets.
            memory: what was left by the reading of the time before.
        """
        self._memory = memory
        totals = [(one.target, one.times) for one in total] + [(one.target, _successes(one)) for one in around.total_up]
        own = [(one.target, one.times) for one in others] + [(one.target, _successes(one)) for one in around.own_up]
        self.targets = _times_by(totals + own)
        self.showing_total = {target for target, times in totals if len(times)}
        self.jobs = _times_by(
            [(one.target[0], _successes(one)) for one in around.job_up]
            + [(target[0], times) for target, times in self.targets.items()]
        )
        self._up = _by_target(around.job_up)
        self._starts = _by_target(around.process_start)

    def target_before(self, target: Target, at_ms: int) -> int | None:
        """When *target* was last scraped before *at_ms*; None if never, or so long ago that it is forgotten."""
        found = _last_before(self.targets.get(target, _NONE), at_ms)
        known = self.remembered(target)
        return found if found is not None or known is None else known.seen_ms

    def remembered(self, target: Target) -> TargetMemory | None:
        """What is known of *target* from before the time at hand; None if it came back too late to be recognised."""
        known = self._memory.targets.get(target)
        times = self.targets.get(target, _NONE)
        if known is None or not len(times):
            return known
        seen_ms = self.job_before(target[0], int(times[0])) or known.seen_ms
        return known if seen_ms - known.seen_ms <= FORGET_MS else None

    def job_before(self, job: str, at_ms: int) -> int | None:
        """When any target of *job* was last scraped before *at_ms*."""
        found = _last_before(self.jobs.get(job, _NONE), at_ms)
        known = self._memory.jobs.get(job)
        return found if found is not None or known is None else known.seen_ms

    def job_first(self, job: str) -> int | None:
        """When any target of *job* was first scraped, as far as is known."""
        known = self._memory.jobs.get(job)
        if known is not None:
            return known.first_ms
        times = self.jobs.get(job, _NONE)
        return int(times[0]) if len(times) else None

    def target_labels(self, target: Target) -> frozenset[tuple[str, str]]:
        """Labels that Prometheus gave *target*, now or before."""
        known = self.remembered(target)
        now = frozenset(pair for one in self._up.get(target, ()) for pair in one.labels.items())
        return now | known.labels if known else now

    def process_starts(self, series: Series, before: float | None) -> Values:
        """
        When the process behind *series* had started, as told at each of its samples.

        Of several processes under one job and instance (a federation, a gateway) it is the one whose labels *series* has;
        where that is told of none, it is not known.

        Args:
            series: the counter.
            before: what was told at its sample before these; None if nothing was.

        Returns:
            Seconds since 1970, NaN where it is unknown; shape of its samples.
        """
        own = [one for one in self._starts.get(series.target, ()) if one.labels.items() <= series.labels.items()]
        told = max(own, key=lambda one: len(one.labels), default=None)
        earlier = np.nan if before is None else before
        if told is None:
            return np.full(len(series.times), earlier)
        return np.append(told.values, earlier)[np.searchsorted(told.times, series.times, side="right") - 1]

    def run_of(self, job: str, at_ms: int) -> JobRun:
        """The run of scrapes of *job* that *at_ms* falls in; one of its targets is scraped at that very time."""
        times, known = self.jobs[job], self._memory.jobs.get(job)
        if known is not None:
            times = np.concatenate([[known.seen_ms], times])
        times = times[: np.searchsorted(times, at_ms, side="right")]
        breaks = np.flatnonzero(np.diff(times) > NEW_JOB_MS)
        if len(breaks):
            return JobRun(int(times[breaks[-1] + 1]), int(times[breaks[-1]]))
        return known.run if known is not None else JobRun(int(times[0]), None)

    def is_born(self, target: Target, at_ms: int, process_start: float) -> bool:
        """
        Whether a counter first seen at *at_ms* began under our eyes, so that its value counts from zero.

        Args:
            target: where it was seen.
            at_ms: when.
            process_start: when the target's process started, in seconds; NaN if unknown.
        """
        if self.target_before(target, at_ms) is not None:
            return True
        first = self.job_first(target[0])
        assert first is not None, "the target itself was scraped"
        if np.isnan(process_start):
            return at_ms - first > NEW_JOB_MS
        run = self.run_of(target[0], at_ms)
        watched = at_ms if at_ms - run.start_ms > NEW_JOB_MS else run.before_ms
        return watched is not None and process_start * 1_000 >= max(first, watched - DISCOVERY_MS)


def _successes(up: Series) -> Times:
    return np.asarray(up.times[up.values == 1])


def _by_target(series: Iterable[Series]) -> dict[Target, list[Series]]:
    found: dict[Target, list[Series]] = defaultdict(list)
    for one in series:
        found[one.target].append(one)
    return found


def _times_by(pairs: Iterable[tuple[Key, Times]]) -> dict[Key, Times]:
    """All times of each key, ascending, each once; keys without any are left out."""
    found: dict[Key, list[Times]] = defaultdict(list)
    for key, times in pairs:
        if len(times):
            found[key].append(times)
    return {key: np.unique(np.concatenate(parts)) for key, parts in found.items()}


def _last_before(times: Times, at_ms: int) -> int | None:
    index = int(np.searchsorted(times, at_ms))
    return int(times[index - 1]) if index else None
