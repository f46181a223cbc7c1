"""Agreements: what is due for what was delivered, and how periods that have ended stand by an agreement's own terms."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.slos import make_agreement, make_slo
from tallystick.core.agreed import SHOWN_PERIODS, Agreed, agreed, furthest
from tallystick.core.agreement import CreditTier
from tallystick.core.credit import credit_due
from tallystick.core.periods import period_name
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State, ending, standings
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange
from tallystick.core.window import CalendarWindow, RollingWindow, Unit, Window


def tiers(*pairs: tuple[str, str]) -> tuple[CreditTier, ...]:
    """Tiers of percentages: below, credit."""
    return tuple(CreditTier(Decimal(below) / 100, Decimal(credit) / 100) for below, credit in pairs)


CLOUD = tiers(("99.90", "10"), ("99.00", "15"), ("95.00", "30"))
"""As a cloud provider has them: a month under 99.90 % gives 10 % back, under 99.00 % 15 %, under 95 % 30 %."""


@pytest.mark.parametrize(
    ("delivered", "due"),
    [
        ("100", "0"),
        ("99.90", "0"),
        ("99.8999999999999", "0.1"),
        ("99.00", "0.1"),
        ("98.9999999999999", "0.15"),
        ("95.00", "0.15"),
        ("94.9999999999999", "0.3"),
        ("0", "0.3"),
    ],
)
def test_the_edge_of_a_tier_is_still_above_it(delivered: str, due: str) -> None:
    """What was agreed is compared exactly: 99.90 % is not below 99.90 %, however little less is."""
    assert credit_due(CLOUD, Fraction(Decimal(delivered)) / 100) == Decimal(due)


@given(good=st.integers(0, 10**15), total=st.integers(1, 10**15), order=st.permutations(CLOUD))
def test_less_is_never_due_for_less(good: int, total: int, order: list[CreditTier]) -> None:
    """Whatever order the tiers are written in, another bad event never lowers what is due."""
    good = min(good, total)
    due = credit_due(order, Fraction(good, total))
    worse = credit_due(order, Fraction(max(good - 1, 0), total))
    assert due is not None
    assert worse is not None
    assert worse >= due
    assert (due == 0) == (Fraction(good, total) >= Fraction(999, 1_000))


def test_nothing_is_due_of_what_is_unknown_or_was_not_agreed() -> None:
    """No figure, no credit; and 0 is only said where there could have been one."""
    assert credit_due(CLOUD, None) is None
    assert credit_due((), Fraction(1, 2)) is None


def at(text: str) -> int:
    """An instant, UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


BERLIN = CalendarWindow("month", "Europe/Berlin")


def make(window: Window = BERLIN, objective: str = "0.995") -> Slo:
    """An SLO of 99.9 % over 30 days with one agreement."""
    gold = make_agreement(objective=objective, window=window, credits=tiers(("99.5", "10"), ("99", "25")))
    return make_slo(agreements=(gold,))


