"""Alerts by share of the whole period's bad events, tried by both promtools: a quiet night counts for what it is."""

from dataclasses import replace

import yaml

from support.promtool import Try
from support.slos import AT, counter, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.generate.render import render

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
HOUR = 3_600
STEP = 100
"""Seconds between scrapes and evaluations; three to each piece of five minutes."""

DAY_RATE, NIGHT_RATE = 600, 1
"""Requests a minute: half a day each. 30 such days have 12,981,600, whose budget at 99.9 % is 12,982; 2 % of that is 260."""

HALF = 12 * HOUR
BY_TRAFFIC = Alerting(weigh="traffic", ticket=Notice(enabled=False))


def traffic(*phases: tuple[int, float, float]) -> dict[str, str]:
    """Requests in *phases* of (seconds, requests a minute, error ratio)."""
    per_step = STEP / 60
    return {
        GOOD: counter(*((seconds // STEP, per_step * rate * (1 - ratio)) for seconds, rate, ratio in phases)),
        BAD: counter(*((seconds // STEP, per_step * rate * ratio) for seconds, rate, ratio in phases)),
    }


def test_a_quiet_night_pages_nobody_whatever_fails(try_rules: Try) -> None:
    """An hour of the night in which all of its 60 requests fail is 0.5 % of the budget: by time it pages, by traffic not."""
    night = 2 * HALF
    given = traffic((HALF, NIGHT_RATE, 0), (HALF, DAY_RATE, 0), (2 * HOUR, NIGHT_RATE, 0), (HOUR, NIGHT_RATE, 1))
    at = night + 3 * HOUR - STEP

    by_time = Alerting(min_events=0, ticket=Notice(enabled=False))
    try_rules(make_slo(alerting=by_time), given, step_seconds=STEP).expect_firing((at, ["1h"]))
    try_rules(make_slo(alerting=BY_TRAFFIC), given, step_seconds=STEP).expect_firing((at, []))


def test_a_busy_hour_counts_for_more(try_rules: Try) -> None:
    """360 of a day hour's 36,000 requests are 2.8 % of the period's bad events, and less than 14.4 times the hour's own."""
    given = traffic(
        (HALF, NIGHT_RATE, 0), (HALF, DAY_RATE, 0), (HALF, NIGHT_RATE, 0), (HOUR, DAY_RATE, 0), (HOUR, DAY_RATE, 0.01)
    )
    at = 3 * HALF + 2 * HOUR

    by_time = make_slo(alerting=Alerting(ticket=Notice(enabled=False)))
    try_rules(by_time, given, step_seconds=STEP).expect_firing((at, []))
    trial = try_rules(make_slo(alerting=BY_TRAFFIC), given, step_seconds=STEP)
    trial.expect_firing((at - 40 * 60, []), (at, ["1h"]))


def test_the_period_is_told_by_the_mean_of_its_days(try_rules: Try) -> None:
    """After two days there are no 30 yet, but what 30 like them have is known; and after an hour of a day, what 30 of those have."""
    days = [phase for _ in range(2) for phase in ((HALF, NIGHT_RATE, 0), (HALF, DAY_RATE, 0))]

    trial = try_rules(make_slo(alerting=BY_TRAFFIC), traffic(*days), step_seconds=STEP)

    near = "count(slo:sli_total:increase_period > 12981600 * 0.97 < 12981600 * 1.03)"
    trial.expect((near, 4 * HALF, [({}, 1)]))


def test_one_bad_event_is_never_a_page(try_rules: Try) -> None:
    """Of a service with a request in ten minutes 2 % of the budget are 0.09 events: two bad ones are asked for all the same."""
    quiet = 1 / 10
    slo = make_slo(alerting=replace(BY_TRAFFIC, page=Notice(for_seconds=0)))
    given = {
        GOOD: counter((2 * HALF // STEP, quiet * STEP / 60)),
        BAD: counter((2 * HALF // STEP - 10, 0), (1, 1), (9, 0)),
    }
    twice = {**given, BAD: counter((2 * HALF // STEP - 10, 0), (2, 1), (8, 0))}
    at = 2 * HALF - 7 * STEP

    one = try_rules(slo, given, step_seconds=STEP)
    one.expect(("count(300 * slo:sli_bad:rate5m > 0.5)", at, [({}, 1)]))
    one.expect_firing((at, []))
    try_rules(slo, twice, step_seconds=STEP).expect_firing((at, ["1h", "6h"]))


def test_what_it_says_is_about_the_period() -> None:
    """The text of such an alert speaks of the period's bad events, not of a pace."""
    (text,) = render([make_slo(alerting=BY_TRAFFIC)], ["rules"], at=AT).keys() - {"rules/_exporter.yaml"}
    groups = yaml.safe_load(render([make_slo(alerting=BY_TRAFFIC)], ["rules"], at=AT)[text])["groups"]
    said = [
        rule["annotations"]["description"]
        for group in groups
        for rule in group["rules"]
        if rule.get("alert") == "SLOBurnRate"
    ]

    assert [
        "That is more than 2% of the bad events that the budget of 30d allows at its usual traffic (" in one
        for one in said
    ] == [True, False]
    assert not any("pace" in one for one in said)
