"""SLIs that are queries of the user's own, tried by both promtools."""

from dataclasses import replace
from decimal import Decimal

import pytest

from rules.samples import BAD, HOUR, RATIO, TOTAL, are_absent, is_about
from support.kinds import COUNTS
from support.kinds import RATIO as WEIGHTED
from support.promtool import Try
from support.slos import counter, gone, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import Op, QuerySli, RatioSli, ThresholdSli

GOOD_REQUESTS = 'http_requests_total{job="checkout",code="200"}'
BAD_REQUESTS = 'http_requests_total{job="checkout",code="500"}'
REQUESTS, ERRORS = "requests_total", "errors_total"
RATES = QuerySli(
    total='sum(rate(http_requests_total{job="checkout"}[$window]))',
    bad='sum(rate(http_requests_total{job="checkout",code=~"5.."}[$window]))',
)
AGE = ThresholdSli("queue_age_seconds", "lte", Decimal(30))
SHARE = RatioSli("avg_over_time(share[$window])", "error")


@pytest.mark.parametrize("sli", [COUNTS, RATES, replace(COUNTS, total=RATES.total)], ids=["counts", "rates", "both"])
def test_counts_and_rates_give_the_same_pair(try_rules: Try, sli: QuerySli) -> None:
    """120 requests a minute are 2 a second, whether the query counts those of five minutes or gives them by the second."""
    given = {GOOD_REQUESTS: counter((120, 114)), BAD_REQUESTS: counter((120, 6))}

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(is_about(TOTAL, HOUR, 2), is_about(BAD, HOUR, 0.1), is_about(RATIO, HOUR, 0.05))
    trial.expect(("count(slo:sli_total:increase1h > 7190 < 7325)", 2 * HOUR, [({}, 1)]))


def test_a_query_without_bad_events_has_none(try_rules: Try) -> None:
    """A counter of errors that nobody has incremented yet gives the query nothing; that is 0."""
    trial = try_rules(make_slo(sli=COUNTS), {GOOD_REQUESTS: counter((120, 120))})

    trial.expect(is_about(TOTAL, HOUR, 2), is_about(BAD, HOUR, 0))


def test_a_query_without_a_total_has_no_sample(try_rules: Try) -> None:
    """Nothing is known where the total's query finds nothing, and the alert on missing signals says so."""
    given = {GOOD_REQUESTS: f"{counter((60, 120))} {gone(60)}"}

    trial = try_rules(make_slo(sli=COUNTS), given)

    trial.expect(are_absent(HOUR + 600))
    trial.expect_signal_missing((HOUR, []), (HOUR + 30 * 60, [("unknown", "ticket")]))


def test_a_query_without_good_events_is_all_bad(try_rules: Try) -> None:
    """What is not good is bad."""
    sli = QuerySli(COUNTS.total, good='sum(increase(http_requests_total{job="checkout",code="200"}[$window]))')

    trial = try_rules(make_slo(sli=sli), {BAD_REQUESTS: counter((120, 60))})

    trial.expect(is_about(BAD, HOUR, 1), is_about(RATIO, HOUR, 1))


def test_all_series_of_an_answer_count(try_rules: Try) -> None:
    """A query that forgot to add up is added up: two series of 60 a minute are 2 a second."""
    sli = QuerySli("increase(requests_total[$window])", bad="increase(errors_total[$window])")
    given = {f'{REQUESTS}{{pod="a"}}': counter((120, 60)), f'{REQUESTS}{{pod="b"}}': counter((120, 60))}

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(is_about(TOTAL, HOUR, 2))


def test_the_placeholder_is_replaced_outside_of_strings_only(try_rules: Try) -> None:
    """A label whose value is `$window` stays so, and a comment at the end of a query does not swallow what follows."""
    text = '# of $window\nincrease(requests_total{page="$window"}[$window]) # "'
    given = {f'{REQUESTS}{{page="$window"}}': counter((120, 60)), f'{REQUESTS}{{page="5m"}}': counter((120, 600))}

    trial = try_rules(make_slo(sli=QuerySli(text, good=text)), given)

    trial.expect(is_about(TOTAL, HOUR, 1), is_about(BAD, HOUR, 0))


