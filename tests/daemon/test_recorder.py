"""The recorder: what is read when, in which pieces, and what goes on when one SLO fails."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.conftest import MakeScene
from daemon.fake import DAY, HOUR, MINUTE, NOON, events, steady
from tallystick.core.tally import Tally
from tallystick.errors import PrometheusError
from tallystick.ledger.store import open_ledger

DAYS_BACK = 3
"""The longest burn rate looks three days back, further than the window of these SLOs."""

START = NOON - DAY // 2 - DAYS_BACK * DAY


def harm(path: Path, *statements: str) -> None:
    """Do to the ledger's file what nobody should."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_the_first_start_reads_as_far_back_as_any_figure_looks(make_scene: MakeScene) -> None:
    """From the beginning of that day on, with three hours before it that count nothing but make the counters known."""
    slo = events()
    scene = make_scene([slo], steady())

    scene.exporter.round()

    assert min(start for _, start, _ in scene.prometheus.asked) == START - 3 * HOUR
    assert scene.health(slo).ledger_start == START
    assert scene.through(slo) == NOON
    assert scene.observed(slo, START, NOON).tally == Tally((NOON - START) * 0.3, (NOON - START) / 3)
    assert scene.health(slo).lifetime == scene.observed(slo, START, NOON).tally
    assert scene.exporter.state().slices == (NOON - START) // MINUTE


def test_time_is_asked_for_in_pieces_of_up_to_a_day(make_scene: MakeScene) -> None:
    """No piece crosses midnight, and later rounds ask for nothing but what is new."""
    slo = events()
    scene = make_scene([slo], steady())
    scene.exporter.round()
    pieces = [(start, end) for metric, start, end in scene.prometheus.asked if metric == "all_a"]

    scene.prometheus.asked.clear()
    scene.sleep(MINUTE)
    scene.exporter.round()

    midnights = [START + day * DAY for day in range(DAYS_BACK + 1)]
    assert pieces == [(START - 3 * HOUR, START), *zip(midnights, [*midnights[1:], NOON], strict=True)]
    assert {(start, end) for _, start, end in scene.prometheus.asked} == {(NOON, NOON + MINUTE)}


def test_only_settled_minutes_are_read(make_scene: MakeScene) -> None:
    """A minute is read once it has ended for as long as samples may be late."""
    slo = events()
    scene = make_scene([slo], steady(), settle=150)

    scene.exporter.round()
    early = scene.through(slo)
    scene.sleep(30)
    scene.exporter.round()

    assert early == NOON - 3 * MINUTE
    assert scene.through(slo) == NOON - 2 * MINUTE


def test_a_late_sample_is_not_counted_into_a_minute_already_read(make_scene: MakeScene) -> None:
    """A counter shows at its next sample what was missed; the minute itself stays as it was written."""
    slo = events()
    scene = make_scene([slo], steady())
    whole = scene.prometheus.values["all_a"]
    scene.exporter.round()
    scene.prometheus.values["all_a"] = lambda at: None if at >= NOON else whole(at)
    scene.sleep(MINUTE)
    scene.exporter.round()
    scene.prometheus.values["all_a"] = whole
    scene.sleep(MINUTE)
    scene.exporter.round()

    assert scene.observed(slo, NOON, NOON + MINUTE).tally.total == 0
    assert scene.observed(slo, NOON, NOON + 2 * MINUTE).tally.total == 40


def test_answers_that_are_too_large_are_asked_for_in_smaller_pieces(make_scene: MakeScene) -> None:
    """From the preamble on, down to what Prometheus can answer, and all of it is counted."""
    slo = events()
    scene = make_scene([slo], steady())

    def refuse(_metric: str, seconds: int) -> None:
        if seconds > HOUR:
            raise PrometheusError("too_large", "too large")

    scene.prometheus.before = refuse
    scene.exporter.round()

    assert scene.through(slo) == NOON
    assert scene.observed(slo, START, NOON).tally.total == (NOON - START) / 3
    assert scene.health(slo).failures["too_large"] == 0


def test_all_slos_advance_when_rounds_are_too_short_for_all(make_scene: MakeScene) -> None:
    """Twenty SLOs, of which a round fits ten of those pieces that are read alone: none falls back by more than a few rounds."""
    slos = [events(f"n{number}") for number in range(20)]
    scene = make_scene(slos, {key: value for number in range(20) for key, value in steady(f"n{number}").items()})
    scene.exporter.round()
    scene.prometheus.before = lambda metric, _: scene.sleep(6 if metric.startswith("all_") else 0)

    for _ in range(12):
        began = scene.passed
        scene.exporter.round(lambda began=began: scene.passed - began < MINUTE)  # type: ignore[misc]
        scene.sleep(max(0, began + 10 * MINUTE - scene.passed))

    assert scene.now == NOON + 12 * 10 * MINUTE
    assert max(scene.now - scene.through(slo) for slo in slos) <= 30 * MINUTE


