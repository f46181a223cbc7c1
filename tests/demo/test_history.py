"""The sample shop's history: samples and truth, which come from the same requests by different ways."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from support.servers import Binaries
from tallystick.definition.load import load_paths
from tallystick.demo.history import Counts, History, Life, make_history
from tallystick.demo.loading import Loaded, load_history
from tallystick.demo.openmetrics import write_openmetrics
from tallystick.demo.samples import Series, all_series
from tallystick.demo.scenario import DAY, HOUR
from tallystick.demo.servers import start_prometheus
from tallystick.demo.shape import BY_NAME, DURATION, REQUESTS, START_TIME
from tallystick.demo.truth import MEANING, Truth, total_of, truth

END = 1_795_435_200 + 13 * HOUR
"""An afternoon in November 2026."""

DEFINITIONS = Path(__file__).parents[2] / "slo-definitions"


@pytest.fixture(scope="module")
def history() -> History:
    """The whole history of a demo."""
    return make_history(seed=1, end=END, days=35)


@pytest.fixture(scope="module")
def short() -> History:
    """Its last two days, which hold most kinds of trouble."""
    return make_history(seed=2, end=END, days=2)


def minutes(history: History, start: str, days_back: int, length: int) -> tuple[int, int]:
    """From *start* o'clock, *days_back* days before the history's last, *length* minutes long."""
    hours, minute = start.split(":")
    first = history.span.end // DAY * DAY - days_back * DAY + int(hours) * HOUR + int(minute) * 60
    return first, first + length * 60


def bad_ratio(found: Truth, start: int, end: int) -> float:
    """Share of bad events in a time."""
    good, total = found.between(start, end)
    return 1 - good / total


def read(history: History, metric: str, **wanted: str) -> Counts:
    """Count what counters say in each minute, by the plain rules, from the samples of each process."""
    found = np.zeros((history.span.end - history.span.start) // 60, dtype=np.int64)
    born = {
        (one.labels["instance"], float(one.times[0])): float(one.values[0])
        for one in all_series(history)
        if one.metric == START_TIME and len(one.times)
    }
    starts = defaultdict(list)
    for (instance, first), start in born.items():
        starts[instance].append((first, start))
    for one in all_series(history):
        if one.metric != metric or not wanted.items() <= one.labels.items() or not len(one.times):
            continue
        its_process = max(start for first, start in starts[one.labels["instance"]] if first <= one.times[0])
        rises = np.diff(one.values, prepend=0).astype(np.int64)
        scraped_before = any(
            life.process.born == its_process
            and life.process.instance == one.labels["instance"]
            and len(life.times)
            and life.times[0] < one.times[0]
            for life in history.lives
        )
        if its_process < history.span.start and not scraped_before:
            rises[0] = 0
        np.add.at(found, ((one.times - history.span.start) // 60).astype(np.int64), rises)
    return found


def test_every_slo_of_the_shop_has_a_truth() -> None:
    """What is defined and what is known of it are the same SLOs."""
    loaded = load_paths([DEFINITIONS])
    assert loaded.problems == ()
    assert {slo.slo_id for slo in loaded.slos} == set(MEANING)


def test_the_same_seed_tells_the_same_story() -> None:
    """Seed, end and length decide on every sample; another seed gives another history."""

    def samples(seed: int) -> list[tuple[str, list[float]]]:
        return [(one.metric, one.values.tolist()) for one in all_series(make_history(seed, END, 1))]

    assert samples(4) == samples(4)
    assert samples(4) != samples(5)


def test_a_history_ends_at_a_full_minute() -> None:
    """Another end would make its last minute a part of one."""
    with pytest.raises(ValueError, match="full minute"):
        make_history(1, END + 1, 1)


@pytest.mark.parametrize("slo_id", sorted(MEANING))
def test_good_events_are_among_the_events(history: History, slo_id: str) -> None:
    """In each minute there are no more good events than events, and over the weeks there are both kinds."""
    found = truth(history, slo_id)
    assert np.all(found.good <= found.total)
    assert np.all(found.good >= 0)
    assert 0 < found.good.sum() < found.total.sum()


def test_every_request_is_known_lost_or_older(history: History) -> None:
    """What was drawn is in the truth, was never scraped, or came before an old process' first scrape."""

    def drawn(life: Life) -> tuple[int, int]:
        totals = [total_of(requests) for requests in life.requests]
        old = life.process.born < history.span.start
        return sum(int(one.sum()) for one in totals), sum(int(one[0]) for one in totals) if old else 0

    for job in BY_NAME:
        pairs = [drawn(life) for life in history.lives if life.process.job == job]
        found = truth(history, f"{job}-availability")
        everything, base = (sum(column) for column in zip(*pairs, strict=True))
        assert everything == found.total.sum() + found.lost[1] + base


