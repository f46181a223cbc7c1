"""Budget arithmetic: published vectors, and what must hold for any counts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.core.alerting import Alerting, Notice
from tallystick.core.budget import (
    budget_events,
    budget_remaining,
    burn_rate,
    compliance,
    error_budget,
    seconds_to_exhaustion,
)
from tallystick.core.burn import burn_alerts, burn_factor, highest_factor, min_events
from tallystick.core.selector import Selector
from tallystick.core.sli import UpSli
from tallystick.core.slo import Slo
from tallystick.core.tally import Tally
from tallystick.core.window import RollingWindow

DAY = 86_400
THREE_NINES = Decimal("0.999")

TALLIES = st.tuples(st.integers(0, 2**50), st.integers(1, 2**50)).map(lambda pair: Tally(min(pair), max(pair)))
OBJECTIVES = st.decimals("0.0001", "0.999999", places=6).filter(lambda value: 0 < value < 1)


def test_no_events_say_nothing() -> None:
    """Without traffic there is neither compliance nor a burn rate."""
    assert compliance(Tally(0, 0)) is None
    assert burn_rate(Tally(0, 0), THREE_NINES) is None
    assert budget_remaining(Tally(0, 0), THREE_NINES) is None


def test_more_good_than_total_is_refused() -> None:
    """A good query that counts events the total query does not is an error, not a bonus."""
    with pytest.raises(ValueError, match=r"good events \(11\) are not within total events \(10\)"):
        Tally(11, 10)


def test_budgets_are_exact() -> None:
    """No float comes near an objective: at exactly the objective nothing is left and nothing overspent."""
    assert budget_remaining(Tally(999, 1000), THREE_NINES) == 0
    assert budget_remaining(Tally(99_999, 100_000), Decimal("0.99999")) == 0
    assert error_budget(Decimal("0.9999999")) == Fraction(1, 10_000_000)


def test_the_workbooks_low_traffic_example() -> None:
    """10 requests an hour, one failure: 10 % errors burn a 99.9 % budget 100 times too fast."""
    assert burn_rate(Tally(9, 10), THREE_NINES) == 100


@pytest.mark.parametrize(
    ("days", "factors"),
    [
        (7, ["84/25", "7/5", "7/10", "7/30"]),
        (14, ["168/25", "14/5", "7/5", "7/15"]),
        (28, ["336/25", "28/5", "14/5", "14/15"]),
        (30, ["72/5", "6", "3", "1"]),
        (90, ["216/5", "18", "9", "3"]),
    ],
)
def test_factors_follow_from_share_and_window(days: int, factors: list[str]) -> None:
    """2 % in 1 h, 5 % in 6 h and 10 % in 1 d and 3 d, at any period."""
    asked = [(Fraction(2, 100), 1), (Fraction(5, 100), 6), (Fraction(10, 100), 24), (Fraction(10, 100), 72)]

    assert [burn_factor(share, hours * 3_600, days * DAY) for share, hours in asked] == [
        Fraction(one) for one in factors
    ]


@pytest.mark.parametrize(("share", "hours", "factor"), [(1, 1, "21.6"), (3, 6, "10.8"), (5, 24, "4.5")])
def test_published_factors_for_ninety_days(share: int, hours: int, factor: str) -> None:
    """The numbers that products print for 90 days."""
    assert burn_factor(Fraction(share, 100), hours * 3_600, 90 * DAY) == Fraction(factor)


def slo(objective: str, *, window: int = 30 * DAY, alerting: Alerting | None = None) -> Slo:
    """Any SLO with *objective*."""
    return Slo(
        service="a",
        name="b",
        objective=Decimal(objective),
        windows=(RollingWindow(window),),
        sli=UpSli(metric=Selector("up")),
        alerting=alerting or Alerting(),
    )


def test_what_can_never_fire_is_lowered() -> None:
    """At 90 % nothing burns faster than 10, so 14.4 would never fire."""
    first, second, *_ = burn_alerts(slo("0.9"), 30 * DAY)

    assert highest_factor(Decimal("0.9")) == 10
    assert first.lowered
    assert first.factor == Fraction("7.5")
    assert not second.lowered
    assert second.factor == 6


def test_what_would_alert_on_a_kept_promise_is_raised() -> None:
    """Over 28 days 10 % in 3 days is a factor under 1."""
    *_, last = burn_alerts(slo("0.999"), 28 * DAY)

    assert last.raised
    assert last.factor == 1


@given(OBJECTIVES, st.sampled_from([7, 14, 28, 30, 90]))
def test_every_alert_can_fire_and_none_on_a_kept_promise(objective: Decimal, days: int) -> None:
    """Factors lie between 1 and what a total outage burns."""
    for alert in burn_alerts(slo(str(objective)), days * DAY):
        assert 1 <= alert.factor < highest_factor(objective)


def test_disabled_severities_and_windows_as_long_as_the_period_are_left_out() -> None:
    """No alert over three days for a promise over three days, and none that nobody wants."""
    alerting = Alerting(page=Notice(enabled=False))

    alerts = burn_alerts(slo("0.99", alerting=alerting), 3 * DAY)

    assert [(alert.policy.severity, alert.policy.long_seconds) for alert in alerts] == [("ticket", DAY)]


def test_events_for_which_one_failure_must_not_page() -> None:
    """99.9 % and 14.4: 69.4 events, as the workbook's arithmetic gives."""
    assert min_events(Fraction("14.4"), THREE_NINES) == pytest.approx(69.44, abs=0.01)


