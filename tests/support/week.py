"""A week of traffic that ends now, as OpenMetrics text: busy days, quiet nights."""

import time
from collections.abc import Callable, Iterator, Mapping

STEP_SECONDS = 300
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400
NIGHT = range(2, 5)
"""Hours of the day, in UTC, in which it is quiet."""

Traffic = Callable[[int], int]
"""Events in five minutes, at an hour of the day."""


def nightly(day: int, night: int) -> Traffic:
    """*day* events in five minutes, and *night* of them in the hours of `NIGHT`."""
    return lambda hour: night if hour in NIGHT else day


def week(metric: str, series: Mapping[str, Traffic]) -> str:
    """
    Eight days of counters of *metric* until now, by their labels as text: ``job="shop"``.

    The last sample is up to five minutes old, so that a scrape would be late and no older.
    """
    end = int(time.time()) // STEP_SECONDS * STEP_SECONDS
    lines = [line for labels, traffic in series.items() for line in _counter(metric, labels, traffic, end)]
    return f"# TYPE {metric.removesuffix('_total')} counter\n" + "\n".join(lines) + "\n"


def _counter(metric: str, labels: str, traffic: Traffic, end: int) -> Iterator[str]:
    value = 0
    for at in range(end - 8 * DAY_SECONDS, end + 1, STEP_SECONDS):
        yield f"{metric}{{{labels}}} {value} {at}"
        value += traffic(at % DAY_SECONDS // HOUR_SECONDS)