def test_a_query_is_one_operand(try_rules: Try) -> None:
    """Operators in a query bind before those around it: `a or b` and `a - b` are put between brackets."""
    sli = QuerySli("increase(a[$window]) + increase(b[$window])", bad="increase(a[$window]) - increase(b[$window])")

    trial = try_rules(make_slo(sli=sli), {"a": counter((120, 90)), "b": counter((120, 30))})

    trial.expect(is_about(TOTAL, HOUR, 2), is_about(BAD, HOUR, 1))


def test_a_scalar_is_a_query_too(try_rules: Try) -> None:
    """What gives a number without labels, not a vector, is taken as one: 300 in five minutes are 1 a second."""
    sli = QuerySli("scalar(increase(a[$window]))", bad="scalar(increase(a[$window])) / 4")

    trial = try_rules(make_slo(sli=sli), {"a": counter((120, 60))})

    trial.expect(is_about(TOTAL, HOUR, 1), is_about(RATIO, HOUR, 0.25))


def test_a_threshold_counts_slices(try_rules: Try) -> None:
    """The queue is too old at the end of 2 of the last 5 minutes: of 5 slices in 300 seconds 2 are bad."""
    given = {"queue_age_seconds": "10x60 40 40 30 10x60"}
    at = HOUR + 4 * 60

    trial = try_rules(make_slo(sli=AGE), given)

    trial.expect(is_about(TOTAL, at, 5 / 300), is_about(BAD, at, 2 / 300), is_about(RATIO, at, 0.4))
    trial.expect(is_about(BAD, HOUR, 0), is_about(BAD, HOUR + 8 * 60, 0))


def test_the_slices_of_a_window_count_once_each(try_rules: Try) -> None:
    """In an hour there are 60 slices, 12 of them bad, though 5-minute pieces overlap at every evaluation."""
    given = {"queue_age_seconds": "10 10 10 10 31 " * 30}
    at = 2 * HOUR

    trial = try_rules(make_slo(sli=AGE), given)

    trial.expect(
        is_about("slo:sli_total:increase1h", at, 60),
        is_about("slo:sli_error:ratio_rate1h", at, 0.2),
        is_about("slo:sli_error:ratio_rate30m", at, 0.2),
    )


def test_slices_do_not_depend_on_when_rules_are_evaluated(try_rules: Try) -> None:
    """Evaluated every 25 seconds, an hour has 60 slices all the same; 11 of them ended after the queue got too old."""
    given = {"queue_age_seconds": "10x119 40x60"}

    trial = try_rules(make_slo(sli=AGE), given, step_seconds=25)

    for at in (HOUR, HOUR + 25, HOUR + 50):
        trial.expect(is_about("slo:sli_total:increase1h", at, 60), is_about("slo:sli_error:ratio_rate1h", at, 11 / 60))


