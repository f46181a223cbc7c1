"""
Definitions in the forms that other tools have, over counters whose every event is known.

A form is a definition of another tool, what its own rules make of it, and what it really means: a count of events from the very
numbers that Prometheus was given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

MINUTE, HOUR, DAY = 60, 3_600, 86_400
SCRAPED = 7
"""Seconds after the minute at which samples are taken, so that none is at an edge of what is asked for."""

Values = NDArray[np.float64]
Counted = tuple[float, float]
"""Bad and all events."""

CLIENTS = 5
_GOOD_ENOUGH = 0.75


@dataclass
class World:
    """
    A shop with busy days and quiet nights.

    Attributes:
        start: its first minute, in seconds since 1970.
        minutes: how long it is.
        series: by name and labels, a value for each minute; NaN: no sample.
    """

    start: int
    minutes: int
    series: dict[str, Values] = field(default_factory=dict)

    def text(self) -> str:
        """All samples as OpenMetrics text."""
        lines = [
            f"{name} {values[minute]:.17g} {self.start + MINUTE * int(minute) + SCRAPED}"
            for name, values in self.series.items()
            for minute in np.flatnonzero(~np.isnan(values))
        ]
        return "\n".join(lines) + "\n"

    def at(self, name: str, moment: int) -> float:
        """What the last sample of *name* until *moment* was, 0 before its first."""
        minute = (moment - self.start - SCRAPED) // MINUTE
        value = self.series[name][minute]
        return 0.0 if np.isnan(value) else float(value)

    def grown(self, names: str | tuple[str, ...], begin: int, end: int) -> float:
        """By how much counters grew within a time."""
        several = (names,) if isinstance(names, str) else names
        return sum(self.at(name, end) - self.at(name, begin) for name in several)

    def seen(self, name: str, begin: int, end: int) -> Values:
        """The samples of a gauge within a time."""
        first, after = ((moment - self.start - SCRAPED) // MINUTE + 1 for moment in (begin, end))
        return self.series[name][first:after]


def make_world(end: int, days: int, seed: int = 5) -> World:
    """The last *days* before *end*, and some hours before them."""
    minutes = days * 1_440 + 6 * 60
    world = World(end - minutes * MINUTE, minutes + 1)
    draw = np.random.default_rng(seed)
    moments = world.start + MINUTE * np.arange(world.minutes)
    hour = moments % DAY // HOUR
    night = (hour < 6) & (hour != 3)
    rate = np.where(hour == 3, 0.0, np.where(night, 1.0, 60 + 40 * np.sin((hour - 6) / 18 * np.pi)))
    failing = np.where((hour == 2) & (moments % HOUR < 30 * MINUTE), 0.9, 0.001)
    failing = np.where((hour == 14) & (moments % HOUR < 10 * MINUTE), 0.05, failing)
    for region, share in (("eu", 0.7), ("us", 0.3)):
        requests = draw.poisson(rate * share)
        failed = draw.binomial(requests, failing)
        limited = draw.binomial(requests - failed, 0.002)
        for code, counts in (("500", failed), ("429", limited), ("200", requests - failed - limited)):
            world.series[f'shop_requests_total{{job="shop",instance="a",region="{region}",code="{code}"}}'] = _counter(
                counts
            )
    answered = draw.poisson(rate)
    slow = draw.binomial(answered, np.where(rate > 80, 0.05, 0.01))
    for le, counts in (("0.3", answered - slow), ("+Inf", answered)):
        world.series[f'shop_answer_seconds_bucket{{job="shop",instance="a",le="{le}"}}'] = _counter(counts)
    world.series['shop_answer_seconds_count{job="shop",instance="a"}'] = _counter(answered)
    runs = draw.poisson(rate / 10)
    broken = draw.binomial(runs, 0.01)
    world.series['shop_runs_total{job="shop",instance="a"}'] = _counter(runs)
    counter = _counter(broken)
    counter[counter == 0] = np.nan
    world.series['shop_broken_runs_total{job="shop",instance="a"}'] = counter
    asked = draw.poisson(rate * 3)
    lost = draw.binomial(asked, failing / 4)
    for rcode, counts in (("SERVFAIL", lost), ("NOERROR", asked - lost)):
        world.series[f'coredns_dns_responses_total{{job="shop",instance="a",rcode="{rcode}"}}'] = _counter(counts)
    fickle = Random(seed)
    for client in range(CLIENTS):
        values = np.array([round(fickle.uniform(0.7, 1), 3) for _ in range(world.minutes)])
        world.series[f'shop_satisfaction_ratio{{job="shop",instance="a",client="c{client}"}}'] = values
    world.series['up{job="shop",instance="a"}'] = np.ones(world.minutes)
    return world


def _counter(counts: NDArray[np.int64]) -> Values:
    return np.cumsum(counts).astype(np.float64)


@dataclass(frozen=True)
class Form:
    """
    A definition of another tool.

    Attributes:
        name: of its SLO.
        tool: whose it is.
        document: its text.
        ratio: what its tool's rules record of five minutes, where that is a ratio: PromQL with ``{{.window}}``.
        truth: bad and all events of the world between two moments, by the values of its group.
        timed: whether only the ratio means something.
    """

    name: str
    tool: str
    document: str
    ratio: str
    truth: Callable[[World, int, int], Mapping[str, Counted]]
    timed: bool = False


def _sloth(
    name: str, sli: str, ratio: str, truth: Callable[[World, int, int], Mapping[str, Counted]], **more: bool
) -> Form:
    document = f"version: prometheus/v1\nservice: forms\nslos:\n  - name: {name}\n    objective: 99\n    sli:\n{sli}"
    return Form(name, "Sloth", document, ratio, truth, **more)


def _events(bad: str, total: str) -> tuple[str, str]:
    """An SLI of two queries, and the ratio that is recorded of it."""
    return f"      events:\n        error_query: '{bad}'\n        total_query: '{total}'\n", f"({bad}) / ({total})"


def _raw(query: str) -> tuple[str, str]:
    lines = "".join(f"          {line}\n" for line in query.splitlines())
    return f"      raw:\n        error_ratio_query: |\n{lines}", query


def _requests(codes: tuple[str, ...], regions: tuple[str, ...] = ("eu", "us")) -> tuple[str, ...]:
    made = 'shop_requests_total{{job="shop",instance="a",region="{}",code="{}"}}'
    return tuple(made.format(region, code) for region in regions for code in codes)


_ALL = ("200", "429", "500")
_FAILED = 'sum(rate(shop_requests_total{job="shop",code=~"(5..|429)"}[{{.window}}]))'
_ASKED = 'sum(rate(shop_requests_total{job="shop"}[{{.window}}]))'
_LE = 'shop_answer_seconds_bucket{job="shop",instance="a",le="0.3"}'
_COUNT = 'shop_answer_seconds_count{job="shop",instance="a"}'
_DNS = 'coredns_dns_responses_total{{job="shop",instance="a",rcode="{}"}}'


def _of_requests(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    return {"": (world.grown(_requests(("429", "500")), begin, end), world.grown(_requests(_ALL), begin, end))}


def _of_regions(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    return {
        region: (
            world.grown(_requests(("500",), (region,)), begin, end),
            world.grown(_requests(_ALL, (region,)), begin, end),
        )
        for region in ("eu", "us")
    }


def _of_latency(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    total = world.grown(_COUNT, begin, end)
    return {"": (total - world.grown(_LE, begin, end), total)}


def _of_runs(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    bad, total = (f'shop_{name}_total{{job="shop",instance="a"}}' for name in ("broken_runs", "runs"))
    return {"": (world.grown(bad, begin, end), world.grown(total, begin, end))}


def _of_dns(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    lost, found = (world.grown(_DNS.format(rcode), begin, end) for rcode in ("SERVFAIL", "NOERROR"))
    return {"": (lost, lost + found)}


def _satisfaction(world: World, begin: int, end: int) -> Values:
    made = 'shop_satisfaction_ratio{{job="shop",instance="a",client="c{}"}}'
    return np.array([world.seen(made.format(client), begin, end) for client in range(CLIENTS)])


def _of_gauges(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    values = _satisfaction(world, begin, end)
    return {"": (float(values.size - values.sum()), float(values.size))}


def _of_clients(world: World, begin: int, end: int) -> Mapping[str, Counted]:
    # A subquery looks at each full minute, the first but not the last one of the time, and sees the sample before it.
    values = _satisfaction(world, begin - MINUTE, end - MINUTE)
    return {"": (float((values < _GOOD_ENOUGH).sum()), float(values.size))}


SLOTH = (
    _sloth("codes", *_events(_FAILED, _ASKED), _of_requests),
    _sloth(
        "difference",
        *_events(
            'sum(rate(shop_answer_seconds_count{job="shop"}[{{.window}}]))'
            ' - sum(rate(shop_answer_seconds_bucket{job="shop",le="0.3"}[{{.window}}]))',
            'sum(rate(shop_answer_seconds_count{job="shop"}[{{.window}}]))',
        ),
        _of_latency,
    ),
    _sloth("quotient", *_raw(f"{_FAILED}\n/\n{_ASKED}"), _of_requests),
    _sloth(
        "complement",
        *_raw(
            '1 - ((\n  sum(rate(shop_answer_seconds_bucket{job="shop",le="0.3"}[{{.window}}]))\n  /\n'
            '  (sum(rate(shop_answer_seconds_count{job="shop"}[{{.window}}])) > 0)\n) OR on() vector(1))'
        ),
        _of_latency,
    ),
    _sloth(
        "gauges",
        *_raw(
            "1 - (\n  sum(sum_over_time(shop_satisfaction_ratio[{{.window}}]))\n  /\n"
            "  sum(count_over_time(shop_satisfaction_ratio[{{.window}}]))\n)"
        ),
        _of_gauges,
    ),
    _sloth(
        "subquery",
        *_events(
            "sum_over_time((count(shop_satisfaction_ratio < 0.75))[{{.window}}:1m]) OR on() vector(0)",
            "sum_over_time((count(shop_satisfaction_ratio))[{{.window}}:1m])",
        ),
        _of_clients,
    ),
    _sloth(
        "increases",
        *_events(
            'sum(increase(shop_broken_runs_total{job="shop"}[{{.window}}])) or vector(0)',
            'sum(increase(shop_runs_total{job="shop"}[{{.window}}])) > 0',
        ),
        _of_runs,
    ),
    _sloth(
        "groups",
        *_events(
            'sum by (region) (rate(shop_requests_total{job="shop",code="500"}[{{.window}}]))',
            'sum by (region) (rate(shop_requests_total{job="shop"}[{{.window}}]))',
        ),
        _of_regions,
    ),
    _sloth(
        "plugin",
        "      plugin:\n        id: sloth-common/coredns/availability\n        options: {filter: 'job=\"shop\"'}\n",
        'sum(rate(coredns_dns_responses_total{job="shop",rcode=~"SERVFAIL"}[{{.window}}]))'
        ' / (sum(rate(coredns_dns_responses_total{job="shop"}[{{.window}}])) > 0)',
        _of_dns,
    ),
    _sloth("mean", *_raw("1 - avg(avg_over_time(shop_satisfaction_ratio[{{.window}}]))"), _of_gauges, timed=True),
)
"""Ten forms that Sloth's files have."""
