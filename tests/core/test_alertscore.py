"""What alerts were worth: precision, recall, detection and reset, by plain arithmetic."""

from fractions import Fraction

import pytest

from support.ledgers import MIDNIGHT
from support.pasts import DAY_MINUTES, Errors, alerts_of, minute, minutes_of, past_of, promise_of
from support.slos import make_slo
from tallystick.core.alertdiff import differences
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.alertscore import Backtest, middle
from tallystick.core.judging import score
from tallystick.core.slo import Slo

MONTH = 30 * DAY_MINUTES
HISTORY = 4 * DAY_MINUTES
PERCENT = Fraction(1, 100)


def judged(errors: Errors, slo: Slo | None = None, *, minutes: int = HISTORY + MONTH, **more: float) -> Backtest:
    """A month of alerts, after four days of history; minutes of *errors* are counted from the month's start."""
    slo = slo or make_slo()
    shifted = [(first + HISTORY, after + HISTORY, ratio) for first, after, ratio in errors]
    past = past_of(shifted, minutes, since=HISTORY - DAY_MINUTES, **more)  # type: ignore[arg-type]
    start = MIDNIGHT + HISTORY * 60
    return score(past, start, alerts_of(slo), promise_of(slo), significant=PERCENT, grain=1)


OUTAGE = (10_000, 10_010, 1.0)
"""Ten minutes of nothing but errors: 23.1 % of what 43,200 minutes may lose at 99.9 %."""


def test_an_outage_scores_full_marks() -> None:
    """One incident, told by every pair of windows: precision and recall are 1, and times are those of the arithmetic."""
    found = judged([OUTAGE])

    page, ticket = found.scores["page"], found.scores["ticket"]
    assert found.lost == pytest.approx(10 / 43.2)
    assert [minutes_of(one.loss.span) for one in found.incidents] == [(HISTORY + 10_000, HISTORY + 10_010)]
    assert (page.alerts, page.noise) == (2, 0)
    assert page.precision == page.recall == page.recall_of_budget == 1
    assert (page.detection, page.reset) == ([2 * 60], [30 * 60])
    assert (ticket.detection, ticket.reset) == ([20 * 60], [360 * 60])
    assert len(page.spells) == 1
    assert page.per_week == pytest.approx(7 / 30)
    assert (found.noise, found.missed) == (0, [])


def test_what_was_spent_by_then_is_told() -> None:
    """The page comes two minutes into the outage: 2 of 43.2 minutes are gone, within its hour and since the onset."""
    page = judged([(9_990, 9_995, 0.002), OUTAGE]).replayed[0].firings[0]

    assert page.spent == pytest.approx(2 / 43.2)
    assert page.spent_in_long == pytest.approx((2 + 5 * 0.002) / 43.2)
    assert minute(page.onset) == HISTORY + 10_000
    assert (page.detection_seconds, page.reset_seconds, page.noise) == (120, 300, False)


def test_an_alert_of_little_loss_is_noise() -> None:
    """A page in an hour with hardly any traffic tells of errors that lost nothing of the month, and is noise."""
    slo = make_slo(alerting=Alerting(ticket=Notice(enabled=False)))
    shifted = HISTORY + 10_000
    past = past_of([(shifted, shifted + 10, 1.0)], HISTORY + MONTH)
    quiet = slice(shifted - 400, shifted + 60)
    past.net.total[quiet] /= 1_000
    past.net.good[quiet] /= 1_000
    past.__post_init__()
    start = MIDNIGHT + HISTORY * 60

    found = score(past, start, alerts_of(slo), promise_of(slo), significant=PERCENT, grain=1)

    page = found.scores["page"]
    assert found.incidents == []
    assert (page.alerts, page.noise) == (2, 2)
    assert page.precision == 0
    assert page.recall is None
    firing = found.replayed[0].firings[0]
    assert (firing.noise, firing.detection_seconds, firing.reset_seconds) == (True, None, None)
    assert minute(firing.onset) == shifted
    assert firing.spent == pytest.approx(2 / 1_000 / 43.2, rel=0.02)


def test_a_loss_that_nobody_told_of_is_missed() -> None:
    """With a page only for 2 % in an hour, a day at five times the pace loses 16.7 % and has no alert."""
    fast = BurnPolicy("page", Fraction(2, 100), 3_600, 300)
    slo = make_slo(alerting=Alerting(page=Notice(burn=(fast,)), ticket=Notice(enabled=False)))

    found = judged([OUTAGE, (20_000, 20_000 + DAY_MINUTES, 0.005)], slo)

    page = found.scores["page"]
    assert (page.incidents, page.told, page.recall) == (2, 1, Fraction(1, 2))
    assert page.recall_of_budget == pytest.approx(10 / (10 + 1_440 * 0.005))
    assert [minutes_of(one.loss.span)[0] for one in found.missed] == [HISTORY + 20_000]
    assert set(found.scores) == {"page"}


def test_less_than_any_alert_asks_for_is_not_missed() -> None:
    """1.5 % of the budget in half an hour is an incident, but no alert is for so little of it: recall says so, no finding does."""
    found = judged([(10_000, 10_030, 0.0216)])

    assert [round(one.share, 4) for one in found.incidents] == [0.015]
    assert found.scores["page"].recall == 0
    assert found.asked == Fraction(1, 10)
    assert found.missed == []


def test_what_began_before_is_not_judged() -> None:
    """An incident and an alert that were there when the replay begins are none of its own."""
    found = judged([(-20, 10, 1.0)])

    assert found.incidents == []
    assert [len(one.firings) for one in found.replayed] == [0, 0, 0, 0]
    assert found.lost == pytest.approx(10 / 43.2, rel=0.01)


def test_an_alert_that_goes_on_has_no_reset() -> None:
    """Errors to the very end: detection is known, reset is not."""
    found = judged([(MONTH - 30, MONTH, 1.0)])

    assert found.scores["page"].detection == [120]
    assert found.scores["page"].reset == []
    assert middle(found.scores["page"].reset) is None
    assert found.incidents[0].reset_seconds == {"page": None, "ticket": None}


def test_without_events_there_is_nothing_to_lose() -> None:
    """No traffic at all: no budget, no incident, no alert, and no share of anything."""
    found = judged([], per_minute=0)

    assert (found.lost, found.course, found.incidents) == (None, [], [])
    assert (found.scores["page"].precision, found.scores["page"].recall) == (None, None)


def test_two_settings_differ_in_what_they_tell() -> None:
    """A stricter pair pages where the usual ones do not, and earlier where both do; tickets that are off are only here."""
    strict = BurnPolicy("page", Fraction(1, 100), 3_600, 300, for_seconds=0)
    errors = [OUTAGE, (20_000, 20_030, 0.0216)]
    here = judged(errors)
    there = judged(errors, make_slo(alerting=Alerting(page=Notice(burn=(strict,)), ticket=Notice(enabled=False))))

    found = differences(here, there)

    pages = [one for one in found if one.severity == "page"]
    assert [one.later_seconds for one in pages] == [-60, None]
    assert pages[1].here is None
    assert pages[1].there is not None
    assert minutes_of(pages[1].there)[0] == HISTORY + 20_021
    assert [one.there for one in found if one.severity == "ticket"] == [None]
    assert differences(here, here) == []
