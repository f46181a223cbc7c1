"""SLOSignalMissing, tried by both promtools."""

from support.promtool import Try
from support.slos import counter, gone, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import EventsSli

REQUESTS = 'http_requests_total{job="checkout",code="200"}'
UP = 'up{job="checkout",instance="a"}'
OTHER_UP = 'up{job="checkout",instance="b"}'
LOST = 3_600
SOON, LATER = LOST + 14 * 60, LOST + 30 * 60
LOSES_IT = counter((60, 600)) + " " + gone(120)


def test_a_target_that_is_down_pages(try_rules: Try) -> None:
    """No event is counted in an outage of the whole target, so no ratio tells of it: this alert does."""
    given = {REQUESTS: LOSES_IT, UP: "1x60 0x120", OTHER_UP: "1x60 0x120"}

    trial = try_rules(make_slo(), given)

    trial.expect_signal_missing(
        (LOST, []), (LOST + 4 * 60, []), (SOON, [("down", "page")]), (LATER, [("down", "page")])
    )
    trial.expect_firing((LATER, []))


def test_a_target_that_is_gone_pages(try_rules: Try) -> None:
    """When Prometheus no longer knows any such target, nothing else would tell."""
    given = {REQUESTS: LOSES_IT, UP: "1x60 " + gone(120)}

    try_rules(make_slo(), given).expect_signal_missing((SOON, [("gone", "page")]))


def test_a_target_without_the_metric_is_for_working_hours(try_rules: Try) -> None:
    """Scraped well, without the metric: a rename, or no event since a restart. A ticket, and later."""
    given = {REQUESTS: LOSES_IT, UP: "1x180"}

    try_rules(make_slo(), given).expect_signal_missing((SOON, []), (LATER, [("up", "ticket")]))


def test_one_instance_that_is_up_makes_the_target_up(try_rules: Try) -> None:
    """Some instances down and others up without the metric: the target answers."""
    given = {REQUESTS: LOSES_IT, UP: "1x60 0x120", OTHER_UP: "1x180"}

    try_rules(make_slo(), given).expect_signal_missing((LATER, [("up", "ticket")]))


def test_without_job_or_instance_the_target_is_unknown(try_rules: Try) -> None:
    """Where the SLI's matchers do not name a target, the alert says that it can't tell."""
    sli = EventsSli(total=selector("http_requests_total", code="200"), bad=selector("http_requests_total", code="500"))
    given = {REQUESTS: LOSES_IT, UP: "1x60 0x120"}

    try_rules(make_slo(sli=sli), given).expect_signal_missing((LATER, [("unknown", "ticket")]))


def test_it_can_be_left_out(try_rules: Try) -> None:
    """With `signal: false` nobody is told that a target is down; errors are told as ever."""
    given = {REQUESTS: LOSES_IT, UP: "1x60 0x120", 'http_requests_total{job="checkout",code="500"}': LOSES_IT}

    trial = try_rules(make_slo(alerting=Alerting(signal=False)), given)

    trial.expect_signal_missing((SOON, []), (LATER, []))
    trial.expect_firing((LOST, ["1h", "6h", "1d", "3d"]))


def test_standstill_is_not_a_missing_signal(try_rules: Try) -> None:
    """A service that nobody uses at night still has its counters."""
    given = {REQUESTS: counter((60, 600), (120, 0)), UP: "1x180"}

    try_rules(make_slo(), given).expect_signal_missing((LATER, []), (3 * LOST, []))


def test_what_was_never_there_is_not_missing(try_rules: Try) -> None:
    """A new SLO whose service has no traffic yet is not an outage."""
    given = {UP: "1x180"}

    try_rules(make_slo(), given).expect_signal_missing((LATER, []))


def test_it_ends_when_the_signal_is_back(try_rules: Try) -> None:
    """Two scrapes after the target is back, the alert is over."""
    given = {REQUESTS: f"{counter((60, 600))} {gone(29)} {counter((60, 600))}", UP: "1x60 0x29 1x60"}

    try_rules(make_slo(), given).expect_signal_missing((LOST + 29 * 60, [("down", "page")]), (LOST + 33 * 60, []))


def test_a_short_restart_is_no_missing_signal(try_rules: Try) -> None:
    """Five minutes without a target, and with its counters anew, are a restart."""
    given = {REQUESTS: f"{counter((60, 600))} {gone(5)} {counter((60, 600))}", UP: "1x60 0x5 1x60"}

    trial = try_rules(make_slo(), given)

    trial.expect_signal_missing(*((LOST + 60 * minute, []) for minute in range(30)))
    trial.expect_firing(*((LOST + 60 * minute, []) for minute in range(30)))


def test_it_ends_a_day_after_the_signal(try_rules: Try) -> None:
    """What has been gone for a day is a decision; it no longer alerts."""
    given = {REQUESTS: f"{counter((30, 1_200))} {gone(900)}", UP: "1x30 0x900"}
    day = 86_400

    trial = try_rules(make_slo(), given, step_seconds=120)

    trial.expect_signal_missing((LOST + day - 1_200, [("down", "page")]), (LOST + day + 1_200, []))


def test_without_pages_it_is_a_ticket_and_without_both_nothing(try_rules: Try) -> None:
    """Who wants no pages gets none for missing signals either."""
    given = {REQUESTS: LOSES_IT, UP: "1x60 0x120"}
    off = Notice(enabled=False)

    try_rules(make_slo(alerting=Alerting(page=off)), given).expect_signal_missing((LATER, [("down", "ticket")]))
    try_rules(make_slo(alerting=Alerting(page=off, ticket=off)), given).expect_signal_missing((LATER, []))
