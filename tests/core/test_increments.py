"""Counting events from samples: against the truth of a made world, and rule by rule."""

import itertools
import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.world import START, World, make_world
from tallystick.core.increments import Reading, read_counters, read_gauge
from tallystick.core.memory import Memory, from_document, to_document
from tallystick.core.scrapes import Surroundings
from tallystick.core.series import Series
from tallystick.core.timerange import TimeRange

HOUR = 3_600


def read(world: World, cuts: list[int] | None = None) -> dict[str, list[float]]:
    """All of *world*, in the pieces that *cuts* (in minutes) make; counts by role, and which slices were observed."""
    edges = [world.span.start, *(START + 60 * cut for cut in sorted(cuts or [])), world.span.end]
    memory = Memory()
    found: dict[str, list[float]] = {"total": [], "bad": [], "observed": []}
    for start, end in itertools.pairwise(edges):
        span = TimeRange(start, end)
        roles = {"total": world.series("requests", span), "bad": world.series("requests", span, "500")}
        reading = read_counters(span, roles, world.around(span), memory)
        memory = from_document(to_document(reading.memory))
        for role in ("total", "bad"):
            found[role] += reading.counts[role].tolist()
        found["observed"] += reading.observed.tolist()
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "world",
    [
        {},
        {"rate": 1 / 600, "bad_share": 0.3, "life_minutes": 200},
        {"gap": (200, 320)},
        {"gap": (200, 320), "rate": 1 / 300},
        {"instances_return": True, "rate": 0.01},
        {"process_start": False},
        {"scrape_seconds": 60, "life_minutes": 20},
    ],
    ids=["busy", "quiet", "gap", "quiet-gap", "same-names", "no-process-start", "short-lives"],
)
def test_counts_equal_the_truth(seed: int, world: Mapping[str, object]) -> None:
    """Every event that a scrape showed is counted once, in the minute of that scrape."""
    made = make_world(seed, **world)  # type: ignore[arg-type]

    found = read(made)

    assert made.true_counts(made.span) == found["total"]
    assert made.true_counts(made.span, "500") == found["bad"]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1_000), cuts=st.lists(st.integers(1, 599), max_size=12, unique=True), quiet=st.booleans())
def test_reading_in_pieces_equals_reading_at_once(seed: int, cuts: list[int], quiet: bool) -> None:  # noqa: FBT001
    """Where time is cut changes neither a count nor which slices were observed."""
    made = make_world(seed, rate=1 / 600 if quiet else 0.2, gap=(250, 300), instances_return=seed % 2 == 0)

    assert read(made) == read(made, cuts)


def test_quiet_targets_are_observed_without_events() -> None:
    """A target that is scraped and counts nothing has no traffic, which is not the same as no data."""
    made = make_world(1, rate=1 / 3_600, life_minutes=5_000, pods=1, minutes=300)

    found = read(made)

    first = next(index for index, seen in enumerate(found["observed"]) if seen)
    assert all(found["observed"][first:])
    assert found["total"].count(0.0) > 200


def test_a_gap_is_not_observed() -> None:
    """While nothing is scraped nothing is observed, but for what the last sample still stands for."""
    found = read(make_world(1, gap=(200, 320)))

    assert sum(not seen for seen in found["observed"]) in (119, 120)


def read_samples(
    pairs: Sequence[tuple[float, float]],
    *,
    up: list[float] | None = None,
    others_up: list[float] | None = None,
    starts: Sequence[tuple[float, float]] | None = None,
    hours: int = 8,
) -> Reading:
    """One series of job ``j`` on ``i``, with samples ``(minute, value)``."""

    def series(values: Sequence[tuple[float, float]], **labels: str) -> Series:
        times, numbers = zip(*values, strict=True) if values else ((), ())
        at_ms = np.array([round(START * 1000 + minute * 60_000) for minute in times], np.int64)
        return Series({"job": "j", "instance": "i", **labels}, at_ms, np.array(numbers, np.float64))

    own = series([(minute, 1.0) for minute in (up or [])])
    others = series([(minute, 1.0) for minute in (others_up or [])], instance="other")
    told = series([(at, START + 60 * minute) for at, minute in (starts or [])])
    around = Surroundings([own], [own], [own, others], [told])
    return read_counters(TimeRange(START, START + hours * HOUR), {"total": [series(pairs)]}, around, Memory())


def total(reading: Reading) -> float:
    """All events of *reading*."""
    return float(reading.counts["total"].sum())


def test_the_first_thing_seen_of_a_job_is_a_baseline() -> None:
    """A counter that may be older than anything seen of its job does not count, however high it is."""
    assert total(read_samples([(1, 1_000_000), (2, 1_000_003)], up=[1, 2])) == 3


def test_a_counter_born_at_a_living_target_counts_from_zero() -> None:
    """The first error of a target is an error."""
    assert total(read_samples([(3, 2), (4, 2)], up=[1, 2, 3, 4])) == 2


def test_an_old_process_found_late_is_a_baseline() -> None:
    """A target that is new to a known job, with a process of long ago, does not bring its past along."""
    others = [float(minute) for minute in range(400)]

    assert total(read_samples([(400, 9_000), (401, 9_001)], up=[400, 401], others_up=others, starts=[(400, 100)])) == 1


