"""Figures: no digit that is shown says better than it is."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.core.exclusion import Exclusion
from tallystick.core.selector import Selector
from tallystick.core.sli import ThresholdSli, UpSli
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.standing import Standing, standings
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import TimeRange
from tallystick.core.window import CalendarWindow, RollingWindow, Window
from tallystick.report import figures
from tallystick.report.figures import Outlook
from web.fake_view import NOW, FakeView, slo

OBJECTIVES = [Decimal(text) for text in ("0.5", "0.9", "0.95", "0.99", "0.995", "0.999", "0.99995", "0.999999")]


def standing(objective: str | Decimal, good: float, total: float, *, burn: float = 0, fresh: bool = True) -> Standing:
    """A standing of an SLO with these counts, all observed, and *burn* bad events of 1,000 in every burn window."""

    def observe(span: object) -> Observation:
        seconds = span.seconds  # type: ignore[attr-defined]  # a TimeRange; `object` keeps the helper short
        counts = Tally(good, total) if seconds == 30 * 86_400 else Tally(1_000 - burn, 1_000)
        return Observation(counts, seconds)

    (made,) = standings(slo("a", "b", str(objective)), NOW, observe, fresh=fresh, group={})
    return made


def percent(text: str) -> Fraction:
    """The number in a text such as ``99.9 %``."""
    return Fraction(text.removesuffix(" %").replace(",", "").replace("−", "-"))


@given(st.sampled_from(OBJECTIVES), st.integers(1, 10**12), st.data())
def test_compliance_that_is_shown_has_the_same_verdict(objective: Decimal, total: int, data: st.DataObject) -> None:
    """What is shown is at or above the objective exactly if the promise is met, for any counts, near the edge too."""
    edge = int(Fraction(objective) * total)
    good = data.draw(st.one_of(st.integers(0, total), st.integers(max(0, edge - 2), min(total, edge + 2))))
    made = standing(objective, good, total)

    shown = figures.compliance(made)

    if not shown.startswith("<"):
        assert (percent(shown) >= Fraction(objective) * 100) == (made.state == "met")
        assert (percent(shown) == 100) == (good == total)


@given(st.fractions(min_value=-50, max_value=1), st.integers(1, 6))
def test_a_share_is_never_rounded_up(ratio: Fraction, places: int) -> None:
    """What is shown is at most what there is, and less than a step away; zero and negative are told apart."""
    shown = figures.share(ratio, places)

    if shown.startswith("<"):
        assert 0 < ratio < Fraction(1, 100 * 10**places)
    else:
        assert 0 <= ratio * 100 - percent(shown) < Fraction(1, 10**places)
        assert (percent(shown) < 0) == (ratio < 0)
        assert (shown == "0 %") == (ratio == 0)


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (None, "—"),
        (Fraction(1), "100 %"),
        (Fraction(0), "0 %"),
        (Fraction("0.999999"), "99.9 %"),
        (Fraction("0.00001"), "< 0.1 %"),
        (Fraction("-0.00001"), "−0.1 %"),
        (Fraction("-31.2345"), "−3,123.5 %"),
    ],
)
def test_shares(ratio: Fraction | None, shown: str) -> None:
    """Shares at the edges, as they are written."""
    assert shown == figures.share(ratio)


@pytest.mark.parametrize(
    ("objective", "shown"), [("0.999", "99.9 %"), ("0.9", "90 %"), ("0.99995", "99.995 %"), ("0.001", "0.1 %")]
)
def test_an_objective_is_shown_as_it_was_made(objective: str, shown: str) -> None:
    """No digit of a promise is lost or added."""
    assert shown == figures.objective(Decimal(objective))


@pytest.mark.parametrize(
    ("objective", "good", "total", "shown"),
    [
        ("0.999", 998_996, 1_000_000, "99.89 %"),
        ("0.999", 999_000, 1_000_000, "99.90 %"),
        ("0.9999", 9_999_999, 10_000_000, "99.999 %"),
        ("0.5", 1, 3, "33.33 %"),
        ("0.99", 5, 5, "100 %"),
        ("0.99", 0, 0, "—"),
    ],
)
def test_compliance(objective: str, good: int, total: int, shown: str) -> None:
    """A breach by a little is shown as one, and perfection only where it was."""
    assert shown == figures.compliance(standing(objective, good, total))


@pytest.mark.parametrize(
    ("burn", "shown"),
    [(None, "—"), ("0", "0"), ("0.001", "< 0.01"), ("0.5", "0.50"), ("14.4", "14.4"), ("1000", "1,000")],
)
def test_rates(burn: str | None, shown: str) -> None:
    """Burn rates have about three digits, and what is above 0 never looks like 0."""
    assert shown == figures.rate(None if burn is None else Fraction(burn))


@pytest.mark.parametrize(("events", "shown"), [(None, "—"), (0, "0"), (1_234_567.0, "1,234,567"), (59.5, "59.5")])
def test_counts(events: float | None, shown: str) -> None:
    """Whole numbers are written as such, with thousands apart."""
    assert shown == figures.count(events)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3_661, "1h 1m"),
        (2 * 86_400 + 3_700, "2d 1h"),
        (12 * 86_400 + 3_700, "12d"),
        (365 * 86_400, "over a year"),
    ],
)
def test_lengths(seconds: int, shown: str) -> None:
    """A length of time has two units at most."""
    assert shown == figures.length(seconds)


@pytest.mark.parametrize(
    ("good", "burn", "shown"),
    [(990_000, 0, "spent"), (1_000_000, 0, "not at this rate"), (1_000_000, 1, "in 30d"), (999_500, 100, "in 3h 36m")],
)
def test_when_a_budget_runs_out(good: int, burn: int, shown: str) -> None:
    """Time to exhaustion is told in words: half of a 30 d budget at 100 times the sustainable rate lasts 3.6 h."""
    assert shown == figures.exhaustion(standing("0.999", good, 1_000_000, burn=burn))


@pytest.mark.parametrize(
    ("good", "burn", "fresh", "expected"),
    [
        (998_000, 0, True, Outlook.BREACHED),
        (998_000, 0, False, Outlook.OLD),
        (999_249, 0, True, Outlook.AT_RISK),
        (999_251, 0, True, Outlook.MET),
        (1_000_000, 31, True, Outlook.AT_RISK),
        (1_000_000, 29, True, Outlook.MET),
    ],
)
def test_outlook(good: int, burn: int, *, fresh: bool, expected: Outlook) -> None:
    """At risk begins at a quarter of the budget, or where it will be gone within a day; an old verdict is only old."""
    assert expected == figures.outlook(standing("0.999", good, 1_000_000, burn=burn, fresh=fresh))


@pytest.mark.parametrize(
    ("window", "at", "shown"),
    [
        (RollingWindow(30 * 86_400), NOW, ""),
        (CalendarWindow("month", "Europe/Berlin"), NOW, "to 30 Nov"),
        (CalendarWindow("month"), NOW + 12 * 3_600, "to 30 Nov"),
        (CalendarWindow("month"), NOW + 12 * 3_600 + 60, "to 1 Dec"),
        (CalendarWindow("year", "Pacific/Auckland"), NOW, "to 1 Dec"),
        (CalendarWindow("day", "America/New_York"), NOW, "to 06:59"),
    ],
)
def test_how_far_a_calendar_window_is(window: Window, at: int, shown: str) -> None:
    """It is told by the window's own clock, and the last minute of a month is in that month."""
    made = replace(standing("0.9", 1, 1), window=window, span=window.span(at))

    assert shown == figures.until(made)


