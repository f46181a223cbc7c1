"""Reading an SLI's slices from Prometheus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.increments import TOTAL, Reading, read_counters, read_gauge
from tallystick.core.matching import may_match
from tallystick.core.memory import Memory
from tallystick.core.scrapes import DISCOVERY_MS, Surroundings
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.series import Series
from tallystick.core.sli import EventsSli, Sli, UpSli
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.upstream.client import Prometheus
from tallystick.upstream.samples import raw_samples

SOURCE = "raw"
"""How slices are read here, as the ledger records it: from raw samples."""

ROUNDING = 1e-9
"""By how much counters that are not whole numbers may seem not to nest, as they were added in another order."""

KEPT_SAMPLES = 4_000_000
"""Samples above which kept answers are dropped; 64 MB."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """
    What was read.

    Attributes:
        slices: the counts; for ``up`` in milliseconds.
        memory: what the next reading must know.
        not_nested: slices with more good (or bad) events than events; they count as not observed.
    """

    slices: Slices
    memory: Memory
    not_nested: int


class Reader:
    """
    Reads SLIs over ranges of time; what several SLIs need of one range is asked for once.

    It keeps answers until it is told to forget them.
    """

    def __init__(self, prometheus: Prometheus) -> None:
        """Read from *prometheus*."""
        self._prometheus = prometheus
        self._answers: dict[tuple[Selector, TimeRange], list[Series]] = {}
        self._kept = 0

    def forget(self) -> None:
        """Drop the answers kept so far; the next pieces of time need others."""
        self._answers.clear()
        self._kept = 0

    def read(self, sli: Sli, span: TimeRange, memory: Memory) -> ReadResult:
        """
        Count the events of *sli* in *span*.

        Args:
            sli: what counts.
            span: which time, aligned to slices; it must be over, and its samples must have arrived.
            memory: what was left by the reading of the time right before.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        if isinstance(sli, UpSli):
            reading = read_gauge(span, self._samples(sli.metric, span), memory)
            return _result(span, reading, "good")
        role = "bad" if isinstance(sli, EventsSli) and sli.bad else "good"
        part = sli.bad if isinstance(sli, EventsSli) and sli.bad else sli.good
        assert part is not None
        roles = {TOTAL: self._samples(sli.total, span), role: self._samples(part, span)}
        around = self._surroundings(sli.total, part, span, roles, memory)
        return _result(span, read_counters(span, roles, around, memory), role)

    def _surroundings(
        self,
        total: Selector,
        part: Selector,
        span: TimeRange,
        roles: Mapping[str, Sequence[Series]],
        memory: Memory,
    ) -> Surroundings:
        """The targets of the jobs that the selectors name, or else that their series come from."""
        named = [job for job in map(_named_jobs, (total, part)) if job]
        if len(named) == 2:  # noqa: PLR2004  # both selectors name jobs
            asked = [(jobs, span) for jobs in dict.fromkeys(named)]
        else:
            seen = {one.labels["job"] for series in roles.values() for one in series if one.labels.get("job")}
            # How long a job that is new here has been scraped must be known, wherever time is cut.
            longer = TimeRange(span.start - DISCOVERY_MS // 1_000, span.end)
            known, new = sorted(set(memory.jobs) - {""}), sorted(seen - set(memory.jobs))
            asked = [((one_of("job", jobs),), when) for jobs, when in ((known, span), (new, longer)) if jobs]
        up = [one for jobs, when in asked for one in self._samples(Selector("up", jobs), when)]
        starts = [
            one for jobs, when in asked for one in self._samples(Selector("process_start_time_seconds", jobs), when)
        ]
        total_up = [one for one in up if may_match(total, one.labels)]
        own_up = [one for one in up if may_match(total, one.labels) or may_match(part, one.labels)]
        return Surroundings(total_up, own_up, up, starts)

    def _samples(self, selector: Selector, span: TimeRange) -> list[Series]:
        key = selector, span
        if key not in self._answers:
            if self._kept > KEPT_SAMPLES:
                self.forget()
            self._answers[key] = raw_samples(self._prometheus, selector, span)
            self._kept += sum(len(one.times) for one in self._answers[key])
        return self._answers[key]


def _named_jobs(selector: Selector) -> tuple[Matcher, ...]:
    """The matchers by which *selector* names its jobs; none if it names none."""
    jobs = tuple(sorted({matcher for matcher in selector.matchers if matcher.label == "job"}))
    names = any(matcher.op in (MatchOp.EQUAL, MatchOp.REGEX) for matcher in jobs)
    return jobs if names else ()


def _result(span: TimeRange, reading: Reading, role: str) -> ReadResult:
    total, part = reading.counts[TOTAL], reading.counts[role]
    nested = (part >= 0) & (part <= total * (1 + ROUNDING))
    part = np.minimum(part, total)
    known = reading.observed & nested
    good = part if role == "good" else total - part
    slices = Slices(span.start, known, np.where(known, good, 0), np.where(known, total, 0))
    return ReadResult(slices, reading.memory, int((~nested).sum()))