@pytest.mark.parametrize(
    ("slo_id", "metric", "labels"),
    [
        ("checkout-availability", REQUESTS, {"job": "checkout", "code": "500"}),
        ("cart-availability", REQUESTS, {"job": "cart", "code": "500"}),
        ("search-quick", f"{DURATION}_bucket", {"job": "search", "le": "0.1"}),
    ],
)
def test_samples_and_truth_agree_in_every_minute(
    short: History, slo_id: str, metric: str, labels: dict[str, str]
) -> None:
    """Counters read back process by process rise by what the truth counted, minute by minute."""
    found = truth(short, slo_id)
    assert read(short, REQUESTS, job=labels["job"]).tolist() == found.total.tolist()
    expected = found.good if "le" in labels else found.total - found.good
    assert read(short, metric, **labels).tolist() == expected.tolist()


def test_the_outages_happened(history: History) -> None:
    """At night, at noon and in the slow release as many requests were bad as the story says; before them few."""
    for slo_id, when, share in (
        ("checkout-availability", minutes(history, "03:11", 9, 38), 0.35),
        ("search-availability", minutes(history, "12:01", 4, 23), 0.4),
        ("cart-latency", minutes(history, "10:01", 6, 600), 0.4),
        ("website-reachable", minutes(history, "03:22", 11, 8), 1.0),
    ):
        found = truth(history, slo_id)
        assert bad_ratio(found, *when) == pytest.approx(share, abs=0.05)
        assert bad_ratio(found, when[0] - 2 * HOUR, when[0] - 10 * 60) < 0.02


def test_four_days_went_without_an_error(history: History) -> None:
    """The checkout's error-free stretch has requests and not one error."""
    start, end = minutes(history, "00:05", 16, 4 * 24 * 60 - 10)
    good, total = truth(history, "checkout-availability").between(start, end)
    assert good == total > 100_000


def test_the_cart_has_hardly_any_traffic_at_night(history: History) -> None:
    """There are hours at night with a handful of requests, and thousands at noon."""
    found = truth(history, "cart-availability")
    assert found.between(*minutes(history, "01:30", 7, 60))[1] < 60
    assert found.between(*minutes(history, "13:30", 7, 60))[1] > 2_000


def test_prometheus_was_blind_for_forty_minutes(history: History) -> None:
    """No series has a sample while Prometheus was down; the minute it came back shows what had been counted."""
    start, end = minutes(history, "10:15", 1, 40)
    assert not any(np.any((start <= one.times) & (one.times < end)) for one in all_series(history))
    found = truth(history, "search-availability")
    assert found.between(start, end) == (0, 0)
    assert found.between(end, end + 60)[1] > 5 * found.between(end + 60, end + 120)[1]


def test_a_restart_can_hide_behind_a_higher_value(history: History) -> None:
    """Across the blind time a checkout instance began anew, and its first value after is above its last before."""
    start, end = minutes(history, "10:15", 1, 40)
    lives = [life for life in history.lives if life.process.instance == "10.0.1.11:8080" and len(life.times)]
    before = next(life for life in lives if life.times[-1] < start < life.process.died < end)
    after = next(life for life in lives if life.process.born > before.process.died)
    last = [int(total_of(one)[:-1].sum()) for one in before.requests]
    first = [int(total_of(one)[0]) for one in after.requests]
    assert start < after.process.born < end <= after.times[0]
    assert all(0 < low < high for low, high in zip(last, first, strict=True))


def test_a_pod_lived_and_died_unseen(history: History) -> None:
    """One of the search's pods ran only while Prometheus was blind: its requests are lost, not in the truth."""
    start, end = minutes(history, "10:15", 1, 40)
    unseen = [
        life
        for life in history.lives
        if start < life.process.born and life.process.died < end and life.process.job == "search"
    ]
    assert len(unseen) == 1
    assert not len(unseen[0].times)
    assert truth(history, "search-availability").lost[1] > total_of(unseen[0].requests[0]).sum() > 100


