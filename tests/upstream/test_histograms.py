"""Histograms that differ from target to target: classic, native, and without the bucket that is asked for."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from support.servers import StartPrometheus
from tallystick.core.memory import Memory
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import LatencySli
from tallystick.core.timerange import TimeRange
from tallystick.upstream.client import connect
from tallystick.upstream.reader import Reader, ReadResult

MIDNIGHT = 1_764_547_200
MINUTES = 40
ROLLED_OUT, ROLLED_BACK = 20, 25
"""Minutes between which pod b has other buckets."""

SLI = LatencySli(Selector("request_seconds", (Matcher("job", MatchOp.EQUAL, "shop"),)), Decimal("0.3"))


def history() -> str:
    """Two pods with ten requests a minute, nine of them quick; for five minutes one of them has other buckets."""
    lines = ["# TYPE up gauge"]
    lines += [f'up{{job="shop",instance="{pod}"}} 1 {MIDNIGHT + 60 * at}' for pod in "ab" for at in range(MINUTES)]
    lines += ["# TYPE request_seconds unknown"]
    for pod in "ab":
        labels = f'job="shop",instance="{pod}"'
        lines += [f"request_seconds_count{{{labels}}} {10 * at} {MIDNIGHT + 60 * at}" for at in range(MINUTES)]
    for pod in "ab":
        for bound in ("0.3", "0.5"):
            labels = f'job="shop",instance="{pod}",le="{bound}"'
            for at in range(MINUTES):
                other = pod == "b" and ROLLED_OUT <= at < ROLLED_BACK
                if other == (bound == "0.5") or pod == "a":
                    lines.append(f"request_seconds_bucket{{{labels}}} {9 * at} {MIDNIGHT + 60 * at}")
    return "\n".join(lines) + "\n"


def by_the_minute(reader: Reader, span: TimeRange, memory: Memory) -> list[ReadResult]:
    """Each minute of *span*, all asked for at once."""
    found = []
    for start in range(span.start, span.end, 60):
        minute = TimeRange(start, start + 60)
        reader.prefetch([(SLI, {}, memory)], minute)
        found.append(reader.read(SLI, minute, memory))
        memory = found[-1].memory
    return found


def at_once(reader: Reader, span: TimeRange, memory: Memory) -> list[ReadResult]:
    """All of *span* in one."""
    return [reader.read(SLI, span, memory)]


@pytest.mark.parametrize("way", [by_the_minute, at_once])
def test_minutes_without_the_bucket_are_unknown(
    start_prometheus: StartPrometheus, way: Callable[[Reader, TimeRange, Memory], list[ReadResult]]
) -> None:
    """A rollout with other buckets is not "all bad": its minutes are unknown, and told; those before and after are counted."""
    reader = Reader(connect(start_prometheus(history=history()).url))

    found = way(reader, TimeRange(MIDNIGHT, MIDNIGHT + 60 * MINUTES), Memory())

    observed = [flag for result in found for flag in result.slices.observed.tolist()]
    total = sum(float(result.slices.total.sum()) for result in found)
    doubts = [doubt for result in found for doubt in result.doubts if doubt.reason == "no_bucket"]
    # The first count of a bucket that is back holds the good events of the time without it.
    assert [not ROLLED_OUT <= minute <= ROLLED_BACK for minute in range(MINUTES)] == observed
    assert sum(doubt.slices for doubt in doubts) == ROLLED_BACK - ROLLED_OUT + 1
    assert 'instance="b"' in doubts[0].words
    assert total == 2 * 10 * (MINUTES - 1 - (ROLLED_BACK - ROLLED_OUT + 1))
