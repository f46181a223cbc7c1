"""
A small world of pods that count events and are scraped, with the truth counted beside them.

The truth is what a perfect reader of the scrapes could know, event by event, counted while the world is made and never by
looking at samples: an event belongs to the minute of the first scrape that shows it. Events that died with their process
unscraped are nobody's.
"""

import bisect
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from tallystick.core.scrapes import Surroundings
from tallystick.core.series import Series
from tallystick.core.timerange import SLICE_SECONDS, TimeRange

START = 1_764_547_200  # 2025-12-01T00:00Z


@dataclass
class World:
    """
    What was scraped, and what is true.

    Attributes:
        span: the time it covers.
        samples: by metric and labels, ``(milliseconds, value)``.
        truth: by minute and code, events that a scrape showed.
    """

    span: TimeRange
    samples: dict[str, dict[tuple[tuple[str, str], ...], list[tuple[int, float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    truth: Counter[tuple[int, str]] = field(default_factory=Counter)

    def series(self, metric: str, span: TimeRange, code: str | None = None) -> list[Series]:
        """Samples of *metric* (with *code*) within *span*."""
        found = []
        for key, pairs in self.samples[metric].items():
            labels = dict(key)
            first, last = (bisect.bisect_left(pairs, (edge * 1000,)) for edge in (span.start, span.end))
            inside = pairs[first:last]
            if inside and (code is None or labels["code"] == code):
                times, values = zip(*inside, strict=True)
                found.append(Series(labels, np.array(times, np.int64), np.array(values, np.float64)))
        return found

    def around(self, span: TimeRange) -> Surroundings[Series]:
        """Targets within *span*."""
        up = self.series("up", span)
        return Surroundings(up, up, up, self.series("process_start_time_seconds", span))

    def true_counts(self, span: TimeRange, code: str | None = None) -> list[float]:
        """Events of *code* (or all) by minute of *span*."""
        return [
            float(sum(count for (at, one), count in self.truth.items() if at == minute and code in (None, one)))
            for minute in range(span.start, span.end, SLICE_SECONDS)
        ]


def make_world(
    seed: int,
    *,
    minutes: int = 600,
    pods: int = 3,
    life_minutes: float = 90,
    rate: float = 0.2,
    bad_share: float = 0.1,
    scrape_seconds: int = 30,
    gap: tuple[int, int] | None = None,
    process_start: bool = True,
    instances_return: bool = False,
) -> World:
    """
    Let *pods* live, count, be scraped and die.

    Args:
        seed: of everything drawn.
        minutes: how long.
        pods: how many at a time.
        life_minutes: mean life of a pod; the first ones are older than the world.
        rate: events a second and pod.
        bad_share: share of events with code 500.
        scrape_seconds: from scrape to scrape of one pod.
        gap: minutes from and to which nothing is scraped.
        process_start: whether pods tell when they started.
        instances_return: whether a new pod has its predecessor's name.
    """
    draw = random.Random(seed)
    world = World(TimeRange(START, START + minutes * 60))
    for slot in range(pods):
        born, generation = START - draw.uniform(3_600, 7_200), 0
        while born < world.span.end:
            died = born + draw.expovariate(1 / (life_minutes * 60)) + 60
            died = max(died, START + 1_800) if generation == 0 else died
            instance = f"pod-{slot}" if instances_return else f"pod-{slot}-{generation}"
            pod = Pod(instance, born, died, rate, bad_share, scrape_seconds, process_start)
            _live(world, draw, pod, gap)
            born, generation = died + draw.uniform(5, 60), generation + 1
    return world


@dataclass(frozen=True)
class Pod:
    """One process: when it lives, what it counts, how it is scraped."""

    instance: str
    born: float
    died: float
    rate: float
    bad_share: float
    scrape_seconds: int
    tells_start: bool


def _live(world: World, draw: random.Random, pod: Pod, gap: tuple[int, int] | None) -> None:
    counts: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    target = (("instance", pod.instance), ("job", "shop"))
    scraped_before = False
    at, last = pod.born + draw.uniform(1, pod.scrape_seconds), pod.born
    while at < min(pod.died, world.span.end):
        for _ in range(_poisson(draw, pod.rate * (at - last))):
            counts["500" if draw.random() < pod.bad_share else "200"] += 1
        last = at
        off = gap is not None and START + gap[0] * 60 <= at < START + gap[1] * 60
        if at >= START and not off:
            at_ms = round(at * 1000)
            world.samples["up"][target].append((at_ms, 1.0))
            if pod.tells_start:
                world.samples["process_start_time_seconds"][target].append((at_ms, pod.born))
            for code, count in counts.items():
                world.samples["requests"][("code", code), *target].append((at_ms, float(count)))
                if scraped_before or pod.born >= START:
                    world.truth[at_ms // 60_000 * 60, code] += count - shown[code]
                shown[code] = count
            scraped_before = True
        at += pod.scrape_seconds


def _poisson(draw: random.Random, mean: float) -> int:
    count, product = -1, 1.0
    limit = np.exp(-mean)
    while product > limit:
        count += 1
        product *= draw.random()
    return count
