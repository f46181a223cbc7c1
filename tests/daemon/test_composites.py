"""Composites of real histories: what exporter, burn-down and command make of them, against the same worked out by hand."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from support.live import HOUR, MINUTE, NOON, Live, Seat, live_prometheus
from support.servers import Binaries
from support.slos import make_agreement, make_slo, selector
from tallystick.core.agreement import CreditTier
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli, EventsSli, NoData, Part
from tallystick.core.slo import Slo
from tallystick.core.standing import State
from tallystick.core.window import CalendarWindow, RollingWindow

TARGET = {"job": "shop", "instance": "a"}
SHARES: Mapping[str, tuple[int, int]] = {"search": (1, 10), "pay": (1, 4), "mail": (0, 3)}
"""Bad and all events a scrape."""


def part(name: str, hours: int = 24, **more: Any) -> Slo:
    """An SLO of its own counters."""
    sli = EventsSli(selector(f"{name}_total", job="shop"), bad=selector(f"{name}_bad_total", job="shop"))
    return make_slo(service="shop", name=name, objective="0.9", sli=sli, windows=(RollingWindow(hours * HOUR),), **more)


def whole(method: str, of: Sequence[tuple[str, int]], name: str = "whole", hours: int = 24, **more: Any) -> Slo:
    """A composite of parts with their weights."""
    parts = tuple(Part(f"shop-{one}", Decimal(weight)) for one, weight in of)
    no_data: NoData = more.pop("part_no_data", "ignore")
    sli = CompositeSli(parts, method, no_data)  # type: ignore[arg-type]
    return make_slo(service="shop", name=name, objective="0.9", sli=sli, windows=(RollingWindow(hours * HOUR),), **more)


def excluding(start: int, minutes: int) -> Exclusion:
    """Some minutes that are agreed not to count."""
    starts = datetime.fromtimestamp(start, UTC).replace(tzinfo=None)
    return Exclusion(reason="work", starts=starts, lasts_seconds=minutes * MINUTE)


def work(live: Live) -> None:
    """What happens before each scrape."""
    for name, (bad, total) in SHARES.items():
        live.add(f"{name}_total", total, **TARGET)
        live.add(f"{name}_bad_total", bad, **TARGET)


@pytest.fixture
def live(prometheus_binaries: Mapping[str, Binaries], tmp_path: Path) -> Iterator[Live]:
    """A shop that was idle for ten minutes and worked for an hour, in a Prometheus 3."""
    with live_prometheus(prometheus_binaries["3.x"], tmp_path / "prometheus") as made:
        made.put("up", 1, **TARGET)
        made.pass_time(10)
        made.pass_time(60, lambda: work(made))
        yield made


PARTS = [part(name) for name in SHARES]
GONE = part("gone")


def read(live: Live, *composites: Slo, parts: Sequence[Slo] = PARTS) -> Seat:
    """An exporter that has read all."""
    seat = live.seat([*parts, *composites])
    seat.round()
    return seat


def share(seat: Seat, slo: Slo) -> Fraction:
    """What it delivered."""
    found = seat.standing(slo).compliance
    assert found is not None
    return found


SEARCH, PAY, MAIL = (1 - Fraction(*SHARES[name]) for name in SHARES)


def test_methods(live: Live) -> None:
    """The mean by weight, the product and the lowest of what the parts delivered, exactly; composites may be parts."""
    of = [("search", 3), ("pay", 1), ("mail", 2)]
    weighted, serial, worst = (whole(method, of, method) for method in ("weighted", "serial", "worst"))
    nested = whole("serial", [("weighted", 1), ("worst", 1)], "nested")
    seat = read(live, nested, weighted, serial, worst)

    mean = (3 * SEARCH + PAY + 2 * MAIL) / 6
    assert share(seat, weighted) == mean
    assert share(seat, serial) == SEARCH * PAY * MAIL
    assert share(seat, worst) == PAY
    assert share(seat, nested) == mean * PAY
    # As much as its parts, of which it has the events of each once a composite that it is in.
    assert seat.standing(weighted).observation.tally.total == 17 * 120
    assert all(one.fresh and one.state in ("met", "breached") for one in seat.exporter.standings())


def test_composites_go_on(live: Live) -> None:
    """Round by round it is what its parts are, as if it had been worked out anew."""
    composite = whole("serial", [("search", 1), ("pay", 1)])
    seat = read(live, composite)

    def worse() -> None:
        live.add("pay_bad_total", 1, **TARGET)
        live.add("pay_total", 2, **TARGET)

    seat.run(3, worse)

    pay = 1 - Fraction(120 * 1 + 6 * 1, 120 * 4 + 6 * 2)
    assert share(seat, composite) == SEARCH * pay
    assert seat.standing(composite).span.end == live.now


@pytest.mark.parametrize(
    ("no_data", "weighted", "serial", "worst"),
    [
        ("ignore", SEARCH, SEARCH, SEARCH),
        ("good", (SEARCH + 1) / 2, SEARCH, SEARCH),
        ("bad", SEARCH / 2, Fraction(0), Fraction(0)),
    ],
)
def test_a_part_without_data(live: Live, no_data: str, weighted: Fraction, serial: Fraction, worst: Fraction) -> None:
    """It counts as nothing, as wholly good or as wholly bad."""
    of = [("search", 1), ("gone", 1)]
    composites = [whole(method, of, method, part_no_data=no_data) for method in ("weighted", "serial", "worst")]
    seat = read(live, *composites, parts=[*PARTS, GONE])

    assert [share(seat, one) for one in composites] == [weighted, serial, worst]


def test_a_composite_of_which_no_part_has_data(live: Live) -> None:
    """Nothing is known of it, whatever it says of missing parts."""
    composites = [whole("worst", [("gone", 1)], no_data, part_no_data=no_data) for no_data in ("ignore", "bad", "good")]
    seat = read(live, *composites, parts=[GONE])

    assert [seat.standing(one).state for one in composites] == ["no_data"] * 3


@pytest.mark.parametrize("method", ["weighted", "serial", "worst"])
@pytest.mark.parametrize("hours", [1, 24])
def test_of_one(live: Live, method: str, hours: int) -> None:
    """A composite of one part is that part, in every figure."""
    out = (excluding(NOON + 30 * MINUTE, 7),)
    alone = part("pay", hours, exclusions=out, no_data="bad")
    composite = whole(method, [("pay", 5)], hours=hours, exclusions=out)
    live.pass_time(7)
    seat = read(live, composite, parts=[alone])

    one, other = seat.standing(alone), seat.standing(composite)
    assert other.observation == one.observation
    assert other.burn_rates == one.burn_rates
    assert (other.compliance, other.budget_remaining) == (one.compliance, one.budget_remaining)
    assert (other.gross, other.excluded_seconds, other.coverage) == (one.gross, one.excluded_seconds, one.coverage)
    assert (other.state, other.fresh, other.traffic, other.exhaustion) == (
        one.state,
        one.fresh,
        one.traffic,
        one.exhaustion,
    )


def test_parts_that_look_back_less(live: Live) -> None:
    """A part's history reaches as far back as the composite looks, though the part's own window is shorter."""
    live.now += 5 * 24 * HOUR - HOUR
    live.pass_time(60, lambda: work(live))
    short, composite = part("pay", 1), whole("worst", [("pay", 1)], hours=6 * 24)
    long_ago = part("pay", 6 * 24)

    seat, alone = read(live, composite, parts=[short]), read(live, parts=[long_ago])

    assert seat.standing(composite).observation == alone.standing(long_ago).observation
    assert seat.standing(composite).observation.tally.total == 120 * 2 * 4
    assert seat.standing(short).observation.tally.total == 120 * 4


def test_a_composite_that_is_added_looks_back_further(live: Live) -> None:
    """It is worked out of all that the ledger has of its parts, also where they themselves look back less."""
    live.pass_time(3 * 60)
    short, composite = part("pay", 1), whole("worst", [("pay", 1)], hours=48)
    seat = live.seat([short])
    seat.round()
    seat.run(2)

    seat.reload([short, composite])
    seat.run(1)

    assert seat.standing(short).observation.tally.total == 0
    assert seat.standing(composite).observation.tally.total == 120 * 4


def test_exclusions_of_the_composite(live: Live) -> None:
    """They take time out of each part, beside the part's own; gross figures have all of it; the parts alone do not change."""
    own, common = excluding(NOON + 20 * MINUTE, 10), excluding(NOON + 40 * MINUTE, 5)
    pay, search = part("pay", exclusions=(own,)), part("search")
    composite = whole("weighted", [("pay", 1), ("search", 1)], exclusions=(common,))
    outer = whole("worst", [("whole", 1)], "outer", exclusions=(excluding(NOON + 50 * MINUTE, 1),))
    seat = read(live, composite, outer, parts=[pay, search])

    found = seat.standing(composite)
    assert found.observation.tally.total == 2 * ((60 - 10 - 5) * 4 + (60 - 5) * 10)
    assert found.gross.tally.total == 2 * 60 * 14
    assert found.excluded_seconds == 5 * MINUTE
    assert seat.standing(pay).observation.tally.total == 2 * 50 * 4
    assert seat.standing(search).observation.tally.total == 2 * 60 * 10
    assert seat.standing(outer).observation.tally.total == 2 * ((60 - 16) * 4 + (60 - 6) * 10)