def test_a_month_that_is_overspent_so_far_is_not_spent() -> None:
    """What is spent is the budget of the whole month; so far overspent is told by the budget that is left."""
    month = slo("a", "b", "0.99", (CalendarWindow("month"),))
    at = month.windows[0].period(NOW).start + 86_400

    def shown(bad: str, now: str) -> str:
        def observe(span: TimeRange) -> Observation:
            share = Fraction(now if span.seconds <= 3_600 else bad)
            return Observation(Tally((1 - share) * span.seconds, span.seconds), span.seconds)

        (made,) = standings(month, at, observe, fresh=True, group={})
        assert made.budget_remaining is not None
        return figures.exhaustion(made)

    assert shown("0.05", "0.007") == "not this month"
    assert shown("0.05", "0.05") == "in 5d"
    assert shown("0.3", "0") == "spent"


@pytest.mark.parametrize(
    ("floor", "observed", "excluded_hours", "shown"),
    [
        ("0.9", 1, 0, ""),
        ("0.9", 0.5, 0, "coverage under 90 %"),
        ("0", 0, 0, "nothing was observed"),
        ("0", 0, 2_000, "all of it is excluded"),
    ],
)
def test_why_there_is_no_verdict(floor: str, observed: float, excluded_hours: int, shown: str) -> None:
    """Too little, nothing, or nothing that counts was observed: each has its own words."""
    out = Exclusion(reason="a", starts=datetime.fromisoformat("2026-10-01T00:00"), lasts_seconds=excluded_hours * 3_600)
    made = slo("a", "b", min_coverage=Decimal(floor), exclusions=(out,) if excluded_hours else ())

    (found,) = standings(
        made,
        NOW,
        lambda span: Observation(Tally(observed, observed), int(span.seconds * observed)),
        fresh=True,
        group={},
    )

    assert shown == figures.why(found)


@pytest.mark.parametrize(
    ("made", "unit"),
    [
        (slo("a", "b"), "events"),
        (slo("a", "b", sli=UpSli(Selector("up"))), "seconds"),
        (slo("a", "b", sli=ThresholdSli("x", "lt", Decimal(1))), "slices"),
        (slo("a", "b", budgeting=Budgeting(method="timeslices", slice_target=Decimal("0.9"))), "slices"),
    ],
)
def test_what_is_counted(made: Slo, unit: str) -> None:
    """Events, seconds, or slices of time."""
    assert unit == figures.unit(made)


def test_every_outlook_is_in_the_shop() -> None:
    """The made exporter that pages are tested with has an SLO in every state there is."""
    assert set(Outlook) == {figures.outlook(made) for made in FakeView().standings()}
