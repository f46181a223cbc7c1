"""Where things fail between reading, writing and showing: nothing is counted twice, nothing is lost, nothing is hidden."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.conftest import MakeScene
from daemon.fake import DAY, HOUR, MINUTE, NOON, FakePrometheus, events, steady
from tallystick.core.sli import EventsSli, ThresholdSli
from tallystick.core.window import RollingWindow
from tallystick.daemon.sums import Sums
from tallystick.errors import PrometheusError
from tallystick.ledger.accounts import accounts
from tallystick.ledger.audit import audit


def test_a_fault_after_writing_counts_nothing_twice(make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is written: sums that can't be kept are made anew, and the next reading goes on from there."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()

    def odd(*_: Any) -> None:
        raise ValueError("odd")

    scene.sleep(MINUTE)
    scene.exporter.round()
    with monkeypatch.context() as broken:
        broken.setattr(Sums, "append", odd)
        scene.sleep(MINUTE)
        scene.exporter.round()
    told = scene.health(slo).last_error
    scene.sleep(MINUTE)
    scene.exporter.round()

    assert "odd" in (told or "")
    assert scene.observed(slo, NOON, scene.now).tally.total == 3 * 20
    assert scene.exporter.standings()[0].observation == scene.observed(slo, scene.now - DAY, scene.now)
    assert scene.health(slo).last_error is None


def test_an_exporter_that_is_always_second_shows_all(make_scene: MakeScene) -> None:
    """Of two on one ledger the slower one has its verdicts in every round, from what the other wrote."""
    slo = events()
    first = make_scene([slo], steady())
    first.exporter.round()
    second = first.again([slo])
    second.exporter.round()
    valid, slow = [], []
    for _ in range(4):
        for scene in (first, second):
            scene.sleep(MINUTE)
        first.exporter.round()
        second.exporter.round()
        valid += [standing.valid for standing in second.exporter.standings()]
        slow.append(second.health(slo).ledger_end)

    assert all(valid)
    assert [end is not None and end >= NOON + number * MINUTE for number, end in enumerate(slow)] == [True] * 4
    assert first.observed(slo, NOON, first.now).tally.total == 4 * 20


def test_two_exporters_share_many(make_scene: MakeScene) -> None:
    """Each writes what the other has not, in one transaction, whoever comes first."""
    slos = [events(f"n{number}") for number in range(6)]
    values = {key: value for number in range(6) for key, value in steady(f"n{number}").items()}
    first = make_scene(slos, values)
    first.exporter.round()
    second = first.again(slos[3:])
    second.exporter.round()
    for turn in range(6):
        for scene in (first, second):
            scene.sleep(MINUTE)
        for scene in (first, second) if turn % 2 else (second, first):
            scene.exporter.round()

    for slo in slos:
        assert first.observed(slo, NOON, first.now).tally.total == 6 * 20
        assert first.through(slo) == first.now
    assert all(standing.valid for scene in (first, second) for standing in scene.exporter.standings())


def test_a_burn_down_is_that_of_the_figures(make_scene: MakeScene) -> None:
    """An SLO whose new name was measured for a while before its old one was given shows the old one's history throughout."""
    old = events("a")
    scene = make_scene([old], steady())
    scene.exporter.round()
    renamed = replace(old, name="b")
    later = make_scene([renamed], steady(), ledger=scene.ledger)
    later.sleep(3 * DAY)
    later.exporter.round()
    known = replace(renamed, was=(old.slo_id,))
    last = make_scene([known], steady(), ledger=scene.ledger)
    last.sleep(3 * DAY + 3 * HOUR)
    last.exporter.round()

    points = last.exporter.burn_down(known.slo_id, "1d")

    assert last.exporter.standings()[0].observation.observed_seconds == DAY
    assert all(point.total is not None for point in points)


def test_days_are_rolled_when_rounds_are_short(make_scene: MakeScene) -> None:
    """Rounds that never come to their end seal their days all the same; an untouched record has nothing to be found."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()
    for _ in range(14):
        scene.sleep(HOUR)
        scene.exporter.round(lambda: False)
    scene.sleep(2 * DAY + 600)
    for _ in range(12):
        scene.exporter.round(lambda: False)

    with scene.ledger.database.snapshot() as connection:
        found = [finding for held in accounts(connection) for finding in audit(connection, held)]
    assert scene.through(slo) == scene.now
    assert not found


class _Pods(FakePrometheus):
    """As `FakePrometheus`, with every metric at three instances."""

    def query(self, promql: str, at_ms: int) -> Any:
        """The samples of all instances, or of the one that is asked for."""
        found = super().query(promql, at_ms)
        named = [pod for pod in "abc" if f'instance="{pod}"' in promql]
        pods = named or list("abc")
        return [{**one, "metric": {**one["metric"], "instance": pod}} for one in found for pod in pods]

    def series(self, promql: str, start_ms: int, end_ms: int) -> Any:  # noqa: ARG002  # they are always there
        """The three."""
        return [{"job": "shop", "instance": pod} for pod in "abc"]


@pytest.mark.parametrize("pieces", [1, 4, 5])
def test_groups_that_wait_for_their_turn_are_not_gone(make_scene: MakeScene, pieces: int) -> None:
    """Rounds too short for the history of all groups lose none of it."""
    base = events("g")
    assert isinstance(base.sli, EventsSli)
    slo = replace(base, sli=replace(base.sli, by=("instance",)), windows=(RollingWindow(10 * DAY),))
    scene = make_scene([slo], steady("g"))
    scene.prometheus.__class__ = _Pods
    for _ in range(40 // pieces):
        left = iter(range(pieces - 1))
        scene.exporter.round(lambda left=left: next(left, None) is not None)  # type: ignore[misc]
        scene.sleep(MINUTE)
    scene.exporter.round()

    starts = {health.group["instance"]: health.ledger_start for health in scene.exporter.state().health}
    assert starts.keys() == set("abc")
    assert all(start is not None and start <= NOON - 10 * DAY for start in starts.values())


def test_a_window_that_is_made_longer_is_filled(make_scene: MakeScene) -> None:
    """What the new window looks at before the account's start is read from Prometheus, once, some time later."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()
    longer = replace(slo, windows=(RollingWindow(5 * DAY),))
    scene.loaded = [longer], ()
    scene.exporter.reload()
    for _ in range(3 * 60):
        scene.sleep(MINUTE)
        scene.exporter.round()
    (standing,) = scene.exporter.standings()
    asked = len(scene.prometheus.asked)
    scene.sleep(MINUTE)
    scene.exporter.round()

    assert standing.coverage == 1
    assert standing.observation.tally.total == 5 * DAY // 3
    assert len(scene.prometheus.asked) - asked < 10


def test_queries_wait_once_for_a_prometheus_that_is_silent(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer that does not come is waited for, not one for each SLO."""
    slos = [events(f"n{number}", sli=ThresholdSli(f"queue{number}", "lt", Decimal(5))) for number in range(5)]
    scene = make_scene(slos, {})
    waited = []

    def nothing(*_: Any) -> Any:
        return []

    def silent(promql: str, *_: Any) -> Any:
        waited.append(promql)
        raise PrometheusError("unreachable", "gone")

    monkeypatch.setattr(scene.prometheus, "query_range", nothing)
    scene.exporter.round()
    monkeypatch.setattr(scene.prometheus, "query_range", silent)
    scene.sleep(MINUTE)
    scene.exporter.round()

    assert len(waited) == 1
    assert scene.exporter.state().prometheus_up is False
