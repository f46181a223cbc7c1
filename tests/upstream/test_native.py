"""Native histograms of a real Prometheus 3, beside the classic ones of the same observations."""

import itertools
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import floor
from typing import Any

import pytest

from support.servers import Binaries, Target, fresh_prometheus, serve_target
from tallystick.core.increments import merge, read_counters
from tallystick.core.memory import Memory
from tallystick.core.scrapes import Surroundings
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.series import Series
from tallystick.core.sli import LatencySli
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.online.oracle import Instants, Oracle
from tallystick.online.traffic import parts_of
from tallystick.upstream import native
from tallystick.upstream.client import Prometheus, connect
from tallystick.upstream.native import native_series
from tallystick.upstream.samples import raw_samples

SECONDS = 14
"""For how long it runs; some five seconds after it is told what to scrape it begins to, once a second."""

RESTART = 10
"""When the shop's process begins anew."""

NATIVE = {"scrape_native_histograms": True, "always_scrape_classic_histograms": True}
CUSTOM = {"convert_classic_histograms_to_nhcb": True, "always_scrape_classic_histograms": True}

OWN = Selector("prometheus_http_request_duration_seconds", (Matcher("job", MatchOp.EQUAL, "own"),))
SHOP = Selector("request_seconds", (Matcher("job", MatchOp.EQUAL, "shop"),))


def page(second: int) -> str:
    """A classic histogram after some seconds."""
    age = second + 20 if second < RESTART else second - RESTART + 1
    lines = ["# TYPE request_seconds histogram"]
    for route, factor in (("/a", 1), ("/b", 3)):
        for bound, share in (("0.1", 4), ("0.25", 9), ("2.5", 10), ("+Inf", 11)):
            lines.append(f'request_seconds_bucket{{route="{route}",le="{bound}"}} {share * factor * age}')
        lines.append(f'request_seconds_count{{route="{route}"}} {11 * factor * age}')
        lines.append(f'request_seconds_sum{{route="{route}"}} {factor * age}')
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def scraped(
    prometheus_binaries: Mapping[str, Binaries], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Prometheus, TimeRange]]:
    """A Prometheus that has scraped itself and a shop for some seconds, and which."""
    target = Target(page(0))
    folder = tmp_path_factory.mktemp("native")
    with serve_target(target), fresh_prometheus(prometheus_binaries["3.x"], folder) as server:
        start = int(time.time())
        jobs: list[dict[str, Any]] = [
            {"job_name": "own", **NATIVE, "static_configs": [{"targets": [server.url.removeprefix("http://")]}]},
            {"job_name": "shop", **CUSTOM, "static_configs": [{"targets": [target.address]}]},
        ]
        server.reload({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs})
        prometheus = connect(server.url)
        for second in range(SECONDS):
            target.text = page(second)
            time.sleep(1)
            prometheus.query("up", int(time.time() * 1_000))
        yield prometheus, TimeRange(start, int(time.time()))


def classic(prometheus: Prometheus, histogram: Selector, threshold: str, span: TimeRange) -> dict[str, list[float]]:
    """Values of a classic histogram's bucket, by key."""
    sli = LatencySli(histogram, Decimal(threshold))
    return as_values(raw_samples(prometheus, sli.good, span))


def as_values(series: list[Series]) -> dict[str, list[float]]:
    """Values of series, by key."""
    return {key: one.values.tolist() for key, one in merge(series).items()}


@pytest.mark.parametrize(
    ("histogram", "threshold"),
    [(OWN, "1"), (OWN, "8.0"), (SHOP, "0.1"), (SHOP, "0.25"), (SHOP, "2.50")],
)
def test_bounds_are_those_of_the_classic_histogram(
    scraped: tuple[Prometheus, TimeRange], histogram: Selector, threshold: str
) -> None:
    """Where the threshold is a bound, native and classic say the same at each scrape, under the same identity."""
    prometheus, span = scraped
    total, good = native_series(prometheus, histogram, span, threshold=Decimal(threshold), memory=Memory())

    assert as_values(good) == classic(prometheus, histogram, threshold, span)
    assert as_values(total) == as_values(raw_samples(prometheus, LatencySli(histogram, Decimal(threshold)).total, span))
    assert len(total) >= 2
    assert max(len(one.times) for one in good) >= 6


