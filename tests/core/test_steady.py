"""The short way through quiet minutes: what it gives is what the long way gives, and it is the way that is mostly taken."""

import random

import numpy as np
import pytest

from core.world import World, make_world
from tallystick.core.increments import read_counters
from tallystick.core.memory import Memory
from tallystick.core.scrapes import Surroundings
from tallystick.core.series import Identity, Scraped, Series
from tallystick.core.steady import LONGEST_SECONDS, read_steady
from tallystick.core.timerange import TimeRange


def plain(series: list[Series]) -> list[Scraped]:
    """*series* as plain lists."""
    return [Scraped(Identity(one.labels), one.times.tolist(), one.values.tolist()) for one in series]


def nearby(around: Surroundings[Series]) -> Surroundings[Scraped]:
    """*around* as plain lists."""
    parts = (around.total_up, around.own_up, around.job_up, around.process_start)
    return Surroundings(*(plain(list(part)) for part in parts))


def compare(world: World, seed: int) -> tuple[int, int]:
    """Read *world* both ways, piece by piece; how many pieces there were, and how many went the short way."""
    draw, memory, start = random.Random(seed), Memory(), world.span.start
    pieces = short = 0
    while start < world.span.end:
        span = TimeRange(start, min(start + 60 * draw.choice([1, 1, 1, 2, 5]), world.span.end))
        roles = {"total": world.series("requests", span), "bad": world.series("requests", span, "500")}
        around = world.around(span)
        expected = read_counters(span, roles, around, memory)
        found = read_steady(span, {role: plain(series) for role, series in roles.items()}, nearby(around), memory)
        if found is not None:
            short += 1
            assert found.memory == expected.memory
            assert found.observed.tolist() == expected.observed.tolist()
            assert found.counts.keys() == expected.counts.keys()
            for role, counts in expected.counts.items():
                assert np.array_equal(found.counts[role], counts)
        pieces, memory, start = pieces + 1, expected.memory, span.end
    return pieces, short


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "world",
    [
        {},
        {"rate": 1 / 600, "bad_share": 0.3, "life_minutes": 200},
        {"gap": (200, 320)},
        {"gap": (200, 204), "rate": 1 / 300},
        {"instances_return": True, "rate": 0.01},
        {"process_start": False},
        {"scrape_seconds": 60, "life_minutes": 20},
        {"scrape_seconds": 290, "life_minutes": 500},
        {"scrape_seconds": 5, "minutes": 200},
    ],
    ids=["busy", "quiet", "gap", "short-gap", "same-names", "no-process-start", "short-lives", "seldom", "often"],
)
def test_both_ways_give_the_same(seed: int, world: dict[str, object]) -> None:
    """Counts, what was observed and all that is remembered are equal, whatever happens to pods."""
    _, short = compare(make_world(seed, **world), seed)  # type: ignore[arg-type]

    assert short > 0


def test_things_are_forgotten_alike() -> None:
    """Pods of days ago leave both memories at the same time."""
    made = make_world(3, minutes=60 * 54, pods=2, life_minutes=400, scrape_seconds=240, rate=1 / 300)

    pieces, short = compare(made, 3)

    assert short > pieces / 2


def test_quiet_minutes_go_the_short_way() -> None:
    """Where pods live long nearly every minute does, which is what the cost of a round hangs on."""
    pieces, short = compare(make_world(1, life_minutes=10_000), 1)

    assert short > 0.95 * pieces


def test_long_ranges_go_the_long_way() -> None:
    """A range that may hide a gap is left alone."""
    span = TimeRange(0, LONGEST_SECONDS + 60)

    assert read_steady(span, {"total": []}, Surroundings(), Memory(first_total_ms=0)) is None
