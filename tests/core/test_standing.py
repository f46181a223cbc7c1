"""How an SLO stands: net and gross, with what is missing counted as agreed, and when the budget runs out."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.slos import make_slo
from tallystick.core.budget import budget_events, compliance
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import NoData
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.standing import BURN_WINDOWS, Observe, Standing, State, counting, standings
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange
from tallystick.core.window import CalendarWindow, RollingWindow

HOUR, DAY = 3_600, 86_400
AT = 1_796_040_000
"""2026-11-30 12:00 UTC, a Monday."""


def steady(bad: Fraction | float = 0, per_second: int = 1, *, missing: Sequence[TimeRange] = ()) -> Observe:
    """Counts of events that come *per_second*, of which a share is *bad*, with time that is *missing*."""

    def observe(span: TimeRange) -> Observation:
        seconds = span.seconds - sum(span.clip(part).seconds for part in missing)
        total = seconds * per_second
        return Observation(Tally(total - Fraction(bad) * total, total), seconds)

    return observe


def one(slo: Slo, net: Observe, gross: Observe | None = None, since: int | None = 0, at: int = AT) -> Standing:
    """How *slo* stands in its only window."""
    (made,) = standings(slo, at, net, gross, fresh=True, group={}, since=since)
    return made


def week(**more: Any) -> Slo:
    """An SLO over seven days."""
    return make_slo(objective="0.99", days=7, **more)


def exclusion(starts: str, hours: int) -> Exclusion:
    """An agreed exclusion of some *hours*."""
    return Exclusion(reason="Upgrade", starts=datetime.fromisoformat(starts), lasts_seconds=hours * HOUR)


def test_net_beside_gross() -> None:
    """What is excluded is left out of the figures, told in seconds, and counted in the gross ones."""
    slo = week(exclusions=(exclusion("2026-11-28T00:00", 24),))
    day = TimeRange(AT - 60 * HOUR, AT - 36 * HOUR)

    made = one(slo, steady(0, missing=[day]), steady(Fraction(1, 7)))

    assert made.excluded_seconds == DAY
    assert (made.observation.observed_seconds, made.gross.observed_seconds) == (6 * DAY, 7 * DAY)
    assert made.compliance == 1
    assert made.gross_compliance == Fraction(6, 7)
    assert made.coverage == 1
    assert made.state is State.MET
    assert not made.exclusion_active


def test_gross_of_no_exclusion_is_net() -> None:
    """Without exclusions nothing is asked for twice, and both are the same."""

    def never(_span: TimeRange) -> Observation:
        raise AssertionError

    made = one(week(), steady(Fraction(1, 200)), never)

    assert made.gross is made.observation
    assert made.gross_compliance == made.compliance == Fraction(199, 200)
    assert made.excluded_seconds == 0


@pytest.mark.parametrize(
    ("starts", "active"),
    [("2026-11-30T11:00", False), ("2026-11-30T11:01", True), ("2026-11-30T12:00", True), ("2026-11-30T12:01", False)],
)
def test_an_exclusion_is_active_from_its_beginning_to_its_end(starts: str, *, active: bool) -> None:
    """At its first instant it is, at its end it is not any more."""
    slo = week(exclusions=(exclusion(starts, 1),))

    assert one(slo, steady()).exclusion_active is active


def test_a_window_that_is_excluded_as_a_whole() -> None:
    """There is nothing to observe, so there is no coverage and no verdict; not even a division by nothing."""
    slo = week(exclusions=(exclusion("2026-11-01T00:00", 24 * 60),))

    made = one(slo, lambda _: UNOBSERVED, steady())

    assert (made.coverage, made.state, made.valid, made.compliance) == (None, State.NO_DATA, False, None)
    assert made.gross_compliance == 1


@pytest.mark.parametrize(("missing_hours", "state"), [(16, State.NO_DATA), (8, State.MET)])
def test_coverage_under_its_floor_is_no_data(missing_hours: int, state: State) -> None:
    """A verdict needs as much of the window as the definition asks for; the figures are there all the same."""
    slo = week(min_coverage=Decimal("0.95"))

    made = one(slo, steady(missing=[TimeRange(AT - missing_hours * HOUR, AT)]))

    assert made.state is state
    assert made.valid is (state is State.MET)
    assert made.compliance == 1


def test_coverage_at_its_floor_is_enough() -> None:
    """Exactly as much as was asked for is as much as was asked for."""
    made = one(week(min_coverage=Decimal("0.75")), steady(missing=[TimeRange(AT - 42 * HOUR, AT)]))

    assert made.coverage == Fraction(3, 4)
    assert made.state is State.MET


@pytest.mark.parametrize(
    ("no_data", "good", "total"),
    [("ignore", 5 * DAY, 5 * DAY), ("good", 7 * DAY, 7 * DAY), ("bad", 5 * DAY, 7 * DAY)],
)
def test_missing_time_counts_as_agreed(no_data: NoData, good: int, total: int) -> None:
    """Seconds that are missing are as many bad or good seconds, and stay unobserved."""
    made = one(week(no_data=no_data), steady(missing=[TimeRange(AT - 2 * DAY, AT)]))

    assert (made.observation.tally, made.observation.observed_seconds) == (Tally(good, total), 5 * DAY)
    assert made.coverage == Fraction(5, 7)


def test_missing_time_weighs_as_much_as_what_was_observed() -> None:
    """With 20 events a second, a missing day is as many events as a day has on average."""
    made = one(week(no_data="bad"), steady(Fraction(1, 100), 20, missing=[TimeRange(AT - DAY, AT)]))

    assert made.observation.tally.total == 20 * 7 * DAY
    assert made.observation.tally.bad == 20 * DAY + 20 * 6 * DAY // 100


def test_time_before_the_first_observation_is_not_missing() -> None:
    """An SLO that is two days old is not bad for the five before."""
    found = steady(missing=[TimeRange(0, AT - 2 * DAY)])

    made = one(week(no_data="bad"), found, since=AT - 2 * DAY)

    assert made.observation == Observation(Tally(2 * DAY, 2 * DAY), 2 * DAY)
    assert one(week(no_data="bad"), lambda _: UNOBSERVED, since=None).state is State.NO_DATA


def test_time_that_was_not_read_yet_is_not_missing() -> None:
    """What is after the ledger's end will be read; until then it is neither good nor bad, and the coverage says so."""
    read = TimeRange(0, AT - 3 * HOUR)
    found = phases((read, Fraction(1, 100)))
    slo = week(no_data="bad")

    (made,) = standings(slo, AT, found, fresh=False, group={}, since=0, through=read.end)
    (late,) = standings(slo, AT, found, fresh=False, group={}, since=0, through=AT - 2 * HOUR)

    assert made.compliance == Fraction(99, 100)
    assert late.observation.tally.total == (7 * 24 - 2) * HOUR
    assert made.coverage == late.coverage == Fraction(7 * 24 - 3, 7 * 24)
    assert made.burn_rates["2h"] is None
    assert counting(slo, found, 0, (), read.end)(made.span) == made.observation


