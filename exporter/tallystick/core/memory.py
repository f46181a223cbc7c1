"""What a reader of counters must remember of the time before, so that reading in pieces equals reading at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.core.series import Target

FORGET_SERIES_MS = 3 * 3_600_000
"""A series missing for longer, while its target is scraped, has begun anew, unless its process is the same."""

FORGET_MS = 48 * 3_600_000
"""
A series missing for longer while its target is scraped, and a target missing for longer while its job is, are forgotten:
label values and pods come and go, and would pile up.
"""

FORGET_JOB_MS = 90 * 86_400_000
"""A job missing for longer is forgotten."""

NEW_JOB_MS = 300_000
"""
The longest gap within a run of scrapes, which is the longest scrape interval that Prometheus' staleness rule allows. For so
long after its first scrape a job is new: a second target found by then may well be as old as the first.
"""


@dataclass(frozen=True, slots=True)
class LastSample:
    """
    The latest sample of a series.

    Attributes:
        time_ms: when it was scraped, in milliseconds since 1970.
        value: its value.
        hold_ms: how long it may stand for the time after it.
        process_start: when its process had started, in seconds since 1970; None if unknown.
    """

    time_ms: int
    value: float
    hold_ms: int
    process_start: float | None = None


@dataclass(frozen=True, slots=True)
class TargetMemory:
    """
    A target, and the series it showed.

    Attributes:
        seen_ms: when it was last scraped with success.
        hold_ms: how long that scrape stands for the time after it.
        total: whether it may show counters of all events, and not only of good or bad ones.
        labels: that Prometheus gave it, as its ``up`` showed them.
        series: the latest sample of each of its series, by role and key.
    """

    seen_ms: int
    hold_ms: int
    total: bool = True
    labels: frozenset[tuple[str, str]] = frozenset()
    series: Mapping[tuple[str, str], LastSample] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobRun:
    """
    A stretch of time without a gap in the scrapes of a job, all its targets together.

    Attributes:
        start_ms: its first scrape, in milliseconds since 1970.
        before_ms: the last scrape before the gap that it follows; None if it is the job's first.
    """

    start_ms: int
    before_ms: int | None


@dataclass(frozen=True, slots=True)
class JobMemory:
    """
    When anything of a job was scraped.

    Attributes:
        first_ms: at first, in milliseconds since 1970.
        seen_ms: at last.
        run: the run of scrapes that *seen_ms* ends.
    """

    first_ms: int
    seen_ms: int
    run: JobRun


@dataclass(frozen=True, slots=True)
class Memory:
    """
    Everything remembered for one SLI.

    Attributes:
        targets: those that showed its series, or may.
        jobs: their jobs.
        first_total_ms: when a counter of all events was first seen; None before. An idle target means "no traffic"
            only from then on.
    """

    targets: Mapping[Target, TargetMemory] = field(default_factory=dict)
    jobs: Mapping[str, JobMemory] = field(default_factory=dict)
    first_total_ms: int | None = None

    def pruned(self, now_ms: int) -> "Memory":
        """The same without what is forgotten by *now_ms*."""
        jobs = {job: known for job, known in self.jobs.items() if now_ms - known.seen_ms <= FORGET_JOB_MS}
        targets = {
            target: replace(known, series=_remembered(known))
            for target, known in self.targets.items()
            if target[0] in jobs and jobs[target[0]].seen_ms - known.seen_ms <= FORGET_MS
        }
        return replace(self, targets=targets, jobs=jobs)


def _remembered(known: TargetMemory) -> dict[tuple[str, str], LastSample]:
    return {key: last for key, last in known.series.items() if known.seen_ms - last.time_ms <= FORGET_MS}


def to_document(memory: Memory) -> dict[str, Any]:
    """*memory* as JSON-like values, for the ledger."""
    return {
        "first_total_ms": memory.first_total_ms,
        "jobs": [
            [job, known.first_ms, known.seen_ms, known.run.start_ms, known.run.before_ms]
            for job, known in memory.jobs.items()
        ],
        "targets": [
            [*target, known.seen_ms, known.hold_ms, known.total, sorted(known.labels), _series_document(known)]
            for target, known in memory.targets.items()
        ],
    }


def _series_document(known: TargetMemory) -> list[list[Any]]:
    return [[*key, last.time_ms, last.value, last.hold_ms, last.process_start] for key, last in known.series.items()]


def from_document(document: Mapping[str, Any]) -> Memory:
    """What `to_document` wrote."""
    return Memory(
        targets={
            (job, instance): TargetMemory(
                seen_ms,
                hold_ms,
                total,
                frozenset((name, value) for name, value in labels),
                {(role, key): LastSample(*last) for role, key, *last in series},
            )
            for job, instance, seen_ms, hold_ms, total, labels, series in document["targets"]
        },
        jobs={job: JobMemory(first_ms, seen_ms, JobRun(*run)) for job, first_ms, seen_ms, *run in document["jobs"]},
        first_total_ms=document["first_total_ms"],
    )
