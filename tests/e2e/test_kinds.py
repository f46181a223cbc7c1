"""What an exporter that runs makes of each kind of definition and of changes to it, on a real Prometheus, against counts kept beside."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from support.live import HOUR, MINUTE, NOON, Live, Seat, live_prometheus
from support.servers import Binaries
from support.slos import make_slo, selector
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli, EventsSli, LatencySli, Part, Sli, Sum, Term
from tallystick.core.slo import Slo
from tallystick.core.tally import Tally
from tallystick.core.window import CalendarWindow, RollingWindow
from tallystick.ledger.store import Ledger, open_ledger

TARGET = {"job": "shop", "instance": "a"}
JOB = {"job": "shop"}
EVENTS = EventsSli(selector("asked_total", **JOB), bad=selector("failed_total", **JOB))
WINDOW = RollingWindow(24 * HOUR)


@pytest.fixture
def live(prometheus_binaries: Mapping[str, Binaries], tmp_path: Path) -> Iterator[Live]:
    """A shop that has been scraped for ten minutes, in a Prometheus 3."""
    with live_prometheus(prometheus_binaries["3.x"], tmp_path / "prometheus") as made:
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


def make(sli: Sli = EVENTS, name: str = "availability", **more: object) -> Slo:
    """An SLO over a day."""
    return make_slo(**{"objective": "0.9", "name": name, "sli": sli, "windows": (WINDOW,), **more})  # type: ignore[arg-type]


class Truth:
    """Requests, and what they were counted beside."""

    def __init__(self, live: Live) -> None:
        """None yet."""
        self.live, self.draw = live, Random(2)
        self.total = self.bad = 0

    def __call__(self) -> None:
        """What happens before a scrape."""
        total = self.draw.randrange(1, 6)
        bad = self.draw.randrange(total)
        self.total, self.bad = self.total + total, self.bad + bad
        for metric, count in (("asked_total", total), ("failed_total", bad)):
            if count:
                self.live.add(metric, count, **TARGET)

    @property
    def tally(self) -> Tally:
        """Good and all events."""
        return Tally(self.total - self.bad, self.total)


def shown(seat: Seat, slo: Slo) -> Tally:
    """Good and all events, as the latest round shows them."""
    tally = seat.standing(slo).observation.tally
    return Tally(float(tally.good), float(tally.total))


def test_sums_and_differences_over_resets(live: Live, ledger: Ledger) -> None:
    """Each counter of a sum is followed for itself: a process that begins anew takes nothing from what the others count."""
    health = Term(-1, selector("http_total", path="/health", **JOB))
    total = Sum((Term(1, selector("http_total", **JOB)), Term(1, selector("grpc_total", **JOB)), health))
    bad = Sum((Term(1, selector("http_total", code="500", **JOB)), Term(1, selector("grpc_failed_total", **JOB))))
    slo = make(EventsSli(total, bad=bad))
    seat = live.seat([slo], ledger)
    draw, all_events, bad_events = Random(3), 0, 0
    for minute in range(40):
        if minute in (13, 29):
            live.remove("http_total")
        if minute == 22:
            live.put("grpc_total", 1, **TARGET)
            live.put("grpc_failed_total", 1, **TARGET)
            all_events, bad_events = all_events + 1, bad_events + 1
        for (metric, labels), weight in {
            ("http_total", ("/", "200")): (1, 0),
            ("http_total", ("/", "500")): (1, 1),
            ("http_total", ("/health", "200")): (0, 0),
            ("grpc_total", ()): (1, 0),
            ("grpc_failed_total", ()): (0, 0),
        }.items():
            count = draw.randrange(2, 9)
            more = dict(zip(("path", "code"), labels, strict=False))
            live.add(metric, count, **TARGET, **more)
            all_events += weight[0] * count
            bad_events += weight[1] * count
            if metric == "grpc_failed_total":
                live.add("grpc_total", count, **TARGET)
                all_events, bad_events = all_events + count, bad_events + count
        seat.run(1)
    fresh = live.seat([slo])
    fresh.round()

    assert shown(seat, slo) == shown(fresh, slo) == Tally(all_events - bad_events, all_events)


def test_a_renamed_slo_goes_on(live: Live, ledger: Ledger) -> None:
    """Its account is that of its earlier name, from the very next round on: no gap, and no event twice."""
    truth = Truth(live)
    old, new = make(name="old"), make(name="new", was=("checkout-old",))
    seat = live.seat([old], ledger)
    seat.run(10, truth)
    before = ledger.count_accounts()
    seat.reload([new])
    seat.run(10, truth)
    again = live.seat([new], ledger)
    again.round()

    assert shown(seat, new) == shown(again, new) == truth.tally
    assert seat.observed(old, NOON, live.now).tally == truth.tally
    assert (before, ledger.count_accounts()) == (1, 1)
    assert [one.slo.name for one in seat.exporter.standings()] == ["new"]
    assert seat.exporter.burn_down("checkout-new", "1d")[-1].remaining == seat.standing(new).budget_remaining


@pytest.mark.parametrize("restarts", [False, True])
def test_an_earlier_name_that_is_told_later(live: Live, ledger: Ledger, restarts: bool) -> None:  # noqa: FBT001  # a parameter
    """The new name has run for a while: the older account is gone on with, the time between is read, and none is counted twice."""
    truth = Truth(live)
    old, new, told = make(name="old"), make(name="new"), make(name="new", was=("checkout-old",))
    seat = live.seat([old], ledger)
    live.pass_time(5, truth)
    seat.run(5, truth)
    live.now += 5 * 24 * HOUR  # what the new name can find is less than the old one has
    live.pass_time(1)
    seat.round()
    seat.reload([new])
    seat.run(5, truth)
    apart = ledger.count_accounts()
    seat.reload([told])
    if restarts:
        seat = live.seat([told], ledger)
    seat.run(5, truth)

    week = replace(told, windows=(RollingWindow(7 * 24 * HOUR),))
    seat.reload([week])
    seat.run(1, truth)
    assert apart == 2
    assert shown(seat, week) == truth.tally
    assert seat.observed(old, NOON, live.now).tally == truth.tally
    assert (
        seat.exporter.burn_down(week.slo_id, week.windows[0].name)[-1].remaining == seat.standing(week).budget_remaining
    )


def test_a_changed_sli_is_another_count(live: Live, ledger: Ledger) -> None:
    """It is read from the past as it is now; what was counted before stays as it was, and is there when it is changed back."""
    truth = Truth(live)
    slo = make()
    other = make(EventsSli(selector("asked_total", **JOB), bad=selector("failed_total", instance="nowhere", **JOB)))
    seat = live.seat([slo], ledger)
    seat.run(10, truth)
    kept = truth.tally
    seat.reload([other])
    seat.run(10, truth)

    assert shown(seat, other) == Tally(truth.total, truth.total)
    assert seat.observed(slo, NOON, live.now).tally == kept
    seat.reload([slo])
    seat.run(1, truth)
    assert shown(seat, slo) == truth.tally
    assert ledger.count_accounts() == 2


def test_a_changed_promise_changes_no_history(live: Live, ledger: Ledger) -> None:
    """Objective, window, labels, budgeting of what was missing and exclusions are applied to the count that is there."""
    truth = Truth(live)
    slo = make()
    seat = live.seat([slo], ledger)
    seat.run(20, truth)
    starts = datetime.fromtimestamp(NOON, UTC).replace(tzinfo=None)
    variants = [
        replace(slo, objective=Decimal("0.999")),
        replace(slo, windows=(RollingWindow(2 * HOUR), CalendarWindow("month"))),
        replace(slo, labels={"env": "prod"}, team="other"),
        replace(slo, exclusions=(Exclusion(reason="none", starts=starts, lasts_seconds=60),)),
    ]
    read = seat.exporter.state().slices
    for variant in variants:
        seat.reload([variant])
        seat.round()
        assert shown(seat, variant) == truth.tally
        assert seat.standing(variant).budget_remaining == 1 - Fraction(truth.bad, truth.total) / (
            1 - Fraction(variant.objective)
        )

    assert seat.exporter.state().slices == read
    assert ledger.count_accounts() == 1


def sources(ledger: Ledger, slo: Slo) -> list[str]:
    """How the entries of *slo* were read."""
    account = ledger.find(slo.slo_id, slo.sli, {})
    assert account
    return [entry.source for entry in ledger.entries(account)]


class Crowd:
    """Two targets with very many counters each."""

    def __init__(self, live: Live) -> None:
        """They are scraped, and nobody asks yet."""
        self.live, self.draw = live, Random(5)
        self.total = self.bad = 0
        live.put("up", 1, job="shop", instance="b")
        live.pass_time(3)

    def __call__(self) -> None:
        """What happens before a scrape."""
        for number in range(60):
            labels = {"job": "shop", "instance": "ab"[number % 2], "path": f"/a/path/that/takes/much/room/{number}"}
            total = self.draw.randrange(4)
            bad = self.draw.randrange(total + 1)
            self.total, self.bad = self.total + total, self.bad + bad
            for metric, count in (("asked_total", total), ("failed_total", bad)):
                if count:
                    self.live.add(metric, count, **labels)

    @property
    def tally(self) -> Tally:
        """Good and all events."""
        return Tally(self.total - self.bad, self.total)


def test_answers_that_are_too_large(live: Live, ledger: Ledger) -> None:
    """Prometheus counts from then on, in steps of five minutes; nothing is counted twice, and a restart goes on so."""
    crowd, slo = Crowd(live), make()
    seat = live.seat([slo], ledger)
    seat.run(8, crowd)
    raw, switched = crowd.tally, live.now
    first = -(-switched // (5 * MINUTE)) * 5 * MINUTE
    seat.prometheus.max_bytes = 6_000
    seat.run((first - switched) // MINUTE, crowd)
    before = crowd.tally
    seat.run(12, crowd)
    again = live.seat([slo], ledger, max_bytes=6_000)
    again.run(23, crowd)
    again.prometheus.max_bytes = 10_000_000  # it goes on as it did all the same
    again.run(-(live.now - first) // MINUTE % 5, crowd)

    assert "wide" in sources(ledger, slo)[-1]
    assert switched < first < live.now
    assert seat.observed(slo, NOON, switched).tally == raw
    assert seat.observed(slo, switched, first).observed_seconds == 0
    counted = seat.observed(slo, first, live.now)
    assert counted.observed_seconds == live.now - first
    assert counted.tally == Tally(crowd.tally.good - before.good, crowd.tally.total - before.total)
    assert [one.last_error for one in again.health(slo)] == [None]
    assert again.standing(slo).fresh


def test_totals_of_wide_counters(live: Live, ledger: Ledger) -> None:
    """From a first start on: every event is counted, and shown as far as the last five minutes are over."""
    crowd, slo = Crowd(live), make()
    live.pass_time(62, crowd)
    seat = live.seat([slo], ledger, max_bytes=12_000)

    seat.round()

    assert "wide" in sources(ledger, slo)[-1]
    assert [one.last_error for one in seat.health(slo)] == [None]
    assert shown(seat, slo) == crowd.tally
    assert seat.standing(slo).observation.observed_seconds == 65 * MINUTE


def test_a_bucket_that_is_missing(live: Live, ledger: Ledger) -> None:
    """Its minutes are unknown, not bad, and are told; once the application has the bucket it counts from there."""
    slo = make(LatencySli(selector("seconds", **JOB), Decimal("0.3")))
    seat = live.seat([slo], ledger)

    def serve(*bounds: str) -> None:
        for le in (*bounds, "+Inf"):
            live.add("seconds_bucket", 2, le=le, **TARGET)
        live.add("seconds_count", 2, **TARGET)

    seat.run(5, lambda: serve("0.25", "0.5"))
    [without] = seat.health(slo)
    unknown = seat.standing(slo)
    live.remove("seconds_bucket")
    live.remove("seconds_count")
    seat.run(10, lambda: serve("0.3", "0.5"))

    assert without.failures["no_bucket"] > 0
    assert without.last_error is not None
    assert 'no bucket le="0.3"' in without.last_error
    assert "0.25 and 0.5" in without.last_error
    assert (unknown.state, unknown.observation.tally.total) == ("no_data", 0)
    found = seat.standing(slo).observation.tally
    assert found.bad == 0
    assert found.total == pytest.approx(40, abs=4)
    assert [one.last_error for one in seat.health(slo)] == [None]


def test_burn_down_of_a_month(live: Live, ledger: Ledger) -> None:
    """It begins with the month, ends with what is left now, and its points' events add up to those of the window."""
    truth = Truth(live)
    month = make(windows=(CalendarWindow("month"), RollingWindow(2 * HOUR)))
    seat = live.seat([month], ledger)
    start = NOON - 12 * HOUR
    for _ in range(4):
        seat.run(15, truth)
    points = seat.exporter.burn_down(month.slo_id, "month")

    assert all(start < point.at <= live.now for point in points)
    assert [point.at for point in points] == sorted(point.at for point in points)
    assert points[0].remaining is None  # nothing was observed that early
    assert points[-1].remaining == seat.standing(month).budget_remaining
    assert sum(point.total or 0 for point in points) == truth.total
    assert sum(point.bad or 0 for point in points) == truth.bad


