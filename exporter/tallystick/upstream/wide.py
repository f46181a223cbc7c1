"""
Reading counters by sums that Prometheus works out, five minutes at a time, for SLIs with too many series to fetch.

Of each series Prometheus takes the last sample of the five minutes and the last one before them, up to three hours back:
what lies between is counted wherever the scrapes fall, and nothing is extrapolated. Sums come back by target, for series that
went on and for new ones apart; which new ones count from zero is decided here, as for raw samples. Targets that came back or
whose process began anew are looked at once more. docs/reading.md says how far it is from the truth.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.arrivals import LOOKBACK_STEPS, STEP_SECONDS, Presence, count_from_zero
from tallystick.core.evaluation import Evaluated, is_wrong, not_nested, spread
from tallystick.core.increments import SAME_PROCESS_SECONDS
from tallystick.core.matching import may_match
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.series import Target
from tallystick.core.sli import CountedSli, EventsSli, LatencySli, UpSli, terms_of
from tallystick.core.slices import Bools, Floats
from tallystick.core.timerange import TimeRange
from tallystick.upstream.client import Prometheus
from tallystick.upstream.grid import LONGEST_LOOKBACK, LOOKBACK, PAST, STEP, Flags, Grid, Sums, target_of
from tallystick.upstream.restarted import after_restarts
from tallystick.upstream.sums import Counter, pins, process_start

SOURCE = "wide"
"""How slices are read here, as the ledger records it."""

_MOST_LOOKS = 100
"""Restarted targets whose raw samples are looked at in one reading; of more, sums must do."""


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
        return _either(
            {target: ~np.isnan(values) for target, values in sums.items()} for sums in (self.rises, self.fresh)
        )


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
    grid = Grid(prometheus, span)
    if isinstance(sli, UpSli):
        total, part = _gauge(grid, sli.metric)
        return Evaluated({(): spread(sli, span, total > 0, part, total, seconds=STEP_SECONDS)})
    total, part, observed = _counts(grid, sli)
    wrong = observed & is_wrong(total, part)
    good = total - part if isinstance(sli, EventsSli) and sli.bad else part
    slices = spread(sli, span, observed & ~wrong, good, total, seconds=STEP_SECONDS)
    return Evaluated({(): slices}, not_nested(wrong, "more events are bad (or good) than there are"))


def _gauge(grid: Grid, metric: Selector) -> tuple[Floats, Floats]:
    """Seconds in which there was a gauge of 0 or 1, and in which it was 1, all series added; by step."""
    each = f"avg_over_time({metric.promql}{STEP})"
    nothing = np.zeros(grid.steps)
    total, part = (grid.sums(f"{how}({each})", grid.span).get(("", ""), nothing) for how in ("count", "sum"))
    return np.nan_to_num(total) * STEP_SECONDS, np.nan_to_num(part) * STEP_SECONDS


def _counts(grid: Grid, sli: EventsSli | LatencySli) -> tuple[Floats, Floats, Bools]:
    """All events and the good (or bad) ones, and what was observed; by step."""
    found = [_read(grid, counter) for counter in _counters(grid, sli)]
    jobs = sorted({one.counter.jobs for one in found if one.counter.jobs})
    labels = {matcher.label for one in found for matcher in one.counter.term.selector.matchers}
    up = grid.up(jobs, labels)
    shown = _either(one.shown for one in found)
    presence = grid.presence(jobs, up, shown, _unwatched(grid, found, up, shown))
    by_job = presence.jobs()
    born = {target: count_from_zero(presence, target, by_job[target[0]]) for target in presence.targets}
    total, part = np.zeros(grid.steps), np.zeros(grid.steps)
    for one in found:
        counts = total if one.counter.total else part
        corrected = _corrected(grid, one, presence)
        for sums in (corrected.rises, _new(grid, corrected, born)):
            for values in sums.values():
                counts += one.counter.term.sign * np.nan_to_num(values)
    return total, part, _observed(grid, [one for one in found if one.counter.total], up)


def _unwatched(
    grid: Grid, found: Iterable[_Found], up: Iterable[tuple[Mapping[str, str], Bools]], shown: Iterable[Target]
) -> Flags:
    """In which steps before the time at hand targets without ``up`` had series."""
    if {target_of(labels) for labels, _ in up}.issuperset(shown):
        return {}
    past = TimeRange(grid.whole.start, grid.span.start)
    each = (grid.sums(one.counter.unwatched(), past) for one in found)
    return _either({target: ~np.isnan(values) for target, values in sums.items()} for sums in each)


def _counters(grid: Grid, sli: EventsSli | LatencySli) -> Iterator[Counter]:
    for counters, total in ((sli.total, True), (sli.part if isinstance(sli, EventsSli) else sli.good, False)):
        for term in terms_of(counters):
            bucket = isinstance(sli, LatencySli) and not total
            yield Counter(term, total, _jobs(grid, term.selector), bucket)


def _jobs(grid: Grid, selector: Selector) -> tuple[Matcher, ...]:
    """What tells the jobs of *selector* from others: its own matchers, or else in which jobs it is found."""
    named = tuple(sorted({matcher for matcher in selector.matchers if matcher.label == "job"}))
    if any(matcher.op in (MatchOp.EQUAL, MatchOp.REGEX) for matcher in named):
        return named
    text = f"group by (job) (last_over_time({selector.promql}[{grid.span.seconds}s]))"
    found = [labels.get("job", "") for labels in grid.asked(text, grid.span.end * 1_000 - 1)]
    return (one_of("job", found),) if found else ()


def _read(grid: Grid, counter: Counter) -> _Found:
    """
    What a counter's series did from one five minutes to the next.

    Looking back for hours at each series is what costs most, so it is only done for targets that show a series that was
    not there in the five minutes before.
    """
    rises, fresh = (grid.sums(text, grid.span) for text in (counter.rises(STEP_SECONDS), counter.fresh(STEP_SECONDS)))
    odd = {target: ~np.isnan(values) for target, values in fresh.items()}
    _put(rises, grid.again(odd, lambda some: counter.of(some).rises(LOOKBACK)), odd)
    _put(fresh, grid.again(odd, lambda some: counter.of(some).fresh(LOOKBACK)), odd)
    return _Found(counter, rises, fresh)


def _new(grid: Grid, one: _Found, born: Flags) -> Sums:
    """What new series count: all that they show, or, where they may be old, by how much they rose while they were seen."""
    old = {target: ~born[target] & ~np.isnan(values) for target, values in one.fresh.items()}
    counts = dict(one.fresh)
    _put(counts, grid.again(old, lambda some: one.counter.of(some).within(LOOKBACK)), old)
    return counts


def _corrected(grid: Grid, one: _Found, presence: Presence) -> _Found:
    """What was read of a counter, but of targets that came back or whose process began anew with what fits them."""
    rises, fresh, counter, shown = dict(one.rises), dict(one.fresh), one.counter, one.shown
    back = {target: steps for target, steps in presence.returned.items() if target in shown}
    anew = _changed(grid, presence, back)
    same = {target: steps & ~anew[target] for target, steps in back.items()}
    _put(rises, grid.again(same, lambda some: counter.of(some).rises(LONGEST_LOOKBACK)), same)
    _put(rises, grid.again(anew, lambda some: counter.of(some).restarted(LONGEST_LOOKBACK)), anew)
    _put(fresh, grid.again(back, lambda some: counter.of(some).fresh(LONGEST_LOOKBACK)), back)
    looks = 0
    for target in shown:
        known, steps = after_restarts(grid, counter, presence, target)
        looks += bool(steps.any())
        if looks > _MOST_LOOKS:
            break
        _put(rises, {target: known}, {target: steps})
        _put(fresh, {target: np.full(grid.steps, np.nan)}, {target: steps})
    return _Found(counter, rises, fresh)


def _changed(grid: Grid, presence: Presence, back: Flags) -> dict[Target, Bools]:
    """Where targets that came back have another process than they had."""
    then = grid.again(back, lambda some: process_start(pins(some), PAST))
    unknown = np.full(LOOKBACK_STEPS + grid.steps, np.nan)
    now = {target: presence.starts.get(target, unknown)[LOOKBACK_STEPS:] for target in back}
    return {
        target: steps & (np.abs(now[target] - then[target]) > SAME_PROCESS_SECONDS) for target, steps in back.items()
    }


def _observed(grid: Grid, totals: Sequence[_Found], up: Iterable[tuple[Mapping[str, str], Bools]]) -> Bools:
    """In which steps a target that shows the SLI's series was scraped, counted from their first sample on."""
    shown = np.zeros(grid.steps, np.bool_)
    for steps in _either(one.shown for one in totals).values():
        shown |= steps
    observed = shown.copy()
    for labels, steps in up:
        if any(may_match(one.counter.term.selector, labels) for one in totals):
            observed |= steps[LOOKBACK_STEPS:]
    if observed.any() and not shown[np.argmax(observed)] and not _ever(grid, totals):
        observed[: np.argmax(shown) if shown.any() else grid.steps] = False
    return observed


def _ever(grid: Grid, totals: Sequence[_Found]) -> bool:
    """Whether any of *totals* had series before the time at hand."""
    texts = (f"group(last_over_time({one.counter.term.selector.promql}[{LONGEST_LOOKBACK}s]))" for one in totals)
    return any(grid.asked(text, grid.span.start * 1_000 - 1) for text in texts)


def _either(some: Iterable[Flags]) -> dict[Target, Bools]:
    """Where any of *some* is set."""
    found: dict[Target, Bools] = {}
    for flags in some:
        for target, steps in flags.items():
            found[target] = found[target] | steps if target in found else steps
    return found


def _put(sums: dict[Target, Floats], values: Sums, flags: Flags) -> None:
    """Replace what *flags* mark in *sums* with *values*."""
    for target, steps in flags.items():
        if steps.any():
            old = sums.get(target, np.full(len(steps), np.nan))
            sums[target] = np.where(steps, values[target], old)