@pytest.mark.parametrize("slice_seconds", [120, 240])
def test_slices_that_do_not_divide_five_minutes_count_once_each(try_rules: Try, slice_seconds: int) -> None:
    """An hour has 30 slices of two minutes and 15 of four, however they lie to the pieces of the window."""
    sli = replace(AGE, slice_seconds=slice_seconds)

    trial = try_rules(make_slo(sli=sli), {"queue_age_seconds": "10x119 40x60"})

    trial.expect(
        is_about("slo:sli_total:increase1h", 2 * HOUR, HOUR // slice_seconds),
        is_about("slo:sli_error:ratio_rate1h", 2 * HOUR, slice_seconds / HOUR),
    )


def test_a_long_slice_stands_until_the_next(try_rules: Try) -> None:
    """The verdict of a quarter of an hour is that of its end, and there is one at any time."""
    sli = replace(AGE, slice_seconds=900)
    given = {"queue_age_seconds": "10x50 40x9 40 10x60"}

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(
        is_about(RATIO, HOUR - 60, 0),
        is_about(RATIO, HOUR, 1),
        is_about(RATIO, HOUR + 14 * 60, 1),
        is_about(RATIO, HOUR + 15 * 60, 0),
        is_about(TOTAL, HOUR + 14 * 60, 1 / 900),
    )


@pytest.mark.parametrize(
    ("op", "value", "ratio"),
    [("lt", 30, 1), ("lte", 30, 0), ("gt", 30, 1), ("gte", 30, 0), ("lt", 31, 0), ("gt", 29, 0), ("lt", "-0.5", 1)],
)
def test_a_value_at_the_threshold_is_as_the_comparison_says(
    try_rules: Try, op: Op, value: float | str, ratio: int
) -> None:
    """30 is at most 30 and at least 30, but neither under nor over it."""
    sli = replace(AGE, op=op, value=Decimal(value))

    trial = try_rules(make_slo(sli=sli), {"queue_age_seconds": "30x60"})

    trial.expect(is_about(RATIO, HOUR, ratio))


@pytest.mark.parametrize("values", ["NaN " * 61, "_x60"], ids=["NaN", "absent"])
def test_a_threshold_of_nothing_is_unknown(try_rules: Try, values: str) -> None:
    """No series, and a value that is no number: there is no slice, neither good nor bad."""
    trial = try_rules(make_slo(sli=AGE), {"queue_age_seconds": values, "other": "1x60"})

    trial.expect(are_absent(HOUR), ("slo:sli_bad:bool", HOUR, []))


def test_a_threshold_of_several_series_is_unknown(try_rules: Try) -> None:
    """Which of two values is meant can't be told."""
    given = {'queue_age_seconds{queue="a"}': "10x60", 'queue_age_seconds{queue="b"}': "10x60"}

    trial = try_rules(make_slo(sli=AGE), given)

    trial.expect(are_absent(HOUR))


def test_an_infinite_value_fails_its_threshold(try_rules: Try) -> None:
    """Infinity is more than 30."""
    trial = try_rules(make_slo(sli=AGE), {"queue_age_seconds": "Inf " * 61})

    trial.expect(is_about(RATIO, HOUR, 1))


def test_a_threshold_may_be_a_scalar(try_rules: Try) -> None:
    """A query that gives a scalar is compared like any other."""
    sli = replace(AGE, query="time() - scalar(last_success_timestamp_seconds)")

    trial = try_rules(make_slo(sli=sli), {"last_success_timestamp_seconds": "0+60x60 3600x9"})

    trial.expect(is_about(RATIO, HOUR, 0), is_about(BAD, HOUR + 120, 2 / 300))


@pytest.mark.parametrize(("slice_seconds", "windows"), [(60, ["1h", "6h"]), (300, ["1h", "6h"]), (3_600, ["6h"])])
def test_slices_page_though_they_are_few(try_rules: Try, slice_seconds: int, windows: list[str]) -> None:
    """At 99.9 % there are never 70 slices in an hour: two bad ones page, in each window that can hold two."""
    trial = try_rules(
        make_slo(sli=replace(AGE, slice_seconds=slice_seconds), alerting=Alerting(ticket=Notice(enabled=False))),
        {"queue_age_seconds": "10x60 40x240"},
    )

    trial.expect_firing((4 * HOUR + 1_800, windows))


def test_one_bad_slice_does_not_page(try_rules: Try) -> None:
    """One slice of five minutes is a twelfth of an hour, far above the threshold: but it is one."""
    given = {"queue_age_seconds": "10x58 40x3 10x60"}
    at = HOUR + 4 * 60
    over = "count(slo:sli_error:ratio_rate1h > 0.0144 and slo:sli_error:ratio_rate5m > 0.0144)"

    trial = try_rules(make_slo(sli=replace(AGE, slice_seconds=300)), given)
    trial.expect((over, at, [({}, 1)]))
    trial.expect_firing((at, []))

    trial = try_rules(make_slo(sli=replace(AGE, slice_seconds=300), alerting=Alerting(min_events=10)), given)
    trial.expect_firing((at, ["1h", "6h"]))


def test_a_threshold_that_is_gone_is_a_missing_signal(try_rules: Try) -> None:
    """The alert comes after the last slices have left the five minutes."""
    trial = try_rules(make_slo(sli=AGE), {"queue_age_seconds": f"10x60 {gone(60)}"})

    trial.expect(is_about(RATIO, HOUR + 120, 0), are_absent(HOUR + 360))
    trial.expect_signal_missing((HOUR, []), (HOUR + 30 * 60, [("unknown", "ticket")]))


def test_a_ratio_is_weighted_by_its_total(try_rules: Try) -> None:
    """A busy hour with 1 % of errors and an idle one with 50 % are 2 % together when one in 49 requests came in the latter."""
    given = {
        REQUESTS: counter((60, 4_800), (60, 100)),
        ERRORS: counter((60, 48), (60, 50)),
    }
    at = 2 * HOUR

    trial = try_rules(make_slo(sli=WEIGHTED), given)

    trial.expect(is_about(TOTAL, HOUR, 80), is_about(BAD, HOUR, 0.8), is_about(RATIO, at, 0.5))
    trial.expect(("count(slo:sli_error:ratio_rate2h > 0.0195 < 0.0205)", at, [({}, 1)]))


def test_a_ratio_without_a_total_is_weighted_by_time(try_rules: Try) -> None:
    """Half an hour of 10 % and half an hour without errors are 5 % of an hour."""
    trial = try_rules(make_slo(sli=SHARE), {"share": "0x90 0.1x60"})

    trial.expect(
        is_about(TOTAL, HOUR, 1),
        is_about(BAD, 2 * HOUR, 0.1),
        ("count(slo:sli_error:ratio_rate1h > 0.048 < 0.052)", 2 * HOUR, [({}, 1)]),
    )


def test_a_share_of_successes_is_turned_round(try_rules: Try) -> None:
    """99.5 % good is 0.5 % bad."""
    sli = replace(SHARE, means="success")

    trial = try_rules(make_slo(sli=sli), {"share": "0.995x60"})

    trial.expect(is_about(RATIO, HOUR, 0.005))


def test_a_ratio_of_nothing_is_no_traffic_where_the_total_says_so(try_rules: Try) -> None:
    """0/0 with a total of 0: there were no events, which is not the same as not to know."""
    trial = try_rules(make_slo(sli=WEIGHTED), {REQUESTS: counter((120, 0)), ERRORS: counter((120, 0))})

    trial.expect(is_about(TOTAL, HOUR, 0), is_about(BAD, HOUR, 0), (RATIO, HOUR, []))


def test_a_ratio_that_is_missing_is_unknown(try_rules: Try) -> None:
    """Requests without a ratio of their errors are neither good nor bad."""
    trial = try_rules(make_slo(sli=WEIGHTED), {REQUESTS: counter((120, 60))})

    trial.expect(are_absent(HOUR))


@pytest.mark.parametrize(("values", "ratio"), [("1.02x60", 1), ("-0.01x60", 0)])
def test_a_ratio_stays_within_its_bounds(try_rules: Try, values: str, ratio: int) -> None:
    """Extrapolated counters may give a little more than everything; it pages as everything."""
    trial = try_rules(make_slo(sli=SHARE), {"share": values})

    trial.expect(is_about(RATIO, HOUR, ratio))


@pytest.mark.parametrize("value", ["NaN", "Inf"])
def test_a_ratio_that_is_no_number_is_unknown(try_rules: Try, value: str) -> None:
    """No pair is recorded of NaN, or of infinity, which is no share of anything."""
    trial = try_rules(make_slo(sli=SHARE), {"share": f"{value} " * 61})

    trial.expect(are_absent(HOUR))