@pytest.mark.parametrize("threshold", ["0.003", "0.005", "0.02"])
def test_inside_of_a_bucket_as_prometheus_does(scraped: tuple[Prometheus, TimeRange], threshold: str) -> None:
    """Between two bounds the count is what the server's own histogram_fraction makes of it, rounded down."""
    prometheus, span = scraped
    one_page = OWN.having(Matcher("handler", MatchOp.EQUAL, "/metrics"))
    [series] = native_series(prometheus, one_page, span, threshold=Decimal(threshold), memory=Memory())[1]

    asked = f"histogram_fraction(-Inf, {threshold}, {one_page.promql}) * histogram_count({one_page.promql})"
    expected = [floor(float(prometheus.query(asked, at_ms)[0]["value"][1]) + 1e-9) for at_ms in series.times.tolist()]

    assert series.values.tolist() == expected


def test_between_custom_bounds(scraped: tuple[Prometheus, TimeRange]) -> None:
    """Custom buckets are as blind between their bounds as classic ones, and it is said what would do."""
    prometheus, span = scraped
    with pytest.raises(PrometheusError, match=r"neighbours are 0\.1 and 0\.25") as caught:
        native_series(prometheus, SHOP, span, threshold=Decimal("0.2"), memory=Memory())

    assert caught.value.reason == "no_bucket"


def test_answers_that_are_too_large(scraped: tuple[Prometheus, TimeRange], monkeypatch: pytest.MonkeyPatch) -> None:
    """Histograms are long to write: what does not fit in one answer is asked for in parts, and is the same."""
    prometheus, span = scraped
    monkeypatch.setattr(native, "_SHORTEST_MS", 1_000)
    small = connect(prometheus.url, max_bytes=1_300)
    one_page = OWN.having(Matcher("handler", MatchOp.EQUAL, "/metrics"))

    whole, parts = (
        native_series(server, one_page, span, threshold=Decimal("0.005"), memory=Memory())
        for server in (prometheus, small)
    )

    assert small.sent > 1
    for expected, found in zip(whole, parts, strict=True):
        assert as_values(found) == as_values(expected)


def test_a_selector_without_native_histograms(scraped: tuple[Prometheus, TimeRange]) -> None:
    """Nothing is found where there are only numbers."""
    prometheus, span = scraped

    assert native_series(prometheus, Selector("up"), span, threshold=Decimal(1), memory=Memory()) == ([], [])


def test_counts_equal_those_of_the_classic_histogram(scraped: tuple[Prometheus, TimeRange]) -> None:
    """Read second by second or at once, resets included, native histograms give the classic ones' events."""
    prometheus, span = scraped
    sli = LatencySli(SHOP, Decimal("0.25"))

    def read(edges: list[int], *, native: bool) -> tuple[float, float]:
        memory, total, good = Memory(), 0.0, 0.0
        for start, end in itertools.pairwise(edges):
            part = TimeRange(start, end)
            if native:
                found = native_series(prometheus, SHOP, part, threshold=sli.threshold, memory=memory)
            else:
                found = raw_samples(prometheus, sli.total, part), raw_samples(prometheus, sli.good, part)
            minutes = TimeRange(start // 60 * 60, -(-end // 60) * 60)
            up = raw_samples(prometheus, Selector("up", SHOP.matchers), part)
            reading = read_counters(
                minutes, dict(zip(("total", "good"), found, strict=True)), Surroundings(up, up, up, ()), memory
            )
            memory = reading.memory
            total, good = total + reading.counts["total"].sum(), good + reading.counts["good"].sum()
        return total, good

    at_once = read([span.start, span.end], native=False)

    assert at_once[0] > 11 * 4
    assert at_once[1] == at_once[0] * 9 / 11
    assert read([span.start, span.end], native=True) == at_once
    assert read(list(range(span.start, span.end + 1)), native=True) == at_once


def test_traffic_of_a_native_histogram(scraped: tuple[Prometheus, TimeRange]) -> None:
    """Its increase is that of the classic one beside it, and where both are shown the native one is left out."""
    prometheus, span = scraped
    sli = LatencySli(OWN, Decimal("0.1"), by=("handler",))
    classic_part, native_part = (part.promql for part in parts_of(sli, 60))
    alone, unless, _ = native_part.partition(" unless ")
    assert unless

    answers = Oracle(prometheus, lambda *_: None).ask(
        [classic_part, native_part, f"{alone})"], Instants((span.end - 1) * 1_000)
    )

    found = [
        {one.labels["handler"]: one.numbers[0] for one in answer} if isinstance(answer, list) else {}
        for answer in answers
    ]
    assert found[0]["/api/v1/query"] > 5
    assert found[2] == pytest.approx(found[0])
    assert answers[1] == []
