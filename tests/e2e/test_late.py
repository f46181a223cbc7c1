"""Samples that arrive after they were due, in a running exporter on a real Prometheus that takes them out of order."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from support.live import HOUR, MINUTE, NOON, Live, Seat, live_prometheus
from support.servers import NOTHING_TO_SCRAPE, Binaries
from support.slos import make_slo, selector
from tallystick.core.sli import CompositeSli, EventsSli, Part, Sli, UpSli
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.window import RollingWindow
from tallystick.ledger.accounts import accounts
from tallystick.ledger.audit import audit
from tallystick.ledger.seals import chain
from tallystick.ledger.store import Ledger, open_ledger

TARGET = {"job": "shop", "instance": "a"}
CONFIG = {**NOTHING_TO_SCRAPE, "storage": {"tsdb": {"out_of_order_time_window": "7d"}}}
JOB = {"job": "shop"}
EVENTS = EventsSli(selector("asked_total", **JOB), bad=selector("failed_total", **JOB))
WINDOW = RollingWindow(2 * 24 * HOUR)


@pytest.fixture
def live(prometheus_binaries: Mapping[str, Binaries], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Live]:
    """A shop that has been scraped for ten minutes, in a Prometheus (3, if the test names no other) that takes late samples."""
    version = getattr(request, "param", "3.x")
    with live_prometheus(prometheus_binaries[version], tmp_path / "prometheus", config=CONFIG) as made:
        made.put("up", 1, **TARGET)
        made.pass_time(10)
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty one, in a file."""
    with ExitStack() as stack:
        made = open_ledger(str(tmp_path / "slo.db"))
        stack.callback(made.close)
        yield made


def make(sli: Sli = EVENTS, name: str = "availability") -> Slo:
    """An SLO over two days."""
    return make_slo(objective="0.9", name=name, sli=sli, windows=(WINDOW,))


class Truth:
    """Requests, and what they were counted beside."""

    def __init__(self, live: Live) -> None:
        """None yet."""
        self.live, self.draw = live, Random(2)
        self.counts: Counter[str] = Counter()
        self.by_minute: Counter[int] = Counter()

    def __call__(self) -> None:
        """What happens before a scrape."""
        total = self.draw.randrange(1, 6)
        bad = self.draw.randrange(total)
        for metric, count in (("asked_total", total), ("failed_total", bad)):
            self.counts[metric] += count
            if count:
                self.live.add(metric, count, **TARGET)
        self.by_minute[self.live.now] += total

    @property
    def tally(self) -> tuple[float, float]:
        """Bad and all events."""
        return self.counts["failed_total"], self.counts["asked_total"]


def shown(seat: Seat, slo: Slo) -> tuple[float, float]:
    """Bad and all events, as the latest round shows them."""
    tally = seat.standing(slo).observation.tally
    return float(tally.bad), float(tally.total)


def run_until(seat: Seat, each: Callable[[], None], done: Callable[[], bool], most: int) -> int:
    """Rounds that it takes until *done*."""
    for number in range(most):
        if done():
            return number
        seat.run(1, each)
    raise AssertionError("never")


@pytest.mark.parametrize("live", ["2.x", "3.x"], indirect=True)
def test_late_samples_are_filled_in(live: Live, ledger: Ledger) -> None:
    """A stretch that was not there is read again within two hours, and what is shown is right in that very round."""
    slo, truth = make(), Truth(live)
    seat = live.seat([slo], ledger)
    seat.run(20, truth)
    live.late = True
    hole = live.now
    seat.run(25, truth)
    missing = seat.standing(slo).observation.observed_seconds
    live.deliver()
    live.late = False
    seat.run(1, truth)
    early = seat.observed(slo, hole, hole + 25 * MINUTE)

    minutes = run_until(
        seat, truth, lambda: seat.observed(slo, hole, hole + 25 * MINUTE).observed_seconds == 25 * MINUTE, 150
    )

    assert early.observed_seconds <= 6 * MINUTE
    assert missing <= 26 * MINUTE
    assert minutes <= 2 * 60
    assert shown(seat, slo) == truth.tally
    assert seat.standing(slo).observation.observed_seconds == live.now - NOON - 10 * MINUTE
    each = [seat.observed(slo, at, at + MINUTE).tally.total for at in sorted(truth.by_minute)]
    assert each == [truth.by_minute[at] for at in sorted(truth.by_minute)]
    assert [health.last_error for health in seat.health(slo)] == [None]


def test_after_an_amendment_rounds_go_on(live: Live, ledger: Ledger) -> None:
    """What is remembered of counters stays as it was: nothing is lost or counted twice afterwards, nor by a restart."""
    slo, truth = make(), Truth(live)
    seat = live.seat([slo], ledger)
    seat.run(10, truth)
    live.late = True
    seat.run(20, truth)
    live.deliver()
    seat.run(1, truth)
    run_until(seat, truth, lambda: bool(ledger.amendments()), 150)
    seat.run(70, truth)
    again = live.seat([slo], ledger)
    again.round()

    assert ledger.amendments() == 1
    assert shown(seat, slo) == shown(again, slo) == truth.tally


