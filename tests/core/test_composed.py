"""The past of a composite, beside what a composite is defined to have delivered."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.ledgers import MIDNIGHT
from support.pasts import alerts_of, minute, past_of, promise_of
from support.slos import make_slo
from tallystick.core.backtest import replay
from tallystick.core.budget import compliance
from tallystick.core.composed import Blend, ComposedPast, PartPast
from tallystick.core.composite import Component, Method, composite_observe
from tallystick.core.incidents import losses
from tallystick.core.past import Past
from tallystick.core.sli import CompositeSli, NoData, Part
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.tally import Observation
from tallystick.core.timerange import TimeRange

METHODS: tuple[Method, ...] = ("weighted", "serial", "worst")
NO_DATA: tuple[NoData, ...] = ("ignore", "good", "bad")


def observer(past: Past) -> Callable[[TimeRange], Observation]:
    """What a ledger would say of the same time."""
    return lambda span: past.net.clip(span).observation()


def whole(
    pasts: list[Past], method: Method, no_data: NoData = "ignore", weights: tuple[int, ...] = (1, 1, 1)
) -> ComposedPast:
    """Some pasts as one."""
    parts = [PartPast(float(weight), past, Fraction(1)) for weight, past in zip(weights, pasts, strict=False)]
    return ComposedPast(Blend(parts, method, no_data), pasts[0].excluded, 0)


@st.composite
def pasts(draw: st.DrawFn) -> list[Past]:
    """Three SLOs over two hours, with stretches of errors, without traffic and without data."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    made = []
    for _ in range(3):
        total = random.poisson(draw(st.sampled_from([0.02, 5])), 120).astype(np.float64)
        observed = np.ones(120, np.bool_)
        first = draw(st.integers(0, 120))
        observed[first : first + draw(st.integers(0, 90))] = False
        total *= observed
        good = total - random.binomial(total.astype(int), draw(st.sampled_from([0.0, 0.2, 1.0])))
        made.append(Past(Slices(MIDNIGHT, observed, good, total), np.zeros(121, np.bool_)))
    return made


@given(pasts(), st.sampled_from(METHODS), st.sampled_from(NO_DATA), st.sampled_from([300, 1_800, 3_600]))
@settings(max_examples=60, deadline=None)
def test_each_window_is_what_the_composite_delivered(
    parts: list[Past], method: Method, no_data: NoData, seconds: int
) -> None:
    """Whatever the parts did, the bad share of a window is 1 less the compliance that budgets have for that window."""
    weights = (1, 2, 5)
    found = whole(parts, method, no_data, weights).window(seconds)
    components = [
        Component(Part(str(weight), Decimal(weight)), observer(past))
        for weight, past in zip(weights, parts, strict=True)
    ]
    observe = composite_observe(components, method, no_data)

    for index in range(0, 120, 7):
        end = MIDNIGHT + 60 * (index + 1)
        expected = compliance(observe(TimeRange(max(end - seconds, MIDNIGHT), end)).tally)
        assert bool(found.any[index]) == (expected is not None)
        if expected is not None:
            assert found.bad[index] / found.total[index] == pytest.approx(float(1 - expected), abs=1e-12)


def composite(method: Method) -> Slo:
    """An SLO of two others."""
    return make_slo(sli=CompositeSli((Part("one"), Part("other")), method))


@pytest.mark.parametrize(
    ("method", "expected"), [("worst", [(602, 615)]), ("serial", [(602, 615)]), ("weighted", [(603, 615)])]
)
def test_an_outage_of_one_part_pages_for_the_whole(method: Method, expected: list[tuple[int, int]]) -> None:
    """Ten minutes of errors in one of two parts: at 99.9 % half of an outage is one too."""
    past = whole([past_of([(600, 610, 1.0)], 1_000), past_of([], 1_000)], method)
    slo = composite(method)

    found = replay(past, alerts_of(slo)[0], promise_of(slo))

    assert [(minute(one.firing), minute(one.end)) for one in found] == expected
    assert [(minute(one.span.start), minute(one.span.end)) for one in losses(past, 0.001)] == [(600, 610)]


def test_one_bad_event_of_one_part_does_not_page() -> None:
    """A page of a composite asks for two bad events of the same part: one each of two parts is none, two of one is."""
    total = np.full(600, 0.5)  # an event each other minute, evenly
    slo = composite("worst")

    def part(*bad: int) -> Past:
        good = total.copy()
        good[list(bad)] -= 0.5
        return Past(Slices(MIDNIGHT, total > 0, good * 2, total * 2), np.zeros(601, np.bool_))

    one_each = whole([part(300), part(301)], "worst")
    two_of_one = whole([part(300, 301), part()], "worst")

    assert replay(one_each, alerts_of(slo)[0], promise_of(slo)) == []
    assert len(replay(two_of_one, alerts_of(slo)[0], promise_of(slo))) == 1
