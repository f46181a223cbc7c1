"""Groups that are found while the exporter runs, on a real Prometheus, against counts kept beside."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from support.live import DAY, HOUR, MINUTE, NOON, Live, live_prometheus
from support.servers import Binaries
from support.slos import make_agreement, make_slo, selector
from tallystick.core.agreement import Agreement
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli, LatencySli, QuerySli, Sli, UpSli
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.daemon import following
from tallystick.ledger.store import open_ledger

TARGET = {"job": "shop", "instance": "a"}
HOSTILE = ('say "no"', "back\\slash", "line\nbreak", "a|b", "a", "b", ".*", "[", "$1{}", "ünï", " ", "\\", "a\\|b")


@pytest.fixture
def live(prometheus_binaries: Mapping[str, Binaries], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Live]:
    """A shop that has been scraped for ten minutes, in a Prometheus 3 where the test names no other."""
    version = getattr(request, "param", "3.x")
    with live_prometheus(prometheus_binaries[version], tmp_path / "prometheus") as made:
        made.put("up", 1, **TARGET)
        made.pass_time(10)
        yield made


def by_tenant(hours: int = DAY // HOUR, sli: Sli | None = None) -> Slo:
    """An SLO of each tenant."""
    job = {"job": "shop"}
    events = EventsSli(selector("asked_total", **job), bad=selector("failed_total", **job), by=("tenant",))
    return make_slo(objective="0.9", sli=sli or events, windows=(RollingWindow(hours * HOUR),))


class Truth:
    """Tenants that ask, and what they were counted beside."""

    def __init__(self, live: Live, seed: int = 1) -> None:
        """Nobody asks yet."""
        self.live, self.draw = live, Random(seed)
        self.total: Counter[str] = Counter()
        self.bad: Counter[str] = Counter()
        self.tenants: set[str] = set()

    def __call__(self) -> None:
        """Let some of the tenants ask."""
        for tenant in sorted(self.tenants):
            total = self.draw.randrange(4)
            bad = self.draw.randrange(total + 1)
            for counts, metric, count in ((self.total, "asked_total", total), (self.bad, "failed_total", bad)):
                if count:
                    counts[tenant] += count
                    self.live.add(metric, count, tenant=tenant, **TARGET)

    @property
    def counts(self) -> dict[str, tuple[float, float]]:
        """Bad and total events of each tenant that ever asked."""
        return {tenant: (self.bad[tenant], self.total[tenant]) for tenant in self.total}


def test_groups_appear_while_the_exporter_runs(live: Live) -> None:
    """A tenant's counters are born at a target that was scraped before, so they count from zero, and nothing is lost."""
    slo, truth, seat = by_tenant(), Truth(live), live.seat([by_tenant()])
    seat.run(2)
    none = [(one.group, one.state) for one in seat.standings(slo)]
    for tenant in ("ant", "bee", "cat"):
        truth.tenants.add(tenant)
        seat.run(7, truth)
        assert seat.counts(slo, "tenant") == truth.counts

    assert none == [({}, "no_data")]
    assert sum(truth.bad.values()) > 10
    assert [one.last_error for one in seat.health(slo)] == [None] * 3
    assert all(one.fresh for one in seat.standings(slo))


def test_groups_of_a_first_start_are_read_from_the_past(live: Live) -> None:
    """Groups that are gone by the first round, and such that are still there, have their history."""
    slo, truth = by_tenant(), Truth(live)
    truth.tenants.add("ant")
    live.pass_time(15, truth)
    live.remove("asked_total", tenant="ant")
    truth.tenants = {"bee"}
    live.pass_time(15, truth)
    seat = live.seat([slo])

    seat.round()

    assert seat.counts(slo, "tenant") == truth.counts


