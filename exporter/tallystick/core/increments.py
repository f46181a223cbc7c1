"""
From counters' samples to events, exactly.

Nothing is extrapolated: an event is counted when a scrape shows it, in the slice of that scrape. Four rules carry it,
and docs/exactness.md has the measurements behind them:

1. Between two samples of a series the increment is their difference; if the value fell, the counter began anew, and the
   increment is the new value.
2. A changed ``process_start_time_seconds`` of the target is such a new beginning too, though the values may hide it.
3. The first sample of a series counts in full if the counter was born under our eyes: its target had been scraped before
   without it, or its process started while its job was being scraped. It is a mere baseline if the counter may be older
   than anything seen of it.
4. A series that was missing for hours while its target was scraped has begun anew, unless its process is the same.

This depends on samples before the ones at hand, so a reading takes a `Memory` and gives the next. All is decided by
earlier samples alone: whether time is read in one piece or in many, the counts are the same.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tallystick.core.holding import held_ms, held_until, holds, touched
from tallystick.core.memory import (
    FORGET_MS,
    FORGET_SERIES_MS,
    JobMemory,
    LastSample,
    Memory,
    TargetMemory,
)
from tallystick.core.scrapes import Scrapes, Surroundings
from tallystick.core.series import Series, Target, Times, Values
from tallystick.core.slices import Bools, Floats
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.core.twins import predecessor

SAME_PROCESS_SECONDS = 1.0
"""Start times that differ by no more are one start, told with the jitter of a clock."""

SKEW_MS = 5_000
"""How far a target's clock and Prometheus' may be apart, when a start is compared with a scrape."""

TOTAL = "total"
"""The role whose series tell that an SLI is being measured at all."""


def role(name: str, index: int = 0) -> str:
    """The role of a term of a sum; each has its own, as two counters may have the same labels."""
    return f"{name}/{index}" if index else name


def role_of(term: str) -> str:
    """What the term with the role *term* is a part of: `TOTAL`, ``good`` or ``bad``."""
    return term.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What samples say of each slice of a range.

    Attributes:
        counts: by role, how much its counters rose (or, for a gauge, the milliseconds it was 1); shape (slices,).
        observed: whether the slice was observed; shape (slices,).
        memory: what the next reading must know.
    """

    counts: Mapping[str, Floats]
    observed: Bools
    memory: Memory


def read_counters(
    span: TimeRange, roles: Mapping[str, Sequence[Series]], around: Surroundings[Series], memory: Memory
) -> Reading:
    """
    Count the events of *span*.

    Args:
        span: the time at hand, aligned to slices.
        roles: samples within *span*, by role; see `role`.
        around: what is known of their targets over *span*.
        memory: what was left by the reading of the time right before *span*.
    """
    merged = {name: merge(series) for name, series in roles.items()}
    totals = [one for name, series in merged.items() if role_of(name) == TOTAL for one in series.values()]
    others = [one for name, series in merged.items() if role_of(name) != TOTAL for one in series.values()]
    scrapes = Scrapes(totals, others, around, memory)
    last: dict[Target, dict[tuple[str, str], LastSample]] = {}
    counts = {}
    for name, series in merged.items():
        counts[name] = np.zeros(span.slices)
        # By their first samples, so that a series comes after the one that it goes on from.
        for key, one in sorted(series.items(), key=lambda item: int(item[1].times[0])):
            own = last.setdefault(one.target, {})
            before = _before(one, (name, key), scrapes, own, series.keys())
            rises, own[name, key] = _rises(one, scrapes, before)
            counts[name] += np.bincount(_slice_of(one.times, span), weights=rises, minlength=span.slices)
    first_total_ms = _first(memory.first_total_ms, totals)
    observed = _observed(span, scrapes, memory, first_total_ms)
    return Reading(counts, observed, _next_memory(span, memory, scrapes, last, first_total_ms))


