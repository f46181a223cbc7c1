"""Reading SLIs from a real Prometheus: the same counts wherever time is cut, whatever the selectors name."""

import itertools

import pytest

from support.servers import StartPrometheus
from tallystick.core.memory import Memory
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli
from tallystick.core.timerange import TimeRange
from tallystick.upstream.client import connect
from tallystick.upstream.reader import Reader

MIDNIGHT = 1_764_547_200
MINUTES = 60
BORN = 30
"""Minute of the first request, and of the first error."""


def history() -> str:
    """A shop whose counters appear with their first event, half an hour after the first scrape; errors in a proxy's job."""
    lines = ["# TYPE up gauge"]
    for job in ("shop", "proxy"):
        lines += [f'up{{job="{job}",instance="i"}} 1 {MIDNIGHT + 60 * at}' for at in range(MINUTES)]
    lines += ["# TYPE requests counter"]
    for at in range(BORN, MINUTES):
        stamp = MIDNIGHT + 60 * at
        lines += [f'requests_total{{job="shop",instance="i",code="200"}} {100 + at - BORN} {stamp}']
        lines += [f'requests_total{{job="shop",instance="i",code="500"}} 7 {stamp}']
    lines += ["# TYPE failures counter"]
    lines += [f'failures_total{{job="proxy",instance="i"}} 5 {MIDNIGHT + 60 * at}' for at in range(BORN, MINUTES)]
    return "\n".join(lines) + "\n"


def job(op: MatchOp, value: str) -> Matcher:
    """A matcher of the job."""
    return Matcher("job", op, value)


ERRORS = Matcher("code", MatchOp.EQUAL, "500")
REQUESTS = Selector("requests_total")

CASES = {
    "by name": ((job(MatchOp.EQUAL, "shop"),), (job(MatchOp.EQUAL, "shop"), ERRORS)),
    "by pattern": ((job(MatchOp.REGEX, "shop|cart"),), (job(MatchOp.REGEX, "shop|cart"), ERRORS)),
    "by exception": ((job(MatchOp.NOT_EQUAL, "cart"),), (job(MatchOp.NOT_EQUAL, "cart"), ERRORS)),
    "not at all": ((), (ERRORS,)),
}


def read(url: str, sli: EventsSli, piece: int) -> tuple[float, float, int]:
    """Good events, all events and observed seconds, read *piece* minutes at a time."""
    reader, memory = Reader(connect(url)), Memory()
    good = total = seconds = 0.0
    edges = range(MIDNIGHT, MIDNIGHT + 60 * MINUTES + 1, 60 * piece)
    for start, end in itertools.pairwise(edges):
        reader.forget()
        result = reader.read(sli, TimeRange(start, end), memory)
        memory = result.memory
        assert not result.doubts
        found = result.slices.observation()
        good, total = good + found.tally.good, total + found.tally.total
        seconds += found.observed_seconds
    return good, total, int(seconds)


@pytest.mark.parametrize("case", CASES)
def test_counts_do_not_depend_on_the_cuts(case: str, start_prometheus: StartPrometheus) -> None:
    """A counter born at a target that was already scraped counts from zero, read by the minute or by the hour."""
    url = start_prometheus(history=history()).url
    total, bad = (Selector("requests_total", matchers) for matchers in CASES[case])
    sli = EventsSli(total=total, bad=bad)

    found = [read(url, sli, piece) for piece in (60, 10, 1)]

    assert found == [(100 + 29, 100 + 29 + 7, 30 * 60)] * 3


def test_errors_that_another_job_counts(start_prometheus: StartPrometheus) -> None:
    """The first error of a proxy's counter is an error, though the requests are counted by the service."""
    url = start_prometheus(history=history()).url
    sli = EventsSli(
        total=REQUESTS.having(job(MatchOp.EQUAL, "shop")),
        bad=Selector("failures_total", (job(MatchOp.EQUAL, "proxy"),)),
    )

    found = [read(url, sli, piece) for piece in (60, 1)]

    assert found == [(136 - 5, 136, 30 * 60)] * 2