def promises(slo: Slo, now: int, bad: dict[str, tuple[int, int]], since: str) -> list[Agreed]:
    """
    Agreements of a service with 100 events a minute since *since*.

    Args:
        slo: whose.
        now: the present instant.
        bad: by the instant at which it begins: how many minutes are bad, and how many events in each of them.
        since: when it was first observed.
    """
    spells = [(TimeRange(at(start), at(start) + 60 * minutes), events) for start, (minutes, events) in bad.items()]

    def observe(span: TimeRange) -> Observation:
        seen = span.clip(TimeRange(at(since), now))
        if seen.seconds <= 0:
            return UNOBSERVED
        failed = sum(max(seen.clip(spell).seconds, 0) // 60 * events for spell, events in spells)
        total = seen.seconds // 60 * 100
        return Observation(Tally(total - failed, total), seen.seconds)

    def present(terms: Slo) -> Standing:
        return standings(terms, now, observe, fresh=True, group={}, since=at(since))[0]

    def past(terms: Slo, end: int) -> Standing:
        return ending(terms, terms.windows[0], end, observe, group={}, since=at(since))

    return agreed(slo, present, now, past)


def test_each_month_is_judged_by_what_was_agreed_and_by_the_partys_calendar() -> None:
    """An outage right before midnight in Berlin is the old month's there, where UTC still has the old day too."""
    # November begins in Berlin at 23:00 UTC of October 31; 300 bad minutes before are October's, of 31 days and an hour.
    (gold,) = promises(
        make(),
        at("2026-11-20T12:00"),
        {"2026-10-31T18:00": (300, 100), "2026-11-10T00:00": (30, 50)},
        since="2026-08-15T00:00",
    )
    assert gold.standing.span == TimeRange(at("2026-10-31T23:00"), at("2026-11-20T12:00"))
    minutes = gold.standing.span.seconds // 60
    assert gold.standing.compliance == 1 - Fraction(30 * 50, minutes * 100)
    assert gold.standing.state is State.MET
    assert gold.credit == 0
    october, september, august = gold.ended
    of_october = 31 * 1_440 + 60
    assert october.span.seconds == 60 * of_october
    assert october.compliance == 1 - Fraction(300, of_october)
    assert (october.state, gold.credit_of(october)) == (State.BREACHED, Decimal("0.1"))
    assert september.state is State.MET
    assert september.coverage == 1
    assert gold.credit_of(september) == 0
    assert august.coverage is not None
    assert august.coverage == Fraction(17 * 1_440 - 120, 31 * 1_440)


def test_what_is_promised_with_an_slo_is_not_what_was_agreed() -> None:
    """By the SLO's own objective a month can be breached of which the agreement is kept, and the other way round."""
    outage = {"2026-11-10T00:00": (100, 100)}
    (gold,) = promises(make(), at("2026-11-20T12:00"), outage, since="2026-10-01T00:00")
    assert gold.standing.compliance is not None
    assert Fraction(995, 1_000) <= gold.standing.compliance < Fraction(gold.slo.objective)
    assert gold.standing.state is State.MET
    (strict,) = promises(make(objective="0.9999"), at("2026-11-20T12:00"), outage, since="2026-10-01T00:00")
    assert strict.standing.state is State.BREACHED
    assert strict.credit == 0  # what is due follows the tiers, not the objective


def test_a_rolling_agreement_has_no_periods() -> None:
    """It is looked at now, and never ends."""
    (gold,) = promises(make(RollingWindow(7 * 86_400)), at("2026-11-20T12:00"), {}, since="2026-10-01T00:00")
    assert gold.standing.span.seconds == 7 * 86_400
    assert gold.ended == []


def test_without_data_there_is_no_verdict_and_no_credit() -> None:
    """Nothing is due for what nobody saw."""
    (gold,) = promises(make(), at("2026-11-20T12:00"), {}, since="2026-11-20T12:00")
    assert gold.standing.state is State.NO_DATA
    assert gold.credit is None
    assert gold.ended == []


def test_no_more_than_a_year_of_months_is_looked_at() -> None:
    """And that is how far back the ledger is read."""
    slo, now = make(), at("2026-11-20T12:00")
    (gold,) = promises(slo, now, {}, since="2020-01-01T00:00")
    assert len(gold.ended) == SHOWN_PERIODS
    assert gold.ended[-1].span.start == at("2025-10-31T23:00") == furthest(slo, now)
    assert furthest(slo, now, 1) == at("2026-09-30T22:00")
    assert furthest(replace(slo, agreements=()), now) == now


@pytest.mark.parametrize(
    ("unit", "year_start", "end", "name"),
    [
        ("day", (1, 1), "2026-11-20T00:00", "2026-11-19"),
        ("week", (1, 1), "2027-01-04T00:00", "2026-W53"),
        ("month", (1, 1), "2026-12-01T00:00", "2026-11"),
        ("quarter", (1, 1), "2027-01-01T00:00", "2026-Q4"),
        ("quarter", (4, 1), "2027-01-01T00:00", "2026-10-01"),
        ("year", (1, 1), "2027-01-01T00:00", "2026"),
        ("year", (4, 1), "2027-01-01T00:00", "2026-04-01"),
    ],
)
def test_what_a_period_is_called(unit: Unit, year_start: tuple[int, int], end: str, name: str) -> None:
    """By the calendar that everybody has, else by its first day."""
    window = CalendarWindow(unit, "UTC", year_start)
    assert period_name(window, at(end)) == name
    assert period_name(window, at(end) - 3_600) == name
