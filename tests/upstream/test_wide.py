"""Sums that Prometheus works out, against the truth of made worlds and against raw samples."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np
import pytest

from core.world import START, World, make_world
from support.remote_write import Written, remote_write
from support.servers import StartPrometheus
from tallystick.core.memory import Memory
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import CountedSli, EventsSli, LatencySli, Sum, Term, UpSli
from tallystick.core.slices import Slices, join
from tallystick.core.timerange import TimeRange
from tallystick.upstream.client import Prometheus, connect
from tallystick.upstream.reader import Reader
from tallystick.upstream.wide import read_wide

MINUTES = 360
SPAN = TimeRange(START, START + 60 * MINUTES)

WORLDS: Mapping[str, Mapping[str, object]] = {
    "busy": {},
    "quiet": {"rate": 1 / 600, "bad_share": 0.3, "life_minutes": 200},
    "gap": {"gap": (100, 190)},
    "long-gap": {"gap": (60, 280), "life_minutes": 300},
    "no-process-start": {"process_start": False},
    "short": {"scrape_seconds": 60, "life_minutes": 20},
    "restarts": {"instances_return": True},
    "quiet-restarts": {"instances_return": True, "rate": 0.01},
    "restarts-in-a-gap": {"instances_return": True, "rate": 0.05, "gap": (60, 280)},
    "edges": {"scrape_seconds": 60},
}
"""Different worlds, each a job of its own."""


def world(name: str) -> World:
    """One of them; that of the edges is scraped right on the edges of slices."""
    made = make_world(3, minutes=MINUTES, **WORLDS[name])  # type: ignore[arg-type]
    if name == "edges":
        for by_labels in made.samples.values():
            for pairs in by_labels.values():
                pairs[:] = [(at_ms // 60_000 * 60_000, value) for at_ms, value in pairs]
    return made


def written(name: str) -> Iterable[Written]:
    """All series of a world, under its own job."""
    for metric, by_labels in world(name).samples.items():
        for labels, pairs in by_labels.items():
            yield Written({"__name__": metric, **dict(labels), "job": name}, pairs)


def federated() -> Iterable[Written]:
    """A world whose targets are not scraped by this Prometheus: its ``up`` has other labels."""
    for one in written("busy"):
        if one.labels["__name__"] == "requests":
            yield Written({**one.labels, "job": "federated"}, one.samples)


def histogram() -> Iterable[Written]:
    """A histogram that begins an hour late and whose bound changes its spelling in the middle of five minutes."""
    times = np.arange((SPAN.start + 3_600) * 1_000, SPAN.end * 1_000, 15_000)
    counts = 7 * np.arange(1, len(times) + 1)
    half = len(times) // 2 + 3
    for name, le, part in (
        ("seconds_bucket", "1", slice(0, half)),
        ("seconds_bucket", "1.0", slice(half, None)),
        ("seconds_count", "", slice(None)),
    ):
        labels = {"__name__": name, "job": "slow", "instance": "i"} | ({"le": le} if le else {})
        yield Written(labels, list(zip(times[part].tolist(), counts[part].tolist(), strict=True)))
    scrapes = np.arange(SPAN.start * 1_000, SPAN.end * 1_000, 15_000).tolist()
    yield Written({"__name__": "up", "job": "slow", "instance": "i"}, [(at_ms, 1.0) for at_ms in scrapes])


def probe() -> Iterable[Written]:
    """A probe every 20 s that fails at times."""
    times = np.arange(SPAN.start * 1_000 + 999, SPAN.end * 1_000, 20_000)
    values = (np.random.default_rng(4).random(len(times)) < 0.8).astype(float)
    yield Written({"__name__": "ok", "job": "probe"}, list(zip(times.tolist(), values.tolist(), strict=True)))


@pytest.fixture(scope="module")
def prometheus(start_prometheus_once: StartPrometheus) -> Prometheus:
    """A Prometheus with all of them."""
    url = start_prometheus_once(flags=["--web.enable-remote-write-receiver"]).url
    series = [one for name in WORLDS for one in written(name)]
    series += [*federated(), *histogram(), *probe()]
    for start in range(SPAN.start, SPAN.end + 1, 1_800):
        parts = (
            Written(one.labels, [pair for pair in one.samples if start <= pair[0] / 1_000 < start + 1_800])
            for one in series
        )
        remote_write(f"{url}/api/v1/write", [one for one in parts if one.samples])
    return connect(url)


def errors_among(matchers: tuple[Matcher, ...]) -> EventsSli:
    """The errors among the requests that *matchers* tell."""
    errors = Matcher("code", MatchOp.EQUAL, "500")
    return EventsSli(total=Selector("requests", matchers), bad=Selector("requests", (*matchers, errors)))


def requests_of(job: str) -> EventsSli:
    """The errors among the requests of a job."""
    return errors_among((Matcher("job", MatchOp.EQUAL, job),))


def read(prometheus: Prometheus, sli: CountedSli, minutes: int = MINUTES) -> Slices:
    """All of *sli*, so many minutes at a time."""
    parts = []
    for start in range(SPAN.start, SPAN.end, 60 * minutes):
        found = read_wide(prometheus, sli, TimeRange(start, min(start + 60 * minutes, SPAN.end)))
        assert found.doubts == ()
        parts.append(found.groups[()])
    return join(parts)


def by_steps(minutes: Iterable[float]) -> list[float]:
    """Sums of five minutes each."""
    return [float(part) for part in np.array(list(minutes)).reshape(-1, 5).sum(axis=1)]


@pytest.mark.parametrize("name", WORLDS)
def test_counts_equal_the_truth(prometheus: Prometheus, name: str) -> None:
    """Every event that a scrape showed is counted once, in the five minutes of that scrape."""
    made = world(name)
    found = read(prometheus, requests_of(name))

    if name == "edges":  # the world's own minutes are those of the scrapes before they were moved
        assert found.total.sum() == sum(made.true_counts(SPAN))
        assert (found.total - found.good).sum() == sum(made.true_counts(SPAN, "500"))
    else:
        assert by_steps(found.total) == by_steps(made.true_counts(SPAN))
        assert by_steps(found.total - found.good) == by_steps(made.true_counts(SPAN, "500"))
    assert found.total.sum() > 50


@pytest.mark.parametrize("name", ["busy", "long-gap", "no-process-start", "restarts"])
def test_pieces_equal_the_whole(prometheus: Prometheus, name: str) -> None:
    """Nothing is remembered from one piece to the next, and nothing depends on where time is cut."""
    whole, pieces = (read(prometheus, requests_of(name), minutes) for minutes in (MINUTES, 95))

    assert pieces.total.tolist() == whole.total.tolist()
    assert pieces.good.tolist() == whole.good.tolist()
    assert pieces.observed.tolist() == whole.observed.tolist()


@pytest.mark.parametrize("name", ["gap", "restarts-in-a-gap"])
def test_observed_as_by_raw_samples(prometheus: Prometheus, name: str) -> None:
    """What raw samples call observed lies in five minutes that are observed, and there are no others."""
    sli = requests_of(name)
    raw = Reader(prometheus).read(sli, SPAN, Memory()).slices

    found = read(prometheus, sli)

    inside = found.observed.reshape(-1, 5)[:, 0]
    # A sample stands for some of the time after it, which may be the minute after the last five.
    assert (raw.observed.reshape(-1, 5).sum(axis=1) > 1).tolist() == inside.tolist()


def test_targets_without_up(prometheus: Prometheus) -> None:
    """Counters that another Prometheus scraped are counted, read at once or in pieces."""
    whole, pieces = (read(prometheus, requests_of("federated"), minutes) for minutes in (MINUTES, 20))
    raw = Reader(prometheus).read(requests_of("federated"), SPAN, Memory()).slices

    assert pieces.total.tolist() == whole.total.tolist()
    assert whole.total.sum() == raw.total.sum() > 1_000
    assert (whole.total - whole.good).sum() == (raw.total - raw.good).sum()


def test_a_latency_that_begins_late(prometheus: Prometheus) -> None:
    """A counter that appears at a target that was scraped counts from zero, and not again under another spelling."""
    sli = LatencySli(Selector("seconds", (Matcher("job", MatchOp.EQUAL, "slow"),)), Decimal(1))

    for minutes in (MINUTES, 40):
        found = read(prometheus, sli, minutes)

        assert found.total.sum() == found.good.sum() == 7 * (MINUTES - 60) * 4
        assert found.observed.tolist() == [False] * 60 + [True] * (MINUTES - 60)


def test_sums_and_differences(prometheus: Prometheus) -> None:
    """Each counter of a sum is read for itself, and has its sign."""
    job = Matcher("job", MatchOp.EQUAL, "busy")
    good, bad, every = (
        Selector("requests", (job, *more))
        for more in ((Matcher("code", MatchOp.EQUAL, "200"),), (Matcher("code", MatchOp.EQUAL, "500"),), ())
    )
    sli = EventsSli(total=Sum((Term(1, good), Term(1, bad))), good=Sum((Term(1, every), Term(-1, bad))))

    found, expected = read(prometheus, sli), read(prometheus, requests_of("busy"))

    assert found.total.tolist() == expected.total.tolist()
    assert found.good.tolist() == expected.good.tolist()


def test_jobs_that_are_not_named(prometheus: Prometheus) -> None:
    """Where selectors name no job, those are asked about in which series are found."""
    found = read(prometheus, errors_among((Matcher("job", MatchOp.NOT_REGEX, ".*restarts.*"),)))

    each = [read(prometheus, requests_of(name)) for name in (*WORLDS, "federated") if "restarts" not in name]
    assert found.total.tolist() == np.sum([one.total for one in each], axis=0).tolist()
    assert found.good.tolist() == np.sum([one.good for one in each], axis=0).tolist()


def test_a_gauge(prometheus: Prometheus) -> None:
    """Seconds at 1 are the share of its samples, which for an even scrape is what raw samples say within a scrape."""
    sli = UpSli(Selector("ok"))
    raw = Reader(prometheus).read(sli, SPAN, Memory()).slices

    found = read(prometheus, sli)

    assert found.observed.all()
    assert found.total.sum() == MINUTES * 60_000
    assert found.good.sum() == pytest.approx(raw.good.sum(), abs=40_000)


def test_nothing_there(prometheus: Prometheus) -> None:
    """What does not exist is not observed, named or not."""
    for sli in (requests_of("nowhere"), UpSli(Selector("nothing"))):
        found = read(prometheus, sli, 180)

        assert not found.observed.any()
        assert found.total.sum() == 0


def test_more_errors_than_requests(prometheus: Prometheus) -> None:
    """Selectors that do not mean the same events are told, and believed nowhere."""
    sli = requests_of("busy")
    found = read_wide(prometheus, EventsSli(total=sli.part, bad=sli.total), SPAN)

    [doubt] = found.doubts
    assert doubt.reason == "not_nested"
    assert doubt.slices > 60
    assert found.groups[()].observed.sum() == (MINUTES // 5 - doubt.slices) * 5


def test_samples_of_one_target_that_are_too_many(prometheus: Prometheus) -> None:
    """Where not even a restarted target's own samples fit in an answer, its sums must do, and nothing fails."""
    small = connect(prometheus.url, max_bytes=16_000)
    expected = read(prometheus, requests_of("quiet-restarts"), 60)

    found = read(small, requests_of("quiet-restarts"), 60)

    assert found.observed.tolist() == expected.observed.tolist()
    assert found.total.sum() == pytest.approx(expected.total.sum(), rel=0.1)
    assert found.total.tolist() != expected.total.tolist()
