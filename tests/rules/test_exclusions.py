"""Agreed time in the rules: nobody is told during it, nor because of it afterwards. Tried by both promtools."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rules.samples import HOUR
from support.promtool import Trial, Try
from support.slos import counter, gone, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli, Part, ThresholdSli

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
UP = 'up{job="checkout",instance="a"}'
DAY = 24 * HOUR

wall = datetime.fromisoformat
"""A time of a clock."""

START, END = 6 * HOUR, 8 * HOUR
"""Of the exclusion, since 1970, when promtool's time begins."""

UPGRADE = Exclusion(reason="upgrade", starts=wall("1970-01-01 06:00"), ends=wall("1970-01-01 08:00"))
NIGHTLY = Exclusion(reason="backup", starts=wall("1970-01-01 02:00"), lasts_seconds=1_800, rrule="FREQ=DAILY")

STEP = 120
PER_STEP = 1_200
MINUTES = [0, 2, 4, 6, 8, 10, 16, 30, 46]


def traffic(*phases: tuple[int, float]) -> dict[str, str]:
    """Requests in *phases* of (seconds, error ratio), every two minutes."""
    return {
        GOOD: counter(*((seconds // STEP, PER_STEP * (1 - ratio)) for seconds, ratio in phases)),
        BAD: counter(*((seconds // STEP, PER_STEP * ratio) for seconds, ratio in phases)),
    }


def excluding(*exclusions: Exclusion, **more: Any) -> Any:
    """An SLO with these exclusions."""
    return make_slo(exclusions=exclusions, **more)


def test_planned_work_tells_nobody_during_it_or_after_it(try_rules: Try) -> None:
    """Two hours without a single good answer: not a page or ticket, pending or firing, in them or in the three days after."""
    given = traffic((START, 0), (END - START, 1), (13 * HOUR, 0))
    at = [START + 60 * minute for minute in MINUTES] + [END + 60 * minute for minute in MINUTES]
    at += [END + hour * HOUR for hour in (1, 2, 6, 12)]

    trial = try_rules(excluding(UPGRADE), given, at=0, step_seconds=STEP)

    trial.expect(*(("ALERTS", moment, []) for moment in at))
    trial.expect(
        ("count(slo:sli_error:ratio_rate3d == 0)", END + HOUR, [({}, 1)]),
        ("slo:sli_total:rate5m or slo:sli_bad:rate5m", START + HOUR, []),
    )


def test_the_same_without_an_exclusion_pages(try_rules: Try) -> None:
    """What silences it is the exclusion, and nothing else."""
    given = traffic((START, 0), (END - START, 1), (13 * HOUR, 0))

    trial = try_rules(make_slo(), given, at=0, step_seconds=STEP)

    trial.expect_firing((START + 10 * 60, ["1h", "6h"]), (END + 5 * HOUR, ["3d"]))


def test_errors_that_outlast_the_work_page(try_rules: Try) -> None:
    """The five minutes after it are not looked at, since rates reach back into it; then the usual arithmetic holds."""
    given = traffic((START, 0), (END - START, 1), (HOUR, 0.5))

    trial = try_rules(excluding(UPGRADE), given, at=0, step_seconds=STEP)

    trial.expect_firing((END + 4 * 60, []), (END + 10 * 60, ["1h", "6h"]))


def test_errors_before_the_work_are_not_forgotten(try_rules: Try) -> None:
    """Only agreed time is left out: what was bad before it is in the windows that reach back so far; once it is over."""
    given = traffic((START - HOUR, 0), (HOUR, 0.05), (END - START, 1), (2 * HOUR, 0))

    trial = try_rules(excluding(UPGRADE), given, at=0, step_seconds=STEP)

    trial.expect_firing(
        (START - STEP, ["1d", "1h", "3d", "6h"]),
        (START + STEP, []),
        (START + HOUR, []),
        (END + 30 * 60, ["3d"]),
    )


def test_a_signal_that_is_away_for_planned_work_is_not_missed(try_rules: Try) -> None:
    """A service that is shut down for an upgrade has no signal; if it does not come back, that is told."""
    lost = counter((START // STEP, PER_STEP)) + " " + gone(3 * HOUR // STEP)
    given = {GOOD: lost, UP: f"1x{START // STEP} 0x{3 * HOUR // STEP}"}

    trial = try_rules(excluding(UPGRADE), given, at=0, step_seconds=STEP)

    trial.expect_signal_missing((START + HOUR, []), (END, []), (END + 4 * 60, []), (END + 14 * 60, [("down", "page")]))


def test_what_recurs_is_left_out_each_time(try_rules: Try) -> None:
    """Errors of every backup, night after night, burn nothing."""
    nights = [phase for _ in range(3) for phase in ((2 * HOUR, 0), (1_800, 1), (DAY - 2 * HOUR - 1_800, 0))]
    given = traffic(*nights)

    trial = try_rules(excluding(NIGHTLY), given, at=0, step_seconds=STEP)

    trial.expect(
        *(("ALERTS", night * DAY + 2 * HOUR + 60 * minute, []) for night in range(3) for minute in (2, 20, 32, 40))
    )
    trial.expect(
        ("slo:excluded", 2 * DAY + 2 * HOUR + 600, [({"__name__": "slo:excluded", **IDENTITY}, 1)]),
        ("slo:excluded", 2 * DAY + 2 * HOUR + 1_800 + 240, [({"__name__": "slo:excluded", **IDENTITY}, 1)]),
        ("slo:excluded", 2 * DAY + 2 * HOUR + 1_800 + 360, [({"__name__": "slo:excluded", **IDENTITY}, 0)]),
    )


IDENTITY = {"slo": "checkout-availability", "slo_service": "checkout"}


def test_slices_longer_than_five_minutes_are_left_out_to_their_end(try_rules: Try) -> None:
    """A slice of a quarter of an hour stands until the next one ends, so its time is left out for as long."""
    sli = ThresholdSli('max(queue_length{job="checkout"})', "lt", 100, slice_seconds=900)  # type: ignore[arg-type]  # a whole number
    given = {'queue_length{job="checkout"}': f"5x{START // STEP - 1} 500x{(END - START) // STEP - 1} 5x60"}

    trial = try_rules(excluding(UPGRADE, sli=sli, alerting=Alerting(min_events=0)), given, at=0, step_seconds=STEP)

    trial.expect(*(("ALERTS", END + 60 * minute, []) for minute in (0, 4, 6, 10, 14, 16, 20, 32)))


def test_a_composite_leaves_out_what_its_parts_do_not(promtool: Path, tmp_path: Path) -> None:
    """Of parts that count that time nothing can be taken back: a window that reaches into it says nothing."""
    part = make_slo(alerting=Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False)))
    whole = excluding(UPGRADE, service="whole", name="journey", sli=CompositeSli((Part(part.slo_id),)))
    given = traffic((START, 0), (END - START, 1), (8 * HOUR, 0))

    trial = Trial(promtool, tmp_path, [part, whole], given, at=0, step_seconds=STEP)

    trial.expect(*(("ALERTS", moment, []) for moment in (START + 600, END - STEP, END + 600, END + 7 * HOUR)))
    trial.expect(
        ('slo:sli_error:ratio_rate6h{slo="whole-journey"}', END + HOUR, []),
        ('count(slo:sli_error:ratio_rate30m{slo="whole-journey"} == 0)', END + HOUR, [({}, 1)]),
    )


def test_a_composite_and_its_parts_may_leave_out_the_same(promtool: Path, tmp_path: Path) -> None:
    """Then its windows are made of windows without that time, and tell at once of what comes after it."""
    part = excluding(UPGRADE, alerting=Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False)))
    whole = excluding(UPGRADE, service="whole", name="journey", sli=CompositeSli((Part(part.slo_id),)))
    given = traffic((START, 0), (END - START, 1), (2 * HOUR, 0.5))

    trial = Trial(promtool, tmp_path, [part, whole], given, at=0, step_seconds=STEP)

    trial.expect(("ALERTS", END - STEP, []))
    trial.expect_firing((END + 10 * 60, ["1h", "6h"]))


def test_what_a_part_leaves_out_is_not_missing(promtool: Path, tmp_path: Path) -> None:
    """A composite that takes missing parts for bad ones is not told of by a part's planned work."""
    silent = Alerting(page=Notice(enabled=False), ticket=Notice(enabled=False))
    part, other = excluding(UPGRADE, alerting=silent), make_slo(name="other", alerting=silent)
    parts = (Part(part.slo_id), Part(other.slo_id))
    whole = make_slo(service="whole", name="journey", sli=CompositeSli(parts, "worst", "bad"))
    given = traffic((END + 2 * HOUR, 0))

    trial = Trial(promtool, tmp_path, [part, other, whole], given, at=0, step_seconds=STEP)

    trial.expect(*(("ALERTS", moment, []) for moment in (START + 30 * 60, END - STEP, END + 10 * 60)))


@pytest.mark.parametrize(("days_before", "is_told"), [(15, False), (13, True)])
def test_that_rules_need_to_be_made_again_is_told(try_rules: Try, *, days_before: int, is_told: bool) -> None:
    """Two weeks before the last occurrence that the rules know there is a ticket."""
    end = int((wall("1971-04-01 00:00") - wall("1970-01-01 00:00")).total_seconds())
    given = {GOOD: "0+1x1"}

    trial = try_rules(excluding(NIGHTLY), given, at=0, step_seconds=DAY)

    alert = 'count by (severity) (ALERTS{alertname="SLOExclusionsRunOut",alertstate="firing"})'
    trial.expect((alert, end - days_before * DAY, [({"severity": "ticket"}, 1)] if is_told else []))


def test_what_ends_by_itself_needs_no_reminder(try_rules: Try) -> None:
    """A single exclusion is in the rules as a whole."""
    try_rules(excluding(UPGRADE), {GOOD: "0+1x1"}, at=0).expect(("slo:exclusions_end:timestamp_seconds", 60, []))