def test_excluded_time_is_not_missing() -> None:
    """What is excluded counts as nothing, also where missing time is bad; the gross figures count it."""
    slo = week(no_data="bad", exclusions=(exclusion("2026-11-28T00:00", 24),))
    day = TimeRange(AT - 60 * HOUR, AT - 36 * HOUR)

    made = one(slo, steady(missing=[day]), steady(missing=[day]))

    assert made.observation.tally == Tally(6 * DAY, 6 * DAY)
    assert made.gross.tally == Tally(6 * DAY, 7 * DAY)


def test_nothing_observed_is_no_data_whatever_it_counts_as() -> None:
    """Of a window without any observation nothing is said, although something was observed before it."""
    made = one(week(no_data="bad"), lambda _: UNOBSERVED)

    assert (made.state, made.compliance, made.coverage) == (State.NO_DATA, None, Fraction(0))
    assert set(made.burn_rates.values()) == {None}


def test_slices_of_time_are_not_counted_twice() -> None:
    """Where slices of time are events, missing ones are in the counts already."""
    slo = week(no_data="bad", budgeting=Budgeting(method="timeslices", slice_target=Decimal("0.9")))
    found = Observation(Tally(90, 100), 5 * DAY)

    assert one(slo, lambda _: found).observation == found
    assert one(slo, lambda _: Observation(Tally(0, 100), 0)).observation == UNOBSERVED


