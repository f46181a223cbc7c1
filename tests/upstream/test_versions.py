"""
The same samples in Prometheus 2, Prometheus 3 and VictoriaMetrics give the very same slices.

What differs between them is all in the samples: pods that come, go, restart under the same name and are marked stale,
counters born late, gaps, scrapes right on the edges of slices, and bounds that change their spelling.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal

import numpy as np
import pytest
import requests

from core.world import START, World, make_world
from support.databases import fresh_victoria_metrics
from support.remote_write import STALE, Written, remote_write
from support.servers import Binaries, fresh_prometheus
from tallystick.core.memory import Memory
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import CountedSli, EventsSli, LatencySli, Sum, Term, ThresholdSli, UpSli
from tallystick.core.slices import Slices, join
from tallystick.core.timerange import TimeRange
from tallystick.upstream.client import connect
from tallystick.upstream.evaluated import read_evaluated
from tallystick.upstream.reader import Reader
from tallystick.upstream.wide import read_wide

MINUTES = 240
SPAN = TimeRange(START, START + 60 * MINUTES)
SCRAPE_MS = 30_000
SERVERS = ("2.x", "3.x", "victoria-metrics")


def world() -> World:
    """Pods that come and go, with a gap of forty minutes; every second one is scraped right on the edges of slices."""
    made = make_world(7, minutes=MINUTES, life_minutes=45, gap=(100, 140), instances_return=True, rate=0.05)
    for by_labels in made.samples.values():
        for labels, pairs in by_labels.items():
            if dict(labels)["instance"] == "pod-1":
                pairs[:] = [(at_ms // SCRAPE_MS * SCRAPE_MS, value) for at_ms, value in pairs]
    return made


def written(made: World) -> Iterator[Written]:
    """All series of the world, each marked stale when it ends or pauses."""
    for metric, by_labels in made.samples.items():
        for labels, pairs in by_labels.items():
            marked = list(pairs)
            for (at_ms, _), (following_ms, _) in itertools.pairwise([*pairs, (SPAN.end * 1_000 + SCRAPE_MS, 0.0)]):
                if following_ms - at_ms > 2 * SCRAPE_MS:
                    marked.append((at_ms + SCRAPE_MS, STALE))
            yield Written({"__name__": metric, **dict(labels)}, sorted(marked))


def histogram() -> Iterator[Written]:
    """A histogram whose bound is ``1`` in the first half and ``1.0`` in the second, as after an upgrade of Prometheus."""
    times = np.arange(SPAN.start * 1_000 + 7, SPAN.end * 1_000, 15_000)
    counts = np.cumsum(np.random.default_rng(3).poisson(4, len(times)))
    counts[len(times) // 3 :] -= counts[len(times) // 3]
    half = len(times) // 2
    target = {"job": "slow", "instance": "i"}
    for name, le, part, share in (
        ("seconds_bucket", "1", slice(0, half), 3),
        ("seconds_bucket", "1.0", slice(half, None), 3),
        ("seconds_count", None, slice(None), 4),
    ):
        labels = {"__name__": name, **target, **({"le": le} if le else {})}
        yield Written(labels, list(zip(times[part].tolist(), (counts[part] * share).tolist(), strict=True)))
    yield Written({"__name__": "up", **target}, [(at_ms, 1.0) for at_ms in times.tolist()])


def probe() -> Iterator[Written]:
    """A probe every 20 s, some right on the edges, that fails at times and is not run at others."""
    random = np.random.default_rng(4)
    times = np.arange(SPAN.start * 1_000, SPAN.end * 1_000, 20_000)
    kept = random.random(len(times)) < 0.9
    values = (random.random(len(times)) < 0.8).astype(float)
    yield Written(
        {"__name__": "probe_success", "job": "probe", "instance": "i"},
        list(zip(times[kept].tolist(), values[kept].tolist(), strict=True)),
    )


def fill(url: str, series: Sequence[Written]) -> None:
    """Write *series* half an hour after the other: what is much older than the newest is refused."""
    for start in range(SPAN.start, SPAN.end + 1, 1_800):
        parts = [
            Written(one.labels, [pair for pair in one.samples if start <= pair[0] / 1_000 < start + 1_800])
            for one in series
        ]
        remote_write(url, [one for one in parts if one.samples])


@pytest.fixture(scope="module")
def servers(
    prometheus_binaries: Mapping[str, Binaries], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The servers' addresses by name, all with the same samples."""
    series = [*written(world()), *histogram(), *probe()]
    urls = {}
    with ExitStack() as stack:
        for version, binaries in prometheus_binaries.items():
            folder = tmp_path_factory.mktemp(version)
            flags = ["--web.enable-remote-write-receiver"]
            urls[version] = stack.enter_context(fresh_prometheus(binaries, folder, flags=flags)).url
            fill(f"{urls[version]}/api/v1/write", series)
        urls[SERVERS[-1]] = stack.enter_context(fresh_victoria_metrics(tmp_path_factory.mktemp("vm"))).url
        fill(f"{urls[SERVERS[-1]]}/api/v1/write", series)
        requests.get(f"{urls[SERVERS[-1]]}/internal/force_flush", timeout=10).raise_for_status()
        assert sorted(urls) == sorted(SERVERS)
        yield urls


