"""
Every alert at every usual period and objective, on a real Prometheus: it comes at the share of the budget that it states.

The past of one service is replayed through the generated rules: steady traffic, and errors that grow by a hundredth every 24
seconds, from next to none until all requests fail. So each threshold, however low or high, is passed at an instant that
follows from the counts alone, and a tenth less of the budget is spent four minutes before that.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import requests
import yaml
from numpy.typing import NDArray

from support.servers import Binaries
from support.slos import AT, make_slo, selector
from tallystick.core.burn import BurnAlert, burn_alerts
from tallystick.core.duration import format_seconds
from tallystick.core.sli import EventsSli
from tallystick.core.slo import Slo
from tallystick.demo.loading import load_series
from tallystick.demo.rulepast import backfill_rules, recording, sums
from tallystick.demo.samples import Series
from tallystick.demo.scenario import Span
from tallystick.demo.servers import Server, start_prometheus, write_yaml
from tallystick.generate.render import render

HOUR, DAY = 3_600, 86_400
PERIODS = (7, 14, 28, 30, 90)
OBJECTIVES = ("0.9", "0.95", "0.99", "0.995", "0.999", "0.9999")

SCRAPE = 15
PER_SECOND = 4_000
FOLDING = 40 * 60
"""Seconds in which errors grow by a factor of e."""

TENTH_EARLIER = FOLDING * -math.log(0.9)
"""Seconds by which a tenth less was spent earlier, while errors grow: about 253."""

FIRST = 50
"""Bad events to begin with."""

ONSET = AT // DAY * DAY
OUTAGE = ONSET + round(FOLDING * math.log(PER_SECOND * FOLDING / FIRST))
"""When the growth has become all of the traffic."""

START, CALM, END = ONSET - 3 * DAY, OUTAGE + HOUR, OUTAGE + 22 * HOUR
"""Of all; of the time in which nothing grows any more; and when nine tenths of a day failed."""

STEP = 5
"""Seconds between the instants at which the alerts are looked at."""

FAST, SLOW, RARE = 60, 120, 240
"""How often rules are evaluated: windows up to an hour, longer ones, and all of them while nothing grows."""


def bad_until(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bad events up to each instant: exponential growth, then all of them."""
    since = np.clip(at - ONSET, 0, OUTAGE - ONSET)
    grown = FIRST * np.exp(since / FOLDING) - FIRST + PER_SECOND * np.maximum(at - OUTAGE, 0)
    return np.asarray(np.round(grown), np.int64)


TIMES = np.concatenate([np.arange(START, ONSET, FAST), np.arange(ONSET, END + 1, SCRAPE)])
INSTANTS = np.arange(ONSET, END + 1)
COUNTED = bad_until(INSTANTS)


def world() -> list[Series]:
    """What was scraped."""
    total = ((TIMES - START) * PER_SECOND).astype(np.int64)
    labels = {"job": "checkout", "instance": "a"}
    return [
        Series("up", labels, TIMES, np.ones(len(TIMES), np.int64)),
        Series("bad_total", labels, TIMES, bad_until(TIMES) + 1_000),
        Series("requests_total", labels, TIMES, total + 10**9),
    ]


def slos() -> dict[tuple[int, str], Slo]:
    """One for each period and objective, all of the same counters."""
    sli = EventsSli(total=selector("requests_total", job="checkout"), bad=selector("bad_total", job="checkout"))
    return {
        (days, objective): make_slo(
            name=f"d{days}-{objective.replace('.', '')}", days=days, objective=objective, sli=sli
        )
        for days in PERIODS
        for objective in OBJECTIVES
    }


SLOS = slos()
ALERTS = [
    pytest.param(slo, alert, id=f"{days}d-{objective}-{alert.policy.long_seconds // HOUR}h")
    for (days, objective), slo in SLOS.items()
    for alert in burn_alerts(slo, days * DAY)
]


