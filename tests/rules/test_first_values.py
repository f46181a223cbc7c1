"""
What a new series shows first: it counts at a target that was up already, and nowhere else. Tried by both promtools.

A false burst would page, so what is tried first is what must not look like one. In each of those worlds a counter of errors
is born later on, at the same target, and its first value counts.
"""

from dataclasses import replace

import pytest

from rules.samples import BAD, RATIO, TOTAL, among, is_about
from support.kinds import SUMS
from support.promtool import Sample, Try
from support.slos import BAD_EVENTS, GOOD_EVENTS, LATENCY, counter, gone, make_slo, selector
from tallystick.core.alerting import Alerting
from tallystick.core.sli import EventsSli, Sli
from tallystick.core.slo import Slo

MINUTE = 60
GOOD_A_MINUTE, BAD_A_MINUTE = 594, 6
"""One request in a hundred fails, as promised, on each target: 10 requests a second."""

PAST = {"200": 1_000_000, "500": 900_000}
"""What old counters show already: half of it errors, which would page if they were taken for new ones."""

BORN = 30
"""What a counter shows that is born between two scrapes."""

Given = dict[str, str]
Expected = tuple[str, int, list[Sample]]


def series(metric: str, more: str = "", instance: str = "a") -> str:
    """A series of one target."""
    return f'{metric}{{job="checkout",instance="{instance}"{more}}}'


def requests(code: str, more: str = "", instance: str = "a") -> str:
    """A target's counter of requests with one code."""
    return series("http_requests_total", f',code="{code}"{more}', instance)


def target(steps: int, *, skip: int = 0, seen: int = 0, more: str = "", instance: str = "a", end: str = "") -> Given:
    """
    A target with old counters, and whether it was up.

    Args:
        steps: how many minutes it is there.
        skip: how many minutes come before.
        seen: how many minutes of its counting nobody saw.
        more: labels of it.
        instance: its address.
        end: what comes after it.
    """

    def placed(values: str) -> str:
        return " ".join([*([f"_x{skip}"] if skip else []), values, *([end] if end else [])])

    pace = {"200": GOOD_A_MINUTE, "500": BAD_A_MINUTE}
    counters = {
        requests(code, more, instance): placed(counter((steps, pace[code]), start=PAST[code] + seen * pace[code]))
        for code in PAST
    }
    return {series("up", more, instance): placed(f"1x{steps}"), **counters}


def born(minute: int, more: str = "", instance: str = "a", steps: int = 60) -> Given:
    """A counter of errors that is born at *minute*, and counts no more."""
    return {requests("502", more, instance): f"_x{minute} {BORN}x{steps}"}


def joined(first: Given, second: Given) -> Given:
    """The same series, one after the other."""
    return {name: f"{values} {second[name]}" for name, values in first.items()}


def no_burst(minutes: range, per_second: float) -> list[Expected]:
    """That nothing in *minutes* looks like more events or more errors than there were, and no alert is near."""
    windows = ("5m", "30m", "1h", "6h", "3d")
    ratios = " or ".join(f"slo:sli_error:ratio_rate{window} > 0.01001" for window in windows)
    # Where a series goes and another comes, rates of both are a little too high for a while.
    query = f'{ratios} or {TOTAL} > {per_second} * 1.01 or ALERTS{{alertname="SLOBurnRate"}}'
    quiet: list[Expected] = [(query, minute * MINUTE, []) for minute in minutes]
    return [*quiet, is_about(RATIO, minutes[-1] * MINUTE, 0.01)]


def counted_once(minute: int, usual: float) -> list[Expected]:
    """That what is `born` at *minute* adds to the *usual* bad events a second for five minutes: once to each window."""
    before, *during, after = (is_about(BAD, at * MINUTE, usual) for at in range(minute - 1, minute + 6))
    more = (is_about(BAD, at, usual + BORN / 300) for _, at, _ in during)
    return [before, *more, after]


def checkout(sli: Sli = BAD_EVENTS, *, first_values: bool = True) -> Slo:
    """An SLO of 99 %."""
    return make_slo(objective="0.99", sli=sli, alerting=Alerting(first_values=first_values))


def test_prometheus_that_starts_takes_no_past_for_news(try_rules: Try) -> None:
    """It finds counters that are years old, half of them errors: none of that counts. What is born later does."""
    trial = try_rules(checkout(), {**target(40), **born(20)})

    trial.expect(*no_burst(range(20), 10), *counted_once(20, 0.1))


def test_a_target_that_is_found_brings_no_past(try_rules: Try) -> None:
    """An old process is found beside one that was there: only what it counts from then on counts."""
    given = {**target(120), **target(60, skip=60, instance="b"), **born(80, instance="b")}

    trial = try_rules(checkout(), given)

    trial.expect(*no_burst(range(59, 80), 20), *counted_once(80, 0.2))


def test_a_target_that_answers_at_last_brings_no_past(try_rules: Try) -> None:
    """It was known and down, and comes back with the counters it had, as after a broken network."""
    again = joined(target(30, end=gone(60)), target(60, seen=90))
    given = again | {series("up"): "1x30 0x59 1x60"}

    trial = try_rules(checkout(), {**given, **born(110)})

    trial.expect(*no_burst(range(90, 110), 10), *counted_once(110, 0.1))