def test_an_exhausted_budget_is_exhausted_now() -> None:
    """What is spent already has no time left, whatever the present burn rate."""
    assert seconds_to_exhaustion(Fraction(-74, 100), Fraction("1.74"), 7 * DAY) == 0
    assert seconds_to_exhaustion(Fraction(1, 2), Fraction(2), 30 * DAY) == Fraction(30 * DAY, 4)
    assert seconds_to_exhaustion(Fraction(1, 2), Fraction(0), 30 * DAY) is None
    assert seconds_to_exhaustion(None, Fraction(1), 30 * DAY) is None


@pytest.mark.parametrize(
    ("objective", "days", "seconds"),
    [("0.99999", 30, "25.92"), ("0.9995", 28, str(60 * Fraction("20.16"))), ("0.99", 30, str(72 * 360))],
)
def test_published_budgets_of_time(objective: str, days: int, seconds: str) -> None:
    """Five nines allow 25.92 s of downtime in 30 days, and 99.95 % of four weeks 20.16 minutes."""
    assert budget_events(Tally(0, days * DAY), Decimal(objective)) == Fraction(seconds)


def test_one_bad_slice_of_a_week() -> None:
    """Five bad minutes of a week at 99.9 % are about half of its budget: 49.6 % of it."""
    slices = Tally(7 * 288 - 1, 7 * 288)

    remaining = budget_remaining(slices, THREE_NINES)

    assert remaining is not None
    assert float(1 - remaining) == pytest.approx(0.496, abs=1e-4)


@pytest.mark.parametrize(("hours", "factor", "minutes"), [(1, "14.4", "0.864"), (6, "6", "2.16"), (72, "1", "4.32")])
def test_how_soon_a_total_outage_is_over_a_factor(hours: int, factor: str, minutes: str) -> None:
    """At 99.9 % a total outage brings the burn rate of the last hours to the factor within minutes, as published."""
    whole = hours * 60

    assert burn_rate(Tally(whole - Fraction(minutes), whole), THREE_NINES) == Fraction(factor)


@given(TALLIES, TALLIES, OBJECTIVES)
def test_budgets_add_over_time(one: Tally, other: Tally, objective: Decimal) -> None:
    """Bad events and the budget for them add up over two stretches of time; shares do not, and are never averaged."""
    both = one + other

    assert budget_events(both, objective) == budget_events(one, objective) + budget_events(other, objective)
    assert both.bad == one.bad + other.bad


@given(TALLIES, OBJECTIVES)
def test_the_objective_is_kept_exactly_when_budget_is_left(tally: Tally, objective: Decimal) -> None:
    """Two ways to say the same never disagree, at any count."""
    remaining, delivered = budget_remaining(tally, objective), compliance(tally)

    assert remaining is not None
    assert delivered is not None
    assert (remaining >= 0) == (delivered >= Fraction(objective))