def due(slo: Slo, alert: BurnAlert) -> int:
    """The first instant at which more than the alert's share of the budget is spent within its long window."""
    long = alert.policy.long_seconds
    before = np.where(INSTANTS - long > ONSET, COUNTED[np.maximum(INSTANTS - long - ONSET, 0)], 0)
    threshold = alert.factor * (1 - Fraction(slo.objective))
    above = (COUNTED - before) > float(threshold * long * PER_SECOND)
    assert above.any(), "the world is too kind for it"
    return int(INSTANTS[np.argmax(above)])


@dataclass(frozen=True)
class Replayed:
    """A Prometheus that holds what the rules recorded, and the alerts' expressions by SLO and long window."""

    server: Server
    expressions: Mapping[tuple[str, str], str]

    def times(self, slo_id: str, long: str, span: Span, step: int) -> list[int]:
        """The instants, *step* seconds apart, at which the alert's expression gives anything."""
        expression = self.expressions[slo_id, long]
        form = {"query": expression, "start": str(span.start), "end": str(span.end), "step": str(step)}
        answer = requests.post(f"{self.server.url}/api/v1/query_range", data=form, timeout=60).json()
        assert answer["status"] == "success", answer
        return sorted(int(at) for one in answer["data"]["result"] for at, _ in one["values"])


@pytest.fixture(scope="module")
def replayed(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """The generated rules, evaluated over the past in the order in which Prometheus would have."""
    folder = tmp_path_factory.mktemp("replayed")
    data, work = folder / "data", folder / "work"
    for made in (data, work):
        made.mkdir()
    load_series(world(), Span(START, END), binaries.promtool, data, work)
    files = list(render(SLOS.values(), ["rules"], {"slowInterval": f"{SLOW}s"}, at=AT).values())
    calm, growth, outage = Span(START, ONSET), Span(ONSET + FAST, CALM), Span(CALM + FAST, END)

    def evaluate(rules: Mapping[str, Any], every: int, *spans: Span) -> None:
        write_yaml(folder / "past.yaml", rules)
        with start_prometheus(binaries.prometheus, folder, {}) as server:
            for span in spans:
                step = every if span is growth else RARE
                backfill_rules(binaries.promtool, server.url, folder / "past.yaml", span, every=f"{step}s", data=data)

    for of, every in (("rate5m", FAST), ("increase1h", FAST), ("increase6h", SLOW), ("increase1d", SLOW)):
        evaluate(sums(files, of), every, calm, growth, outage)
    fast, slow = ("5m", "30m", "1h"), ("2h", "6h", "1d", "3d")
    evaluate(recording(files, {"slo:sli_total:increase3d"}), SLOW, growth, outage)
    evaluate(recording(files, {f"slo:sli_error:ratio_rate{window}" for window in fast}), FAST, growth, outage)
    evaluate(recording(files, {f"slo:sli_error:ratio_rate{window}" for window in slow}), SLOW, growth, outage)
    expressions = {
        (rule["labels"]["slo"], rule["labels"]["long_window"]): rule["expr"]
        for text in files
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
        if rule.get("alert") == "SLOBurnRate" and "long_window" in rule["labels"]
    }
    with start_prometheus(binaries.prometheus, folder, {}) as server:
        yield Replayed(server, expressions)


@pytest.mark.parametrize(("slo", "alert"), ALERTS)
def test_it_fires_when_its_share_is_spent(replayed: Replayed, slo: Slo, alert: BurnAlert) -> None:
    """
    Within one evaluation of its window after that instant, and never with less than nine tenths of the share spent.

    To that comes how old the base pair may be, which is recorded once a minute, each group at seconds of its own, and how old
    its samples.
    """
    at, long = due(slo, alert), alert.policy.long_seconds
    growing = at < CALM - SLOW
    interval = RARE if not growing else FAST if long <= HOUR else SLOW
    name = format_seconds(long)

    before = replayed.times(slo.slo_id, name, Span(ONSET, at - 600), step=60)
    near = replayed.times(slo.slo_id, name, Span(at - 600, at + 600), STEP)

    assert before == []
    assert near
    pair = FAST if growing else RARE
    assert at - SCRAPE <= near[0] <= at + interval + pair + SCRAPE + STEP, near[0] - at
    assert near[0] > at - TENTH_EARLIER
