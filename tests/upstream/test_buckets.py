"""A threshold between two buckets of a real histogram, and what is said of it."""

from decimal import Decimal

import pytest

from support.servers import StartPrometheus
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import LatencySli
from tallystick.core.timerange import TimeRange
from tallystick.upstream.buckets import explain, missing_bucket
from tallystick.upstream.client import connect

MIDNIGHT = 1_764_547_200
HISTOGRAM = Selector("request_seconds", (Matcher("job", MatchOp.EQUAL, "shop"),))


def page() -> str:
    """A histogram that ended before the span did, and another job's that has more buckets."""
    lines = ["# TYPE request_seconds histogram"]
    for job, bounds in (("shop", ("0.25", "0.5", "1.0")), ("other", ("0.3",))):
        for le in (*bounds, "+Inf"):
            lines += [f'request_seconds_bucket{{job="{job}",le="{le}"}} 5 {MIDNIGHT + 15 * at}' for at in range(4)]
        lines += [f'request_seconds_count{{job="{job}"}} 5 {MIDNIGHT + 15 * at}' for at in range(4)]
    lines += ["# TYPE summary_seconds summary", f'summary_seconds_count{{job="shop"}} 5 {MIDNIGHT}']
    return "\n".join(lines) + "\n"


def test_asking_for_buckets(start_prometheus: StartPrometheus) -> None:
    """Only a threshold that no bucket of the selected histogram ends at is a problem."""
    prometheus = connect(start_prometheus(history=page()).url)

    def asked(threshold: str, histogram: Selector = HISTOGRAM) -> str | None:
        span = TimeRange(MIDNIGHT, MIDNIGHT + 3_600)
        return missing_bucket(prometheus, LatencySli(histogram, Decimal(threshold)), span)

    assert asked("0.5") is asked("1") is asked("1.00") is None
    assert asked("0.3", Selector("nothing_seconds")) is None
    assert "it is a summary" in (asked("0.3", Selector("summary_seconds")) or "")
    words = asked("0.3")
    assert words is not None
    assert words.startswith('request_seconds has no bucket le="0.3"; neighbours are 0.25 and 0.5: write one of them')


@pytest.mark.parametrize(
    ("threshold", "bounds", "words"),
    [
        ("0.3", ["0.25", "0.5", "+Inf"], 'no bucket le="0.3"; neighbours are 0.25 and 0.5'),
        ("0.1", ["0.25", "0.5", "+Inf"], "its first is 0.25"),
        ("9", ["0.25", "0.5", "+Inf"], "its last is 0.5"),
        ("9", ["+Inf"], "none but +Inf"),
        ("0.3", ["0.30", "+Inf"], 'written le="0.30"'),
        ("0.00003", ["2e-05", "NaN", "odd", "4e-05"], "neighbours are 0.00002 and 0.00004"),
    ],
)
def test_what_is_said(threshold: str, bounds: list[str], words: str) -> None:
    """The words name what is nearest, and what would do."""
    said = explain("request_seconds", Decimal(threshold), bounds)

    assert said is not None
    assert words in said


@pytest.mark.parametrize("bounds", [[], ["0.3", "+Inf"], ["3e-1", "0.3"]])
def test_nothing_to_say(bounds: list[str]) -> None:
    """A bucket that is there, and a histogram that is not, are no problem."""
    assert explain("request_seconds", Decimal("0.3"), bounds) is None
