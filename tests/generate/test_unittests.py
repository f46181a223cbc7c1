"""What generated tests are made of: values for matchers, sums of invented pasts, and what alerts say of them."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.slos import LATENCY, PROBE, make_slo, selector
from tallystick.core.selector import Matcher, MatchOp
from tallystick.core.sli import EventsSli, Sum, Term
from tallystick.generate.decimals import decimal_text
from tallystick.generate.unittests.feed import Feed, Line
from tallystick.generate.unittests.history import STEPS, Phase, Sums
from tallystick.generate.unittests.sources import feed_of
from tallystick.generate.unittests.values import choices, examples, holds

SEEDS = ("0", "1", "42")


@pytest.mark.parametrize(
    ("pattern", "first"),
    [("5..", "500"), ("eu|us", "eu"), ("a+b*", "a"), ("[^a-y0-9]", "A"), ("(?i)x", "x"), ("x{2,4}", "xx"), (".*", "")],
)
def test_examples_are_as_a_person_would_choose_them(pattern: str, first: str) -> None:
    """Short, of letters and digits, and matched by the pattern."""
    found = examples(pattern)

    assert found[0] == first
    assert all(holds(Matcher("a", MatchOp.REGEX, pattern), value) for value in found)


@pytest.mark.parametrize("pattern", ["\\pL", "\\Qa\\E", "[[:alpha:]]", "a{,2}", "(?U)a", "\\x{41}", "(", "a(?=b)"])
def test_there_are_no_examples_of_what_is_not_understood(pattern: str) -> None:
    """A pattern that Python may read otherwise than RE2 is not tried."""
    assert examples(pattern) == ()


def test_examples_do_not_depend_on_chance() -> None:
    """Sets have another order in every process; the values do not."""
    code = "from tallystick.generate.unittests.values import examples; print(examples('[^a]\\\\W\\\\s.'))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in SEEDS
    }

    assert len(told) == 1
    assert told != {"()\n"}


def test_values_tell_matchers_apart() -> None:
    """One value for each combination of verdicts: a code that is bad, one that is good, and no label where that counts."""
    bad, there = Matcher("code", MatchOp.REGEX, "5.."), Matcher("code", MatchOp.NOT_EQUAL, "")

    assert choices((bad, there)) == ("500", "200", "")


def test_a_pattern_that_goes_back_over_the_text_is_not_tried_on_long_texts() -> None:
    """Python would not come to an end; RE2 does."""
    assert holds(Matcher("a", MatchOp.REGEX, "(a+)+b"), "a" * 60) is None


def lines(feed: Feed) -> list[tuple[str, int, int]]:
    """The series of a feed's only group, and how events and bad ones count in them."""
    ((_, found),) = feed.groups
    return [(line.series, line.events, line.bad) for line in found]


@pytest.mark.parametrize(
    ("sli", "expected"),
    [
        (
            EventsSli(total=selector("a_total", code="~.+"), bad=selector("b_total")),
            [('a_total{code="0"}', 1, 0), ("b_total{}", 0, 1)],
        ),
        (
            EventsSli(total=selector("a_total"), good=selector("a_total", code="200")),
            [('a_total{code="200"}', 1, -1), ('a_total{code="other"}', 0, 1)],
        ),
        (
            EventsSli(
                total=Sum((Term(1, selector("ok_total")), Term(1, selector("err_total")))), bad=selector("err_total")
            ),
            [("ok_total{}", 1, -1), ("err_total{}", 0, 1)],
        ),
        (
            LATENCY,
            [
                ('http_request_duration_seconds_count{job="checkout"}', 1, 0),
                ('http_request_duration_seconds_bucket{job="checkout",le="0.3"}', 1, -1),
                ('http_request_duration_seconds_bucket{job="checkout",le="+Inf"}', 1, 0),
            ],
        ),
        (PROBE, [('probe_success{instance="shop",job="probe"}', 1, -1)]),
    ],
)
def test_series_are_made_of_selectors(sli: EventsSli, expected: list[tuple[str, int, int]]) -> None:
    """Which series there are, and what of all events and of the bad ones each counts."""
    assert lines(feed_of(make_slo(sli=sli), {}, 1)) == expected


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 10**9), st.decimals("0", "1", places=6)), min_size=1, max_size=8
    )
)
def test_counters_never_fall(phases: list[tuple[int, int, Decimal]]) -> None:
    """Read as promtool reads them, added up step by step: not even by what is lost in floating point."""
    history = tuple(Phase(pieces, Fraction(each), Fraction(ratio)) for pieces, each, ratio in phases)
    feed = Feed((({}, (Line("a", {}, "counter", 0, 1),)),), "", (), frozenset())

    ((_, text),) = feed.series(history)

    values = [0.0]
    for part in text.split()[1:]:
        start, _, rest = part.partition("+")
        increase, _, times = rest.partition("x")
        value = float(start)
        values.append(value)
        for _ in range(int(times)):
            value += float(increase)
            values.append(value)
    assert len(values) == 1 + STEPS * sum(pieces for pieces, _, _ in phases)
    assert values == sorted(values)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 999), st.fractions(0, 1, max_denominator=50)), min_size=1))
def test_windows_are_sums_of_pieces(phases: list[tuple[int, int, Fraction]]) -> None:
    """However they are added up, a window holds what its pieces hold, and no more than there is."""
    history = [Phase(pieces, Fraction(each), ratio) for pieces, each, ratio in phases]
    pieces = [
        (phase.per_minute * STEPS, phase.per_minute * STEPS * phase.ratio)
        for phase in history
        for _ in range(phase.pieces)
    ]
    sums = Sums(history)

    for at in (1, sums.last // 2 + 1, sums.last):
        for length in (1, 3, 100):
            counted = sums.window(at, length)
            inside = pieces[max(at - length, 0) : at]
            assert counted.total == pytest.approx(float(sum(total for total, _ in inside)))
            assert counted.bad == pytest.approx(float(sum(bad for _, bad in inside)))


def test_numbers_are_written_without_exponent() -> None:
    """Promtool takes `1e+20+5x3` for something else; so do not write it."""
    feed = Feed((({}, (Line("a", {}, "counter", 1, 0),)),), "", (), frozenset())

    ((_, text),) = feed.series((Phase(1, Fraction(10**21)), Phase(1, Fraction(1, 10**7))))

    assert "e" not in text.lower()
    assert text.startswith(f"0 {decimal_text(Fraction(10**21))}+")