def test_a_young_process_counts_from_zero() -> None:
    """A pod that started while its job was watched counts in full."""
    others = [float(minute) for minute in range(400)]

    assert total(read_samples([(400, 9), (401, 10)], up=[400, 401], others_up=others, starts=[(400, 399)])) == 10


def test_a_restart_that_the_value_hides() -> None:
    """A counter that is higher after a restart than before it has begun anew all the same."""
    starts = [(minute, 0.0 if minute < 3 else 2.5) for minute in (1, 2, 3, 4)]

    assert total(read_samples([(1, 5), (2, 6), (3, 8), (4, 9)], up=[1, 2, 3, 4], starts=starts)) == 1 + 8 + 1


def test_a_jittering_start_time_is_no_restart() -> None:
    """Start times told with the jitter of a clock are one start."""
    starts = [(1, 0.0), (2, 0.01), (3, 0.0), (4, 0.012)]

    assert total(read_samples([(1, 5), (2, 6), (3, 8), (4, 9)], up=[1, 2, 3, 4], starts=starts)) == 4


def test_a_series_missing_for_hours_at_a_living_target_has_begun_anew() -> None:
    """Without a known start time, a counter that was gone for hours while its target was scraped counts from zero."""
    up = [float(minute) for minute in range(400)]

    assert total(read_samples([(0, 7), (1, 7), (300, 8)], up=up)) == 8
    assert total(read_samples([(0, 7), (1, 7), (300, 8)], up=up, starts=[(0, -50)])) == 1


def test_a_long_gap_of_everything_is_bridged() -> None:
    """Hours without any scrape do not make a counter new."""
    assert total(read_samples([(0, 7), (1, 7), (300, 9)], up=[0, 1, 300])) == 2


def test_a_bucket_renamed_by_prometheus_3_goes_on() -> None:
    """``le="1"`` and ``le="1.0"`` are one series."""

    def bucket(bound: str, pairs: list[tuple[int, float]]) -> Series:
        times, values = zip(*pairs, strict=True)
        labels = {"job": "j", "instance": "i", "le": bound}
        return Series(labels, np.array(times, np.int64) * 1_000 + START * 1_000, np.array(values, np.float64))

    series = [bucket("1", [(10, 500.0), (70, 510.0)]), bucket("1.0", [(130, 515.0), (190, 520.0)])]
    reading = read_counters(TimeRange(START, START + 600), {"total": series}, Surroundings(), Memory())

    assert total(reading) == 20


def made(pairs: Sequence[tuple[float, float]], **labels: str) -> Series:
    """A series of any labels, with samples ``(minute, value)``."""
    at_ms = np.array([round(START * 1000 + minute * 60_000) for minute, _ in pairs], np.int64)
    return Series(labels, at_ms, np.array([value for _, value in pairs], np.float64))


def count(
    total: Sequence[Series], up: Sequence[Series], starts: Sequence[Series] = (), cuts: Sequence[int] = ()
) -> float:
    """All events of some series over 20 minutes, read in the pieces that *cuts* (in minutes) make."""
    memory, found = Memory(), 0.0
    for first, last in itertools.pairwise([0, *cuts, 20]):
        span = TimeRange(START + 60 * first, START + 60 * last)
        inside = [[_within(one, span) for one in many] for many in (total, up, starts)]
        own_total, own_up, own_starts = ([one for one in many if len(one.times)] for many in inside)
        reading = read_counters(span, {"total": own_total}, Surroundings(own_up, own_up, own_up, own_starts), memory)
        memory = from_document(to_document(reading.memory))
        found += float(reading.counts["total"].sum())
    return found


def _within(series: Series, span: TimeRange) -> Series:
    kept = (series.times >= span.start * 1_000) & (series.times < span.end * 1_000)
    return Series(series.labels, series.times[kept], series.values[kept])


EVERY_CUT = [[], [10], list(range(1, 20))]


@pytest.mark.parametrize("cuts", EVERY_CUT)
def test_a_label_that_is_added_to_a_target_begins_nothing_anew(cuts: list[int]) -> None:
    """All series of the target change their identity, and their counters go on."""
    target = {"job": "j", "instance": "i"}
    before, after = [float(at) for at in range(10)], [float(at) for at in range(10, 20)]
    up = [made([(at, 1) for at in before], **target), made([(at, 1) for at in after], **target, env="prod")]
    total = [
        made([(at, high + at) for at in before], **target, code=code) for code, high in (("200", 1e6), ("500", 7_000))
    ] + [
        made([(at, high + at) for at in after], **target, code=code, env="prod")
        for code, high in (("200", 1e6), ("500", 7_000))
    ]

    assert count(total, up, cuts=cuts) == 2 * 19


def test_a_new_series_is_not_taken_for_one_that_goes_on() -> None:
    """Series of one target that are there at the same time are two, whatever labels they share with the target."""
    target = {"job": "j", "instance": "i", "path": "/a"}
    up = [made([(at, 1) for at in range(20)], **target)]
    total = [made([(at, 100 + at) for at in range(20)], **target), made([(5, 3), (6, 4)], **target, path2="/b")]

    assert count(total, up) == 19 + 4


