"""What a real Prometheus says of its own intervals, and what others make of the questions."""

import time

import pytest

from online.canned import Canned, Refusal, serve
from support.servers import StartPrometheus, Target
from tallystick.errors import PrometheusError
from tallystick.upstream.client import connect
from tallystick.upstream.intervals import ScrapeTarget, evaluation_ms, group_intervals_ms, scrape_targets

RULES = """\
groups:
  - name: tallystick-a-sli
    interval: 1m30s
    rules: [{record: "slo:sli_total:rate5m", expr: "vector(1)"}]
  - name: tallystick-a-windows
    rules: [{record: "slo:objective:ratio", expr: "vector(1)"}]
  - name: tallystick-a-alerts
    rules: [{alert: A, expr: "vector(1)"}]
"""


def test_intervals_of_a_real_one(start_prometheus: StartPrometheus, target: Target) -> None:
    """Each job's own interval, the global one of rules, and that of groups that say another."""
    jobs = [
        {"job_name": "quick", "scrape_interval": "500ms", "scrape_timeout": "400ms"},
        {"job_name": "slow", "scrape_interval": "3m"},
        {"job_name": "usual"},
    ]
    static = [{"targets": [target.address], "labels": {"env": "prod"}}]
    server = start_prometheus(
        config={
            "global": {"scrape_interval": "20s", "evaluation_interval": "45s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{**job, "static_configs": static} for job in jobs],
        },
        files={"rules.yaml": RULES},
    )
    prometheus = connect(server.url)
    until = time.monotonic() + 30
    while len(found := scrape_targets(prometheus)) < len(jobs) and time.monotonic() < until:
        time.sleep(0.2)

    common = {"instance": target.address, "env": "prod"}
    assert sorted(found, key=lambda one: one.interval_ms) == [
        ScrapeTarget({**common, "job": "quick"}, 500),
        ScrapeTarget({**common, "job": "usual"}, 20_000),
        ScrapeTarget({**common, "job": "slow"}, 180_000),
    ]
    assert evaluation_ms(prometheus) == 45_000
    intervals = group_intervals_ms(prometheus)
    assert intervals["tallystick-a-sli"] == 90_000
    assert intervals["tallystick-a-windows"] == 45_000


def test_defaults_of_a_real_one(start_prometheus: StartPrometheus) -> None:
    """A configuration that says nothing is told with Prometheus' own default, a minute; without rules there are no groups."""
    prometheus = connect(start_prometheus(config={}).url)

    assert evaluation_ms(prometheus) == 60_000
    assert (scrape_targets(prometheus), group_intervals_ms(prometheus)) == ([], {})


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("global:\n  evaluation_interval: 15s\nscrape_configs: [\n", 15_000),
        ("# global:\nscrape_configs: []\n", None),
        ("global:\n", None),
        ("global:\n  evaluation_interval: often\n", None),
        ("global:\n  evaluation_interval: 0s\n", None),
        ("global:\n  evaluation_interval: [1m]\n", None),
        ("", None),
    ],
)
def test_only_the_global_part_of_a_configuration_is_read(text: str, milliseconds: int | None) -> None:
    """Whatever the rest holds, and whatever is not said, is no fault."""
    with serve(Canned(paths={"/api/v1/status/config": {"yaml": text}})) as url:
        assert evaluation_ms(connect(url)) == milliseconds


def test_who_has_no_such_path_is_told_so() -> None:
    """A server that only answers queries refuses, with its own words."""
    with serve(Canned(paths={"/api/v1/targets": Refusal(404, "no targets here")})) as url:
        with pytest.raises(PrometheusError, match="answered 404: no targets here"):
            scrape_targets(connect(url))
        with pytest.raises(PrometheusError, match="answered 404"):
            group_intervals_ms(connect(url))


def test_what_is_got_goes_where_queries_go() -> None:
    """A path prefix and the query of the address are used for these paths too."""
    with serve(Canned(paths={"/prom/api/v1/targets": {"activeTargets": []}})) as url:
        assert scrape_targets(connect(f"{url}/prom?tenant=a")) == []
