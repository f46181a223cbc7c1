"""Reading an SLI's slices from Prometheus."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np

from tallystick.core.buckets import Counter, Labels, lacking
from tallystick.core.evaluation import Doubt, Evaluated
from tallystick.core.increments import TOTAL, Reading, read_counters, read_gauge, role_of
from tallystick.core.memory import Memory
from tallystick.core.scrapes import DISCOVERY_MS, Surroundings
from tallystick.core.selector import Selector, one_of, quote
from tallystick.core.series import Scraped, Series, histogram_of
from tallystick.core.sli import (
    EvaluatedSli,
    EventsSli,
    LatencySli,
    QuerySli,
    RatioSli,
    RecordedSli,
    ThresholdSli,
    UpSli,
)
from tallystick.core.slices import Bools, Floats, Slices
from tallystick.core.steady import read_steady
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.batch import Batch, Batcher
from tallystick.upstream.buckets import missing_bucket
from tallystick.upstream.client import Prometheus
from tallystick.upstream.evaluated import SOURCE as QUERY
from tallystick.upstream.evaluated import past_labels, read_evaluated
from tallystick.upstream.evidence import Evidence, answers_alone
from tallystick.upstream.native import SOURCE as NATIVE
from tallystick.upstream.native import native_series
from tallystick.upstream.plan import (
    Plan,
    around_of,
    jobs_asked,
    pinned,
    plan_of,
    selectors_of,
    sorted_up,
    total_selectors,
)
from tallystick.upstream.samples import raw_samples
from tallystick.upstream.wide import SOURCE as WIDE
from tallystick.upstream.wide import read_wide

SOURCE = "raw"
"""How slices are read from raw samples, as the ledger records it."""

ROUNDING = 1e-9
"""By how much counters that are not whole numbers may seem not to nest, as they were added in another order."""

HOUR_SECONDS = 3_600

_SMALLER = ("too_large", "rejected")
"""Failures that a shorter answer may not have."""

KEPT_SAMPLES = 4_000_000
"""Samples above which kept answers are dropped; 64 MB."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """
    What was read.

    Attributes:
        slices: the counts, in the ledger's units.
        memory: what the next reading must know.
        source: how they were read.
        doubts: slices that can't be believed; they count as not observed.
    """

    slices: Slices
    memory: Memory
    source: str = SOURCE
    doubts: Sequence[Doubt] = ()


class Reader:
    """
    Reads SLIs over ranges of time; what several SLIs need of one range is asked for once.

    It keeps answers until it is told to forget them.
    """

    def __init__(self, prometheus: Prometheus) -> None:
        """Read from *prometheus*."""
        self._prometheus = prometheus
        self._batcher = Batcher(prometheus)
        self._evidence = Evidence(prometheus)
        self._batch: Batch | None = None
        self._answers: dict[tuple[Selector, TimeRange], list[Series]] = {}
        self._evaluated: dict[tuple[EvaluatedSli, TimeRange], Evaluated] = {}
        self._kept = 0

    def forget(self) -> None:
        """Drop the answers kept so far; the next pieces of time need others."""
        self._answers.clear()
        self._evaluated.clear()
        self._evidence.forget()
        self._batch = None
        self._kept = 0

    def prefetch(self, wanted: Iterable[tuple[RecordedSli, Mapping[str, str], Memory]], span: TimeRange) -> None:
        """
        Ask at once for what reading *wanted* over *span* will need; what fails will fail when it is read.

        Args:
            wanted: SLIs, their groups, and what was left by the readings of the time right before.
            span: which time; a few minutes.
        """
        selectors: dict[Selector, Selector] = {}
        for sli, group, memory in wanted:
            if isinstance(sli, EventsSli | LatencySli | UpSli):
                own, all_of = selectors_of(pinned(sli, group)), selectors_of(sli)
                # A group's series are among those of all groups, which tell of new groups as well.
                selectors.update(zip(own, all_of, strict=True))
                selectors.update(zip(all_of, all_of, strict=True))
                if not isinstance(sli, UpSli):
                    asked = [one for jobs in jobs_asked(plan_of(sli), memory) for one in around_of(jobs)]
                    selectors.update(zip(asked, asked, strict=True))
        self._batch = self._batcher.fetch(selectors, span) if selectors else None

    def read(
        self,
        sli: RecordedSli,
        span: TimeRange,
        memory: Memory,
        group: Mapping[str, str] | None = None,
        *,
        wide: bool = False,
    ) -> ReadResult:
        """
        Count the events of *sli* in *span*.

        Args:
            sli: what counts.
            span: which time, aligned to the SLI's slices; it must be over, and its samples must have arrived.
            memory: what was left by the reading of the time right before.
            group: of which group, where *sli* has some.
            wide: let Prometheus count, as there are too many samples to fetch.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        if isinstance(sli, QuerySli | ThresholdSli | RatioSli):
            return self._evaluate(sli, span, memory, group or {})
        counted = pinned(sli, group or {})
        if wide:
            evaluated = read_wide(self._prometheus, counted, span)
            return ReadResult(evaluated.groups[()], Memory(), WIDE, evaluated.doubts)
        if isinstance(counted, UpSli):
            reading = read_gauge(span, self._samples(counted.metric, span), memory)
            return _result(span, reading, reading.counts[TOTAL], reading.counts["good"], "good")
        plan = plan_of(counted)
        if isinstance(counted, LatencySli):
            return self._latency(counted, plan, span, memory)
        return _counted(span, self._short(plan, span, memory) or self._long(plan, span, memory), plan, SOURCE)

    def _latency(self, sli: LatencySli, plan: Plan, span: TimeRange, memory: Memory) -> ReadResult:
        """Read a histogram: classic, native, or either from target to target."""
        having = self._histograms(plan.roles["good"], span)
        classic = having if sli.own_total else having | self._histograms(sli.total, span)
        total, good = self._native(sli, span, memory, classic)
        if good:
            roles = {
                TOTAL: [*self._samples(sli.total, span), *([] if sli.own_total else total)],
                "good": [*self._samples(plan.roles["good"], span), *good],
            }
            around = self._surroundings(plan, span, roles, memory)
            source = f"{NATIVE}+{SOURCE}" if having else NATIVE
            return _counted(span, read_counters(span, roles, around, memory), plan, source)
        found = _counted(span, self._short(plan, span, memory) or self._long(plan, span, memory), plan, SOURCE)
        if sli.own_total and having:
            return found
        without = lacking(span, self._counters(sli.total, span), self._counters(plan.roles["good"], span), memory)
        if not without.slices.any():
            return found
        return _without(found, without.slices, self._lacking(sli, span, without.histograms))

    def _counters(self, selector: Selector, span: TimeRange) -> list[Counter]:
        """The series of *selector*, as far as it matters where they have samples."""
        if self._batch is not None and self._batch.span == span and selector in self._batch:
            scraped = self._batch.series(selector)
            return [
                Counter(one.identity.histogram, one.identity.target, one.identity.key, one.times) for one in scraped
            ]
        return [
            Counter(histogram_of(one.labels), one.target, one.key, one.times.tolist())
            for one in self._samples(selector, span)
        ]

    def _histograms(self, selector: Selector, span: TimeRange) -> set[Labels]:
        """The histograms that have series of *selector*."""
        if self._batch is not None and self._batch.span == span and selector in self._batch:
            return {one.identity.histogram for one in self._batch.series(selector)}
        return {histogram_of(one.labels) for one in self._samples(selector, span)}

    def _native(
        self, sli: LatencySli, span: TimeRange, memory: Memory, classic: AbstractSet[Labels]
    ) -> tuple[list[Series], list[Series]]:
        """Counters of the histograms that are native and not *classic* as well."""
        batch = self._batch
        if batch is not None and batch.span == span and sli.histogram in batch:
            batch.series(sli.histogram)  # which fails if it could not be had
            if all(one.histogram in classic for one in batch.natives.get(sli.histogram, ())):
                return [], []
        total, good = native_series(
            self._prometheus, sli.histogram, span, threshold=sli.threshold, memory=memory, role="good"
        )
        kept = [index for index, one in enumerate(good) if histogram_of(one.labels) not in classic]
        return [total[index] for index in kept], [good[index] for index in kept]

    def _lacking(self, sli: LatencySli, span: TimeRange, histograms: Collection[Labels]) -> str:
        """Why there is no bucket to count good events with, in words."""
        words = missing_bucket(self._prometheus, sli, span)
        if words is not None:
            return words
        if sli.own_total:
            return f"{sli.histogram.metric} has no series, though {sli.own_total.metric} counts events"
        lead = f'{sli.histogram.metric} has no bucket le="{sli.threshold:f}"'
        if not histograms:
            return f"{lead} until now; what it counts first is of some time before"
        example = ", ".join(f"{name}={quote(value)}" for name, value in sorted(min(histograms, key=sorted)))
        return (
            f"{lead} at {len(histograms)} of its series, {example} being one, or had none for some time; give all of them that "
            "bucket, or choose a threshold that all of them have"
        )

    def groups(self, sli: RecordedSli, span: TimeRange) -> list[dict[str, str]]:
        """
        The groups of *sli* that have anything in *span*, which was just read.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        if isinstance(sli, QuerySli):
            return [dict(group) for group in self._evaluation(sli, span).groups]
        assert isinstance(sli, EventsSli | LatencySli | UpSli)
        batch = self._batch
        selectors = total_selectors(sli)
        if batch is None or batch.span != span or any(selector not in batch for selector in selectors):
            return self.past_groups(sli, span)
        try:
            return _groups(sli.by, (one.identity.labels for selector in selectors for one in batch.series(selector)))
        except PrometheusError as fault:
            if fault.reason not in _SMALLER:
                raise
        return self.past_groups(sli, span)  # all groups together may be too many where each of them is not

    def past_groups(self, sli: RecordedSli, span: TimeRange) -> list[dict[str, str]]:
        """
        The groups of *sli* that had anything in *span*, however long that is.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        if isinstance(sli, QuerySli):
            return _groups(sli.by, past_labels(self._prometheus, sli, span))
        assert isinstance(sli, EventsSli | LatencySli | UpSli)
        found = [self._labels(one, sli.by, span) for one in total_selectors(sli)]
        return _groups(sli.by, (labels for some in found for labels in some))

    def _labels(self, selector: Selector, by: Sequence[str], span: TimeRange) -> list[Mapping[str, str]]:
        """
        The labels of all series of *selector*, or at least those of *by*, each combination once.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        try:
            return self._prometheus.series(selector.promql, span.start * 1_000, span.end * 1_000)
        except PrometheusError as fault:
            if fault.reason not in _SMALLER:
                raise
        try:
            each = f"last_over_time({selector.promql}[{span.seconds}s])"
            found = self._prometheus.query(f"count by ({', '.join(by)}) ({each})", span.end * 1_000 - 1)
            return [dict(one["metric"]) for one in found]
        except (LookupError, TypeError, ValueError) as fault:
            words = f"{self._prometheus.public_url} sent labels that can't be read: {fault}"
            raise PrometheusError("bad_answer", words) from fault
        except PrometheusError as fault:
            if fault.reason not in _SMALLER or span.seconds <= HOUR_SECONDS:
                raise
        middle = span.start + span.seconds // 2
        halves = (TimeRange(span.start, middle), TimeRange(middle, span.end))
        return [labels for half in halves for labels in self._labels(selector, by, half)]

    def _evaluate(self, sli: EvaluatedSli, span: TimeRange, memory: Memory, group: Mapping[str, str]) -> ReadResult:
        evaluated = self._evaluation(sli, span)
        key = tuple((label, group[label]) for label in sli.by)
        slices = evaluated.groups.get(key)
        if slices is None:
            nothing = np.zeros(span.slices)
            slices = Slices(span.start, nothing.astype(np.bool_), nothing, nothing)
        return ReadResult(slices, memory, QUERY, evaluated.doubts)

    def _evaluation(self, sli: EvaluatedSli, span: TimeRange) -> Evaluated:
        key = sli, span
        if key not in self._evaluated:
            there = self._evidence.of(span, sli.slice_seconds) if answers_alone(sli) else None
            self._evaluated[key] = read_evaluated(self._prometheus, sli, span, there)
        return self._evaluated[key]

    def _short(self, plan: Plan, span: TimeRange, memory: Memory) -> Reading | None:
        """Read by the short way, if all is at hand and nothing is odd."""
        batch = self._batch
        if batch is None or batch.span != span or any(selector not in batch for selector in plan.roles.values()):
            return None
        roles = {name: batch.series(selector) for name, selector in plan.roles.items()}
        if plan.jobs is None:
            seen = {one.identity.target[0] for series in roles.values() for one in series}
            if not seen <= memory.jobs.keys():
                return None  # how long a new job has been scraped is asked for by the long way
        asked = [around_of(jobs) for jobs in jobs_asked(plan, memory)]
        if any(selector not in batch for pair in asked for selector in pair):
            return None
        up = [one for pair in asked for one in batch.series(pair[0])]
        starts = [one for pair in asked for one in batch.series(pair[1])]
        return read_steady(span, roles, Surroundings(*sorted_up(plan, up, _labels_of), up, starts), memory)

    def _long(self, plan: Plan, span: TimeRange, memory: Memory) -> Reading:
        roles = {name: self._samples(selector, span) for name, selector in plan.roles.items()}
        return read_counters(span, roles, self._surroundings(plan, span, roles, memory), memory)

    def _surroundings(
        self, plan: Plan, span: TimeRange, roles: Mapping[str, Sequence[Series]], memory: Memory
    ) -> Surroundings[Series]:
        """The targets of the jobs that the selectors name, or else that their series come from."""
        asked = [(jobs, span) for jobs in jobs_asked(plan, memory)]
        if plan.jobs is None:
            seen = {one.labels["job"] for series in roles.values() for one in series if one.labels.get("job")}
            new = sorted(seen - set(memory.jobs))
            # How long a job that is new here has been scraped must be known, wherever time is cut.
            longer = TimeRange(span.start - DISCOVERY_MS // 1_000, span.end)
            asked += [((one_of("job", new),), longer)] if new else []
        around = [(around_of(jobs), when) for jobs, when in asked]
        up = [one for pair, when in around for one in self._samples(pair[0], when)]
        starts = [one for pair, when in around for one in self._samples(pair[1], when)]
        return Surroundings(*sorted_up(plan, up, lambda one: one.labels), up, starts)

    def _samples(self, selector: Selector, span: TimeRange) -> list[Series]:
        if self._batch is not None and self._batch.span == span and selector in self._batch:
            return [one.series() for one in self._batch.series(selector)]
        key = selector, span
        if key not in self._answers:
            if self._kept > KEPT_SAMPLES:
                self.forget()
            self._answers[key] = raw_samples(self._prometheus, selector, span)
            self._kept += sum(len(one.times) for one in self._answers[key])
        return self._answers[key]


def _groups(by: Sequence[str], found: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The different values of the labels *by* in *found*, as labels."""
    values = {tuple(labels.get(label, "") for label in by) for labels in found}
    return [dict(zip(by, one, strict=True)) for one in sorted(values)]