def test_burn_down(live: Live) -> None:
    """It ends with what is left now, of a composite as of its part."""
    alone, composite = part("pay", 2), whole("serial", [("pay", 1)], hours=2)
    seat = read(live, composite, parts=[alone])

    lines = [seat.exporter.burn_down(slo.slo_id, "2h") for slo in (alone, composite)]

    assert lines[0] == lines[1]
    assert lines[0][-1].remaining == seat.standing(composite).budget_remaining
    assert sum(point.total or 0 for point in lines[1]) == 120 * 4


DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - {name: pay, objective: 90%, window: [1d, 2h], sli: {events: {
      total: 'pay_total{job="shop"}', bad: 'pay_bad_total{job="shop"}'}}}
  - {name: search, objective: 90%, window: 1h, sli: {events: {
      total: 'search_total{job="shop"}', bad: 'search_bad_total{job="shop"}'}}}
  - {name: one, objective: 90%, window: [1d, 2h], sli: {composite: {of: [{slo: pay}]}}}
  - {name: both, objective: 90%, window: 1d, sli: {composite: {method: serial, of: [{slo: one}, {slo: search}]}}}
"""


def test_status(live: Live, tmp_path: Path) -> None:
    """The command says the same of a composite of one as of that one, in every field but its name, and exits with 1 if breached."""
    (tmp_path / "shop.yaml").write_text(DEFINITION, encoding="utf-8")
    command = [sys.executable, "-m", "tallystick", "status", str(tmp_path / "shop.yaml"), "--format", "json"]
    at = datetime.fromtimestamp(live.now, UTC).isoformat().replace("+00:00", "Z")

    answer = subprocess.run(
        [*command, "--prometheus.url", live.url, "--at", at], capture_output=True, text=True, check=False, timeout=60
    )

    assert answer.returncode == 1, answer.stderr
    rows = {(row.pop("slo"), row["window"]): row for row in json.loads(answer.stdout)}
    for window in ("1d", "2h"):
        assert rows["shop-one", window] == rows["shop-pay", window]
    assert rows["shop-both", "1d"]["compliance"] == pytest.approx(float(SEARCH * PAY), abs=1e-15)
    assert rows["shop-both", "1d"]["total"] == 120 * 14


def test_a_reload_changes_the_parts(live: Live) -> None:
    """A part that is renamed or gone is out of the composite with the next round, without a word from the old one."""
    both, one = whole("worst", [("pay", 1), ("search", 1)]), whole("worst", [("search", 1)])
    seat = read(live, both)
    before = share(seat, both)

    seat.reload([replace(slo) for slo in PARTS if slo.name != "pay"] + [one])
    seat.run(1)

    assert (before, share(seat, one)) == (PAY, SEARCH)


def test_an_agreement_on_a_composite_is_judged_by_its_parts(live: Live) -> None:
    """By another objective over another window, of the same parts; and the day before, of which nothing is known, is no period."""
    tier = CreditTier(Decimal("0.8"), Decimal("0.1"))
    gold = make_agreement("shop-whole", objective="0.7", window=CalendarWindow("day"), credits=(tier,))
    slo = whole("worst", [("search", 1), ("pay", 1)], agreements=(gold,))
    seat = read(live, slo)

    [promise] = seat.exporter.agreed()
    assert promise.standing.compliance == share(seat, slo) == Fraction(3, 4)
    assert promise.standing.state is State.MET
    assert seat.standing(slo).state is State.BREACHED
    assert promise.credit == Decimal("0.1")
    assert promise.ended == []
