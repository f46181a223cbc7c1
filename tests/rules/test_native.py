"""
Native histograms: counts and shares of themselves.

Only promtool 3 can make series of them; that Prometheus 2 evaluates the same rules is seen on a real target.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rules.samples import BAD, HOUR, RATIO, TOTAL, among, is_about
from support.promtool import Trial
from support.rules import evaluated_groups
from support.servers import Binaries, StartPrometheus, fresh_prometheus
from support.slos import AT, LATENCY, counter, make_slo, selector
from tallystick.core.sli import LatencySli
from tallystick.generate.render import render
from tallystick.upstream.client import Prometheus, connect

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


def test_both_versions_evaluate_them(
    start_prometheus: StartPrometheus, prometheus_binaries: dict[str, Binaries], binaries: Binaries, tmp_path: Path
) -> None:
    """A real target's native histogram, without classic buckets: its requests are counted, and none took a second."""
    sli = LatencySli(selector("prometheus_http_request_duration_seconds", job="shop"), Decimal(1))
    rules = {
        Path(name).name: content.decode() for name, content in render([make_slo(sli=sli)], ["rules"], at=AT).items()
    }
    of_version = {"2.x": {}, "3.x": {"scrape_native_histograms": True}}[binaries.version]
    with fresh_prometheus(prometheus_binaries["3.x"], tmp_path / "shop") as shop:
        job = {"job_name": "shop", **of_version, "static_configs": [{"targets": [shop.url.removeprefix("http://")]}]}
        server = start_prometheus(
            config={
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": sorted(rules),
                "scrape_configs": [job],
            },
            files={name: content.replace("interval: 2m", "interval: 1s") for name, content in rules.items()},
            flags=["--enable-feature=native-histograms"] if binaries.version == "2.x" else [],
        )
        asked = connect(server.url)

        assert _value(asked, f"{TOTAL} > 0", patience_seconds=60) > 0
        assert _value(asked, RATIO, patience_seconds=10) == 0
        assert not asked.query(f"{sli.histogram.metric}_count", _now())
        faults = [
            rule.get("lastError")
            for group in evaluated_groups(server.url)
            for rule in group["rules"]
            if rule["health"] != "ok"
        ]
        assert faults == []


def _value(prometheus: Prometheus, query: str, *, patience_seconds: float) -> float:
    """The value of *query*, once it has one."""
    deadline = time.monotonic() + patience_seconds
    while True:
        for found in prometheus.query(query, _now()):
            return float(found["value"][1])
        assert time.monotonic() < deadline, f"{query} has no value after {patience_seconds} s"
        time.sleep(0.2)


def _now() -> int:
    return int(time.time() * 1_000)
