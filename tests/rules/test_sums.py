"""SLIs of counters that are added and subtracted, tried by both promtools."""

import pytest

from rules.samples import BAD, HOUR, RATIO, TOTAL, are_absent, is_about
from support.kinds import SUMS
from support.promtool import Try
from support.slos import counter, gone, make_slo, selector
from tallystick.core.sli import EventsSli, Sum, Term

READS = 'reads_total{job="store",path="/"}'
PROBES = 'reads_total{job="store",path="/probe"}'
WRITES = 'writes_total{job="store"}'
READ_ERRORS = 'read_errors_total{job="store"}'
WRITE_ERRORS = 'write_errors_total{job="store"}'


def steady(per_minute: float) -> str:
    """A counter of two hours."""
    return counter((120, per_minute))


def test_counters_are_added_and_subtracted(try_rules: Try) -> None:
    """Reads and writes less probes are 240 a minute, 4 a second; errors of both kinds are 24, one in ten."""
    given = {
        READS: steady(180),
        PROBES: steady(60),
        WRITES: steady(60),
        READ_ERRORS: steady(18),
        WRITE_ERRORS: steady(6),
    }

    trial = try_rules(make_slo(sli=SUMS), given)

    trial.expect(is_about(TOTAL, HOUR, 4), is_about(BAD, HOUR, 0.4), is_about(RATIO, HOUR, 0.1))
    trial.expect(*(is_about(f"slo:sli_error:ratio_rate{window}", HOUR, 0.1) for window in ("30m", "1h", "6h", "3d")))


def test_a_term_that_is_missing_counts_nothing(try_rules: Try) -> None:
    """No writes and no errors of reads yet: the other terms are what there is."""
    given = {READS: steady(180), WRITE_ERRORS: steady(18)}

    trial = try_rules(make_slo(sli=SUMS), given)

    trial.expect(is_about(TOTAL, HOUR, 3), is_about(BAD, HOUR, 0.3))


def test_a_subtracted_term_alone_is_no_negative_total(try_rules: Try) -> None:
    """Where only what is subtracted is there, the total is 0, and nothing is bad."""
    sli = EventsSli(total=Sum((Term(1, selector("a_total")), Term(-1, selector("b_total")))), bad=selector("c_total"))

    trial = try_rules(make_slo(sli=sli), {"b_total": steady(60)})

    trial.expect(is_about(TOTAL, HOUR, 0), is_about(BAD, HOUR, 0), (RATIO, HOUR, []))


def test_without_any_term_of_the_total_there_is_no_sample(try_rules: Try) -> None:
    """Errors whose total is not known say nothing of a ratio."""
    trial = try_rules(make_slo(sli=SUMS), {READ_ERRORS: steady(18), WRITE_ERRORS: steady(6)})

    trial.expect(are_absent(HOUR))


def test_good_events_may_be_a_difference(try_rules: Try) -> None:
    """Good is what was answered less what was answered late: 270 of 300 a minute; a tenth is bad."""
    sli = EventsSli(
        total=selector("requests_total"),
        good=Sum((Term(1, selector("answers_total")), Term(-1, selector("late_total")))),
    )
    given = {"requests_total": steady(300), "answers_total": steady(290), "late_total": steady(20)}

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(is_about(TOTAL, HOUR, 5), is_about(BAD, HOUR, 0.5))


def test_bad_events_that_are_a_negative_difference_are_none(try_rules: Try) -> None:
    """Two counters read at different moments may cross by a little; bad is 0 then, not below."""
    sli = EventsSli(
        total=selector("requests_total"),
        bad=Sum((Term(1, selector("errors_total")), Term(-1, selector("tolerated_total")))),
    )
    given = {"requests_total": steady(300), "errors_total": steady(20), "tolerated_total": steady(21)}

    trial = try_rules(make_slo(sli=sli), given)

    trial.expect(is_about(BAD, HOUR, 0), is_about(RATIO, HOUR, 0))


def test_a_reset_of_one_counter_is_not_a_negative_rate(try_rules: Try) -> None:
    """The subtracted counter begins anew after a restart: the sum goes on as before."""
    restarted = f"{counter((60, 60))} {counter((60, 60), start=60)}"
    given = {READS: steady(240), PROBES: restarted, READ_ERRORS: steady(24)}

    trial = try_rules(make_slo(sli=SUMS), given)

    trial.expect(*(is_about(RATIO, HOUR + 60 * minute, 0.1) for minute in range(10)))


@pytest.mark.parametrize("value", ["NaN", "Inf"])
@pytest.mark.parametrize("broken", [PROBES, WRITES])
def test_a_term_that_is_no_number_gives_no_sample(try_rules: Try, broken: str, value: str) -> None:
    """A broken counter makes the sum unknown, also one that is subtracted: it is not left out of it."""
    given = {READS: steady(180), READ_ERRORS: steady(18), broken: f"0+9x55{f' {value}' * 10}"}

    trial = try_rules(make_slo(sli=SUMS), given)

    trial.expect(are_absent(HOUR + 120))


def test_a_total_that_goes_away_is_a_missing_signal(try_rules: Try) -> None:
    """With the last of its terms the SLI is gone; which target that was is known, as all terms name the same."""
    given = {
        READS: f"{counter((60, 180))} {gone(60)}",
        WRITES: f"{counter((60, 60))} {gone(60)}",
        'up{job="store"}': "1x60 0x60",
    }

    trial = try_rules(make_slo(sli=SUMS), given)

    trial.expect_signal_missing((HOUR, []), (HOUR + 15 * 60, [("down", "page")]))


def test_standstill_is_no_ratio(try_rules: Try) -> None:
    """Counters that do not move give a total of 0 and no ratio."""
    trial = try_rules(make_slo(sli=SUMS), {READS: steady(0), READ_ERRORS: steady(0)})

    trial.expect(is_about(TOTAL, HOUR, 0), is_about(BAD, HOUR, 0), (RATIO, HOUR, []))