def test_backfills_wait_for_those_who_lack_little(make_scene: MakeScene) -> None:
    """A new SLO's history is read after the latest minute of the others, and failures are tried again last."""
    old, new, broken = events("old"), events("new"), events("broken")
    scene = make_scene([broken, old], steady("old") | steady("new") | steady("broken"))
    scene.exporter.round()

    def fail(metric: str, _seconds: int) -> None:
        if metric == "all_broken":
            raise PrometheusError("bad_answer", "odd")

    scene.prometheus.before = fail
    scene.sleep(MINUTE)
    scene.exporter.round()
    scene.loaded = [broken, new, old], ()
    scene.exporter.reload()
    scene.sleep(MINUTE)
    scene.prometheus.asked.clear()
    scene.exporter.round()

    order = dict.fromkeys(metric for metric, _, _ in scene.prometheus.asked if metric.startswith("all_"))
    assert list(order) == ["all_old", "all_new", "all_broken"]
    assert scene.health(broken).failures["bad_answer"] == 2
    assert scene.health(broken).last_error == "odd"
    assert scene.through(new) == scene.through(old) == scene.now


def test_an_unexpected_fault_stays_with_its_slo(make_scene: MakeScene, caplog: pytest.LogCaptureFixture) -> None:
    """A bug of ours, or data that nobody thought of, is told with its traceback once, and the others go on."""
    first, second = events("first"), events("second")
    scene = make_scene([first, second], steady("first") | steady("second"))
    scene.exporter.round()

    def fail(metric: str, _seconds: int) -> None:
        if metric == "all_first":
            raise ZeroDivisionError("odd data")

    scene.prometheus.before = fail
    for _ in range(3):
        scene.sleep(MINUTE)
        scene.exporter.round()
    bad = scene.health(first)
    scene.prometheus.before = lambda _metric, _seconds: None
    scene.sleep(MINUTE)
    scene.exporter.round()

    assert bad.failures["bad_answer"] == 3
    assert bad.last_error is not None
    assert "ZeroDivisionError: odd data" in bad.last_error
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert scene.health(first).last_error is None
    assert scene.through(first) == scene.through(second) == scene.now
    assert scene.observed(first, NOON, scene.now).tally.total == 80


def test_a_damaged_cursor_stays_with_its_slo(make_scene: MakeScene, tmp_path: Path) -> None:
    """That SLO is unknown and says why; the others are read and shown, and the exporter becomes ready."""
    slos = [events("a"), events("b")]
    before = make_scene(slos, steady("a") | steady("b"), ledger=open_ledger(str(tmp_path / "slo.db")))
    before.exporter.round()
    harm(tmp_path / "slo.db", "UPDATE tallystick_cursor SET memory = x'01ff' WHERE account_id = 1")
    before.sleep(MINUTE)
    scene = before.again(slos)

    scene.exporter.round()

    assert [(standing.slo.name, standing.valid) for standing in scene.exporter.standings()] == [
        ("a", False),
        ("b", True),
    ]
    assert "damaged" in (scene.health(slos[0]).last_error or "")
    assert scene.health(slos[1]).last_error is None
    assert scene.exporter.state().ready


def test_a_damaged_entry_stays_with_its_slo(make_scene: MakeScene, tmp_path: Path) -> None:
    """Its figures are unknown, with the reason, and the other SLO's are as they were."""
    slos = [events("a"), events("b")]
    scene = make_scene(slos, steady("a") | steady("b"), ledger=open_ledger(str(tmp_path / "slo.db")))
    scene.exporter.round()
    harm(tmp_path / "slo.db", "UPDATE tallystick_slices SET detail = x'01ff' WHERE account_id = 1")
    scene = scene.again(slos)

    scene.exporter.round()

    assert [standing.valid for standing in scene.exporter.standings()] == [False, True]
    assert "damaged" in (scene.health(slos[0]).last_error or "")


def test_a_second_writer_stops_one_round_of_one_slo(make_scene: MakeScene, caplog: pytest.LogCaptureFixture) -> None:
    """It is told, the other SLOs go on, and the next round continues from where the ledger is by then."""
    shared, own = events("shared"), events("own")
    scene = make_scene([shared, own], steady("shared") | steady("own"))
    scene.exporter.round()
    scene.sleep(MINUTE)
    scene.again([shared]).exporter.round()

    scene.sleep(MINUTE)
    scene.exporter.round()
    told, others = scene.health(shared).last_error, scene.through(own)
    scene.exporter.round()

    assert "another exporter" in (told or "")
    assert "another exporter" in caplog.text
    assert others == scene.now
    assert scene.through(shared) == scene.now
    assert scene.health(shared).last_error is None
    assert scene.observed(shared, NOON, scene.now).tally.total == 40


def test_an_emptied_ledger_is_filled_again(make_scene: MakeScene, tmp_path: Path) -> None:
    """As far back as at the first start, though the exporter ran on."""
    slo = events()
    scene = make_scene([slo], steady(), ledger=open_ledger(str(tmp_path / "slo.db")))
    scene.exporter.round()
    tables = ("slices", "entry", "cursor", "account")
    harm(tmp_path / "slo.db", *(f"DELETE FROM tallystick_{table}" for table in tables))

    scene.sleep(MINUTE)
    scene.exporter.round()

    assert scene.health(slo).ledger_start == START
    assert scene.observed(slo, START, scene.now).tally.total == (scene.now - START) / 3