def test_observed_without_events_is_no_traffic() -> None:
    """Nobody came, and it was watched: no verdict, and another reason than no data."""
    made = one(week(no_data="bad"), steady(per_second=0))

    assert (made.state, made.valid, made.coverage) == (State.NO_TRAFFIC, False, Fraction(1))
    assert made.traffic == 0


def test_parts_of_a_composite_are_read_as_they_stand() -> None:
    """What counts of a range is what the standing of that range has."""
    slo, found = week(no_data="bad"), steady(missing=[TimeRange(AT - DAY, AT)])

    assert counting(slo, found, 0, ())(RollingWindow(7 * DAY).span(AT)) == one(slo, found).observation


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(["ignore", "good", "bad"]), st.data())
def test_good_nests_in_total(good: int, more: int, no_data: NoData, data: st.DataObject) -> None:
    """However much is missing, and whatever it counts as, good is within total and a share is a share."""
    seconds = data.draw(st.integers(0, 7 * 24 * 60)) * 60

    made = one(week(no_data=no_data), lambda span: Observation(Tally(good, good + more), min(seconds, span.seconds)))

    assert made.compliance is None or 0 <= made.compliance <= 1
    if no_data != "ignore" and made.compliance is not None and seconds:
        share = Fraction(seconds, 7 * DAY)
        expected = (compliance(Tally(good, good + more)) or 0) * share + (no_data == "good") * (1 - share)
        assert made.compliance == expected


def test_burn_rates_are_of_the_last_so_much_time() -> None:
    """Each burn rate is of its own window, and missing time burns as it counts."""
    made = one(week(no_data="bad"), steady(missing=[TimeRange(AT - 1_800, AT)]))

    assert made.burn_rates["5m"] is None
    assert made.burn_rates["1h"] == 50
    assert made.burn_rates["2h"] == 25
    assert list(made.burn_rates) == [window.name for window in BURN_WINDOWS]


def month(**more: Any) -> Slo:
    """An SLO over the calendar month."""
    return make_slo(objective="0.99", windows=(CalendarWindow("month"),), **more)


def phases(*parts: tuple[TimeRange, Fraction]) -> Observe:
    """One event a second, with a share of bad ones by time."""

    def observe(span: TimeRange) -> Observation:
        seconds = sum(span.clip(part).seconds for part, _ in parts)
        bad = sum(span.clip(part).seconds * share for part, share in parts)
        return Observation(Tally(seconds - bad, seconds), seconds)

    return observe


def calendar_standing(slo: Slo, observe: Observe, at: int) -> Standing:
    """How *slo* stands in the month that *at* is in."""
    made = one(slo, observe, at=at)
    assert made.span == TimeRange(NOVEMBER.start, at)
    return made


NOVEMBER = TimeRange(AT - 29 * DAY - 12 * HOUR, AT + 12 * HOUR)