@pytest.mark.parametrize("restarts", [False, True])
def test_groups_vanish_and_come_back(live: Live, tmp_path: Path, restarts: bool) -> None:  # noqa: FBT001  # a parameter
    """A tenant is shown as long as any of its windows saw it, is forgotten, and counts on when it is there again."""
    slo, truth = by_tenant(hours=1), Truth(live)
    ledger = open_ledger(str(tmp_path / "slo.db"))
    seat = live.seat([slo], ledger)
    truth.tenants = {"ant", "bee"}
    seat.run(5, truth)
    truth.tenants = {"bee"}
    for metric in ("asked_total", "failed_total"):
        live.remove(metric, tenant="ant")
    seat.run(30, truth)
    soon = set(seat.counts(slo, "tenant"))
    seat.run(60, truth)
    later = set(seat.counts(slo, "tenant"))
    if restarts:
        seat = live.seat([slo], ledger)
        seat.round()
        assert set(seat.counts(slo, "tenant")) == {"bee"}
    truth.total["ant"] = truth.bad["ant"] = 0
    truth.tenants = {"ant", "bee"}
    seat.run(10, truth)

    assert soon == {"ant", "bee"}
    assert later == {"bee"}
    assert seat.counts(slo, "tenant")["ant"] == truth.counts["ant"]
    [account] = [health for health in seat.health(slo) if health.group == {"tenant": "bee"}]
    assert account.lifetime.total == truth.total["bee"]
    ledger.close()