def test_a_day_that_was_sealed(live: Live, ledger: Ledger) -> None:
    """Its first seal stays, the amended day has another one, and the audit finds nothing."""
    slo, truth = make(), Truth(live)
    live.now = NOON + 11 * HOUR
    live.pass_time(10)
    seat = live.seat([slo], ledger)
    seat.run(10, truth)
    live.late = True
    seat.run(20, truth)
    live.deliver()
    seat.run(25, truth)
    with ledger.database.snapshot() as connection:
        before = [seal.why for seal in chain(connection, 1)]
    run_until(seat, truth, lambda: bool(ledger.amendments()), 150)
    with ledger.database.snapshot() as connection:
        after = [seal.why for seal in chain(connection, 1)]
        found = [finding for held in accounts(connection) for finding in audit(connection, held)]

    assert set(before) == {"day"}
    assert after == [*before, "amended"]
    assert found == []
    assert shown(seat, slo) == truth.tally


@pytest.mark.parametrize("holes", [1, 2])
def test_a_true_hole(live: Live, ledger: Ledger, holes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing ever comes: each hole costs one small query when it is due, and the ledger stays as it is."""
    slo, truth = make(), Truth(live)
    seat = live.seat([slo], ledger)
    seat.run(10, truth)
    for _ in range(holes):
        live.remove("asked_total", **TARGET)
        live.remove("failed_total", **TARGET)
        live.remove("up", **TARGET)
        seat.run(15)
        live.put("up", 1, **TARGET)
        live.put("asked_total", 0, **TARGET)
        seat.run(15, truth)
    asked: list[str] = []
    query = type(seat.prometheus).query

    def counted(self: object, promql: str, at_ms: int) -> object:
        asked.append(promql)
        return query(self, promql, at_ms)  # type: ignore[arg-type]

    monkeypatch.setattr(type(seat.prometheus), "query", counted)
    usual, small = set(), 0
    for _ in range(3 * 60):
        asked.clear()
        seat.run(1, truth)
        usual.add(tuple(sorted(text.split("[")[0] for text in asked if "last_over_time" not in text)))
        small += len([text for text in asked if "last_over_time" in text])

    assert small == holes
    assert len(usual) == 1
    assert ledger.amendments() == 0
    assert shown(seat, slo) == truth.tally


def test_a_gauge_and_groups(live: Live, ledger: Ledger) -> None:
    """Late samples of other kinds are filled in as well, those of one group in that group alone."""
    probe = make(UpSli(selector("probe_success", **JOB)), "probe")
    tenants = make(replace(EVENTS, by=("tenant",)), "tenants")
    seat = live.seat([probe, tenants], ledger)
    live.put("probe_success", 1, **TARGET)

    def each() -> None:
        for tenant in ("ant", "bee"):
            live.add("asked_total", 2, tenant=tenant, **TARGET)

    seat.run(10, each)
    live.late = True
    seat.run(20, each)
    live.deliver()
    seat.run(1, each)
    run_until(seat, each, lambda: ledger.amendments() == 3, 150)

    minutes = (live.now - NOON) // MINUTE - 10
    assert seat.counts(tenants, "tenant") == dict.fromkeys(("ant", "bee"), (0, 4 * minutes))
    found = seat.standing(probe).observation
    assert found.tally.total == found.tally.good == pytest.approx(minutes * MINUTE, abs=30)


def test_figures_that_depend_on_what_is_missing(live: Live, ledger: Ledger) -> None:
    """Missing time that counts as bad, slices of time and a composite are right in the round that fills it, too."""
    slices = Budgeting(method="timeslices", slice_seconds=5 * MINUTE, slice_target=Decimal("0.01"))
    bad = replace(make(name="bad"), no_data="bad")
    timed = replace(make(name="timed"), no_data="bad", budgeting=slices)
    whole = make(CompositeSli((Part("checkout-bad"),)), "whole")
    truth = Truth(live)
    seat = live.seat([bad, timed, whole], ledger)
    seat.run(20, truth)
    live.late = True
    seat.run(20, truth)
    live.deliver()
    seat.run(5, truth)
    before = [float(seat.standing(slo).compliance or 0) for slo in (bad, timed, whole)]
    run_until(seat, truth, lambda: ledger.amendments() == 2, 150)
    run_until(seat, truth, lambda: live.now % (5 * MINUTE) == 0, 5)

    shares = [seat.standing(slo).compliance for slo in (bad, timed, whole)]
    exact = 1 - Fraction(truth.counts["failed_total"], truth.counts["asked_total"])
    expected = [exact, Fraction(1), exact]
    assert shares == expected
    assert all(share < after for share, after in zip(before, expected, strict=True))