@pytest.mark.parametrize(
    ("bad_hours", "burn", "expected_hours"),
    [
        (0, 2, 14 * 24 + 24),  # 7.2 h of budget at 2 % an hour are 360 h, and there are 480 h to come
        (3.6, 2, 180),  # half of the month's budget is gone
        (7.2, 2, 0),  # all of it is gone, at the hour
        (9, 0, 0),  # and stays gone, although nothing burns now
        (3.6, Fraction(3, 4), 480),  # lasts exactly to the end
        (3.6, Fraction(74, 100), None),  # lasts longer
        (3.6, 0, None),  # nothing burns
    ],
)
def test_when_the_budget_of_a_month_is_gone(bad_hours: float, burn: Fraction, expected_hours: int | None) -> None:
    """
    Ten days into a month of 720 hours the budget of all of it is 7.2 hours, at one event a second.

    Bad hours came at its beginning; the last hour burns as given.
    """
    at = NOVEMBER.start + 10 * DAY
    spent = Fraction(str(bad_hours)) - Fraction(burn) / 100
    observe = phases(
        (TimeRange(NOVEMBER.start, at - HOUR), spent * HOUR / (10 * DAY - HOUR)),
        (TimeRange(at - HOUR, at), Fraction(burn) / 100),
    )

    made = calendar_standing(month(), observe, at)

    assert made.burn_rates["1h"] == burn
    assert made.exhaustion == (None if expected_hours is None else at + expected_hours * HOUR)


def test_overspent_so_far_is_not_spent_for_the_month() -> None:
    """A bad first day breaks the promise so far; what the month allows is more, and lasts until it is gone."""
    at = NOVEMBER.start + DAY
    made = calendar_standing(month(), phases((TimeRange(NOVEMBER.start, at), Fraction(1, 20))), at)

    assert made.state is State.BREACHED
    assert made.budget_remaining == -4
    assert made.exhaustion == at + 6 * HOUR / Fraction(5, 100)


def test_more_traffic_now_is_more_budget_to_come() -> None:
    """What the rest of the month allows follows from the traffic of the last hour."""
    at = NOVEMBER.start + 15 * DAY
    quiet = Tally(0, 15 * DAY - HOUR)

    def observe(span: TimeRange) -> Observation:
        before, now = span.clip(TimeRange(0, at - HOUR)).seconds, span.clip(TimeRange(at - HOUR, at)).seconds
        return Observation(Tally(before + 9.8 * now, before + 10 * now), span.seconds)

    made = calendar_standing(month(), observe, at)

    assert made.traffic == 10
    total, bad = quiet.total + 10 * HOUR, Fraction(made.observation.tally.bad)
    left = Fraction(1, 100) * (total + 10 * 15 * DAY) - bad
    pace = made.burn_rates["1h"] * Fraction(1, 100) * 10  # type: ignore[operator]  # there were events
    assert made.exhaustion == at + left / pace


def test_at_the_very_end_of_a_month_it_is_over() -> None:
    """There is nothing to come: the budget is gone or it lasted."""
    kept = calendar_standing(month(), phases((NOVEMBER, Fraction(1, 200))), NOVEMBER.end)
    broken = calendar_standing(month(), phases((NOVEMBER, Fraction(1, 50))), NOVEMBER.end)

    assert (kept.exhaustion, broken.exhaustion) == (None, Fraction(NOVEMBER.end))


def test_without_traffic_now_it_is_not_known_when() -> None:
    """Without events in the last hour there is neither a burn rate nor traffic."""
    at = NOVEMBER.start + 15 * DAY
    made = calendar_standing(month(), phases((TimeRange(NOVEMBER.start, at - DAY), Fraction(1, 200))), at)

    assert (made.exhaustion, made.traffic) == (None, None)
    assert made.budget_remaining == Fraction(1, 2)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=2, max_size=6),
    st.decimals(min_value="0.0001", max_value="0.9999", places=4),
)
def test_budget_consumption_is_additive(pairs: list[tuple[int, int]], objective: Decimal) -> None:
    """The share of a window's budget that each part of it spent adds up to what the window spent."""
    tallies = [Tally(min(pair), max(pair)) for pair in pairs]
    whole = sum(tallies, Tally(0, 0))
    assume(whole.total)
    budget = budget_events(whole, objective)

    assert sum(Fraction(part.bad) / budget for part in tallies) == Fraction(whole.bad) / budget
