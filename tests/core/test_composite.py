"""Composites: what several SLOs delivered as one."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.slos import make_slo
from tallystick.core.budget import compliance
from tallystick.core.composite import Component, Method, composite_observe
from tallystick.core.sli import NoData, Part
from tallystick.core.standing import Observe, State, standings
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange

DAY = 86_400
AT = 1_796_040_000
SPAN = TimeRange(AT - 1_000 * 60, AT)
METHODS: list[Method] = ["weighted", "serial", "worst"]
NO_DATA: list[NoData] = ["ignore", "good", "bad"]


def component(
    good: float, total: float, *, weight: str = "1", observed: Fraction | int = 1, out: Sequence[TimeRange] = ()
) -> Component:
    """A part with these counts in any time, of which a share was *observed*."""
    return Component(
        Part("part", Decimal(weight)), lambda span: Observation(Tally(good, total), int(span.seconds * observed)), out
    )


MISSING = Component(Part("missing"), lambda _: UNOBSERVED)
"""A part of which nothing was observed."""


def delivered(components: Sequence[Component], method: Method, no_data: NoData = "ignore") -> Fraction | None:
    """Compliance of a composite."""
    return compliance(composite_observe(components, method, no_data)(SPAN).tally)


@pytest.mark.parametrize(
    ("method", "expected"),
    [("weighted", Fraction(93, 100)), ("serial", Fraction(855, 1_000)), ("worst", Fraction(90, 100))],
)
def test_methods(method: Method, expected: Fraction) -> None:
    """90 % that weighs two and 95 % that weighs three: 93 % by weight, 85.5 % one after the other, 90 % at worst."""
    parts = [component(9, 10, weight="2"), component(950, 1_000, weight="3")]

    assert delivered(parts, method) == expected
    assert composite_observe(parts, method, "ignore")(SPAN).tally.total == 1_010


def test_a_verdict_at_the_edge_is_exact() -> None:
    """The mean of 99.8 % and 99.9 % is 99.85 %, and a third of a third is a ninth: no float is between."""
    assert delivered([component(998, 1_000), component(999, 1_000)], "weighted") == Fraction(Decimal("0.9985"))
    assert delivered([component(1, 3), component(2, 6)], "serial") == Fraction(1, 9)
    thirds = [component(1, 3, weight="0.1"), component(1, 3, weight="0.2"), component(2, 3, weight="0.3")]
    assert delivered(thirds, "weighted") == Fraction(1, 2)


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 1_000),
    st.sampled_from(METHODS),
    st.sampled_from(NO_DATA),
)
def test_a_composite_of_one_equals_the_one(good: int, more: int, minutes: int, method: Method, no_data: NoData) -> None:
    """Whatever the method, one part alone is the same in every figure."""
    tally = Tally(good, good + more) if minutes else Tally(0, 0)

    def alone(span: TimeRange) -> Observation:
        return Observation(tally, min(minutes * 60, span.seconds))

    together = composite_observe([Component(Part("one", Decimal("0.7")), alone)], method, no_data)
    slo = make_slo(days=7)
    (one,), (same,) = (standings(slo, AT, each, fresh=True, group={}, since=0) for each in (alone, together))

    assert one.observation == same.observation
    assert (one.state, one.compliance, one.coverage) == (same.state, same.compliance, same.coverage)
    assert (one.budget_remaining, one.burn_rates, one.exhaustion) == (
        same.budget_remaining,
        same.burn_rates,
        same.exhaustion,
    )


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(1, 9)), min_size=1, max_size=5),
    st.sampled_from(METHODS),
)
def test_a_composite_is_within_its_parts(parts: list[tuple[int, int, int]], method: Method) -> None:
    """No method makes it better than the best part; by weight it is not worse than the worst; order does not matter."""
    made = [component(good, good + bad, weight=str(weight)) for good, bad, weight in parts]
    each = [share for good, bad, _ in parts if (share := compliance(Tally(good, good + bad))) is not None]
    found = delivered(made, method)

    assert found == delivered(made[::-1], method)
    if not each:
        assert found is None
    else:
        assert found is not None
        assert found <= max(each)
        assert {"weighted": found >= min(each), "serial": found <= min(each), "worst": found == min(each)}[method]


@pytest.mark.parametrize(
    ("method", "no_data", "expected"),
    [
        ("weighted", "ignore", Fraction(9, 10)),
        ("weighted", "good", Fraction(95, 100)),
        ("weighted", "bad", Fraction(45, 100)),
        ("serial", "ignore", Fraction(9, 10)),
        ("serial", "good", Fraction(9, 10)),
        ("serial", "bad", Fraction(0)),
        ("worst", "ignore", Fraction(9, 10)),
        ("worst", "good", Fraction(9, 10)),
        ("worst", "bad", Fraction(0)),
    ],
)
def test_a_part_without_data(method: Method, no_data: NoData, expected: Fraction) -> None:
    """It is left out, and the others weigh more; or it counts as wholly good or bad."""
    found = composite_observe([component(9, 10), MISSING], method, no_data)(SPAN)

    assert compliance(found.tally) == expected
    assert found.observed_seconds == SPAN.seconds


def test_a_part_without_traffic_is_left_out() -> None:
    """Nobody used it, and that is known: it is neither good nor bad, whatever missing parts are."""
    parts = [component(9, 10), component(0, 0)]

    assert [delivered(parts, "weighted", no_data) for no_data in NO_DATA] == [Fraction(9, 10)] * 3


def test_without_any_data_nothing_is_known() -> None:
    """No part at all was observed: nothing is known, also where missing parts count; without traffic there is no verdict."""
    assert [composite_observe([MISSING, MISSING], "serial", no_data)(SPAN) for no_data in NO_DATA] == [UNOBSERVED] * 3
    quiet = composite_observe([component(0, 0), MISSING], "worst", "bad")
    (made,) = standings(make_slo(days=7), AT, quiet, fresh=True, group={})
    assert made.state is State.NO_TRAFFIC


@pytest.mark.parametrize(("method", "expected"), [("weighted", 700), ("serial", 400), ("worst", 400)])
def test_coverage(method: Method, expected: int) -> None:
    """By weight it is the mean, otherwise that of the part that was seen least."""
    parts = [
        component(9, 10, observed=Fraction(4, 10)),
        component(9, 10, weight="0.5", observed=1),
        component(0, 0, weight=".5"),
    ]

    assert composite_observe(parts, method, "ignore")(SPAN).observed_seconds == expected * 60


def test_what_is_excluded_of_a_part_was_not_missed() -> None:
    """A part's coverage is of what counts of it, and the composite's of what counts of the composite."""
    half = [TimeRange(SPAN.start, SPAN.start + 500 * 60)]
    seen: Observe = lambda _span: Observation(Tally(9, 10), 500 * 60)  # noqa: E731  # short and named
    parts = [Component(Part("half"), seen, half), component(9, 10)]

    assert composite_observe(parts, "serial", "ignore")(SPAN).observed_seconds == SPAN.seconds
    assert composite_observe(parts, "serial", "ignore", half)(SPAN).observed_seconds == 500 * 60
    all_out = [Component(Part("out"), lambda _: UNOBSERVED, [SPAN]), component(9, 10)]
    assert composite_observe(all_out, "serial", "ignore")(SPAN).observed_seconds == SPAN.seconds


def test_composites_of_composites() -> None:
    """A composite may be a part: it is observed as any other."""
    inner = composite_observe([component(9, 10), component(8, 10)], "serial", "ignore")

    assert delivered([Component(Part("inner"), inner), component(1, 1)], "weighted") == Fraction(86, 100)
