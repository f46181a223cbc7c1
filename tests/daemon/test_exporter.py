"""The exporter: rounds, clocks, reloads, and what it shows of itself."""

import threading
import time
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from daemon.conftest import MakeScene
from daemon.fake import DAY, HOUR, MINUTE, NOON, events, steady
from support.servers import StartPrometheus
from support.slos import make_agreement
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli
from tallystick.core.view import BurnDownPoint
from tallystick.core.window import RollingWindow
from tallystick.daemon.exporter import Exporter
from tallystick.errors import REASONS, LedgerError, PrometheusError
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect

NOBODY = dict.fromkeys(REASONS, 0)


def unreachable(_metric: str, _seconds: int) -> None:
    """What a Prometheus does that is away."""
    raise PrometheusError("unreachable", "no connection")


def test_state_before_and_after_the_first_round(make_scene: MakeScene) -> None:
    """Nothing is known at first; afterwards everything is read, counted and timed."""
    slo = events()
    scene = make_scene([slo], steady())
    before = scene.exporter.state()
    scene.prometheus.before = lambda metric, _: scene.sleep(1 if metric == "all_a" else 0)
    scene.exporter.round()
    after = scene.exporter.state()

    assert (before.ready, before.prometheus_up, before.rounds, before.round_seconds) == (False, None, 0, None)
    assert [(health.slo, health.ledger_start, health.failures) for health in before.health] == [(slo, None, NOBODY)]
    assert (after.ready, after.prometheus_up, after.rounds, after.backfill_done) == (True, True, 1, 1)
    assert (after.round_seconds, after.round_ended_at, after.started_at) == (5, NOON + 5, NOON)
    assert after.requests == scene.prometheus.sent
    assert [(health.slo, health.ledger_end) for health in after.health] == [(slo, NOON)]


def test_ready_when_the_backfill_is_over(make_scene: MakeScene) -> None:
    """A round that is cut short shows how far it came; an SLO that fails does not hold readiness up."""
    slos = [events("a"), events("b")]
    scene = make_scene(slos, steady("a") | steady("b"))

    def fail(metric: str, _seconds: int) -> None:
        if metric == "all_b":
            raise PrometheusError("rejected", "no")

    scene.prometheus.before = fail
    shares = []
    while not scene.exporter.state().ready:
        scene.exporter.round(lambda: False)
        shares.append(scene.exporter.state().backfill_done)

    assert shares == sorted(shares)
    assert 0 == shares[0] < shares[-1] == Fraction(1, 2)


def test_not_ready_while_prometheus_is_away(make_scene: MakeScene) -> None:
    """No round in which nothing could be asked counts as having tried; every SLO tells why."""
    slos = [events("a"), events("b")]
    scene = make_scene(slos, steady("a") | steady("b"))
    scene.prometheus.before = unreachable
    for _ in range(3):
        scene.exporter.round()

    state = scene.exporter.state()
    assert (state.ready, state.prometheus_up, state.backfill_done) == (False, False, 0)
    assert [health.failures["unreachable"] for health in state.health] == [3, 3]
    assert [health.last_error for health in state.health] == ["no connection"] * 2


