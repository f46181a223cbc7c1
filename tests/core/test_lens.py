"""The lens: what of the ledger's slices counts, and as what."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.core.budget import budget_events
from tallystick.core.lens import RATIO_UNITS, Lens, among, at_least, nothing_excluded
from tallystick.core.sli import NoData
from tallystick.core.slices import Slices, join
from tallystick.core.slo import OCCURRENCES, Budgeting, BudgetingMethod
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import TimeRange

HOUR = 3_600
METHODS: list[BudgetingMethod] = ["occurrences", "timeslices", "ratio_timeslices"]


def slices(*counts: tuple[float, float] | None, start: int = 0) -> Slices:
    """Slices of (good, total) each; None is not observed."""
    made = [(0, 0) if one is None else one for one in counts]
    return Slices(
        start,
        np.array([one is not None for one in counts], np.bool_),
        np.array([good for good, _ in made], np.float64),
        np.array([total for _, total in made], np.float64),
    )


def lens(
    method: BudgetingMethod = "occurrences",
    *,
    minutes: int = 1,
    target: str = "0.9",
    no_data: NoData = "ignore",
    out: Sequence[TimeRange] = (),
    since: int | None = 0,
    per_unit: int = 1,
) -> Lens:
    """A lens."""
    budgeting = Budgeting(method=method, slice_seconds=minutes * 60, slice_target=Decimal(target))
    return Lens(budgeting, no_data, among(out), since, per_unit)


def counts(found: Slices) -> list[tuple[float, float]]:
    """Good and total of each slice."""
    return list(zip(found.good.tolist(), found.total.tolist(), strict=True))


@st.composite
def hours(draw: st.DrawFn) -> Slices:
    """Some hours of slices, of which some are not observed and some have no events."""
    count = draw(st.integers(1, 3)) * 60
    seed = draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    observed = chance.random(count) < draw(st.sampled_from([0.05, 0.5, 1.0]))
    total = np.floor(chance.random(count) * draw(st.sampled_from([1, 3, 1_000, 2**40]))) * observed
    good = np.floor(total * np.minimum(chance.random(count) * 1.3, 1))
    return Slices(draw(st.integers(0, 5)) * HOUR, observed, good, total)


@st.composite
def lenses(draw: st.DrawFn) -> Lens:
    """Any lens, with a few exclusions within the first hours."""
    edges = sorted(draw(st.sets(st.integers(0, 9 * 60), max_size=6)))
    out = [TimeRange(60 * a, 60 * b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return lens(
        draw(st.sampled_from(METHODS)),
        minutes=draw(st.sampled_from([1, 2, 5, 10, 15, 30, 60])),
        target=draw(st.sampled_from(["0.5", "0.9", "0.999", "1"])),
        no_data=draw(st.sampled_from(["ignore", "good", "bad"])),
        out=out,
        since=draw(st.none() | st.integers(0, 8 * HOUR)),
    )


def test_occurrences_are_left_as_they_are() -> None:
    """Without exclusions nothing changes, and sums of it can be used."""
    there = slices((1, 2), None, (3, 3))

    assert lens().plain(there.span)
    assert lens().apply(there) is there
    assert counts(there) == [(1, 2), (0, 0), (3, 3)]


def test_what_is_excluded_was_not_observed() -> None:
    """Excluded minutes have neither events nor coverage, and those around them stay."""
    looking = lens(out=[TimeRange(60, 180)])

    found = looking.apply(slices((1, 2), (1, 2), (1, 2), (1, 2)))

    assert found.observed.tolist() == [True, False, False, True]
    assert counts(found) == [(1, 2), (0, 0), (0, 0), (1, 2)]
    assert not looking.plain(TimeRange(0, 120))
    assert looking.plain(TimeRange(180, 240))
    assert looking.gross.plain(TimeRange(0, 240))


def test_a_reading_that_is_excluded_in_part_does_not_count() -> None:
    """Counts of five minutes stand in the last of them; which minute they are of is not known, but that it was observed is."""
    minutes = [(0, 0)] * 4
    there = slices(*minutes, (9, 10), *minutes, (7, 10), *minutes, (8, 10), (0, 0))
    looking = replace(lens(out=[TimeRange(120, 300 + 60)]), reading_seconds=300)

    found = looking.apply(there)

    assert [at for at, (_, total) in enumerate(counts(found)) if total] == [14]
    assert np.flatnonzero(~found.observed).tolist() == [2, 3, 4, 5]


def test_slices_of_time_are_good_or_bad_as_a_whole() -> None:
    """At 90 %, 9 of 10 are good and 8 are bad; a slice without events counts nothing, and what is not over not yet."""
    there = slices((9, 10), (10, 10), (8, 10), (10, 10), (0, 0), (0, 0), (1, 1))

    found = lens("timeslices", minutes=2).apply(there)

    assert counts(found) == [(0, 0), (1, 1), (0, 0), (1, 1), (0, 0), (0, 0), (0, 0)]
    assert counts(lens("timeslices").apply(there)) == [(1, 1), (1, 1), (0, 1), (1, 1), (0, 0), (0, 0), (1, 1)]
    assert found.observed.tolist() == [True] * 7


def test_ratios_of_slices_of_time() -> None:
    """Each slice of time with events weighs the same, and is worth its share of good ones."""
    found = lens("ratio_timeslices", minutes=2).apply(
        slices((1, 1), (0, 3), (0, 0), (0, 0), (1_000_000, 1_000_000), (1, 2))
    )

    assert counts(found)[1::2] == [(RATIO_UNITS // 4, RATIO_UNITS), (0, 0), (RATIO_UNITS - 1_000, RATIO_UNITS)]
    assert counts(found)[::2] == [(0, 0)] * 3


def test_a_slice_with_one_bad_event_of_very_many_is_not_wholly_good() -> None:
    """However close to 1 a ratio is, it is 1 only without any bad event."""
    found = lens("ratio_timeslices").apply(slices((2**52 - 1, 2**52), (2**52, 2**52)))

    assert found.good.tolist() == [RATIO_UNITS - 1, RATIO_UNITS]


@pytest.mark.parametrize(
    ("no_data", "expected"),
    [
        ("ignore", [(0, 0), (0, 0), (1, 1), (0, 0), (0, 0)]),
        ("good", [(0, 0), (0, 0), (1, 1), (1, 1), (0, 0)]),
        ("bad", [(0, 0), (0, 0), (1, 1), (0, 1), (0, 0)]),
    ],
)
def test_missing_slices_of_time(no_data: NoData, expected: list[tuple[float, float]]) -> None:
    """Wholly unobserved slices of time count by the definition, but not before the first observation, nor where excluded."""
    there = slices(None, None, None, None, None, (1, 1), None, None, None, None)
    looking = lens("timeslices", minutes=2, no_data=no_data, out=[TimeRange(480, 600)], since=300)

    assert counts(looking.apply(there))[1::2] == expected
    assert not looking.apply(there).observed[6:].any()


def test_missing_and_partly_excluded_is_missing() -> None:
    """A slice of time that is excluded in part is judged by the rest, and the rest was not observed."""
    there = slices((1, 1), (1, 1), (1, 1), None)
    looking = lens("timeslices", minutes=2, no_data="bad", out=[TimeRange(120, 180)])

    assert counts(looking.apply(there))[1::2] == [(1, 1), (0, 1)]


def test_never_observed_is_never_missing() -> None:
    """What was never observed counts as nothing, whatever missing time counts as."""
    found = lens("timeslices", no_data="bad", since=None).apply(slices(None, None))

    assert counts(found) == [(0, 0), (0, 0)]


def test_slices_of_time_of_the_opening_day_of_a_ledger() -> None:
    """The slice in which the first observation lies is known, not missing; the next ones are missing."""
    found = lens("timeslices", minutes=5, no_data="bad", since=180).apply(slices(None, None, None, (5, 5), *[None] * 6))

    assert counts(found)[4::5] == [(1, 1), (0, 1)]


def test_a_slice_of_time_that_began_before_the_ledger_does_not_count() -> None:
    """Of an account that begins within a slice of time that slice is not known as a whole; the next one is."""
    there = slices(*[(1, 1)] * 8, start=120)

    found = lens("timeslices", minutes=5, no_data="bad").apply(there)

    assert [(at, pair) for at, pair in enumerate(counts(found)) if pair[1]] == [(7, (1, 1))]
    assert counts(lens("timeslices", minutes=5).apply(slices((1, 1), start=120))) == [(0, 0)]


@given(hours(), lenses(), st.data())
def test_totals_add_over_any_split(there: Slices, looking: Lens, data: st.DataObject) -> None:
    """Looking at whole hours one after another is the same as looking at them together, to the last event."""
    cut = data.draw(st.integers(0, len(there.observed) // 60)) * 60 * 60 + there.start

    parts = [looking.apply(there.clip(TimeRange(a, b))) for a, b in [(there.start, cut), (cut, there.span.end)]]

    together, apart = looking.apply(there), join(parts)
    assert counts(together) == counts(apart)
    assert together.observation() == parts[0].observation() + parts[1].observation()


@given(hours(), lenses())
def test_an_excluded_slice_equals_its_absence(there: Slices, looking: Lens) -> None:
    """What happened in excluded time has no part in any count: it may as well have been empty."""
    out = looking.excluded(there.span)
    empty = Slices(there.start, there.observed.copy(), there.good.copy(), there.total.copy())
    for part in out:
        inside = slice((part.start - there.start) // 60, (part.end - there.start) // 60)
        empty.observed[inside] = False
        empty.good[inside] = empty.total[inside] = 0

    found, expected = looking.apply(there), looking.apply(empty)

    assert counts(found) == counts(expected)
    assert found.observed.tolist() == expected.observed.tolist()
    if looking.no_data == "ignore":
        assert counts(found) == counts(looking.gross.apply(empty))


@given(hours(), lenses())
def test_gross_of_no_exclusion_equals_net(there: Slices, looking: Lens) -> None:
    """Where nothing is excluded, leaving nothing out changes nothing."""
    nothing_out = replace(looking, excluded=among(()))

    assert counts(nothing_out.apply(there)) == counts(looking.gross.apply(there))
    if not looking.excluded(there.span):
        assert counts(looking.apply(there)) == counts(looking.gross.apply(there))


@given(hours(), lenses())
def test_good_nests_and_the_ledger_stays(there: Slices, looking: Lens) -> None:
    """Good is never more than total, nothing unobserved becomes observed, and what is looked at is not changed."""
    before = counts(there), there.observed.tolist()

    found = looking.apply(there)

    assert (found.good <= found.total).all()
    assert (found.good >= 0).all()
    assert not (found.observed & ~there.observed).any()
    assert (counts(there), there.observed.tolist()) == before
    if looking.plain(there.span):
        assert counts(found) == before[0]


@given(
    st.lists(st.tuples(st.integers(0, 2**53), st.integers(0, 2**53)), min_size=1, max_size=20),
    st.fractions(min_value=Fraction(1, 10**9), max_value=1, max_denominator=10**9),
)
def test_a_slice_target_is_compared_exactly(pairs: list[tuple[int, int]], target: Fraction) -> None:
    """Whatever the counts and the target are, the comparison is that of whole numbers."""
    pairs = [(min(pair), max(pair)) for pair in pairs]
    good, total = (np.array(column, np.float64) for column in zip(*pairs, strict=True))

    assert at_least(good, total, target).tolist() == [good >= target * total for good, total in pairs]


def test_a_slice_target_at_its_edge() -> None:
    """99.9 % of 1,000, and of a thousand million million, is 99.9 %; one event less is not."""
    good = np.array([999, 998, 999 * 10**12, 999 * 10**12 - 1], np.float64)
    total = np.array([1_000, 1_000, 10**15, 10**15], np.float64)

    assert at_least(good, total, Fraction(Decimal("0.999"))).tolist() == [True, False, True, False]


@given(st.sets(st.integers(0, 60), max_size=12), st.integers(0, 60), st.integers(0, 60))
def test_looking_parts_up(edges: set[int], one: int, other: int) -> None:
    """The parts within a range are found, clipped to it, whichever they are."""
    listed = sorted(edges)
    parts = [TimeRange(60 * a, 60 * b) for a, b in zip(listed[::2], listed[1::2], strict=False)]
    span = TimeRange(60 * min(one, other), 60 * max(one, other))

    found = among(parts)(span)

    assert [inside for part in parts if (inside := span.clip(part)).seconds] == found
    assert nothing_excluded(span) == ()


def test_counts_become_events_exactly() -> None:
    """Milliseconds are seconds, and thousandths stay exact: 0.1 is no float."""
    found = Observation(Tally(59_900, 60_000), 60)

    assert lens(per_unit=1_000).in_events(found) == Observation(Tally(Fraction(599, 10), 60), 60)
    assert lens().in_events(found) is found
    assert lens("timeslices", per_unit=1_000).in_events(found) is found
    assert lens("ratio_timeslices", per_unit=1_000).in_events(found).tally.total == Fraction(60_000, RATIO_UNITS)


def two_weeks(bad_minutes: int, method: BudgetingMethod) -> Tally:
    """
    OpenSLO's published comparison of budgeting methods.

    Two weeks, 24,000 requests a day, 99 % good, but 1 % in the first *bad_minutes*; slices of a minute, good at 95 %.
    100 times the requests keep all counts whole.
    """
    per_minute = 5_000
    day = np.full(14 * 1_440, per_minute, np.float64)
    good = day * 99 / 100
    good[:bad_minutes] = per_minute / 100
    there = Slices(0, np.ones(len(day), np.bool_), good, day)
    looking = Lens(
        OCCURRENCES if method == "occurrences" else Budgeting(method=method, slice_target=Decimal("0.95")),
        "ignore",
        nothing_excluded,
        0,
        300,
    )
    return looking.in_events(looking.apply(there).observation()).tally


def test_published_occurrences() -> None:
    """336,000 requests in two weeks, of which 5 % are 16,800."""
    assert two_weeks(0, "occurrences").total == 336_000
    assert budget_events(two_weeks(0, "occurrences"), Decimal("0.95")) == 16_800


def test_published_timeslices() -> None:
    """20,160 slices of a minute; at 95 % the budget is spent by 1,008 bad minutes, and overspent by one more."""
    at_the_edge, over = two_weeks(1_008, "timeslices"), two_weeks(1_009, "timeslices")

    assert (at_the_edge.good, at_the_edge.total) == (20_160 - 1_008, 20_160)
    assert Fraction(at_the_edge.good) / Fraction(at_the_edge.total) == Fraction(95, 100)
    assert Fraction(over.good) / Fraction(over.total) < Fraction(95, 100)


def test_published_ratio_timeslices() -> None:
    """At 95 % the budget is spent after 822.86 minutes of an attack, 13 h 42.9 m: the mean of the slices' ratios."""
    before, after = (two_weeks(minutes, "ratio_timeslices") for minutes in (822, 823))

    assert (
        Fraction(before.good) / Fraction(before.total)
        > Fraction(95, 100)
        > Fraction(after.good) / Fraction(after.total)
    )
    assert before.total == 20_160
    assert (before.good - Fraction(95, 100) * 20_160) / Fraction(98, 100) + 822 == pytest.approx(822.857, abs=1e-3)


@pytest.mark.parametrize(("no_data", "expected"), [("good", 0.9752), ("ignore", 0.9722), ("bad", 0.8681)])
def test_published_missing_slices(no_data: NoData, expected: float) -> None:
    """2,016 slices of five minutes, 1,800 of them observed and 50 bad: 97.52, 97.22 and 86.81 %."""
    observed, good = np.zeros(2_016 * 5, np.bool_), np.zeros(2_016 * 5)
    observed[: 1_800 * 5], good[50 * 5 : 1_800 * 5] = True, 1
    there = Slices(0, observed, good, observed.astype(np.float64))

    tally = lens("timeslices", minutes=5, no_data=no_data).apply(there).observation().tally

    assert tally.good / tally.total == pytest.approx(expected, abs=5e-5)
