"""What a definition says, in words: every kind of indicator, and how its counts become figures."""

from datetime import datetime
from decimal import Decimal
from typing import get_args

import pytest

from support.slos import LATENCY, PROBE, make_slo, selector
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import (
    CompositeSli,
    EventsSli,
    Kind,
    LatencySli,
    Part,
    QuerySli,
    RatioSli,
    Sli,
    Sum,
    Term,
    ThresholdSli,
)
from tallystick.core.slo import Budgeting, Slo
from tallystick.web.described import exclusion, indicator, reckoning

A, B = selector("a_total"), selector("b_total", code="5..")
SUM = Sum((Term(1, A), Term(-1, B), Term(1, selector("c_total"))))

INDICATORS: list[tuple[Sli, list[tuple[str, str]]]] = [
    (EventsSli(total=A, bad=B), [("bad", 'b_total{code="5.."}'), ("total", "a_total")]),
    (EventsSli(total=SUM, good=A), [("good", "a_total"), ("total", 'a_total - b_total{code="5.."} + c_total')]),
    (
        EventsSli(total=A, bad=Sum((Term(-1, A),)), by=("region", "zone")),
        [("bad", "- a_total"), ("total", "a_total"), ("by", "region, zone")],
    ),
    (
        QuerySli("sum(rate(a[$window]))", good="sum(rate(b[$window]))"),
        [("good", "sum(rate(b[$window]))"), ("total", "sum(rate(a[$window]))")],
    ),
    (LATENCY, [("good", LATENCY.good.promql), ("total", 'http_request_duration_seconds_count{job="checkout"}')]),
    (LatencySli(LATENCY.histogram, Decimal("0.3"), A), [("good", LATENCY.good.promql), ("total", "a_total")]),
    (PROBE, [("metric", 'probe_success{job="probe",instance="shop"}')]),
    (
        ThresholdSli("max(age_seconds)", "lte", Decimal("9e2"), 300),
        [("query", "max(age_seconds)"), ("good", "<= 900"), ("slice", "5m")],
    ),
    (RatioSli("errors($window)", "error"), [("error", "errors($window)")]),
    (RatioSli("ok[$window]", "success", "n[$window]"), [("success", "ok[$window]"), ("total", "n[$window]")]),
    (
        CompositeSli((Part("a-b"), Part("c-d", Decimal("2.50"))), "worst", "bad"),
        [("of", "a-b × 1, c-d × 2.5"), ("method", "worst"), ("no_data", "bad")],
    ),
]


@pytest.mark.parametrize(("sli", "expected"), INDICATORS)
def test_every_indicator_is_described(sli: Sli, expected: list[tuple[str, str]]) -> None:
    """What it counts is PromQL that can be tried, with the name it has in the definition."""
    assert expected == indicator(sli)


def test_no_kind_is_forgotten() -> None:
    """Each kind of indicator there is has an example above."""
    assert {sli.kind for sli, _ in INDICATORS} == set(get_args(Kind))


@pytest.mark.parametrize(
    ("slo", "expected"),
    [
        (make_slo(), []),
        (
            make_slo(budgeting=Budgeting(method="timeslices", slice_seconds=300, slice_target=Decimal("0.95"))),
            [("Budget", "of slices of 5m, good from 95 %")],
        ),
        (
            make_slo(budgeting=Budgeting(method="ratio_timeslices"), no_data="bad", min_coverage=Decimal("0.9")),
            [
                ("Budget", "of slices of 1m, each by its share of good events"),
                ("Missing time", "counts as bad"),
                ("Verdict", "needs a coverage of 90 %"),
            ],
        ),
        (
            make_slo(sli=CompositeSli((Part("a-b"),), "serial", "good"), was=("shop-all", "shop-whole")),
            [
                ("Compliance", "product of the parts"),
                ("Part without data", "counts as good"),
                ("Was", "shop-all, shop-whole"),
            ],
        ),
    ],
)
def test_what_is_unusual_is_told(slo: Slo, expected: list[tuple[str, str]]) -> None:
    """How counts become figures is told where it is not the usual way."""
    assert expected == reckoning(slo)


@pytest.mark.parametrize(
    ("agreed", "words"),
    [
        (
            Exclusion(
                reason="",
                starts=datetime.fromisoformat("2026-12-05T22:00"),
                ends=datetime.fromisoformat("2026-12-06T01:00"),
            ),
            "from 2026-12-05 22:00 to 2026-12-06 01:00 (UTC)",
        ),
        (
            Exclusion(
                reason="",
                starts=datetime.fromisoformat("2026-12-05T22:00"),
                lasts_seconds=5_400,
                rrule="FREQ=WEEKLY",
                zone="Europe/Berlin",
                approved_by="the board",
                ticket="OPS-1",
            ),
            "from 2026-12-05 22:00 for 1h 30m (Europe/Berlin), again by FREQ=WEEKLY, approved by the board, OPS-1",
        ),
    ],
)
def test_an_exclusion_in_words(agreed: Exclusion, words: str) -> None:
    """When it is by its own clock, when again, and who agreed."""
    assert words == exclusion(agreed)
