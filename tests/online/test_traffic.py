"""What is asked about traffic, and what is made of the answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from support.servers import StartPrometheus
from support.slos import BAD_EVENTS, LATENCY, PROBE, make_slo, selector
from support.week import NIGHT, nightly, week
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli, EventsSli, Part, QuerySli, RatioSli, Sli, Sum, Term, ThresholdSli
from tallystick.core.timerange import DAY_SECONDS
from tallystick.online.oracle import Instants, Oracle, Series
from tallystick.online.quiet import pages_of
from tallystick.online.traffic import last_week, parts_of, piece_of, totals_of, windows_of, without
from tallystick.upstream.client import connect

NAN = float("nan")
HOUR = 3_600


@pytest.mark.parametrize(
    ("sli", "promql"),
    [
        (BAD_EVENTS, ['sum(increase(http_requests_total{job="checkout"}[1h]))']),
        (replace(BAD_EVENTS, by=("region",)), ['sum by (region)(increase(http_requests_total{job="checkout"}[1h]))']),
        (
            LATENCY,
            [
                'sum(increase(http_request_duration_seconds_count{job="checkout"}[1h]))',
                f"sum(histogram_count(increase({LATENCY.histogram.promql}[1h])) unless increase({LATENCY.total.promql}[1h]))",
            ],
        ),
        (replace(LATENCY, own_total=selector("all_total")), ["sum(increase(all_total[1h]))"]),
        (
            EventsSli(Sum((Term(1, selector("a")), Term(-1, selector("b")))), bad=selector("c")),
            ["sum(increase(a[1h]))", "sum(increase(b[1h]))"],
        ),
        (QuerySli("sum(rate(a[$window])) # $window", bad="b"), ["sum((\nsum(rate(a[1h])) # $window\n)) * 3600"]),
        (
            QuerySli("sum by (x) (increase(a[$window]))", "b", by=("x",)),
            ["sum by (x)((\nsum by (x) (increase(a[1h]))\n))"],
        ),
        (QuerySli("scalar(sum(increase(a[$window])))", bad="b"), ["sum(vector(\nscalar(sum(increase(a[1h])))\n))"]),
        (PROBE, []),
        (ThresholdSli("a", "lt", Decimal(1)), []),
        (RatioSli("a", "error"), []),
        (CompositeSli((Part("a-b"),)), []),
    ],
)
def test_what_is_asked(sli: Sli, promql: list[str]) -> None:
    """Each counter of a total is asked for once, by group; of slices of time, nothing is."""
    assert [part.promql for part in parts_of(sli, HOUR)] == promql


def test_counters_that_are_subtracted() -> None:
    """Parts are added with their signs, one that is missing counts nothing, and no piece is under 0."""
    sli = EventsSli(Sum((Term(1, selector("a")), Term(-1, selector("b")))), bad=selector("c"))
    more = [Series({}, np.array([10.2, 5, 5, NAN, NAN, np.inf]))]
    less = [Series({}, np.array([3.9, 7, NAN, 2, NAN, 1]))]

    (total,) = totals_of(parts_of(sli, HOUR), [more, less]).values()

    np.testing.assert_array_equal(total, [6, 0, 5, 0, NAN, 0])


def test_excluded_time_is_no_quiet_time() -> None:
    """Hours that an exclusion reaches into are left out, at both ends of the week too; the others stay."""
    instants = last_week(1_764_547_200, HOUR)
    start = datetime(2025, 11, 24, tzinfo=UTC).replace(tzinfo=None)
    hours = timedelta(hours=1)
    exclusions = [
        Exclusion(reason="a", starts=start - hours, lasts_seconds=2 * HOUR),
        Exclusion(reason="b", starts=start + 2.5 * hours, lasts_seconds=HOUR),
        Exclusion(reason="c", starts=start + 5 * hours, lasts_seconds=HOUR),
        Exclusion(reason="d", starts=start + 167 * hours, lasts_seconds=2 * HOUR),
    ]

    totals = without(exclusions, {(): np.ones(168)}, instants)

    assert list(np.flatnonzero(np.isnan(totals[()]))) == [0, 2, 3, 5, 167]
    np.testing.assert_array_equal(without((), {(): np.ones(168)}, instants)[()], np.ones(168))


def test_pieces_fit_in_all_windows() -> None:
    """A piece is an hour, or as much shorter as the long windows of the pages ask for."""
    slo = make_slo()
    odd = [BurnPolicy("page", Fraction(2, 100), long, 300) for long in (5_400, 7_200)]
    written = replace(slo, alerting=Alerting(page=Notice(burn=tuple(odd))))

    assert piece_of(pages_of(slo)) == HOUR
    assert piece_of(pages_of(written)) == 1_800


def test_windows_slide_by_a_piece() -> None:
    """Each window is the sum of its pieces; one without events is none; of several quietest the latest is told."""
    instants = Instants((HOUR * 100) * 1_000 - 1, HOUR * 1_000, 6)

    windows = windows_of(np.array([1, 0, 0, NAN, 4, 0]), instants, 2 * HOUR)

    np.testing.assert_array_equal(windows.events, [1, 4, 4])
    np.testing.assert_array_equal(windows.starts, [HOUR * 99, HOUR * 102, HOUR * 103])
    assert (windows.quietest, windows.median, windows.under(4)) == ((1, HOUR * 99), 4, 1)
    assert len(windows_of(np.array([1.0]), instants, 2 * HOUR)) == 0


def test_the_week_is_the_one_that_ended_with_the_last_hour() -> None:
    """The first piece begins seven days before the last one ends; both ends are on the hour."""
    instants = last_week(1_764_547_200 + 1_799, HOUR)

    assert instants.count == 168
    assert (instants.first_ms + 1) // 1_000 - HOUR == 1_764_547_200 - 7 * DAY_SECONDS
    assert (instants.last_ms + 1) // 1_000 == 1_764_547_200


def test_counts_are_those_of_the_counters(start_prometheus: StartPrometheus) -> None:
    """What Prometheus gives for each hour of a week is what the counters did in it, by group."""
    history = week(
        "requests_total",
        {'region="eu",pod="a"': nightly(50, 1), 'region="eu",pod="b"': nightly(7, 0), 'region="us"': nightly(2, 2)},
    )
    prometheus = connect(start_prometheus(history=history).url)
    parts = parts_of(EventsSli(selector("requests_total"), bad=selector("x"), by=("region",)), HOUR)
    instants = last_week(int(prometheus.now()), HOUR)
    answers = Oracle(prometheus, lambda *_: None).ask([part.promql for part in parts], instants)

    totals = totals_of(parts, [answer for answer in answers if isinstance(answer, list)])

    hours = [(instants.first_ms // 1_000 // HOUR + at) % 24 for at in range(168)]
    np.testing.assert_array_equal(totals[("region", "eu"),], [12 * (1 if hour in NIGHT else 57) for hour in hours])
    np.testing.assert_array_equal(totals[("region", "us"),], [24] * 168)
