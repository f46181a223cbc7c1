"""Native histograms: counts and shares of themselves. Only promtool 3 can make series of them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rules.samples import BAD, HOUR, RATIO, TOTAL, among, is_about
from support.promtool import Trial
from support.servers import Binaries
from support.slos import LATENCY, counter, make_slo, selector
from tallystick.core.sli import LatencySli

SECONDS = replace(LATENCY, threshold=Decimal(1))
"""A native histogram of schema 0 has a bucket from 0.5 to 1, and one from 1 to 2."""
NATIVE = 'http_request_duration_seconds{job="checkout",instance="%s"}'

TryNative = Callable[[LatencySli, dict[str, str]], Trial]


@pytest.fixture
def try_native(prometheus_binaries: dict[str, Binaries], tmp_path: Path) -> TryNative:
    """Make a `Trial` of some latency, for promtool 3."""
    promtool = prometheus_binaries["3.x"].promtool
    return lambda sli, given: Trial(promtool, tmp_path, [make_slo(sli=sli)], given)


def native(within: int, above: int, steps: int = 60) -> str:
    """A native histogram with so many observations a step from 0.5 to 1, and above it."""
    step = f"{{{{schema:0 count:{within + above} sum:{within + 2 * above} buckets:[{within} {above}]}}}}"
    return f"{step}+{step}x{steps}"


def test_a_native_histogram_counts_its_own_observations(try_native: TryNative) -> None:
    """Of 120 observations a minute 90 are within a second: 2 a second, of which a quarter is bad."""
    trial = try_native(SECONDS, {NATIVE % "a": native(90, 30)})

    trial.expect(is_about(TOTAL, HOUR, 2), is_about(BAD, HOUR, 0.5), is_about(RATIO, HOUR, 0.25))


def test_targets_may_differ(try_native: TryNative) -> None:
    """One target has a classic histogram and another a native one, as while clients are updated: both count."""
    given = {
        NATIVE % "a": native(90, 30),
        'http_request_duration_seconds_count{job="checkout",instance="b"}': counter((60, 120)),
        'http_request_duration_seconds_bucket{job="checkout",instance="b",le="1"}': counter((60, 60)),
    }

    trial = try_native(SECONDS, given)

    trial.expect(is_about(TOTAL, HOUR, 4), is_about(BAD, HOUR, 1.5))


def test_a_target_that_has_both_is_counted_once(try_native: TryNative) -> None:
    """Prometheus can keep the classic histogram beside the native one; it says the same, and is not added to it."""
    given = {
        NATIVE % "a": native(90, 30),
        'http_request_duration_seconds_count{job="checkout",instance="a"}': counter((60, 120)),
        'http_request_duration_seconds_bucket{job="checkout",instance="a",le="1.0"}': counter((60, 90)),
    }

    trial = try_native(SECONDS, given)

    trial.expect(is_about(TOTAL, HOUR, 2), is_about(BAD, HOUR, 0.5))


def test_a_histogram_that_stands_still_does_not_hide_another(try_native: TryNative) -> None:
    """The share of no observations is 0/0, which would make the sum of all targets no number."""
    given = {NATIVE % "a": native(90, 30), NATIVE % "b": "{{schema:0 count:5 sum:5 buckets:[5]}}x60"}

    trial = try_native(SECONDS, given)

    trial.expect(is_about(TOTAL, HOUR, 2), is_about(BAD, HOUR, 0.5))


def test_standstill_is_no_traffic(try_native: TryNative) -> None:
    """Without observations the total is 0, nothing is bad, and there is no ratio."""
    trial = try_native(SECONDS, {NATIVE % "a": "{{schema:0 count:5 sum:5 buckets:[5]}}x60"})

    trial.expect(is_about(TOTAL, HOUR, 0), is_about(BAD, HOUR, 0), (RATIO, HOUR, []))


def test_a_total_of_its_own_and_groups(try_native: TryNative) -> None:
    """Requests that were never answered are in the total alone: bad, in their own region."""
    sli = LatencySli(selector("took_seconds"), Decimal(1), selector("requests_total"), by=("region",))
    given = {
        'took_seconds{region="eu"}': native(60, 0),
        'took_seconds{region="us"}': native(30, 15),
        'requests_total{region="eu"}': counter((60, 60)),
        'requests_total{region="us"}': counter((60, 60)),
    }

    trial = try_native(sli, given)

    trial.expect(among(TOTAL, HOUR, {(("region", "eu"),): 1, (("region", "us"),): 1}))
    trial.expect(among(BAD, HOUR, {(("region", "eu"),): 0, (("region", "us"),): 0.5}))
