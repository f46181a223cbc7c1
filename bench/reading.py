"""
Ways of reading an SLI: how exact they are, and what they cost.

``python bench/reading.py`` draws services whose every request is known (see `worlds`), and a wide one of many long-lived
series; loads what was scraped of them into real Prometheus servers, and reads it back in each way, a day at a time. Errors are
against what scraped samples can tell. It ends with 1 if raw samples are not exact.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import click
import numpy as np
from rich.table import Table

from served import Major, counter, served, show, version
from tallystick.core.memory import Memory
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, QuerySli
from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_day
from tallystick.demo.samples import Series
from tallystick.demo.scenario import DAY, Span
from tallystick.demo.servers import Server
from tallystick.upstream.client import Prometheus, connect
from tallystick.upstream.evaluated import read_evaluated
from tallystick.upstream.reader import Reader
from tallystick.upstream.wide import read_wide
from worlds import METRIC, SCENARIOS, World, make_world

SAMPLES = "prometheus_engine_query_samples_total"

Way = Callable[[Prometheus, EventsSli, TimeRange, TimeRange], Iterator[Slices]]
"""Reads the events of a window (the latter), given all the time that has samples (the former)."""


def raw(prometheus: Prometheus, sli: EventsSli, span: TimeRange, window: TimeRange) -> Iterator[Slices]:
    """Raw samples, from the first one on, so that the window knows what was before."""
    reader, memory = Reader(prometheus), Memory()
    for day in days_of(span):
        reader.forget()
        result = reader.read(sli, day, memory)
        memory = result.memory
        if day.start >= window.start:
            yield result.slices


def wide(prometheus: Prometheus, sli: EventsSli, _: TimeRange, window: TimeRange) -> Iterator[Slices]:
    """Sums by target."""
    for day in days_of(window):
        yield read_wide(prometheus, sli, day).groups[()]


def increase(prometheus: Prometheus, sli: EventsSli, _: TimeRange, window: TimeRange) -> Iterator[Slices]:
    """A query as people write it."""
    assert isinstance(sli.total, Selector)
    assert isinstance(sli.bad, Selector)
    query = QuerySli(
        total=f"sum(increase({sli.total.promql}[$window]))", bad=f"sum(increase({sli.bad.promql}[$window]))"
    )
    for day in days_of(window):
        for slices in read_evaluated(prometheus, query, day).groups.values():
            yield Slices(slices.start, slices.observed, slices.good / query.per_unit, slices.total / query.per_unit)


WAYS: dict[str, Way] = {"raw": raw, "wide": wide, "query": increase}


def days_of(span: TimeRange) -> Iterator[TimeRange]:
    """The days of *span*."""
    for start in range(span.start, span.end, DAY_SECONDS):
        yield TimeRange(start, min(start + DAY_SECONDS, span.end))


@dataclass(frozen=True, slots=True)
class Row:
    """One way on one kind of traffic: relative errors, and what a day of it cost."""

    prometheus: str
    scenario: str
    way: str
    bad: float
    total: float
    seconds: float
    requests: float
    samples: float


def measured(server: Server, world: World) -> Iterator[Row]:
    """Read *world* in each way."""
    matchers = (Matcher("job", MatchOp.EQUAL, world.scenario.name),)
    errors = Matcher("code", MatchOp.REGEX, "5..")
    sli = EventsSli(total=Selector(METRIC, matchers), bad=Selector(METRIC, (*matchers, errors)))
    span, window = (TimeRange(one.start, one.end) for one in (world.span, world.window))
    for name, way in WAYS.items():
        prometheus = connect(server.url, timeout_seconds=120, max_bytes=1 << 30)
        before, began = loaded(server), time.monotonic()
        parts = list(way(prometheus, sli, span, window))
        read = span if way is raw else window
        days = read.seconds / DAY_SECONDS
        total = sum(float(part.total.sum()) for part in parts)
        bad = total - sum(float(part.good.sum()) for part in parts)
        yield Row(
            version(server),
            world.scenario.name,
            name,
            bad / world.visible.bad - 1,
            total / world.visible.total - 1,
            (time.monotonic() - began) / days,
            prometheus.sent / days,
            (loaded(server) - before) / days,
        )


def loaded(server: Server) -> float:
    """How many samples its queries have loaded; Prometheus 2 does not tell."""
    return math.nan if version(server).startswith("2") else counter(server, SAMPLES)


def fleet(series: int, end: int) -> tuple[list[Series], Span]:
    """A day of counters of a hundred long-lived targets, scraped every 15 s."""
    span = Span(end - DAY - 6 * 3_600, end)
    random = np.random.default_rng(1)
    times = np.arange(span.start, span.end, 15.0)
    targets = [{"job": "fleet", "instance": f"10.0.0.{number}:80"} for number in range(100)]
    found = [Series("up", labels, times, np.ones(len(times), np.int64)) for labels in targets]
    starts = np.full(len(times), span.start - 9_999.0)
    found += [Series("process_start_time_seconds", labels, times, starts) for labels in targets]
    for number in range(series):
        labels = targets[number % 100] | {"handler": f"/{number // 200}", "code": "500" if number // 100 % 2 else "200"}
        found.append(Series(METRIC, labels, times, np.cumsum(random.poisson(1, len(times)))))
    return found, span


def priced(server: Server, window: TimeRange) -> Iterator[tuple[str, ...]]:
    """What reading the fleet costs, by the day and by five minutes."""
    job = Matcher("job", MatchOp.EQUAL, "fleet")
    sli = EventsSli(total=Selector(METRIC, (job,)), bad=Selector(METRIC, (job, Matcher("code", MatchOp.EQUAL, "500"))))
    last = TimeRange(window.end - 300, window.end)
    for name, way in WAYS.items():
        for length, part, whole in (("1d", window, window), ("5m", last, last)):
            prometheus = connect(server.url, timeout_seconds=600, max_bytes=1 << 31)
            before, began, ours = loaded(server), time.monotonic(), time.process_time()
            total = sum(float(one.total.sum()) for one in way(prometheus, sli, whole, part))
            yield (
                name,
                length,
                f"{total:,.0f}",
                f"{time.monotonic() - began:.2f}",
                f"{time.process_time() - ours:.2f}",
                f"{prometheus.sent}",
                f"{loaded(server) - before:,.0f}",
            )


@click.command()
@click.option("--seed", default=1, show_default=True)
@click.option("--prometheus", type=click.Choice(["2", "3", "both"]), default="both", show_default=True)
@click.option("--days", default=30, show_default=True, help="Length of the window.")
@click.option("--series", default=2_000, show_default=True, help="Series of the wide service.")
def main(*, seed: int, prometheus: str, days: int, series: int) -> None:
    """Compare the ways of reading."""
    end = floor_day(time.time())
    majors: list[Major] = ["2", "3"] if prometheus == "both" else ["2" if prometheus == "2" else "3"]
    rows: list[Row] = []
    for scenario in SCENARIOS:
        world = make_world(scenario, seed, end, days)
        for major in majors:
            with served(major, world.series, world.span) as server:
                rows += measured(server, world)
    show(accuracy(rows))
    costs = Table("way", "piece", "events", "seconds", "CPU of ours", "requests", "samples loaded", box=None)
    found, span = fleet(series, end)
    with served(majors[-1], found, span) as server:
        for row in priced(server, TimeRange(end - DAY, end)):
            costs.add_row(*row)
    show(costs)
    sys.exit(0 if all(row.bad == row.total == 0 for row in rows if row.way == "raw") else 1)


def accuracy(rows: Sequence[Row]) -> Table:
    """All of it, for people; a plain 0 is exact."""
    result = Table("Prometheus", "traffic", "way", "bad %", "total %", "s/day", "requests/day", "samples/day", box=None)
    for row in rows:
        errors = (f"{100 * error:+.3f}" if error else "0" for error in (row.bad, row.total))
        costs = f"{row.seconds:.2f}", f"{row.requests:.0f}", f"{row.samples:,.0f}"
        result.add_row(row.prometheus, row.scenario, row.way, *errors, *costs)
    return result


if __name__ == "__main__":
    main()