def test_unreachable_targets_are_down_and_silent(history: History) -> None:
    """While the cart could not be reached its ``up`` is 0, and nothing else of it has a sample."""
    start, end = minutes(history, "16:20", 3, 7)
    found: dict[str, list[float]] = defaultdict(list)
    for one in all_series(history):
        if one.labels["job"] == "cart":
            found[one.metric] += one.values[(start <= one.times) & (one.times < end)].tolist()
    assert found.pop("up") == [0] * 7
    assert not any(found.values())


def test_a_sample_holds_until_the_next_and_not_for_long(history: History) -> None:
    """Of the blind time only the first 90 s count as observed, for each of the probes."""
    start, end = minutes(history, "10:15", 1, 40)
    found = truth(history, "checkout-reachable")
    last = max(float(at) for at in history.probes["checkout"].times if at < start)
    first = min(float(at) for at in history.probes["checkout"].times if at >= end)
    assert found.between(start - 3_600, end + 3_600)[1] == 3_600 - (start - last) + 90 + 3_600 - (first - end)


def test_a_truth_beyond_the_history_is_empty(short: History) -> None:
    """Nothing is known of the time outside, and the whole is the sum of its parts."""
    found = truth(short, "cart-latency")
    middle = short.span.start + DAY
    whole = found.between(short.span.start - DAY, short.span.end + DAY)
    parts = [found.between(short.span.start, middle), found.between(middle, short.span.end)]
    assert whole == (sum(good for good, _ in parts), sum(total for _, total in parts))
    assert found.between(short.span.end, short.span.end + DAY) == (0, 0)


def test_history_and_live_shop_have_one_rate(history: History) -> None:
    """The history's requests of a day are as many as the live shop's rate would make of it."""
    start = history.span.end // DAY * DAY - 7 * DAY
    for service in BY_NAME.values():
        expected = sum(service.rate(at) for at in range(start, start + DAY, 60)) * 60
        good_total = truth(history, f"{service.name}-availability").between(start, start + DAY)
        assert good_total[1] == pytest.approx(expected, rel=0.02)


@dataclass(frozen=True)
class Running:
    """A Prometheus with a history, and that history."""

    url: str
    history: History
    loaded: Loaded

    def query(self, promql: str) -> list[dict[str, Any]]:
        """The answer at the end of the history."""
        form = {"query": promql, "time": self.history.span.end}
        answer = requests.post(f"{self.url}/api/v1/query", data=form, timeout=30)
        found: list[dict[str, Any]] = json.loads(answer.text)["data"]["result"]
        return found


@pytest.fixture(scope="module")
def loaded(binaries: Binaries, short: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Prometheus 2 and 3, each with the short history."""
    folder = tmp_path_factory.mktemp("loaded")
    done = load_history(short, binaries.promtool, folder / "data", folder)
    with start_prometheus(binaries.prometheus, folder, {}) as prometheus:
        yield Running(prometheus.url, short, done)


def test_prometheus_has_every_sample(loaded: Running) -> None:
    """Prometheus counts as many samples and series as were written."""
    found = loaded.query('{job!=""}[3d]')
    assert Loaded(len(found), sum(len(one["values"]) for one in found)) == loaded.loaded


def test_prometheus_gives_back_what_was_drawn(loaded: Running) -> None:
    """The raw samples of the checkout's errors are those of the history, instant for instant and value for value."""
    wanted = {"job": "checkout", "handler": "/pay", "code": "500"}
    expected: dict[str, list[list[object]]] = defaultdict(list)
    for one in all_series(loaded.history):
        if one.metric == REQUESTS and wanted.items() <= one.labels.items():
            pairs = zip(one.times.tolist(), one.values.tolist(), strict=True)
            expected[one.labels["instance"]] += [[at, str(value)] for at, value in pairs]
    matchers = ",".join(f'{name}="{value}"' for name, value in wanted.items())
    found = loaded.query(f"{REQUESTS}{{{matchers}}}[3d]")
    assert {one["metric"]["instance"]: one["values"] for one in found} == {k: v for k, v in expected.items() if v}


def test_labels_are_quoted(tmp_path: Path) -> None:
    """A label's value may hold what would end it."""
    one = Series("m", {"l": 'a"b\\c\nd'}, np.array([1.25]), np.array([2]))
    assert write_openmetrics([one], tmp_path / "text") == 1
    assert (tmp_path / "text").read_text() == 'm{l="a\\"b\\\\c\\nd"} 2 1.25\n# EOF\n'