def test_burn_down_right_after_a_month_began(live: Live, ledger: Ledger) -> None:
    """No point is of the month before, whose budget was another one."""
    truth = Truth(live)
    month = make(windows=(CalendarWindow("month"),))
    live.now = NOON + 30 * 24 * HOUR + 10 * HOUR + 30 * MINUTE  # 31 December, 22:30
    live.pass_time(5)
    seat = live.seat([month], ledger)
    live.pass_time(85, Truth(live))
    seat.round()
    seat.run(7, truth)
    points = seat.exporter.burn_down(month.slo_id, "month")

    assert [point.at for point in points] == [live.now - MINUTE * minute for minute in reversed(range(7))]
    assert seat.standing(month).observation.tally == truth.tally
    assert points[-1].remaining == seat.standing(month).budget_remaining
    assert sum(point.total or 0 for point in points) == truth.total


def test_burn_down_with_exclusions_of_groups_and_composites(live: Live, ledger: Ledger) -> None:
    """What is excluded is in none of its points, and each group has a line of its own."""
    starts = datetime.fromtimestamp(NOON + 15 * MINUTE, UTC).replace(tzinfo=None)
    out = (Exclusion(reason="work", starts=starts, lasts_seconds=5 * MINUTE),)
    window = (RollingWindow(2 * HOUR),)
    grouped = make(replace(EVENTS, by=("tenant",)), "grouped", windows=window, exclusions=out)
    alone = make(name="alone", windows=window)
    whole = make(CompositeSli((Part("checkout-alone"),)), "whole", windows=window, exclusions=out)
    seat = live.seat([grouped, alone, whole], ledger)

    def each() -> None:
        for tenant, bad in (("ant", 1), ("bee|b", 2)):
            live.add("asked_total", 10, tenant=tenant, **TARGET)
            live.add("failed_total", bad, tenant=tenant, **TARGET)

    seat.run(20, each)

    for tenant, bad in (("ant", 1), ("bee|b", 2)):
        points = seat.exporter.burn_down(grouped.slo_id, "2h", {"tenant": tenant})
        assert (sum(one.bad or 0 for one in points), sum(one.total or 0 for one in points)) == (30 * bad, 300)
        assert points[-1].remaining == 1 - Fraction(bad, 10) / (1 - Fraction(grouped.objective))
    with pytest.raises(KeyError):
        seat.exporter.burn_down(grouped.slo_id, "2h", {"tenant": "cat"})
    points = seat.exporter.burn_down(whole.slo_id, "2h")
    assert sum(one.total or 0 for one in points) == 600
    assert points[-1].remaining == seat.standing(whole).budget_remaining
    steps = {after.at - before.at for before, after in itertools.pairwise(points)}
    assert steps == {MINUTE}
