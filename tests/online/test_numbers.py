"""What the numbers themselves say: parts that exceed the whole, counters that are none, and too much of everything."""

from pathlib import Path

import pytest

from online.real import events, family, found_in, page, rising, series, slo
from online.real import told as as_text
from support.servers import StartPrometheus, Target, wait_for
from tallystick.daemon.following import MOST_GROUPS
from tallystick.online.base import Limits
from tallystick.online.checks import cardinality, not_a_counter, not_nested, too_many_groups, up_values
from tallystick.online.run import Given

WEEK = 7.5
PODS = 30
ROUTES = 1_005


def history() -> str:
    """A past up to now: of when a test runs, not of when it was collected."""
    return (
        family(
            "requests",
            "counter",
            series('requests_total{job="shop",code="200"}', WEEK, shape=rising(10)),
            series('requests_total{job="shop",code="500"}', WEEK, shape=rising(1)),
            *(series(f'requests_total{{job="pods",pod="{pod}"}}', 0.1) for pod in range(PODS)),
        )
        + family("failures", "counter", series('failures_total{job="shop"}', WEEK, shape=rising(20)))
        + family("few_failures", "counter", series('few_failures_total{job="shop"}', WEEK, shape=rising(2)))
        + family("load", "gauge", series('load_total{job="shop"}', WEEK, shape=lambda step: step % 3))
        + family("restarted", "counter", series('restarted_total{job="loop"}', WEEK, shape=lambda step: step % 12))
        + family("crashing", "counter", series('crashing_total{job="shop"}', WEEK, shape=lambda step: step % 15))
        + family("rare", "counter", series('rare_total{job="shop"}', WEEK, shape=lambda step: (step + 12) // 24))
        + family(
            "late", "counter", series('late_total{job="shop"}', WEEK, shape=lambda step: max(step // 240 - 5, 0) * 2)
        )
        + family(
            "process_start_time_seconds",
            "gauge",
            series('process_start_time_seconds{job="loop"}', WEEK, shape=lambda step: step // 12),
        )
        + family("open", "gauge", series('open{job="shop"}', WEEK, shape=lambda _: 7))
        + family("half", "gauge", series('half{job="shop"}', WEEK, shape=lambda _: 0.5))
        + family("probe", "gauge", series('probe{job="shop"}', WEEK, shape=lambda step: step % 2))
        + family(
            "routed",
            "counter",
            *(series(f'routed_total{{job="shop",route="{route}"}}', 0.05) for route in range(ROUTES)),
        )
        + family(
            "ever",
            "counter",
            *(
                series(f'ever_total{{job="shop",version="{version}"}}', days, max(days - 0.05, 0))
                for version, days in enumerate([0.04] * 10 + [at / 30 for at in range(3, 153)])
            ),
        )
    )


@pytest.fixture(scope="module")
def url(start_prometheus_once: StartPrometheus) -> str:
    """A Prometheus with `history`."""
    return start_prometheus_once(history=history()).url


SHOP = 'requests_total{job="shop"}'


@pytest.mark.parametrize(
    ("sli", "message"),
    [
        (events(SHOP, 'requests_total{job="shop",code="500"}'), ""),
        (events(SHOP, 'few_failures_total{job="shop"}'), ""),
        (
            events(SHOP, 'failures_total{job="shop"}'),
            "more bad events than events in 168 hours of last week, up to 240 of 132",
        ),
        (events('rare_total{job="shop"}', 'late_total{job="shop"}'), ""),
        (events(SHOP, good='failures_total{job="shop"}'), "more good events than events in 168 hours"),
        (
            events(SHOP, 'failures_total{job="shop"}', by="code"),
            "more bad events than events in 168 hours",
        ),
        (
            "events: {total: 'sum(rate(requests_total{job=\"shop\"}[$window])) * 2', bad: 'sum(rate(failures_total[$window])) * 3'}",
            "more bad events than events in 168 hours of last week, up to 720 of 264 in one",
        ),
        ("ratio: {error: 'avg(avg_over_time(probe{job=\"shop\"}[$window]))'}", ""),
        (
            "ratio: {error: 'sum(sum_over_time(open{job=\"shop\"}[$window]))'}",
            "its ratio over 5m was outside 0 to 1 at 168 of 168 hours of last week: 7",
        ),
    ],
)
def test_parts_are_no_more_than_the_whole(tmp_path: Path, url: str, sli: str, message: str) -> None:
    """More good or bad events than events, hour by hour of a week, and ratios outside 0 to 1 are told at the part."""
    text = as_text(tmp_path, found_in(tmp_path, url, [slo("availability", sli)], not_nested.CHECK).problems)

    assert message in text
    assert text.count("(not-nested)") == bool(message)


EXAMPLES = {
    "not-nested": (events(SHOP, 'failures_total{job="shop"}'), not_nested.CHECK),
    "up-values": ("up: {metric: 'open{job=\"shop\"}'}", up_values.CHECK),
    "too-many-groups": (
        events('routed_total{job="shop"}', 'routed_total{job="shop",code="500"}', by="route"),
        too_many_groups.CHECK,
    ),
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_on_the_pages(tmp_path: Path, url: str, code: str) -> None:
    """The pages show what the checks say, to the letter."""
    sli, check = EXAMPLES[code]
    found = found_in(tmp_path, url, [slo("availability", sli)], check)

    assert f"```text\n{as_text(tmp_path, found.problems)}\n```" in page(code)


def test_what_is_nested_as_written_is_not_asked(tmp_path: Path, url: str) -> None:
    """Bad events that are a part of the total by their matchers cost no question."""
    nested = slo("availability", events(SHOP, 'requests_total{job="shop",code="500"}'))

    assert found_in(tmp_path, url, [nested], not_nested.CHECK).requests == 1  # for the time


@pytest.mark.parametrize(
    ("total", "message"),
    [
        (SHOP, ""),
        ('restarted_total{job="loop"}', ""),
        ('crashing_total{job="shop"}', ""),
        ('load_total{job="shop"}', "load_total is no counter: each of its series fell 9"),
    ],
)
def test_counters_that_are_none(tmp_path: Path, url: str, total: str, message: str) -> None:
    """A metric that falls again and again is told, unless its process began anew as often."""
    entry = slo("availability", events(total, total.replace("}", ',code="500"}')))
    text = as_text(tmp_path, found_in(tmp_path, url, [entry], not_a_counter.CHECK).problems)

    assert message in text
    assert text.count("(not-a-counter)") == bool(message)


def test_types_that_targets_tell(tmp_path: Path, start_prometheus: StartPrometheus, target: Target) -> None:
    """A gauge that never fell is a warning, because its target calls it one; counters of any client are let be."""
    target.text = "# TYPE queue_total gauge\nqueue_total 5\n# TYPE jobs_total counter\njobs_total 9\n"
    scrapes = [{"job_name": "x", "scrape_interval": "1s", "static_configs": [{"targets": [target.address]}]}]
    server = start_prometheus(config={"scrape_configs": scrapes})
    wait_for(server, "/api/v1/metadata", lambda text: "queue_total" in text)
    wait_for(server, "/api/v1/query?query=count_over_time(queue_total[1m])>2", lambda text: "instance" in text)
    entries = [slo(name, events(f"{name}_total", f'{name}_total{{code="500"}}')) for name in ("queue", "jobs")]

    found = found_in(tmp_path, server.url, entries, not_a_counter.CHECK)

    assert [one.message for one in found.problems] == ["queue_total is a gauge, as its target says, and no counter"]
    assert found.problems[0].severity == "warning"


@pytest.mark.parametrize(("gauge", "value"), [("probe", ""), ("open", ": 7 ("), ("half", ": 0.5 (")])
def test_gauges_that_are_not_up_or_down(tmp_path: Path, url: str, gauge: str, value: str) -> None:
    """A gauge of ``up`` is 0 or 1."""
    entry = slo("availability", f"up: {{metric: '{gauge}{{job=\"shop\"}}'}}")
    text = as_text(tmp_path, found_in(tmp_path, url, [entry], up_values.CHECK).problems)

    assert value in text
    assert text.count("(up-values)") == bool(value)


def test_many_series_are_told_with_their_samples(tmp_path: Path, url: str) -> None:
    """Above the limit an SLO's series and samples are told; at the limit nothing is; the bad events' are among the total's."""
    entry = slo("availability", events('requests_total{job="pods"}', 'requests_total{job="pods",code="500"}'))

    def at(limit: int) -> str:
        given = Given(limits=Limits(limit))
        return as_text(tmp_path, found_in(tmp_path, url, [entry], cardinality.CHECK, given=given).problems)

    assert at(PODS) == ""
    # Two or three samples in ten minutes of each.
    assert f"warning: it reads {PODS} series and 8,640 samples a day; more than 29 are told (cardinality)" in at(
        PODS - 1
    ) or "12,960 samples" in at(PODS - 1)


def test_series_that_come_and_go(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far more series in a week than there are now is told."""
    entry = slo("availability", events("ever_total", 'ever_total{code="500"}'))
    assert found_in(tmp_path, url, [entry], cardinality.CHECK).problems == []

    monkeypatch.setattr(cardinality, "CHURNING", 100)

    (problem,) = found_in(tmp_path, url, [entry], cardinality.CHECK).problems
    assert problem.message.startswith("ever_total had 1")
    assert problem.message.endswith(" series in the last week, and has 10: they come and go")


@pytest.mark.parametrize(
    ("total", "by", "told"),
    [
        ("requests_total", "job", ("", "")),
        (
            'routed_total{job="shop"}',
            "route",
            ("error", "route had 1,005 values in the last week; the first 1,000 are measured"),
        ),
        ("ever_total", "version", ("warning", "values in the last week and has 10: each makes an SLO of its own")),
    ],
)
def test_groups(tmp_path: Path, url: str, total: str, by: str, told: tuple[str, str]) -> None:
    """More groups than are measured are an error, ever new ones a warning, told at ``by``."""
    bad = total.replace("}", ',code="500"}') if "}" in total else total + '{code="500"}'
    found = found_in(tmp_path, url, [slo("availability", events(total, bad, by=by))], too_many_groups.CHECK)

    assert [one.severity for one in found.problems] == ([told[0]] if told[0] else [])
    assert all(told[1] in one.message and one.excerpt.strip() == f"by: [{by}]" for one in found.problems)


def test_the_limit_of_groups_is_the_exporters() -> None:
    """What is told is what the exporter measures."""
    assert too_many_groups.MOST == MOST_GROUPS