def test_figures_are_withdrawn_when_rounds_fail_for_long(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the latest good round showed stays, fresh for six minutes."""
    slo = events()
    week = make_agreement(slo.slo_id, window=RollingWindow(7 * 24 * HOUR))
    scene = make_scene([replace(slo, agreements=(week,))], steady())
    scene.exporter.round()

    def broken(*_: object) -> None:
        raise LedgerError("disk full")

    monkeypatch.setattr(scene.exporter._recorder, "follow", broken)
    fresh = []
    for _ in range(8):
        scene.sleep(MINUTE)
        with pytest.raises(LedgerError):
            scene.exporter.round()
        told = [*scene.exporter.standings(), *(promise.standing for promise in scene.exporter.agreed())]
        fresh.append([standing.fresh for standing in told])

    assert fresh == [[True] * 2] * 6 + [[False] * 2] * 2


def test_a_clock_ahead_for_one_round_loses_no_time(make_scene: MakeScene, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is read that Prometheus' own clock has not come to."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()
    for ahead in (3 * HOUR, 0, 0):
        scene.ahead = ahead
        scene.sleep(MINUTE)
        scene.exporter.round()
        assert scene.through(slo) == scene.now

    assert "10800 s ahead" in caplog.text
    assert scene.observed(slo, NOON, scene.now).tally.total == 60
    assert [standing.valid for standing in scene.exporter.standings()] == [True]


def test_a_ledger_that_reaches_into_the_future_is_no_verdict(make_scene: MakeScene) -> None:
    """It is told, figures are not fresh, progress stays a share, and reading goes on when that time has come."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.sleep(HOUR)
    scene.exporter.round()
    scene.sleep(-HOUR)
    scene.exporter.round()
    early, shown = scene.exporter.state(), scene.exporter.standings()
    scene.sleep(HOUR + MINUTE)
    scene.exporter.round()

    assert [standing.fresh for standing in shown] == [False]
    assert early.backfill_done == 1
    assert "yet to come" in (early.health[0].last_error or "")
    assert [standing.fresh for standing in scene.exporter.standings()] == [True]
    assert scene.health(slo).last_error is None
    assert scene.through(slo) == scene.now


def test_the_ledger_is_deleted_under_the_exporter(make_scene: MakeScene, tmp_path: Path) -> None:
    """The rounds go on, and what Prometheus holds is read again from the beginning."""
    slo, path = events(), tmp_path / "slo.db"
    scene = make_scene([slo], steady(), ledger=open_ledger(str(path)))
    scene.exporter.round()
    for file in tmp_path.iterdir():
        file.unlink()
    for _ in range(3):
        scene.sleep(MINUTE)
        try:
            scene.exporter.round()
        except LedgerError:
            continue

    start = scene.health(slo).ledger_start
    assert start == NOON - DAY // 2 - 3 * DAY
    assert scene.observed(slo, start, scene.now).tally.total == (scene.now - start) / 3
    assert path.exists()


def test_a_ledger_that_fails_fails_the_round(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no single SLO's trouble; and what was written after all, before the connection broke, is not written again."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()
    append = scene.ledger.append_all

    def written_but_lost(*what: Any) -> None:
        append(*what)
        raise LedgerError("connection lost") from OperationalError("COMMIT", {}, Exception("connection lost"))

    scene.sleep(MINUTE)
    with monkeypatch.context() as broken:
        broken.setattr(scene.ledger, "append_all", written_but_lost)
        run_rounds(scene.exporter, 1, broken)
        failed = scene.exporter.state()
    scene.sleep(MINUTE)
    run_rounds(scene.exporter, 1, monkeypatch)

    assert (failed.round_failures, failed.round_error, failed.health[0].last_error) == (1, "connection lost", None)
    assert scene.exporter.state().round_error is None
    assert "another exporter" not in caplog.text
    assert scene.observed(slo, NOON, scene.now).tally.total == 40


def run_rounds(exporter: Exporter, waits: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the exporter run for so many pauses; how long they would have been."""
    stop, pauses = threading.Event(), list[float]()

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == waits:
            stop.set()
        return True

    monkeypatch.setattr(exporter._wake, "wait", wait)
    exporter.run(stop)
    return pauses


def test_a_clock_set_back_prolongs_no_pause(make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are measured by a clock that nobody sets."""
    scene = make_scene([events()], steady())
    scene.passed = 1_000

    def back(metric: str, _seconds: int) -> None:
        if metric == "time":
            scene.ahead = 0
            scene.passed += 7
        else:
            scene.ahead = -HOUR

    scene.prometheus.before = back

    assert run_rounds(scene.exporter, 2, monkeypatch) == [MINUTE - 7] * 2


def test_rounds_survive_whatever_happens(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault that nobody foresaw fails its round, with a traceback in the log; the next one comes."""
    scene = make_scene([events()], steady())
    rounds = []

    def fail_once(*_: object) -> None:
        rounds.append(scene.exporter.state().round_failures)
        if len(rounds) < 3:
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr(scene.exporter, "round", fail_once)
    run_rounds(scene.exporter, 3, monkeypatch)

    assert rounds == [0, 1, 2]
    assert scene.exporter.state().round_error is None
    assert all(record.exc_info for record in caplog.records)
    assert "ZeroDivisionError: a bug" in caplog.text


def test_stop_ends_the_request_under_way(make_scene: MakeScene) -> None:
    """It tells the client too, whose requests then fail at once."""
    scene, stop = make_scene([events()], steady()), threading.Event()
    scene.exporter.stop(stop)
    scene.exporter.run(stop)

    assert scene.prometheus.stop.is_set()
    assert scene.prometheus.sent == 0


def test_a_reload_that_moves_lines_keeps_every_figure(make_scene: MakeScene) -> None:
    """Labels and lines are new at once, figures and health stay; only what a change concerns waits for a round."""
    slos = [events("a"), events("b"), events("c"), events("gone")]
    scene = make_scene(slos, steady("a") | steady("b") | steady("c") | steady("gone"))
    scene.exporter.round()
    moved = replace(slos[0], line=99, labels={"tier": "1"})
    stricter = replace(slos[1], objective=Decimal("0.95"))
    other = replace(slos[2], sli=EventsSli(total=Selector("all_c"), bad=Selector("bad_a")))
    scene.loaded = [moved, stricter, other], ()

    assert scene.exporter.reload() == ()

    assert [standing.slo for standing in scene.exporter.standings()] == [moved]
    assert [health.slo for health in scene.exporter.state().health] == [moved, stricter, other]
    assert [health.ledger_end for health in scene.exporter.state().health] == [NOON, NOON, None]
    scene.exporter.round()
    assert [standing.slo for standing in scene.exporter.standings()] == [moved, stricter, other]
    assert [standing.valid for standing in scene.exporter.standings()] == [True] * 3


def test_failures_never_go_backwards_while_an_slo_exists(make_scene: MakeScene) -> None:
    """They outlive a changed SLI; an SLO that was gone for a round starts anew, and leaves nothing behind."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.prometheus.before = unreachable
    scene.exporter.round()
    changed = replace(slo, sli=EventsSli(total=Selector("all_a"), bad=Selector("bad_b")))
    seen = []
    for loaded in ([changed], [slo], [], [slo]):
        scene.loaded = loaded, ()
        scene.exporter.reload()
        seen.append([health.failures["unreachable"] for health in scene.exporter.state().health])
        scene.exporter.round()
        seen.append([health.failures["unreachable"] for health in scene.exporter.state().health])

    assert seen == [[1], [2], [2], [3], [], [], [0], [1]]
    assert len(scene.exporter._recorder.tracks) == 1


def test_problems_leave_the_definitions_in_force(make_scene: MakeScene) -> None:
    """A reload with any problem changes nothing but what is told of it."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()
    scene.loaded = [], ["shop.yaml:3: no such key"]

    assert scene.exporter.reload() == ["shop.yaml:3: no such key"]

    state = scene.exporter.state()
    assert (state.config_ok, state.config_problems) == (False, ["shop.yaml:3: no such key"])
    assert [standing.slo for standing in scene.exporter.standings()] == [slo]


def test_burn_down_follows_a_bad_hour(make_scene: MakeScene) -> None:
    """The budget of a window falls while all is bad, point by point, and stays down; it is unknown before the data."""
    slo = events(windows=(RollingWindow(2 * HOUR),))
    born = NOON - 90 * MINUTE
    bad_from, bad_to = NOON - HOUR, NOON - 54 * MINUTE
    values = {
        "all_a": lambda at: float((at - born) // 3) if at >= born else None,
        "bad_a": lambda at: float((min(max(at, bad_from), bad_to) - bad_from) // 3) if at >= born else None,
        "up": lambda at: 1.0 if at >= born else None,
    }
    scene = make_scene([slo], values)
    scene.exporter.round()

    points = scene.exporter.burn_down(slo.slo_id, "2h")

    by_minute = {(point.at - NOON) // MINUTE: point for point in points}
    assert list(by_minute) == list(range(-120, 1))
    assert by_minute[-95] == BurnDownPoint(NOON - 95 * MINUTE, None, None, None)
    assert by_minute[-61] == BurnDownPoint(NOON - 61 * MINUTE, Fraction(1), 0, 20)
    # The minute from -60 to -59 has one scrape that shows 10 bad events; each one after that shows 20 in a minute.
    assert (by_minute[-59].bad, by_minute[-58].bad, by_minute[-53].bad, by_minute[-52].bad) == (10, 20, 10, 0)
    assert by_minute[-52].remaining == 1 - Fraction(120) / (Fraction(1, 10) * (38 * 20 - 10))
    assert by_minute[0].remaining == 1 - Fraction(120) / (Fraction(1, 10) * (90 * 20 - 10))


def test_burn_down_of_what_is_not_there(make_scene: MakeScene) -> None:
    """No points before the first round, and a KeyError for a name that does not exist."""
    slo = events()
    scene = make_scene([slo], steady())

    assert scene.exporter.burn_down(slo.slo_id, "1d") == []
    with pytest.raises(KeyError):
        scene.exporter.burn_down(slo.slo_id, "2d")
    with pytest.raises(KeyError):
        scene.exporter.burn_down("nobody", "1d")


def test_prometheus_tells_its_time(start_prometheus: StartPrometheus) -> None:
    """A real one's clock is this machine's, give or take the request."""
    before = time.time()
    told = connect(start_prometheus().url).now()

    assert before - 1 <= told <= time.time() + 1