def _labels_of(one: Scraped) -> Mapping[str, str]:
    return one.identity.labels


def _without(found: ReadResult, unknown: Bools, words: str) -> ReadResult:
    """*found* with *unknown* slices not observed, as there is no bucket to count good events with."""
    slices = found.slices
    known = slices.observed & ~unknown
    kept = Slices(slices.start, known, np.where(known, slices.good, 0), np.where(known, slices.total, 0))
    return replace(found, slices=kept, doubts=(Doubt("no_bucket", int(unknown.sum()), words), *found.doubts))


def _counted(span: TimeRange, reading: Reading, plan: Plan, source: str) -> ReadResult:
    """What the terms of each sum come to."""
    nothing = np.zeros(span.slices)
    sums = {TOTAL: nothing, plan.part: nothing}
    for name, counts in reading.counts.items():
        sums[role_of(name)] = sums[role_of(name)] + plan.signs[name] * counts
    return _result(span, reading, sums[TOTAL], sums[plan.part], plan.part, source=source)


def _result(
    span: TimeRange, reading: Reading, total: Floats, part: Floats, role_name: str, *, source: str = SOURCE
) -> ReadResult:
    nested = (total >= 0) & (part >= 0) & (part <= total * (1 + ROUNDING))
    part = np.minimum(part, total)
    known = reading.observed & nested
    good = part if role_name == "good" else total - part
    slices = Slices(span.start, known, np.where(known, good, 0), np.where(known, total, 0))
    count = int((~nested).sum())
    words = f"in {count} slices more events are bad (or good) than there are"
    return ReadResult(slices, reading.memory, source, (Doubt("not_nested", count, words),) if count else ())