def read_gauge(span: TimeRange, series: Sequence[Series], memory: Memory) -> Reading:
    """
    Measure for how long gauges were 1.

    Args:
        span: the time at hand, aligned to slices.
        series: samples within *span*; all that is not 1 counts as 0.
        memory: what was left by the reading of the time right before *span*.

    Returns:
        Milliseconds observed under `TOTAL` and milliseconds at 1 under ``good``, all series added.
    """
    total, good = np.zeros(span.slices), np.zeros(span.slices)
    merged = merge(series)
    nothing: Surroundings[Series] = Surroundings()
    scrapes = Scrapes(merged.values(), (), nothing, memory)
    held = {(target, key[1]): last for target, known in memory.targets.items() for key, last in known.series.items()}
    last: dict[Target, dict[tuple[str, str], LastSample]] = {}
    for target, key in held.keys() | {(one.target, key) for key, one in merged.items()}:
        times, values, hold_ms = _with_last(merged.get(key), held.get((target, key)))
        ends = held_until(times, hold_ms)
        total += held_ms(times, ends, span)
        up = values == 1
        good += held_ms(times[up], ends[up], span)
        last.setdefault(target, {})[TOTAL, key] = LastSample(int(times[-1]), float(values[-1]), int(hold_ms[-1]))
    first_ms = _first(memory.first_total_ms, merged.values())
    return Reading({TOTAL: total, "good": good}, total > 0, _next_memory(span, memory, scrapes, last, first_ms))


def merge(series: Sequence[Series]) -> dict[str, Series]:
    """Series by key; those that are one series under two spellings are joined, in the order of time."""
    found: dict[str, Series] = {}
    for one in series:
        if not len(one.times):
            continue
        twin = found.get(key := one.key)
        if twin is not None:
            found[key] = _joined(twin, one)
        else:
            found[key] = one
    return found


def _joined(one: Series, other: Series) -> Series:
    times, order = np.unique(np.concatenate([one.times, other.times]), return_index=True)
    return replace(one, times=times, values=np.concatenate([one.values, other.values])[order])


def _before(
    series: Series,
    key: tuple[str, str],
    scrapes: Scrapes,
    ended: Mapping[tuple[str, str], LastSample],
    present: Collection[str],
) -> LastSample | None:
    """
    The sample before those of *series*: its own, or that of the series it goes on from under other labels.

    Args:
        series: the counter.
        key: its role and its `Series.key`.
        scrapes: of its target.
        ended: latest samples in the time at hand of its target's series that began earlier.
        present: keys of all series of its role in the time at hand.
    """
    known = scrapes.remembered(series.target)
    remembered = known.series if known else {}
    if key in remembered:
        return remembered[key]
    role = key[0]
    others = [(other, last) for (its, other), last in ended.items() if its == role]
    others += [(other, last) for (its, other), last in remembered.items() if its == role and other not in present]
    if not others:
        return None
    return predecessor(key[1], int(series.times[0]), others, scrapes.target_labels(series.target))


def _rises(series: Series, scrapes: Scrapes, before: LastSample | None) -> tuple[Floats, LastSample]:
    """By how much *series* rose to each of its samples, and its latest sample."""
    times, values, target = series.times, series.values, series.target
    starts = scrapes.process_starts(series, before.process_start if before else None)
    hold_ms = int(holds(times, before.time_ms if before else None)[-1])
    if before is not None:
        times = np.concatenate([[before.time_ms], times])
        values = np.concatenate([[before.value], values])
        starts = np.concatenate([[np.nan if before.process_start is None else before.process_start], starts])
    rises = np.diff(values)
    anew = _begins_anew(times, values, starts, scrapes, target)
    rises[anew] = values[1:][anew]
    if before is None:
        first = values[0] if scrapes.is_born(target, int(times[0]), float(starts[0])) else 0.0
        rises = np.concatenate([[first], rises])
    start = None if np.isnan(starts[-1]) else float(starts[-1])
    return rises, LastSample(int(times[-1]), float(values[-1]), hold_ms, start)


