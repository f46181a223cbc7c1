"""Errors of one scrape: counted once, by every window, at every evaluation. Tried by both promtools."""

from support.promtool import Sample, Try
from support.slos import counter, gone, make_slo

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
UP = 'up{job="checkout",instance="a"}'
MINUTE, HOUR = 60, 3_600
LABELS = {"slo": "checkout-availability", "slo_service": "checkout"}


def test_a_burst_within_one_scrape_is_counted_once_and_stays_so(try_rules: Try) -> None:
    """Of 120 errors between two scrapes a minute apart no evaluation makes 150, and none makes none."""
    start = 2 * HOUR
    given = {GOOD: counter((200, 600)), BAD: counter((start // MINUTE - 1, 0), (1, 120), (80, 0))}

    trial = try_rules(make_slo(), given)

    counted: list[tuple[str, int, list[Sample]]] = [
        (f"round({name})", start + minute * MINUTE, [(LABELS, 120)])
        for name in ("slo:sli_bad:increase1h", "slo:sli_bad:increase6h")
        for minute in range(1, 59)
    ]
    trial.expect(*counted)


def test_a_burst_that_is_worth_a_ticket_gets_one(try_rules: Try) -> None:
    """0.4 % of what there was that day, in one scrape: over the threshold of a day for as long as its short window holds it."""
    start = 4 * HOUR
    given = {GOOD: counter((330, 600)), BAD: counter((start // MINUTE - 1, 0), (1, 600), (89, 0))}

    trial = try_rules(make_slo(), given)

    trial.expect_firing(*((start + minute * MINUTE, ["1d", "3d"]) for minute in range(20, 80, 4)))


def test_a_series_that_comes_back_brings_no_past(try_rules: Try) -> None:
    """Its target was up all the while, as of an exporter whose backend was away: a million old errors are no new ones."""
    back = 75
    given = {
        GOOD: counter((150, 600), start=10**9),
        BAD: f"{counter((60, 0), start=10**6)} {gone(14)} {counter((74, 0), start=10**6)}",
        UP: "1x150",
    }

    trial = try_rules(make_slo(), given)

    trial.expect(
        *(("slo:sli_bad:rate5m > 0 or ALERTS", (back + minute) * MINUTE, []) for minute in range(30)),
    )


def test_good_events_that_come_back_hide_no_outage(try_rules: Try) -> None:
    """A thousand million old good events would make an hour of errors look like none."""
    given = {
        GOOD: f"{counter((60, 600), start=10**9)} {gone(14)} {counter((74, 0), start=10**9)}",
        BAD: counter((74, 0), (74, 600)),
        UP: "1x150",
    }

    trial = try_rules(make_slo(), given)

    trial.expect_firing((80 * MINUTE, ["1h", "6h"]), (140 * MINUTE, ["1d", "1h", "3d", "6h"]))
