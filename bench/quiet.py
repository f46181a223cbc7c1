"""
Whom one error in a quiet night wakes: by our rules, by Sloth's, by Pyrra's.

``python bench/quiet.py`` loads a week of a service that is busy by day and has one request in ten minutes at night, of which
one fails in the last night. Each rule set is recorded on a real Prometheus as it would have been, rule by rule, those first
that others read; then each alert's condition is asked for every 30 s of the night, and has to hold as long as its
``for`` says. It ends with 1 if ours wake anybody, or if nobody is woken where a single error is enough on purpose.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

import rulesets
from formulas import Question
from pairs import generated
from rulesets import INTERVAL_SECONDS, Rule
from served import Major, served, show
from tallystick.core.timerange import floor_day
from tallystick.demo.samples import Series
from tallystick.demo.scenario import DAY, HOUR, MINUTE, Span

JOB, METRIC = "shop", "http_requests_total"
TOTAL, BAD = f'{METRIC}{{job="{JOB}"}}', f'{METRIC}{{job="{JOB}",code=~"5.."}}'
DAYS = 7
SCRAPE_SECONDS = 30
PHASE_SECONDS = 7
"""Scrapes are seldom on the very second of an evaluation."""

BY_DAY, BY_NIGHT = 60, 600
"""A request a second from 6 to 22 o'clock, in all 60 a minute; one every 600 seconds otherwise."""

FAILED = 4 * HOUR + 20 * MINUTE
"""The request that fails: at 04:20 of the last night. By day one in 5,000 does, a fifth of what is allowed."""

NIGHT = (22 - 24, 8)
"""What is looked at, in hours from the last midnight."""

WAKING = frozenset({"page", "critical"})
ON_PURPOSE = "tallystick, min_events: 0"
OURS = {
    "tallystick": "{}",
    "tallystick, weigh: traffic": "{weigh: traffic}",
    ON_PURPOSE: "{min_events: 0}",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """
    What a rule set did in the night.

    Attributes:
        rules: whose.
        pages: how often somebody was woken.
        first: when, in seconds since 1970; None if nobody was.
        minutes: how long an alert fired that wakes somebody.
    """

    rules: str
    pages: int
    first: int | None
    minutes: float


def traffic(midnight: int) -> list[Series]:
    """The service's week up to eight in the morning after *midnight*: one process, whose counters are there all the time."""
    clock = np.arange(midnight - DAYS * DAY, midnight + NIGHT[1] * HOUR, SCRAPE_SECONDS)
    of_day = clock % DAY
    busy = (of_day >= 6 * HOUR) & (of_day < 22 * HOUR)
    requests = np.where(busy, BY_DAY * SCRAPE_SECONDS // MINUTE, clock % BY_NIGHT == 0).astype(np.int64)
    failed = (np.cumsum(requests) % 5_000 < requests) & busy
    failed |= clock == midnight + FAILED
    times = clock.astype(np.float64) + PHASE_SECONDS
    labels = {"job": JOB, "instance": "shop:8080"}
    good = np.cumsum(requests - failed)
    return [
        Series("up", labels, times, np.ones(len(times), np.int64)),
        Series(METRIC, {**labels, "code": "200"}, times, 1_000_000 + good),
        Series(METRIC, {**labels, "code": "500"}, times, 200 + np.cumsum(failed)),
    ]


def needed(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Rules that the alerts which wake somebody read, in rounds: each reads what rounds before it record."""
    known = {rule.record: rule for rule in rules if rule.record}
    wanted: dict[str, set[str]] = {}
    found = [name for rule in rules if rule.severity in WAKING for name in _read(rule, known)]
    while found:
        name = found.pop()
        if name not in wanted:
            wanted[name] = _read(known[name], known)
            found += wanted[name]
    done: set[str] = set()
    while len(done) < len(wanted):
        ready = sorted(name for name, reads in wanted.items() if name not in done and reads <= done)
        assert ready, f"{wanted.keys() - done} read one another"
        yield [known[name] for name in ready]
        done.update(ready)


def _read(rule: Rule, known: dict[str, Rule]) -> set[str]:
    return {name for name in re.findall(r"[a-z_][\w:]*", rule.expr) if name in known}


def recorded(question: Question, rules: Sequence[Rule]) -> Iterator[Series]:
    """What *rules* make of what the Prometheus in question holds."""
    for rule in rules:
        samples = list(question.timed(rule.expr, question.window.start, rule.interval))
        times = np.array([at for at, _ in samples], np.float64)
        yield Series(rule.record, rule.labels[0], times, np.array([value for _, value in samples]))


def judged(name: str, rules: Sequence[Rule], major: Major, midnight: int) -> Pages:
    """Record *rules* over the week, and follow their alerts through the night."""
    series, whole = traffic(midnight), Span(midnight - DAYS * DAY, midnight + NIGHT[1] * HOUR)
    for some in needed(rules):
        with served(major, series, whole) as server:
            series += recorded(Question(server.url, major, TOTAL, BAD, whole), some)
    night = Span(*(midnight + hours * HOUR for hours in NIGHT))
    steps = np.arange(night.start, night.end, INTERVAL_SECONDS)
    firing = np.zeros(len(steps), np.bool_)
    with served(major, series, whole) as server:
        question = Question(server.url, major, TOTAL, BAD, night)
        for rule in rules:
            if rule.severity in WAKING:
                active = {at for at, _ in question.timed(rule.expr, night.start, INTERVAL_SECONDS)}
                firing |= fired(np.isin(steps, list(active)), rule.hold)
    begins = np.flatnonzero(firing & ~np.concatenate([[False], firing[:-1]]))
    first = int(steps[begins[0]]) if len(begins) else None
    return Pages(name, len(begins), first, firing.sum() * INTERVAL_SECONDS / MINUTE)


def fired(active: NDArray[np.bool_], hold: int) -> NDArray[np.bool_]:
    """When an alert fires that is *active* at each step: once it has been so for *hold* seconds."""
    index = np.arange(len(active))
    since = index - np.maximum.accumulate(np.where(active, -1, index))
    return active & ((since - 1) * INTERVAL_SECONDS >= hold)


@click.command()
@click.option("--prometheus", type=click.Choice(["2", "3"]), default="3", show_default=True)
def main(*, prometheus: str) -> None:
    """Tell whom a quiet night's one error wakes."""
    major: Major = "2" if prometheus == "2" else "3"
    midnight = floor_day(time.time())
    sets: dict[str, Sequence[Rule]] = {}
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as folder:
        for name, alerting in OURS.items():
            sets[name] = generated(Path(folder), JOB, TOTAL, BAD, alerting)
    sets |= {"Sloth": list(rulesets.sloth(JOB, METRIC)), "Pyrra": list(rulesets.pyrra(JOB, METRIC))}
    found = [judged(name, rules, major, midnight) for name, rules in sets.items()]
    show(table(found))
    sys.exit(0 if all((one.pages > 0) == (one.rules == ON_PURPOSE) for one in found if one.rules in OURS) else 1)


def table(found: Sequence[Pages]) -> Table:
    """What was found, for people."""
    result = Table(box=None, pad_edge=False)
    result.add_column("rules", no_wrap=True)
    for name in ("pages", "first", "minutes"):
        result.add_column(name, justify="right", no_wrap=True)
    for one in found:
        first = "" if one.first is None else f"{datetime.fromtimestamp(one.first, UTC):%H:%M:%S}"
        result.add_row(one.rules, str(one.pages), first, f"{one.minutes:g}")
    return result


if __name__ == "__main__":
    main()