@pytest.mark.parametrize("cuts", EVERY_CUT)
def test_a_clock_that_is_set_restarts_nothing(cuts: list[int]) -> None:
    """A start time that moves by seconds, to one of long ago, is the same start told by another clock."""
    target = {"job": "j", "instance": "i"}
    up = [made([(at, 1) for at in range(20)], **target)]
    starts = [made([(at, START - 90_000 + (5 if at > 9 else 0)) for at in range(20)], **target)]

    assert count([made([(at, 1e6 + at) for at in range(20)], **target)], up, starts, cuts) == 19


@pytest.mark.parametrize("cuts", EVERY_CUT)
def test_processes_under_one_instance_are_told_apart(cuts: list[int]) -> None:
    """Behind a federation or a gateway, a pod that starts restarts no other pod's counters."""
    target = {"job": "f", "instance": "gateway"}
    up = [made([(at, 1) for at in range(20)], **target)]
    old = made([(at, 1e6 + at) for at in range(20)], **target, pod="old")
    new = made([(at, at - 10) for at in range(10, 20)], **target, pod="new")
    starts = [
        made([(at, START - 90_000) for at in range(20)], **target, pod="old"),
        made([(at, START + 570) for at in range(10, 20)], **target, pod="new"),
    ]

    assert count([old, new], up, starts, cuts) == 19 + 9


@pytest.mark.parametrize("cuts", EVERY_CUT)
def test_a_restart_is_counted_once_where_its_time_is_told_later(cuts: list[int]) -> None:
    """Two endpoints of one instance, scraped in turn: the drop is seen first, the new start time after it."""
    target = {"job": "kubelet", "instance": "node"}
    at_counters, at_starts = [float(at) for at in range(20)], [at + 0.5 for at in range(20)]
    up = [made([(at, 1) for at in at_counters], **target, path="/a"), made([(at, 1) for at in at_starts], **target)]
    counter = made([(at, 500 + at if at < 10 else at - 9) for at in at_counters], **target, path="/a")
    starts = [made([(at, START - 90_000 if at < 10 else START + 9.3 * 60) for at in at_starts], **target)]

    assert count([counter], up, starts, cuts) == 9 + 1 + 9


@pytest.mark.parametrize("cuts", [[], [120], list(range(60, 480, 60))])
def test_a_gauge_that_pauses_for_hours_is_cut_alike(cuts: list[int]) -> None:
    """The first sample after hours holds as a first one does, whether the last one is remembered or not."""
    pairs = [(at * 120.0, 1.0) for at in [*range(30), *range(180, 200)]]

    reading = gauge(pairs, list(cuts), minutes=480)

    assert reading.counts["total"].sum() == 2 * 60_000 + (28 + 18) * 120_000 + 2 * 180_000


def gauge(pairs: list[tuple[float, float]], cuts: list[int] | None = None, minutes: int = 30) -> Reading:
    """A gauge with samples ``(second, value)``, read in pieces that are put together."""
    edges = [0, *sorted(cuts or []), minutes]
    memory, good, all_, seen = Memory(), [], [], []
    for first, last in itertools.pairwise(edges):
        span = TimeRange(START + 60 * first, START + 60 * last)
        inside = [(at, value) for at, value in pairs if 60 * first <= at < 60 * last]
        times = np.array([round((START + at) * 1000) for at, _ in inside], np.int64)
        series = Series({"job": "probe", "instance": "site"}, times, np.array([value for _, value in inside]))
        reading = read_gauge(span, [series], memory)
        memory = from_document(to_document(reading.memory))
        good.append(reading.counts["good"])
        all_.append(reading.counts["total"])
        seen.append(reading.observed)
    return Reading({"good": np.concatenate(good), "total": np.concatenate(all_)}, np.concatenate(seen), memory)


def test_a_gauge_is_measured_in_time() -> None:
    """A sample stands for the time until the next; at a gap for one and a half intervals."""
    reading = gauge([(0, 1), (60, 1), (120, 0), (180, 1), (600, 1)])

    assert reading.counts["total"].sum() == 180_000 + 90_000 + 300_000
    assert reading.counts["good"].sum() == 120_000 + 90_000 + 300_000


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(1, 29), max_size=6, unique=True))
def test_a_gauge_read_in_pieces_equals_reading_it_at_once(seed: int, cuts: list[int]) -> None:
    """Where time is cut changes nothing, to the millisecond."""
    draw = random.Random(seed)
    times = sorted({round(draw.uniform(0, 1_800), 3) for _ in range(draw.randint(0, 60))})
    pairs = [(at, float(draw.random() < 0.8)) for at in times]

    whole, parts = gauge(pairs), gauge(pairs, cuts)

    assert whole.counts["total"].tolist() == parts.counts["total"].tolist()
    assert whole.counts["good"].tolist() == parts.counts["good"].tolist()
    assert whole.observed.tolist() == parts.observed.tolist()
