"""Whether series are there: never, not any more, since a while only; and what was probably meant."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from online.real import DAY, events, family, found_in, page, series, slo, told
from support.servers import Binaries, StartPrometheus, fresh_prometheus, wait_for
from tallystick.demo.servers import Server
from tallystick.online.checks import bucket_missing, retention, series_gone, series_missing, series_young


def history() -> str:
    """A past up to now: of when a test runs, not of when it was collected."""
    return (
        family("up", "gauge", series('up{job="checkout"}', 33, shape=lambda _: 1))
        + family(
            "http_requests",
            "counter",
            series('http_requests_total{job="checkout",status="200"}', 33),
            series('http_requests_total{job="checkout",status="404"}', 33),
            series('http_requests_total{job="young",status="200"}', 3),
            series('http_requests_total{job="gone",status="200"}', 20, 9.5),
            series('http_requests_total{job="brief",status="200"}', 0.9, 0.8),
        )
        + family(
            "backups", "counter", *(series('backups_total{job="nightly"}', at + 0.4, at) for at in range(20, 1, -3))
        )
        + family("outcomes", "counter", series('outcomes_total{job="checkout",result="error"}', 33))
        + family(
            "answer_seconds",
            "histogram",
            *(
                series(f'answer_seconds_bucket{{job="{job}",le="{le}"}}', 33)
                for job, bounds in (("checkout", ("0.1", "0.5", "+Inf")), ("mixed", ("0.1", "0.3", "+Inf")))
                for le in bounds
            ),
            series('answer_seconds_count{job="checkout"}', 33),
            series('answer_seconds_count{job="mixed"}', 33),
        )
        + family("slept_seconds", "summary", series('slept_seconds_count{job="checkout"}', 33))
        + family("probe_success", "gauge", series('probe_success{job="probe"}', 33, shape=lambda _: 1))
    )


@pytest.fixture(scope="module")
def url(start_prometheus_once: StartPrometheus) -> str:
    """A Prometheus with `history`."""
    return start_prometheus_once(history=history(), retention="60d").url


CHECKS = series_missing.CHECK, series_gone.CHECK, series_young.CHECK


def said(folder: Path, url: str, *entries: str) -> str:
    """What is told of *entries*."""
    found = found_in(folder, url, entries, *CHECKS)
    assert found.notes == []
    return told(folder, found.problems)


@pytest.mark.parametrize(
    "sli",
    [
        events('http_requests_total{job="checkout"}', 'http_requests_total{job="checkout",status=~"4.."}'),
        events('http_requests_total{job="checkout"}', 'http_requests_total{job="checkout",status=~"5.."}'),
        events('http_requests_total{job="checkout"}', 'http_requests_total{job="checkout",status="500"}'),
        events('http_requests_total{job!="no"}', good='http_requests_total{job!="no",status!~"5.."}'),
        "latency: {histogram: \"answer_seconds{job='checkout'}\", threshold: 0.5}",
        "up: {metric: probe_success}",
        "threshold: {query: 'max(nobody_home) or vector(0)', op: lt, value: 1}",
        "threshold: {query: 'absent(nobody_home)', op: lt, value: 2}",
        "ratio: {error: '1 - avg(avg_over_time(probe_success[$window]))'}",
    ],
)
def test_nothing_to_tell(tmp_path: Path, url: str, sli: str) -> None:
    """What is there over its window, and bad events of which none has happened yet, are let be."""
    assert said(tmp_path, url, slo("availability", sli)) == ""


@pytest.mark.parametrize(
    ("sli", "message", "marked"),
    [
        (
            events("http_request_total", 'http_request_total{status="500"}'),
            "there is no metric http_request_total; http_requests_total exists (in the last 30d)",
            ("http_request_total", "write http_requests_total"),
        ),
        (
            events("http_requests_count", 'http_requests_count{status="500"}'),
            "there is no metric http_requests_count; http_requests_total exists",
            ("http_requests_count", "write http_requests_total"),
        ),
        (
            events('http_requests_total{job="chekout"}', 'http_requests_total{job="chekout",status="500"}'),
            'job="chekout" matches no series of http_requests_total, which has job="brief", job="checkout", job="gone", job="young"',
            ('job="chekout"', 'write job="checkout"'),
        ),
        (
            events('http_requests_total{job="checkout",code!=""}', 'http_requests_total{job="checkout",code="500"}'),
            "http_requests_total has no label code; it has job, status",
            ('code!=""', ""),
        ),
        (
            events('http_requests_total{job="young",status="404"}', 'http_requests_total{job="young",status="500"}'),
            'job="young" matches none of the series of http_requests_total{status="404"}, which have job="checkout"',
            ('job="young"', ""),
        ),
        (
            "latency: {histogram: \"answer{job='checkout'}\", threshold: 0.5}",
            "there is no histogram answer; answer_seconds exists",
            ("answer{job='checkout'}", "write answer_seconds"),
        ),
        (
            "up: {metric: 'probe_sucess{job=\"probe\"}'}",
            "there is no metric probe_sucess; probe_success exists",
            ('probe_sucess{job="probe"}', "write probe_success"),
        ),
        (
            "threshold: {query: 'max(probe_success) + max(nothing_at_all)', op: lt, value: 1}",
            "there is no metric nothing_at_all (in",
            ("nothing_at_all", "look for its name in what the targets show"),
        ),
    ],
)
def test_what_was_never_there(tmp_path: Path, url: str, sli: str, message: str, marked: tuple[str, str]) -> None:
    """The metric, the label or the value that leaves nothing is named once, with what there is instead, and underlined."""
    text = said(tmp_path, url, slo("availability", sli))
    first, line, marks = text.splitlines()

    assert f": {message}" in first
    assert "warning" not in first
    assert first.endswith("(series-missing)")
    start = marks.index("^")
    assert (line[start : start + marks.count("^")], marks.rpartition("^")[2].strip()) == marked


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            'http_requests_total{job="checkout",code=~"5.."}',
            "http_requests_total has no label code; it has job, status",
        ),
        ('outcomes_total{job="checkout",result="errors"}', 'result="errors" matches no series of outcomes_total'),
        ('http_requests_total{job="shop",status="500"}', 'job="shop" matches no series of http_requests_total'),
        ("http_failures_total", "there is no metric http_failures_total"),
    ],
)
def test_bad_events_that_can_never_be(tmp_path: Path, url: str, bad: str, message: str) -> None:
    """Bad events that never were are a warning where the label or the metric is not there, or a value is nearly one that is."""
    text = said(tmp_path, url, slo("availability", events('http_requests_total{job="checkout"}', bad)))

    assert text.count("(series-missing)") == 1
    assert f"warning: no bad events in the last 30d, and maybe there never are any: {message}" in text


EXAMPLES = {
    "series-missing": events('http_requests_total{job="chekout"}', 'http_requests_total{job="chekout",status="500"}'),
    "bucket-missing": "latency: {histogram: \"answer_seconds{job='checkout'}\", threshold: 0.3}",
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_on_the_pages(tmp_path: Path, url: str, code: str) -> None:
    """The pages show what the checks say, to the letter."""
    checks = (series_missing.CHECK, bucket_missing.CHECK)
    found = found_in(tmp_path, url, [slo("availability", EXAMPLES[code])], *checks)

    assert f"```text\n{told(tmp_path, found.problems)}\n```" in page(code)


def test_what_is_not_there_any_more(tmp_path: Path, url: str) -> None:
    """It is told when the last sample was, to the minute."""
    total = 'http_requests_total{job="gone"}'
    text = said(tmp_path, url, slo("availability", events(total, good=f'{total[:-1]},status="200"}}')))

    assert text.count("(series-gone)") == 2
    assert f"warning: {total} has no series any more: its last sample is of " in text
    last = int(time.time() - 9.5 * DAY) // 300 * 300
    stamps = {f"{datetime.fromtimestamp(last + shift, UTC):%Y-%m-%d %H:%M} UTC" for shift in (-300, 0)}
    assert any(stamp in text for stamp in stamps), text


def test_what_is_young(tmp_path: Path, url: str) -> None:
    """What is there for three days of thirty is told with how much that is; for a window of two days it is old enough."""
    young = events('http_requests_total{job="young"}', 'http_requests_total{job="young",status="500"}')

    text = said(tmp_path, url, slo("availability", young))

    assert text.count("(series-young)") == 1
    assert "only: 10 % of 30d is covered (series-young)" in text
    assert said(tmp_path, url, slo("availability", young, "2d")) == ""


def test_what_comes_and_goes_is_let_be(tmp_path: Path, url: str) -> None:
    """A job that ran for two hours within the window, between the instants that are looked at, is not missing."""
    nightly = events('backups_total{job="nightly"}', 'backups_total{job="nightly",status="500"}')
    assert said(tmp_path, url, slo("availability", nightly)).count("series-") == 1  # of the bad events' label
    brief = events('http_requests_total{job="brief"}', 'http_requests_total{job="brief",status="500"}')

    assert "series-missing" not in said(tmp_path, url, slo("availability", brief))


def latency(job: str, threshold: str, metric: str = "answer_seconds") -> str:
    """A latency SLI."""
    return f"latency: {{histogram: \"{metric}{{job=~'{job}'}}\", threshold: {threshold}}}"


@pytest.mark.parametrize(
    ("sli", "message"),
    [
        (latency("checkout", "0.5"), ""),
        (latency("nobody", "0.5"), ""),
        (
            latency("checkout", "0.3"),
            'answer_seconds has no bucket le="0.3"; neighbours are 0.1 and 0.5; bounds are 0.1, 0.5, +Inf',
        ),
        (latency("checkout", "2"), 'has no bucket le="2"; its last is 0.5; bounds are'),
        (
            latency("checkout|mixed", "0.3"),
            'warning: 1 of 2 series of answer_seconds have no bucket le="0.3": all their events look bad',
        ),
        (latency("checkout", "0.3", "slept_seconds"), "slept_seconds_count is there, but no slept_seconds_bucket"),
    ],
)
def test_buckets(tmp_path: Path, url: str, sli: str, message: str) -> None:
    """A threshold without a bucket is told with all bounds and the two beside it, and one that some targets lack."""
    text = told(tmp_path, found_in(tmp_path, url, [slo("quick", sli)], bucket_missing.CHECK).problems)

    assert message in text
    assert text.count("(bucket-missing)") == bool(message)


def test_retention(tmp_path: Path, url: str) -> None:
    """A window longer than what is kept, or than what there is, is told once however many SLOs have it."""
    sli = events('http_requests_total{job="checkout"}', 'http_requests_total{job="checkout",status="404"}')
    entries = [slo("a", sli, "90d"), slo("b", sli, "90d"), slo("c", sli, "50d"), slo("d", sli, "30d")]

    found = found_in(tmp_path, url, entries, retention.CHECK)

    first, second = found.problems
    assert first.message.startswith("Prometheus has samples since ")
    assert first.message.endswith("only: 33d of 50d can be filled in")
    assert second.message == "Prometheus keeps 60d: 33d of 90d can be filled in (likewise 1 more SLO)"
    assert found.notes == []


def test_native_histograms_have_every_bound(tmp_path: Path, prometheus_binaries: Mapping[str, Binaries]) -> None:
    """A histogram that is there as a native one alone is not missing, and takes any threshold."""
    with fresh_prometheus(prometheus_binaries["3.x"], tmp_path / "native") as server:
        own = {"job_name": "own", "scrape_interval": "1s", "scrape_native_histograms": True}
        targets = [{"targets": [server.url.removeprefix("http://")]}]
        server.reload({"scrape_configs": [{**own, "static_configs": targets}]})
        native = "histogram_count(prometheus_http_request_duration_seconds)"
        wait_for(server, f"/api/v1/query?query=count_over_time(({native})[1m:1s])>2", lambda text: "instance" in text)

        entry = slo("quick", latency("own", "0.123", "prometheus_http_request_duration_seconds"))
        found = found_in(tmp_path, server.url, [entry], *CHECKS, bucket_missing.CHECK)

    assert found.problems == []


def test_victoria_metrics_says_the_same(tmp_path: Path, victoria_metrics: Server) -> None:
    """What is misspelt, gone or young is told of VictoriaMetrics too."""
    samples = [line.rpartition(" ") for line in history().splitlines() if not line.startswith("#")]
    text = "\n".join(f"{name} {seconds}000" for name, _, seconds in samples)
    requests.post(f"{victoria_metrics.url}/api/v1/import/prometheus", data=text, timeout=60).raise_for_status()
    requests.get(f"{victoria_metrics.url}/internal/force_flush", timeout=60).raise_for_status()
    jobs = ("checkout", "chekout", "gone", "young")
    entries = [
        slo(
            job,
            events(f'http_requests_total{{job="{job}"}}', f'http_requests_total{{job="{job}",status="500"}}'),
            "20d",
        )
        for job in jobs
    ]

    text = told(tmp_path, found_in(tmp_path, victoria_metrics.url, entries, *CHECKS, bucket_missing.CHECK).problems)

    assert 'job="chekout" matches no series of http_requests_total' in text
    assert 'http_requests_total{job="gone"} has no series any more' in text
    assert "15 % of 20d is covered (series-young)" in text
    assert [text.count(f"({code})") for code in ("series-missing", "series-gone", "series-young")] == [1, 1, 1]