def test_prometheus_that_was_away_takes_no_past_for_news(try_rules: Try) -> None:
    """Away for two hours, without marks that series ended; a counter that was born meanwhile does not count either."""
    given = joined(target(60, end="_x120"), target(60, seen=180))
    meanwhile = {requests("503"): "_x181 5000x60"}

    trial = try_rules(checkout(), {**given, **meanwhile, **born(200)})

    trial.expect(*no_burst(range(180, 200), 10), *counted_once(200, 0.1))


@pytest.mark.parametrize("more", ["", ',zone="a"'], ids=["instance", "label"])
def test_targets_that_are_relabelled_bring_no_past(try_rules: Try, more: str) -> None:
    """Every series goes and comes anew under other labels, with all that it ever counted."""
    instance = "a" if more else "a:8080"
    given = {**target(60, end=gone(60)), **target(60, skip=61, seen=61, more=more, instance=instance)}

    trial = try_rules(checkout(), {**given, **born(80, more, instance)})

    trial.expect(*no_burst(range(59, 80), 10), *counted_once(80, 0.1))


def test_first_values_can_be_left_out(try_rules: Try) -> None:
    """With `first_values: false` the pair has rates alone, and a counter's first value is in none."""
    trial = try_rules(checkout(first_values=False), {**target(90), **born(40)})

    trial.expect(*(is_about(BAD, minute * MINUTE, 0.1) for minute in range(39, 46)))


def test_a_counter_that_is_born_good_is_not_bad(try_rules: Try) -> None:
    """Of an SLI with `good`, the first value is in both, so that new requests that went well are not errors."""
    given = {**target(90), requests("200", ',path="/new"'): f"_x40 {BORN}x50"}

    trial = try_rules(checkout(GOOD_EVENTS), given)

    trial.expect(*(is_about(TOTAL, minute * MINUTE, 10.1) for minute in range(40, 45)))
    trial.expect(*(is_about(BAD, minute * MINUTE, 0.1) for minute in range(39, 46)))


def test_buckets_that_are_born_count(try_rules: Try) -> None:
    """A new path's first scrape shows 30 requests, 24 of them in time: 6 are bad, and all 30 count."""
    given = {series("up"): "1x90"}
    for path, start, values in (("/", 0, "0+600x90"), ("/new", 40, f"{BORN}x50")):
        before = f"_x{start} " if start else ""
        given[series("http_request_duration_seconds_count", f',path="{path}"')] = before + values
        within = values.replace("600", "594").replace(f"{BORN}x", "24x")
        given[series("http_request_duration_seconds_bucket", f',path="{path}",le="0.3"')] = before + within

    trial = try_rules(checkout(LATENCY), given)

    total, bad = {39: 10.0, 40: 10.1, 44: 10.1, 45: 10.0}, {39: 0.1, 40: 0.12, 44: 0.12, 45: 0.1}
    trial.expect(*(is_about(TOTAL, minute * MINUTE, value) for minute, value in total.items()))
    trial.expect(*(is_about(BAD, minute * MINUTE, value) for minute, value in bad.items()))


def test_sums_have_the_first_value_of_each_counter(try_rules: Try) -> None:
    """Of the sum of reads' and writes' errors, a counter that is born counts, and so does one of probes, taken away."""
    given = {
        'up{job="store",instance="a"}': "1x90",
        'reads_total{job="store",instance="a",path="/"}': "0+600x90",
        'read_errors_total{job="store",instance="a"}': "0+6x90",
        'write_errors_total{job="store",instance="a"}': f"_x40 {BORN}x50",
        'reads_total{job="store",instance="a",path="/probe"}': f"_x60 {BORN}x30",
    }

    trial = try_rules(checkout(SUMS), given)

    trial.expect(*counted_once(40, 0.1), *(is_about(TOTAL, minute * MINUTE, 10) for minute in range(55, 66)))


def test_a_group_has_the_first_values_of_its_own_series(try_rules: Try) -> None:
    """An error's counter is born in one region: it is that region's, and the other's stays as it was."""
    eu, us = (("region", "eu"),), (("region", "us"),)
    given = {**target(90, more=',region="eu"'), **target(90, more=',region="us"', instance="b")}
    born_in_us = born(40, ',region="us"', instance="b")

    trial = try_rules(checkout(replace(BAD_EVENTS, by=("region",))), {**given, **born_in_us})

    in_us = {39: 0.1, 40: 0.2, 44: 0.2, 45: 0.1}
    trial.expect(*(among(BAD, minute * MINUTE, {eu: 0.1, us: value}) for minute, value in in_us.items()))


def test_without_a_job_targets_are_known_by_what_they_count(try_rules: Try) -> None:
    """Selectors that name no target: one that had the total was up, and one that has just come was not."""
    sli = EventsSli(selector("http_requests_total"), bad=selector("http_requests_total", code="~5.."))
    given = {**target(120), **target(60, skip=60, instance="b"), **born(80, instance="b")}

    trial = try_rules(checkout(sli), {name: values for name, values in given.items() if not name.startswith("up{")})

    trial.expect(*no_burst(range(59, 80), 20), *counted_once(80, 0.2))