def test_groups_of_the_past_leave_room_for_new_ones(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tenants that come and go are never more than there may be at one time, though over time they are."""
    monkeypatch.setattr(following, "MOST_GROUPS", 3)
    slo, truth = by_tenant(hours=1), Truth(live)
    seat = live.seat([slo])
    for number in range(4):
        tenant = f"tenant-{number}"
        truth.tenants = {tenant}
        seat.run(5, truth)
        for metric in ("asked_total", "failed_total"):
            live.remove(metric, tenant=tenant)
        live.pass_time(70)
        seat.run(2)
    truth.tenants = {"last"}
    seat.run(3, truth)

    assert seat.counts(slo, "tenant") == {"last": truth.counts["last"]}
    assert [one.failures["too_many_groups"] for one in seat.health(slo)] == [0]


@pytest.mark.parametrize("live", ["2.x", "3.x"], indirect=True)
def test_values_that_would_be_syntax_elsewhere(live: Live, tmp_path: Path) -> None:
    """Each is one group of its own, counted as itself, also after a restart; series without the label are a group as well."""
    slo, truth = by_tenant(), Truth(live)
    ledger = open_ledger(str(tmp_path / "slo.db"))
    seat = live.seat([slo], ledger)
    truth.tenants = {*HOSTILE, ""}
    seat.run(4, truth)
    before = seat.counts(slo, "tenant")
    expected = truth.counts
    seat = live.seat([slo], ledger)
    truth.tenants = {*HOSTILE}
    seat.run(3, truth)

    assert before == expected
    assert len(before) == len(HOSTILE) + 1
    assert seat.counts(slo, "tenant") == truth.counts
    ledger.close()


def test_too_many_groups_are_told(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there may be are measured, in full; that there are more is counted, and told in words."""
    monkeypatch.setattr(following, "MOST_GROUPS", 3)
    slo, truth = by_tenant(), Truth(live)
    truth.tenants = {f"tenant-{number}" for number in range(5)}
    seat = live.seat([slo])

    seat.run(5, truth)

    shown = seat.counts(slo, "tenant")
    assert len(shown) == 3
    assert shown == {tenant: truth.counts[tenant] for tenant in shown}
    assert all(health.failures["too_many_groups"] for health in seat.health(slo))
    assert {health.last_error for health in seat.health(slo)} == {"5 values of tenant; the first 3 are measured"}
    again = live.seat([slo], seat.ledger)
    again.run(2, truth)
    assert again.counts(slo, "tenant") == {tenant: truth.counts[tenant] for tenant in shown}
    assert all(health.failures["too_many_groups"] for health in again.health(slo))


def test_a_restart_keeps_all_groups(live: Live, tmp_path: Path) -> None:
    """Those that count, and those that Prometheus tells no more; time without an exporter is read afterwards."""
    slo, truth = by_tenant(), Truth(live)
    ledger = open_ledger(str(tmp_path / "slo.db"))
    truth.tenants = {"ant", "bee"}
    live.seat([slo], ledger).run(10, truth)
    live.remove("asked_total", tenant="bee")
    truth.tenants = {"ant", "cat"}
    live.pass_time(20, truth)
    seat = live.seat([slo], ledger)

    seat.round()

    assert seat.counts(slo, "tenant") == truth.counts
    ledger.close()


def test_groups_by_several_labels(live: Live) -> None:
    """Each combination is a group."""
    sli = EventsSli(selector("asked_total"), bad=selector("failed_total"), by=("tenant", "region"))
    slo = by_tenant(sli=sli)
    seat = live.seat([slo])

    def each() -> None:
        for tenant, region, count in (("a", "b|c", 1), ("a|b", "c", 2), ("b", "b|c", 3)):
            live.add("asked_total", count, tenant=tenant, region=region, **TARGET)

    seat.run(5, each)

    found = {(one.group["tenant"], one.group["region"]): one.observation.tally.total for one in seat.standings(slo)}
    assert found == {("a", "b|c"): 10, ("a|b", "c"): 20, ("b", "b|c"): 30}


def test_groups_of_a_latency(live: Live) -> None:
    """Good events are those of the group's own bucket, however the bound is written."""
    slo = by_tenant(sli=LatencySli(Selector("seconds"), Decimal("0.5"), by=("tenant",)))
    seat = live.seat([slo])
    tenants: Sequence[tuple[str, int]] = (("ant", 3), ("bee", 1))

    def each() -> None:
        for tenant, good in tenants:
            live.add("seconds_bucket", good, le="0.5", tenant=tenant, **TARGET)
            live.add("seconds_bucket", 4, le="+Inf", tenant=tenant, **TARGET)
            live.add("seconds_count", 4, tenant=tenant, **TARGET)

    seat.run(5, each)

    assert seat.counts(slo, "tenant") == {"ant": (10, 40), "bee": (30, 40)}


def test_groups_of_a_gauge(live: Live) -> None:
    """Each target of a probe is a group; one that appears later is unknown before, and not down."""
    slo = by_tenant(sli=UpSli(selector("probe_success", job="probe"), by=("instance",)))
    seat = live.seat([slo])
    live.put("probe_success", 1, job="probe", instance="a")
    seat.run(10)
    live.put("probe_success", 0, job="probe", instance="b")
    seat.run(10)
    live.put("probe_success", 1, job="probe", instance="b")
    seat.run(10)

    found = seat.counts(slo, "instance")
    assert set(found) == {"a", "b"}
    assert found["a"][0] == 0
    assert found["b"][0] == pytest.approx(10 * MINUTE, abs=2)
    assert found["b"][1] == pytest.approx(20 * MINUTE, abs=30)
    assert found["a"][1] == pytest.approx(30 * MINUTE, abs=30)


def test_groups_of_a_query(live: Live) -> None:
    """Each set of labels of the answer is a group, read each five minutes."""
    total, bad = (f"sum by (tenant) (increase({name}_total[$window]) > 0)" for name in ("asked", "failed"))
    slo = by_tenant(sli=QuerySli(total=total, bad=bad, by=("tenant",)))
    seat = live.seat([slo])
    live.add("asked_total", 0, tenant="ant", **TARGET)
    seat.run(5)
    live.add("asked_total", 0, tenant="bee", **TARGET)

    def each() -> None:
        live.add("asked_total", 4, tenant="ant", **TARGET)
        live.add("failed_total", 1, tenant="ant", **TARGET)
        if live.now >= NOON + 30 * MINUTE:
            live.add("asked_total", 2, tenant="bee", **TARGET)

    seat.run(35, each)

    found = seat.counts(slo, "tenant")
    assert set(found) == {"ant", "bee"}
    assert found["ant"][1] == pytest.approx(35 * 8, rel=0.05)
    assert found["ant"][0] == pytest.approx(35 * 2, rel=0.1)
    assert found["bee"][0] == 0
    assert found["bee"][1] == pytest.approx(20 * 4, rel=0.1)
    assert [one.last_error for one in seat.health(slo)] == [None, None]


def test_a_renamed_slo_keeps_its_groups(live: Live) -> None:
    """Also those that are gone by then, and whether it is loaded again or started anew."""
    slo, truth = by_tenant(), Truth(live)
    renamed = replace(slo, name="renamed", was=(slo.slo_id,))
    seat = live.seat([slo])
    truth.tenants = {"ant", "bee"}
    seat.run(5, truth)
    live.remove("asked_total", tenant="bee")
    truth.tenants = {"ant"}
    seat.run(3, truth)
    seat.reload([renamed])
    seat.run(3, truth)
    again = live.seat([renamed], seat.ledger)
    again.round()

    assert seat.counts(renamed, "tenant") == again.counts(renamed, "tenant") == truth.counts
    assert seat.ledger.count_accounts() == 2


def test_all_groups_together_are_too_large(live: Live) -> None:
    """Each group is read alone then, new ones are found all the same, and nothing is told to be wrong."""
    slo = by_tenant()
    tenants = ["ant", "bee"]
    counts: Counter[str] = Counter()
    draw = Random(3)

    def each() -> None:
        for tenant in tenants:
            for number in range(10):
                count = draw.randrange(1, 4)
                counts[tenant] += count
                live.add("asked_total", count, tenant=tenant, path=f"/a/path/that/takes/some/room/{number}", **TARGET)

    seat = live.seat([slo])
    seat.run(3, each)
    seat.prometheus.max_bytes = 3_000
    seat.run(3, each)
    tenants.append("cat")
    seat.run(4, each)

    assert seat.counts(slo, "tenant") == {tenant: (0, count) for tenant, count in counts.items()}
    assert [one.last_error for one in seat.health(slo)] == [None] * 3
    fresh = live.seat([slo], max_bytes=3_000)
    fresh.round()
    assert set(fresh.counts(slo, "tenant")) == set(tenants)


DEFINITION = """\
apiVersion: tallystick/v1
service: checkout
slos:
  - name: availability
    objective: 90%
    window: 1d
    sli:
      events:
        total: asked_total{job="shop"}
        bad: failed_total{job="shop"}
        by: [tenant]
"""


def test_status(live: Live, tmp_path: Path) -> None:
    """The command shows each group, from Prometheus as from a ledger."""
    slo, truth = by_tenant(), Truth(live)
    ledger = open_ledger(str(tmp_path / "slo.db"))
    truth.tenants = set(HOSTILE)
    seat = live.seat([slo], ledger)
    seat.run(6, truth)
    ledger.close()
    (tmp_path / "shop.yaml").write_text(DEFINITION, encoding="utf-8")
    command = [sys.executable, "-m", "tallystick", "status", str(tmp_path / "shop.yaml"), "--format", "json"]
    command += ["--at", str(live.now)]

    for where in (["--prometheus.url", live.url], ["--ledger", str(tmp_path / "slo.db")]):
        answer = subprocess.run([*command, *where], capture_output=True, text=True, check=False, timeout=60)
        rows = json.loads(answer.stdout)
        assert {row["group"]["tenant"]: (row["bad"], row["total"]) for row in rows} == truth.counts
        assert all(row["slo"] == slo.slo_id for row in rows)


def test_an_agreement_covers_each_group(live: Live) -> None:
    """One tenant's contract is broken, another's is kept; what was loaded again is judged at once by the new terms."""

    def gold(objective: str) -> Agreement:
        return make_agreement(objective=objective, window=RollingWindow(DAY))

    def work() -> None:
        for tenant, bad in (("a", 2), ("b", 0)):
            live.add("asked_total", 4, tenant=tenant, **TARGET)
            live.add("failed_total", bad, tenant=tenant, **TARGET)

    live.pass_time(30, work)
    slo = replace(by_tenant(), agreements=(gold("0.9"),))
    seat = live.seat([slo])
    seat.round()

    def states() -> dict[str, str]:
        return {one.group["tenant"]: one.standing.state.value for one in seat.exporter.agreed()}

    assert states() == {"a": "breached", "b": "met"}
    seat.reload([replace(slo, agreements=(gold("0.4"),))])
    seat.round()
    assert states() == {"a": "met", "b": "met"}
