"""Burn-rate alerts: tried by both promtools on series of which the right answer is plain arithmetic."""

from pathlib import Path

import pytest

from support.promtool import Trial, Try
from support.slos import GOOD_EVENTS, counter, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import EventsSli

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
PER_MINUTE = 6_000
HOUR, DAY = 3_600, 86_400


def traffic(*phases: tuple[int, float], step_seconds: int = 60, per_minute: float = PER_MINUTE) -> dict[str, str]:
    """Requests in *phases* of (seconds, error ratio)."""
    per_step = per_minute * step_seconds / 60
    return {
        GOOD: counter(*((seconds // step_seconds, per_step * (1 - ratio)) for seconds, ratio in phases)),
        BAD: counter(*((seconds // step_seconds, per_step * ratio) for seconds, ratio in phases)),
    }


def test_a_total_outage_pages_as_soon_as_the_arithmetic_allows(try_rules: Try) -> None:
    """At 99.9 %, 14.4 times the budget of an hour is gone 51.84 s (0.864 min) into an outage; `for` adds a minute."""
    start = 12 * HOUR  # of which six hours' budget lasts 129.6 s, and 12 hours' 43.2 s: tickets come first, and wait
    given = traffic((start, 0), (HOUR, 1), step_seconds=15)

    trial = try_rules(make_slo(), given, step_seconds=15)

    trial.expect_firing((start + 45, ["3d"]), (start + 60, ["1h", "3d"]), (start + 120, ["3d"]), state="pending")
    trial.expect_firing((start + 105, []), (start + 120, ["1h"]), (start + 180, ["1h"]), (start + 195, ["1h", "6h"]))


@pytest.mark.parametrize(
    ("ratio", "window", "window_seconds", "factor", "step_seconds"),
    [
        (0.05, "1h", HOUR, 14.4, 60),
        (0.012, "6h", 6 * HOUR, 6, 60),
        (0.005, "1d", DAY, 3, 120),
        (0.002, "3d", 3 * DAY, 1, 240),
    ],
)
def test_an_alert_comes_when_its_share_of_the_budget_is_gone(
    *, try_rules: Try, ratio: float, window: str, window_seconds: int, factor: float, step_seconds: int
) -> None:
    """Detection takes budget / error ratio x factor x window; then `for`, and for a slow window up to 10 minutes."""
    start = window_seconds + HOUR
    due = start + round(0.001 / ratio * factor * window_seconds / step_seconds) * step_seconds
    wait = 60 if window in ("1h", "6h") else 15 * 60
    late = 60 if window == "1h" else 600
    given = traffic((start, 0), (due - start + HOUR, ratio), step_seconds=step_seconds)
    fired = f'count(ALERTS{{alertname="SLOBurnRate",alertstate="firing",long_window="{window}"}})'

    trial = try_rules(make_slo(), given, step_seconds=step_seconds)

    trial.expect((fired, due - step_seconds, []), (fired, due + wait + late + step_seconds, [({}, 1)]))


@pytest.mark.parametrize(("ratio", "windows"), [
    (0.00095, []),
    (0.00105, ["3d"]),
    (0.0029, ["3d"]),
    (0.0031, ["1d", "3d"]),
    (0.0058, ["1d", "3d"]),
    (0.0062, ["1d", "3d", "6h"]),
    (0.0143, ["1d", "3d", "6h"]),
    (0.0145, ["1d", "1h", "3d", "6h"]),
])  # fmt: skip
def test_steady_errors_fire_the_alerts_whose_threshold_they_exceed(
    try_rules: Try, ratio: float, windows: list[str]
) -> None:
    """Each pair has a threshold of factor x budget: silent just below it, firing just above."""
    trial = try_rules(make_slo(), traffic((3 * HOUR, ratio)))

    trial.expect_firing((3 * HOUR, windows))


@pytest.mark.parametrize(
    ("objective", "days", "ratio", "windows"),
    [
        ("0.999", 28, 0.01340, ["1d", "3d", "6h"]),
        ("0.999", 28, 0.01348, ["1d", "1h", "3d", "6h"]),
        ("0.999", 28, 0.00095, []),
        ("0.999", 28, 0.00105, ["3d"]),
        ("0.999", 7, 0.00330, ["1d", "3d", "6h"]),
        ("0.999", 7, 0.00340, ["1d", "1h", "3d", "6h"]),
        ("0.999", 90, 0.0427, ["1d", "3d", "6h"]),
        ("0.999", 90, 0.0437, ["1d", "1h", "3d", "6h"]),
        ("0.9", 30, 0.74, ["1d", "3d", "6h"]),
        ("0.9", 30, 0.76, ["1d", "1h", "3d", "6h"]),
    ],
)
def test_thresholds_follow_the_period_and_the_objective(
    try_rules: Try, objective: str, days: int, ratio: float, windows: list[str]
) -> None:
    """13.44 at 28 days, 3.36 at 7, 43.2 at 90; never under 1; and at 90 % the page is lowered to what can be reached."""
    trial = try_rules(make_slo(objective=objective, days=days), traffic((2 * HOUR, ratio)))

    trial.expect_firing((2 * HOUR, windows))


def test_a_page_ends_when_the_short_window_is_clean(try_rules: Try) -> None:
    """Five minutes after the errors end the one-hour page is over, though that hour still is full of them."""
    end = 3 * HOUR
    given = traffic((2 * HOUR, 0), (HOUR, 0.05), (HOUR, 0))

    trial = try_rules(make_slo(), given)

    trial.expect_firing(
        (end, ["1d", "1h", "3d", "6h"]), (end + 6 * 60, ["1d", "3d", "6h"]), (end + 31 * 60, ["1d", "3d"])
    )
    trial.expect(('slo:sli_error:ratio_rate1h{slo="checkout-availability"} > bool 0.04', end + 6 * 60, [
        ({"slo": "checkout-availability", "slo_service": "checkout"}, 1),
    ]))  # fmt: skip


def test_no_traffic_is_neither_good_nor_bad(try_rules: Try) -> None:
    """Counters that stand still give a total of 0 and no ratio at all; nothing fires, and nothing is NaN."""
    labels = {"slo": "checkout-availability", "slo_service": "checkout"}
    given = {GOOD: counter((120, 0), start=5_000), BAD: counter((120, 0), start=70)}

    trial = try_rules(make_slo(), given)

    trial.expect_firing((2 * HOUR, []))
    trial.expect_signal_missing((2 * HOUR, []))
    trial.expect(
        ("slo:sli_total:rate5m", 2 * HOUR, [({"__name__": "slo:sli_total:rate5m", **labels}, 0)]),
        ("slo:sli_bad:rate5m", 2 * HOUR, [({"__name__": "slo:sli_bad:rate5m", **labels}, 0)]),
        ('{__name__=~"slo:sli_error:ratio_rate.*|slo:current_burn_rate:ratio"}', 2 * HOUR, []),
    )


def test_no_bad_series_means_no_errors(try_rules: Try) -> None:
    """A counter of errors that nobody has incremented yet is not there; the error ratio is 0, not unknown."""
    given = {GOOD: counter((120, PER_MINUTE))}

    trial = try_rules(make_slo(), given)

    trial.expect(
        ("count(slo:sli_bad:rate5m == 0)", 2 * HOUR, [({}, 1)]),
        ('count({__name__=~"slo:sli_error:ratio_rate.*"} == 0)', 2 * HOUR, [({}, 7)]),
    )


def test_no_total_means_no_sample(try_rules: Try) -> None:
    """Errors of which the total is not known say nothing of a ratio: neither series of the pair is there."""
    sli = EventsSli(total=selector("requests_total"), bad=selector("errors_total"))
    given = {"errors_total": counter((120, 5))}

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(('{__name__=~"slo:sli_.*"}', 2 * HOUR, []))


def test_without_a_good_series_everything_is_bad(try_rules: Try) -> None:
    """What is not good is bad: an outage in which no good event ever came is total, not unknown."""
    given = {BAD: counter((120, PER_MINUTE))}

    trial = try_rules(make_slo(sli=GOOD_EVENTS), given)

    trial.expect(("slo:sli_error:ratio_rate5m == 1", 2 * HOUR, [
        ({"__name__": "slo:sli_error:ratio_rate5m", "slo": "checkout-availability", "slo_service": "checkout"}, 1),
    ]))  # fmt: skip
    trial.expect_firing((2 * HOUR, ["1d", "1h", "3d", "6h"]))


def test_one_bad_event_among_few_does_not_page(try_rules: Try) -> None:
    """With 30 events an hour one error is 3.3 %, more than 14.4 times the budget; but one event is no trend."""
    given = traffic((2 * HOUR, 0), per_minute=0.5)
    given[BAD] = counter((HOUR // 60, 0), (1, 1), (59, 0))
    at = HOUR + 4 * 60

    auto = try_rules(make_slo(), given)
    auto.expect(("count(slo:sli_error:ratio_rate1h > 0.0144 and slo:sli_error:ratio_rate5m > 0.0144)", at, [({}, 1)]))
    auto.expect_firing((at, []))

    off = try_rules(make_slo(alerting=Alerting(min_events=0)), given)
    off.expect_firing((at, ["1h", "6h"]))


def test_a_written_minimum_of_events_holds(try_rules: Try) -> None:
    """Half of 300 events an hour fail: no page with `min_events: 400`, one with 250."""
    given = traffic((HOUR, 0.5), per_minute=5)

    try_rules(make_slo(alerting=Alerting(min_events=400)), given).expect_firing((HOUR, ["1d", "3d"]))
    try_rules(make_slo(alerting=Alerting(min_events=250)), given).expect_firing((HOUR, ["1d", "1h", "3d", "6h"]))


def test_a_severity_can_be_turned_off(try_rules: Try) -> None:
    """Without pages there are tickets only, for missing signals too."""
    given = traffic((2 * HOUR, 0.5))

    trial = try_rules(make_slo(alerting=Alerting(page=Notice(enabled=False))), given)

    trial.expect_firing((2 * HOUR, ["1d", "3d"]))


def test_two_slos_of_one_counter_do_not_mix(promtool: Path, tmp_path: Path) -> None:
    """Each window is built from the series of its own SLO: 5 % stays 5 %, whoever else counts the same requests."""
    slos = [make_slo(), make_slo(name="stricter", objective="0.9999"), make_slo(name="by-good", sli=GOOD_EVENTS)]

    trial = Trial(promtool, tmp_path, slos, traffic((2 * HOUR, 0.05)))

    trial.expect(('count({__name__=~"slo:sli_error:ratio_rate.*"} > 0.049999 < 0.050001)', 2 * HOUR, [({}, 21)]))
