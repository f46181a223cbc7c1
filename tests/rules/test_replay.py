"""The replay of alerts beside the rules themselves, which promtool evaluates over the same counters."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from support.ledgers import MIDNIGHT
from support.pasts import alerts_of, minute, promise_of
from support.promtool import Sample, Trial, Try
from support.slos import counter, make_slo, selector
from tallystick.core.alerting import Alerting
from tallystick.core.backtest import Fired, replay
from tallystick.core.composed import Blend, ComposedPast, PartPast
from tallystick.core.composite import Method
from tallystick.core.duration import format_seconds
from tallystick.core.past import Past
from tallystick.core.sli import CompositeSli, EventsSli, Part
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
NEAR = 2
"""Evaluations that rules may be later or earlier by: their rates are extrapolated, and see half a scrape less."""

Phases = list[tuple[int, float]]
"""
Minutes, and the share of events that are bad in them; whole pieces of five minutes.

Prometheus 3 extrapolates a piece from four of its minutes, if it scrapes once in each: errors that begin in the middle of one
are a little more or less to it, and where a long window is near its threshold that is the next piece, five minutes on.
"""


def past(phases: Phases, per_minute: float) -> Past:
    """What a ledger holds of *phases*."""
    share = np.concatenate([np.full(minutes, ratio) for minutes, ratio in phases])
    total = np.full(len(share), float(per_minute))
    bad = np.rint(total * share)
    return Past(Slices(MIDNIGHT, total >= 0, total - bad, total), np.zeros(len(total) + 1, np.bool_))


def counters(phases: Phases, per_minute: float) -> dict[str, str]:
    """The same as counters that are scraped each minute."""
    bad = [(minutes, round(per_minute * ratio)) for minutes, ratio in phases]
    return {
        GOOD: counter(*((minutes, per_minute - errors) for minutes, errors in bad)),
        BAD: counter(*bad),
    }


def edges(
    long: str, found: list[Fired], minutes: int, slo: str = "checkout-availability"
) -> list[tuple[str, int, list[Sample]]]:
    """That an alert fires near where it was found to, is over near where it was found to be, and is not long before."""
    firing_there = f'ALERTS{{alertname="SLOBurnRate",slo="{slo}",alertstate="firing",long_window="{long}"}}'
    query = f"count by (long_window) ({firing_there})"
    there: list[Sample] = [({"long_window": long}, 1)]
    expected: list[tuple[int, list[Sample]]] = [] if found else [(at, []) for at in range(30, minutes, 30)]
    for one in found:
        firing, end = minute(one.firing), minute(one.end)
        expected += [(firing - NEAR, []), (firing + NEAR, there)]
        expected += [(end - NEAR, there), (end + NEAR, [])] if end > 0 else [(minutes, there)]
    return [(query, at * 60, samples) for at, samples in expected]


OUTAGES: Phases = [
    (480, 0),
    (10, 1),
    (120, 0.0005),
    (15, 0.15),
    (300, 0),
    (100, 0.02),
    (180, 0),
    (200, 0.0065),
    (500, 0),
]
SMOULDERING: Phases = [(600, 0.0002), (1_500, 0.0015), (900, 0), (40, 0.3), (960, 0.0001)]


USUAL = make_slo()
WITH_MINIMA = make_slo(objective="0.99", days=7, alerting=Alerting(min_events=2_000_000, min_bad=500))


@pytest.mark.parametrize(
    ("slo", "phases"),
    [(USUAL, OUTAGES), (USUAL, SMOULDERING), (WITH_MINIMA, OUTAGES)],
    ids=["outages", "smouldering", "minima"],
)
def test_the_replay_agrees_with_the_rules(try_rules: Try, slo: Slo, phases: Phases) -> None:
    """Every alert fires and ends within two evaluations of where the replay says, and only there."""
    per_minute = 20_000
    minutes = sum(length for length, _ in phases)
    story = past(phases, per_minute)
    expected = []
    fired = 0
    for alert in alerts_of(slo):
        found = replay(story, alert, promise_of(slo))
        fired += len(found)
        expected += edges(format_seconds(alert.policy.long_seconds), found, minutes)

    assert fired
    try_rules(slo, counters(phases, per_minute)).expect(*expected)


def test_no_traffic_ends_an_alert_in_both(try_rules: Try) -> None:
    """When requests stop coming there is no ratio, and the page of the outage before is over: nobody says it is not."""
    slo = make_slo()
    total = np.concatenate([np.full(200, 6_000.0), np.zeros(200)])
    bad = np.where((np.arange(400) >= 180) & (np.arange(400) < 200), total, 0.0)
    story = Past(Slices(MIDNIGHT, total >= 0, total - bad, total), np.zeros(401, np.bool_))
    given = {GOOD: counter((180, 6_000), (220, 0)), BAD: counter((180, 0), (20, 6_000), (200, 0))}
    page = alerts_of(slo)[0]

    found = replay(story, page, promise_of(slo))

    assert [(minute(one.firing), minute(one.end)) for one in found] == [(182, 205)]
    try_rules(slo, given).expect(*edges("1h", found, 400))


@pytest.mark.parametrize("method", ["weighted", "serial"])
def test_a_composite_agrees_with_its_rules(promtool: Path, tmp_path: Path, method: Method) -> None:
    """Of two parts that fail at times of their own and together, the whole fires and ends as its rules do."""
    parts = [make_slo(name=name, sli=events(name)) for name in ("login", "payment")]
    whole = make_slo(name="journey", sli=CompositeSli(tuple(Part(part.slo_id) for part in parts), method))
    stories: list[Phases] = [
        [(400, 0), (10, 1), (190, 0), (60, 0.02), (240, 0), (30, 0.05), (270, 0)],
        [(400, 0.0002), (20, 0.1), (380, 0), (100, 0.015), (300, 0)],
    ]
    pasts = [past(phases, 20_000) for phases in stories]
    blend = Blend([PartPast(1.0, one, Fraction(1)) for one in pasts], method, "ignore")
    composed = ComposedPast(blend, pasts[0].excluded, 0)
    given = {}
    for part, phases in zip(parts, stories, strict=True):
        for code, counts in zip(("200", "500"), counters(phases, 20_000).values(), strict=True):
            given[f'{part.name}_total{{job="checkout",code="{code}"}}'] = counts
    expected, fired = [], 0
    for alert in alerts_of(whole):
        found = replay(composed, alert, promise_of(whole))
        fired += len(found)
        expected += edges(format_seconds(alert.policy.long_seconds), found, 1_200, slo=whole.slo_id)

    assert fired > 4
    Trial(promtool, tmp_path, [*parts, whole], given).expect(*expected)


def events(name: str) -> EventsSli:
    """Requests of one part."""
    return EventsSli(
        selector(f"{name}_total", job="checkout"), bad=selector(f"{name}_total", job="checkout", code="500")
    )
