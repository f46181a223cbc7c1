"""
Reading counters by sums that Prometheus works out, five minutes at a time, for SLIs with too many series to fetch.

Of each series Prometheus takes the last sample of the five minutes and the last one before them, up to three hours back:
what lies between is counted wherever the scrapes fall, and nothing is extrapolated. Sums come back by target, for series that
went on and for new ones apart; which new ones count from zero is decided here, as for raw samples. docs/reading.md says how
far it is from the truth.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.arrivals import LOOKBACK_STEPS, STEP_SECONDS, Presence, arrivals, count_from_zero, restarts
from tallystick.core.evaluation import Evaluated, is_wrong, not_nested, spread
from tallystick.core.increments import SAME_PROCESS_SECONDS, TOTAL, read_counters
from tallystick.core.matching import may_match
from tallystick.core.memory import FORGET_MS, Memory
from tallystick.core.scrapes import Surroundings
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.series import Target
from tallystick.core.sli import CountedSli, EventsSli, LatencySli, UpSli, terms_of
from tallystick.core.slices import Bools, Floats
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.upstream.client import Prometheus
from tallystick.upstream.evaluated import ask
from tallystick.upstream.samples import raw_samples
from tallystick.upstream.sums import Counter, pins, process_start, scraped

SOURCE = "wide"
"""How slices are read here, as the ledger records it."""

_LOOKBACK = LOOKBACK_STEPS * STEP_SECONDS
_LONGEST = FORGET_MS // 1_000
"""How far back a target is looked for that comes back, in seconds."""

_MOST_INSTANCES = 100
"""Targets named in one query."""

_STEP = f"[{STEP_SECONDS}s]"
_PAST = f"[{_LONGEST}s] offset {STEP_SECONDS}s"

Sums = Mapping[Target, Floats]
"""By target a number for each step, NaN where there is none; shape (steps,)."""

Flags = Mapping[Target, Bools]
"""By target whether, for each step; shape (steps,)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """
    What was read of a counter.

    Attributes:
        counter: which one.
        rises: by how much series rose that went on.
        fresh: what new series showed.
    """

    counter: Counter
    rises: Sums
    fresh: Sums

    @property
    def shown(self) -> dict[Target, Bools]:
        """In which steps each target had any of the series."""
        found: dict[Target, Bools] = {}
        for sums in (self.rises, self.fresh):
            for target, values in sums.items():
                found[target] = found.get(target, False) | ~np.isnan(values)
        return found


