"""What a reader of counters must remember of the time before, so that reading in pieces equals reading at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.core.series import Target

FORGET_SERIES_MS = 3 * 3_600_000
"""A series missing for longer, while its target is scraped, has begun anew, unless its process is the same."""

FORGET_TARGET_MS = 48 * 3_600_000
"""A target missing for longer, while its job is scraped, is forgotten: pods come with new names and would pile up."""

NEW_JOB_MS = 300_000
"""
The longest gap within a run of scrapes, which is the longest scrape interval that Prometheus' staleness rule allows. For so
long after its first scrape a job is new: a second target found by then may well be as old as the first.
"""

SAME_PROCESS_SECONDS = 1.0
"""Start times that differ by no more are one start, told with the jitter of a clock."""


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
        process_start: when its process started, as last told.
        series: the latest sample of each of its series, by role and key.
    """

    seen_ms: int
    hold_ms: int
    process_start: float | None = None
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

    def pruned(self) -> "Memory":
        """The same without what can have no effect any more."""
        targets = {
            target: replace(known, series=_alive(known))
            for target, known in self.targets.items()
            if self.jobs[target[0]].seen_ms - known.seen_ms <= FORGET_TARGET_MS
        }
        return replace(self, targets=targets)


def _alive(known: TargetMemory) -> dict[tuple[str, str], LastSample]:
    """Series that, on coming back, would still be compared with their latest sample."""
    return {
        key: last
        for key, last in known.series.items()
        if known.seen_ms - last.time_ms <= FORGET_SERIES_MS or same_process(last.process_start, known.process_start)
    }


def same_process(before: float | None, after: float | None) -> bool:
    """Whether two start times are known and one."""
    return before is not None and after is not None and abs(after - before) <= SAME_PROCESS_SECONDS


def to_document(memory: Memory) -> dict[str, Any]:
    """*memory* as JSON-like values, for the ledger."""
    return {
        "first_total_ms": memory.first_total_ms,
        "jobs": [
            [job, known.first_ms, known.seen_ms, known.run.start_ms, known.run.before_ms]
            for job, known in memory.jobs.items()
        ],
        "targets": [
            [*target, known.seen_ms, known.hold_ms, known.process_start, _series_document(known)]
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
                seen_ms, hold_ms, start, {(role, key): LastSample(*last) for role, key, *last in series}
            )
            for job, instance, seen_ms, hold_ms, start, series in document["targets"]
        },
        jobs={job: JobMemory(first_ms, seen_ms, JobRun(*run)) for job, first_ms, seen_ms, *run in document["jobs"]},
        first_total_ms=document["first_total_ms"],
    )