def read(url: str, sli: CountedSli, minutes: int) -> Slices:
    """All of *sli*, so many minutes at a time."""
    reader, memory, parts = Reader(connect(url)), Memory(), []
    for start in range(SPAN.start, SPAN.end, 60 * minutes):
        reader.forget()
        result = reader.read(sli, TimeRange(start, min(start + 60 * minutes, SPAN.end)), memory)
        memory = result.memory
        parts.append(result.slices)
    return join(parts)


def shop(code: str | None = None) -> Selector:
    """The shop's requests, all or those with *code*."""
    matchers = (Matcher("job", MatchOp.EQUAL, "shop"),)
    return Selector("requests", (*matchers, Matcher("code", MatchOp.EQUAL, code)) if code else matchers)


SLIS: dict[str, CountedSli] = {
    "events": EventsSli(total=shop(), bad=shop("500")),
    "sums": EventsSli(
        total=Sum((Term(1, shop("200")), Term(1, shop("500")))), good=Sum((Term(1, shop()), Term(-1, shop("500"))))
    ),
    "latency": LatencySli(Selector("seconds", (Matcher("job", MatchOp.EQUAL, "slow"),)), Decimal(1)),
    "up": UpSli(Selector("probe_success")),
}


@pytest.mark.parametrize("minutes", [MINUTES, 7])
@pytest.mark.parametrize("kind", SLIS)
def test_slices_do_not_depend_on_the_server(servers: Mapping[str, str], kind: str, minutes: int) -> None:
    """Good, total and observed are the same in each minute, wherever the samples are kept and however time is cut."""
    expected = read(servers["3.x"], SLIS[kind], MINUTES)

    for server in SERVERS:
        found = read(servers[server], SLIS[kind], minutes)

        assert found.observed.tolist() == expected.observed.tolist(), server
        assert found.good.tolist() == expected.good.tolist(), server
        assert found.total.tolist() == expected.total.tolist(), server


@pytest.mark.parametrize("kind", ["events", "sums", "latency"])
def test_sums_do_not_depend_on_the_server(servers: Mapping[str, str], kind: str) -> None:
    """What a server adds up is the same on each, and the same as is fetched."""
    raw = read(servers["3.x"], SLIS[kind], MINUTES)

    for server in SERVERS:
        [found] = read_wide(connect(servers[server]), SLIS[kind], SPAN).groups.values()

        assert found.total.reshape(-1, 5).sum(axis=1).tolist() == raw.total.reshape(-1, 5).sum(axis=1).tolist(), server
        assert found.good.reshape(-1, 5).sum(axis=1).tolist() == raw.good.reshape(-1, 5).sum(axis=1).tolist(), server


@pytest.mark.parametrize("server", SERVERS)
def test_reading_together_equals_reading_alone(servers: Mapping[str, str], server: str) -> None:
    """SLIs that are asked for in one request get what each would get alone."""
    reader = Reader(connect(servers[server]))
    memories = dict.fromkeys(SLIS, Memory())
    parts: dict[str, list[Slices]] = {kind: [] for kind in SLIS}
    for start in range(SPAN.start, SPAN.end, 300):
        span = TimeRange(start, start + 300)
        reader.forget()
        reader.prefetch([(SLIS[kind], {}, memories[kind]) for kind in SLIS], span)
        for kind, sli in SLIS.items():
            result = reader.read(sli, span, memories[kind])
            memories[kind] = result.memory
            parts[kind].append(result.slices)

    for kind, sli in SLIS.items():
        found, expected = join(parts[kind]), read(servers[server], sli, MINUTES)
        assert found.observed.tolist() == expected.observed.tolist(), kind
        assert found.good.tolist() == expected.good.tolist(), kind
        assert found.total.tolist() == expected.total.tolist(), kind


def test_counts_are_those_of_the_world(servers: Mapping[str, str]) -> None:
    """None of it is lost or counted twice: the sums are those that were counted while the world was made."""
    made = world()
    total, bad = sum(made.true_counts(SPAN)), sum(made.true_counts(SPAN, "500"))

    for server in SERVERS:
        found = read(servers[server], SLIS["events"], 30)

        assert (found.total.sum(), (found.total - found.good).sum()) == (total, bad), server
    assert bad > 20


def test_a_bound_that_changes_its_spelling(servers: Mapping[str, str]) -> None:
    """Three quarters of the observations are good before, at and after the change."""
    for server in SERVERS:
        found = read(servers[server], SLIS["latency"], 60)

        assert (found.good * 4).tolist() == (found.total * 3).tolist(), server
        assert found.total.sum() > 9_000


def test_queries_are_evaluated_at_the_instants_asked_for(servers: Mapping[str, str]) -> None:
    """Also by a server that would rather move them to multiples of the step."""
    sli = ThresholdSli(query="sum(count_over_time(probe_success[5m]))", op="gte", value=Decimal(13), slice_seconds=300)

    found = {server: read_evaluated(connect(servers[server]), sli, SPAN).groups[()].good.tolist() for server in SERVERS}

    assert found["3.x"] == found["2.x"] == found["victoria-metrics"]
    assert 10 < sum(found["3.x"]) < MINUTES / 5