def read_wide(prometheus: Prometheus, sli: CountedSli, span: TimeRange) -> Evaluated:
    """
    Count the events of *sli* in *span*, each five minutes' in the last one of them.

    Nothing need be remembered from one reading to the next: what matters of the time before is asked for.

    Args:
        prometheus: what is asked.
        sli: what counts; of one that has groups, a group.
        span: which time, aligned to five minutes; it must be over, and its samples must have arrived.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    wide = _Wide(prometheus, span)
    if isinstance(sli, UpSli):
        total, part = wide.gauge(sli.metric)
        return Evaluated({(): spread(sli, span, total > 0, part, total, seconds=STEP_SECONDS)})
    total, part, observed = wide.counts(sli)
    wrong = observed & is_wrong(total, part)
    good = total - part if isinstance(sli, EventsSli) and sli.bad else part
    slices = spread(sli, span, observed & ~wrong, good, total, seconds=STEP_SECONDS)
    return Evaluated({(): slices}, not_nested(wrong, "more events are bad (or good) than there are"))


class _Wide:
    """One reading."""

    def __init__(self, prometheus: Prometheus, span: TimeRange) -> None:
        """Read *span* from *prometheus*."""
        self._prometheus = prometheus
        self._span = span
        self._grid = TimeRange(span.start - _LOOKBACK, span.end)
        self._steps = span.seconds // STEP_SECONDS

    def gauge(self, metric: Selector) -> tuple[Floats, Floats]:
        """Seconds in which there was a gauge of 0 or 1, and in which it was 1, all series added; by step."""
        each = f"avg_over_time({metric.promql}{_STEP})"
        total, part = (self._sums(f"{how}({each})", self._span).get(("", "")) for how in ("count", "sum"))
        if total is None or part is None:
            return np.zeros(self._steps), np.zeros(self._steps)
        return np.nan_to_num(total) * STEP_SECONDS, np.nan_to_num(part) * STEP_SECONDS

    def counts(self, sli: EventsSli | LatencySli) -> tuple[Floats, Floats, Bools]:
        """All events and the good (or bad) ones, and what was observed; by step."""
        found = [self._read(counter) for counter in self._counters(sli)]
        up = self._up([one.counter for one in found])
        presence = self._presence(found, up)
        found = [self._corrected(one, presence) for one in found]
        jobs = presence.jobs()
        born = {target: count_from_zero(presence, target, jobs[target[0]]) for target in presence.targets}
        total, part = np.zeros(self._steps), np.zeros(self._steps)
        for one in found:
            counts = total if one.counter.total else part
            for values in one.rises.values():
                counts += one.counter.term.sign * np.nan_to_num(values)
            for values in self._new(one, born).values():
                counts += one.counter.term.sign * np.nan_to_num(values)
        return total, part, self._observed([one for one in found if one.counter.total], up)

    def _new(self, one: _Found, born: Flags) -> Sums:
        """What new series count: all that they show, or, where they may be old, what they rose while they were seen."""
        old = {target: ~born[target] & ~np.isnan(values) for target, values in one.fresh.items()}
        counts = dict(one.fresh)
        _put(counts, self._again(old, lambda some: one.counter.of(some).within(_LOOKBACK)), old)
        return counts

    def _counters(self, sli: EventsSli | LatencySli) -> Iterator[Counter]:
        for counters, total in ((sli.total, True), (sli.part if isinstance(sli, EventsSli) else sli.good, False)):
            for term in terms_of(counters):
                bucket = isinstance(sli, LatencySli) and not total
                yield Counter(term, total, self._jobs(term.selector), bucket)

    def _jobs(self, selector: Selector) -> tuple[Matcher, ...]:
        """What tells the jobs of *selector* from others: its own matchers, or else what it is found in."""
        named = tuple(matcher for matcher in selector.matchers if matcher.label == "job")
        if any(matcher.op in (MatchOp.EQUAL, MatchOp.REGEX) for matcher in named):
            return tuple(sorted(set(named)))
        text = f"group by (job) (last_over_time({selector.promql}[{self._span.seconds}s]))"
        found = self._prometheus.query(text, self._span.end * 1_000 - 1)
        return (one_of("job", [str(one["metric"].get("job", "")) for one in found]),) if found else ()

    def _read(self, counter: Counter) -> _Found:
        rises, fresh = counter.rises(_LOOKBACK), counter.fresh(_LOOKBACK)
        return _Found(counter, self._sums(rises, self._span), self._sums(fresh, self._span))

    def _sums(self, promql: str, span: TimeRange) -> dict[Target, Floats]:
        found = {}
        for answer in ask(self._prometheus, promql, span, STEP_SECONDS):
            values = np.full(span.seconds // STEP_SECONDS, np.nan)
            values[list(answer.at)] = answer.values
            found[answer.labels.get("job", ""), answer.labels.get("instance", "")] = values
        return found

    def _up(self, counters: Sequence[Counter]) -> list[tuple[Mapping[str, str], Bools]]:
        """Labels of targets, as far as selectors name them, and in which steps of the grid they were scraped."""
        labels = {matcher.label for counter in counters for matcher in counter.term.selector.matchers}
        found = []
        for jobs in {counter.jobs for counter in counters if counter.jobs}:
            for answer in ask(self._prometheus, scraped(jobs, labels, _STEP), self._grid, STEP_SECONDS):
                steps = np.zeros(LOOKBACK_STEPS + self._steps, np.bool_)
                steps[list(answer.at)] = True
                found.append((answer.labels, steps))
        return found

    def _presence(self, found: Sequence[_Found], up: Iterable[tuple[Mapping[str, str], Bools]]) -> Presence:
        targets: dict[Target, Bools] = {}
        for labels, steps in up:
            target = labels.get("job", ""), labels.get("instance", "")
            targets[target] = targets.get(target, False) | steps
        silent = {target for one in found for target in one.shown if target not in targets}
        before = self._shown_before(found, silent)
        for one in found:
            for target, shown in one.shown.items():
                steps = np.concatenate([np.zeros(LOOKBACK_STEPS, np.bool_), shown])
                steps[LOOKBACK_STEPS - 1] = target in before
                targets[target] = targets.get(target, False) | steps
        starts: dict[Target, Floats] = {}
        for jobs in {one.counter.jobs for one in found if one.counter.jobs}:
            starts |= self._sums(process_start(jobs, _STEP), self._grid)
        presence = Presence(self._grid.start, targets, starts)
        return Presence(self._grid.start, targets, starts, self._job_past(presence), self._returned(presence))

    def _shown_before(self, found: Sequence[_Found], targets: Iterable[Target]) -> set[Target]:
        """Those of *targets*, which have no ``up``, that had series within the time that is looked back."""
        before = set()
        for some in _chunks(targets):
            for one in found:
                selector = one.counter.term.selector.having(*pins(some))
                text = f"group by (job, instance) (last_over_time({selector.promql}[{_LOOKBACK}s]))"
                for known in self._prometheus.query(text, self._span.start * 1_000 - 1):
                    before.add((known["metric"].get("job", ""), known["metric"].get("instance", "")))
        return before

    def _job_past(self, presence: Presence) -> dict[str, Bools]:
        """Of jobs that come back or are new: when they were scraped before the grid."""
        jobs = [job for job, steps in presence.jobs().items() if arrivals(steps).any()]
        past = TimeRange(self._grid.start - _LONGEST, self._grid.start)
        found = {}
        for job in jobs:
            steps = np.zeros(past.seconds // STEP_SECONDS, np.bool_)
            for answer in ask(
                self._prometheus, scraped((Matcher("job", MatchOp.EQUAL, job),), (), _STEP), past, STEP_SECONDS
            ):
                steps[list(answer.at)] = True
            found[job] = steps
        return found

    def _returned(self, presence: Presence) -> dict[Target, Bools]:
        """Of targets that come back after a longer absence: in which steps."""
        arrived = {target: arrivals(steps) for target, steps in presence.targets.items()}
        known = self._again(arrived, lambda some: scraped(pins(some), (), _PAST))
        return {target: ~np.isnan(values) for target, values in known.items()}

    def _corrected(self, one: _Found, presence: Presence) -> _Found:
        """What was read of a counter, of targets that came back or restarted once more and with what fits them."""
        rises, fresh = dict(one.rises), dict(one.fresh)
        back = {target: steps for target, steps in presence.returned.items() if target in one.shown}
        anew = self._changed(presence, back)
        on = {target: steps & ~anew[target] for target, steps in back.items()}
        counter = one.counter
        _put(rises, self._again(on, lambda some: counter.of(some).rises(_LONGEST)), on)
        _put(rises, self._again(anew, lambda some: counter.of(some).restarted(_LONGEST)), anew)
        _put(fresh, self._again(back, lambda some: counter.of(some).fresh(_LONGEST)), back)
        for target in one.shown:
            known, steps = self._exact(counter, presence, target)
            _put(rises, {target: known}, {target: steps})
            _put(fresh, {target: np.full(self._steps, np.nan)}, {target: steps})
        return _Found(counter, rises, fresh)

    def _exact(self, counter: Counter, presence: Presence, target: Target) -> tuple[Floats, Bools]:
        """
        What a target counted after its process began anew, from raw samples, and in which steps that is.

        A new process may show a series only hours later: what it was before is the old process', which sums can't tell.
        """
        values, within = np.full(self._steps, np.nan), np.zeros(self._steps, np.bool_)
        for restart in np.flatnonzero(restarts(presence, target)).tolist():
            first, last = max(restart, LOOKBACK_STEPS), min(restart + LOOKBACK_STEPS, LOOKBACK_STEPS + self._steps)
            if first < last:
                start = self._grid.start + restart * STEP_SECONDS
                span = TimeRange(start - _LOOKBACK, self._grid.start + last * STEP_SECONDS)
                part = slice(first - LOOKBACK_STEPS, last - LOOKBACK_STEPS)
                values[part] = self._raw(counter, target, span)[first - last :]
                within[part] = True
        return values, within

    def _raw(self, counter: Counter, target: Target, span: TimeRange) -> Floats:
        """What one target counted in each step of *span*, from raw samples."""
        series = raw_samples(self._prometheus, counter.of([target]).term.selector, span)
        up, starts = (
            raw_samples(self._prometheus, Selector(metric, pins([target])), span)
            for metric in ("up", "process_start_time_seconds")
        )
        reading = read_counters(span, {TOTAL: series}, Surroundings(up, up, up, starts), Memory())
        return np.asarray(reading.counts[TOTAL].reshape(-1, STEP_SECONDS // SLICE_SECONDS).sum(axis=1))

    def _changed(self, presence: Presence, back: Flags) -> dict[Target, Bools]:
        """Where targets that came back have another process than they had."""
        then = self._again(back, lambda some: process_start(pins(some), _PAST))
        found = {}
        for target, steps in back.items():
            now = presence.starts.get(target, np.full(LOOKBACK_STEPS + self._steps, np.nan))[LOOKBACK_STEPS:]
            found[target] = steps & (np.abs(now - then[target]) > SAME_PROCESS_SECONDS)
        return found

    def _again(self, flags: Flags, text: Callable[[Sequence[Target]], str]) -> dict[Target, Floats]:
        """
        Ask about targets in the steps that are flagged.

        Args:
            flags: which targets, and in which steps of the time at hand.
            text: the query for some targets of one job.

        Returns:
            By target the values in flagged steps, NaN elsewhere; only those that have flags.
        """
        flagged = {target: steps for target, steps in flags.items() if steps.any()}
        found = {target: np.full(self._steps, np.nan) for target in flags}
        for some in _chunks(flagged):
            steps = np.flatnonzero(np.logical_or.reduce([flagged[target] for target in some]))
            start = self._span.start + int(steps[0]) * STEP_SECONDS
            part = TimeRange(start, self._span.start + (int(steps[-1]) + 1) * STEP_SECONDS)
            for target, values in self._sums(text(some), part).items():
                if target in flagged:
                    inside = np.full(self._steps, np.nan)
                    inside[steps[0] : steps[-1] + 1] = values
                    found[target] = np.where(flagged[target], inside, np.nan)
        return found

    def _observed(self, totals: Sequence[_Found], up: Iterable[tuple[Mapping[str, str], Bools]]) -> Bools:
        """In which steps a target that shows the SLI's series was scraped, counted from their first sample on."""
        shown = np.zeros(self._steps, np.bool_)
        for one in totals:
            for steps in one.shown.values():
                shown |= steps
        observed = shown.copy()
        for labels, steps in up:
            if any(may_match(one.counter.term.selector, labels) for one in totals):
                observed |= steps[LOOKBACK_STEPS:]
        if observed.any() and not shown[np.argmax(observed)] and not self._ever(totals):
            observed[: np.argmax(shown) if shown.any() else self._steps] = False
        return observed

    def _ever(self, totals: Sequence[_Found]) -> bool:
        """Whether any of *totals* had series before the time at hand."""
        texts = (f"group(last_over_time({one.counter.term.selector.promql}[{_LONGEST}s]))" for one in totals)
        return any(self._prometheus.query(text, self._span.start * 1_000 - 1) for text in texts)


def _chunks(targets: Iterable[Target]) -> Iterator[list[Target]]:
    """*targets* by job, not too many at once."""
    by_job: dict[str, list[Target]] = defaultdict(list)
    for target in sorted(targets):
        by_job[target[0]].append(target)
    for some in by_job.values():
        for start in range(0, len(some), _MOST_INSTANCES):
            yield some[start : start + _MOST_INSTANCES]


def _put(sums: dict[Target, Floats], values: Sums, flags: Flags) -> None:
    """Replace what *flags* mark in *sums* with *values*."""
    for target, steps in flags.items():
        if steps.any():
            old = sums.get(target, np.full(len(steps), np.nan))
            sums[target] = np.where(steps, values[target], old)