def _begins_anew(times: Times, values: Values, starts: Values, scrapes: Scrapes, target: Target) -> Bools:
    """Between which two samples the counter began anew; shape (n - 1,)."""
    drift = np.abs(np.diff(starts))  # NaN where a start is unknown, which compares as False
    # A start that lies before the earlier sample is no restart since then: a clock was set, or a drop has told of it.
    since = starts[1:] * 1_000 >= times[:-1] - SKEW_MS
    anew = (np.diff(values) < 0) | ((drift > SAME_PROCESS_SECONDS) & since)
    for index in np.flatnonzero(np.diff(times) > FORGET_SERIES_MS):
        limit = FORGET_SERIES_MS if np.isnan(drift[index]) else FORGET_MS
        seen = scrapes.target_before(target, int(times[index + 1]))
        anew[index] |= seen is not None and seen - int(times[index]) > limit
    return np.asarray(anew)


def _slice_of(times: Times, span: TimeRange) -> Times:
    return (times - span.start * 1_000) // (SLICE_SECONDS * 1_000)


def _first(before_ms: int | None, series: Iterable[Series]) -> int | None:
    """When anything was first seen: *before_ms*, or else the earliest sample of *series*."""
    firsts = [int(one.times[0]) for one in series]
    return before_ms if before_ms is not None else min(firsts, default=None)


def _observed(span: TimeRange, scrapes: Scrapes, memory: Memory, first_total_ms: int | None) -> Bools:
    """In which slices a target that shows the SLI's series was scraped, counted from their first sample on."""
    observed = np.zeros(span.slices, np.bool_)
    if first_total_ms is None:
        return observed
    for target in scrapes.showing_total | {target for target, known in memory.targets.items() if known.total}:
        times, hold_ms = _target_scrapes(target, scrapes, memory)
        ends = held_until(times, hold_ms)
        late = ends > first_total_ms
        observed |= touched(np.maximum(times[late], first_total_ms), ends[late], span)
    return observed


def _target_scrapes(target: Target, scrapes: Scrapes, memory: Memory) -> tuple[Times, Times]:
    """When *target* was scraped, the latest time before included, and how long each scrape holds."""
    known = memory.targets.get(target)
    before = None if known is None else LastSample(known.seen_ms, 1.0, known.hold_ms)
    times = scrapes.targets.get(target)
    series = None if times is None else Series({}, times, np.ones(len(times)))
    if series is None and before is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    times, _, hold_ms = _with_last(series, before)
    return times, hold_ms


def _with_last(series: Series | None, before: LastSample | None) -> tuple[Times, Values, Times]:
    """Times, values and holds of *series*, the sample *before* it included; one of the two is given."""
    if series is None:
        assert before is not None
        return np.array([before.time_ms]), np.array([before.value]), np.array([before.hold_ms])
    hold_ms = holds(series.times, before.time_ms if before else None)
    if before is None:
        return series.times, series.values, hold_ms
    return (
        np.concatenate([[before.time_ms], series.times]),
        np.concatenate([[before.value], series.values]),
        np.concatenate([[before.hold_ms], hold_ms]),
    )


def _next_memory(
    span: TimeRange,
    memory: Memory,
    scrapes: Scrapes,
    last: Mapping[Target, Mapping[tuple[str, str], LastSample]],
    first_total_ms: int | None,
) -> Memory:
    targets = dict(memory.targets)
    for target in scrapes.targets:
        times, hold_ms = _target_scrapes(target, scrapes, memory)
        known = scrapes.remembered(target)
        targets[target] = TargetMemory(
            seen_ms=int(times[-1]),
            hold_ms=int(hold_ms[-1]),
            total=target in scrapes.showing_total or bool(known and known.total),
            labels=scrapes.target_labels(target),
            series={**(known.series if known else {}), **last.get(target, {})},
        )
    jobs = dict(memory.jobs)
    for job, times in scrapes.jobs.items():
        known_job, seen_ms = jobs.get(job), int(times[-1])
        first_ms = known_job.first_ms if known_job else int(times[0])
        jobs[job] = JobMemory(first_ms, seen_ms, scrapes.run_of(job, seen_ms))
    return Memory(targets, jobs, first_total_ms).pruned(span.end * 1_000)
