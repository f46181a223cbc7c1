"""The past of the demo's rules and exporter: worked out over the history, as if they had been there."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboards.queries import Ask, asking
from support.servers import Binaries as OfTests
from tallystick.daemon.board import standings_in
from tallystick.demo.prepare import LEDGER, PROMETHEUS, Binaries, load_definitions, load_past, load_recorded_past
from tallystick.demo.recordpast import SETTLE_SECONDS, RecordPast, UnwantedError
from tallystick.demo.rulepast import LONGEST_WINDOW, SHOWN, alerting_passes, recorded_passes
from tallystick.demo.scenario import DAY, HOUR, MINUTE, Span, make_scenario
from tallystick.demo.servers import start_prometheus
from tallystick.generate.render import render
from tallystick.ledger.store import open_ledger

AT = int(time.time())
SPAN = Span(AT // MINUTE * MINUTE - 35 * DAY, AT // MINUTE * MINUTE)


@pytest.fixture(scope="module")
def rule_files() -> list[bytes]:
    """The rules of the example definitions."""
    return list(render(load_definitions(), ["rules"], at=AT).values())


def test_what_rules_look_at_is_recorded_before_them(rule_files: list[bytes]) -> None:
    """Each recorded name is there once those before it are, and all are recorded, as far back as is shown of them."""
    names = {match.decode() for text in rule_files for match in re.findall(rb"record: (\S+)", text)}
    there: set[str] = set()
    for passes in recorded_passes(rule_files, SPAN):
        rules = [rule for one in passes for group in one.rules["groups"] for rule in group["rules"]]
        for rule in rules:
            needed = set(re.findall(r"slo:[a-z_]+:\w+", rule["expr"])) & names
            assert needed <= there, f"{rule['record']} comes before {needed - there}"
        there |= {rule["record"] for rule in rules}
        assert {one.span.end for one in passes} == {SPAN.end}
        assert {SPAN.end - one.span.start for one in passes} <= {LONGEST_WINDOW, SHOWN, SHOWN + LONGEST_WINDOW}
    assert there == names


def test_alerts_fire_while_their_condition_has_held(rule_files: list[bytes]) -> None:
    """Those on SLOs, with the labels that Prometheus would give them; while it was blind it had none."""
    blind = [Span(SPAN.end - DAY, SPAN.end - DAY + HOUR), Span(SPAN.start - HOUR, SPAN.start + HOUR)]
    before, after = alerting_passes(rule_files, SPAN, blind)
    assert (before.span, after.span) == (
        Span(SPAN.end - SHOWN, SPAN.end - DAY),
        Span(SPAN.end - DAY + HOUR, SPAN.end),
    )
    rules = [rule for group in before.rules["groups"] for rule in group["rules"]]
    assert {rule["record"] for rule in rules} == {"ALERTS"}
    assert {rule["labels"]["alertstate"] for rule in rules} == {"firing"}
    assert all(rule["labels"]["alertname"].startswith("SLO") for rule in rules)
    assert not [rule for rule in rules if "{{" in str(rule["labels"])]
    waiting = [rule for rule in rules if "[15m:1m]) >= 15" in rule["expr"]]
    assert {rule["labels"]["severity"] for rule in waiting} == {"ticket"}


@dataclass(frozen=True)
class Past:
    """A Prometheus on two days of the past, and the ledger of then."""

    ask: Ask
    ledger: Path
    span: Span
    rules: int


@pytest.fixture(scope="module")
def past(binaries: OfTests, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """What a demo has made when it starts its servers."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / PROMETHEUS).mkdir()
    span = Span(SPAN.end - 2 * DAY, SPAN.end)
    programs = Binaries(binaries.prometheus, binaries.promtool, Path("none"))
    load_past(programs, span, 1, folder / PROMETHEUS / "data")
    made = load_recorded_past(programs, load_definitions(), span, make_scenario(1, span).blind, folder)
    with start_prometheus(binaries.prometheus, folder / PROMETHEUS, {}) as server:
        yield Past(asking(server.url), folder / LEDGER, span, made.rules)


def test_dashboards_have_a_past(past: Past) -> None:
    """Long windows, what SLOs say of themselves and the exporter's figures are there at any time, up to the last minutes."""
    for back in (DAY, 7 * HOUR + 11, 2 * MINUTE):
        at = past.span.end - back
        for name in ("slo:sli_error:ratio_rate3d", "slo:sli_error:ratio_rate1h", "slo:info", "slo_compliance_ratio"):
            found = past.ask(f"count by (slo) ({name})", at)
            assert len(found) == 11, f"{name} {back} s before the end"
    assert len(past.ask("count by (slo) (slo_valid)", past.span.end + MINUTE)) == 11


def test_figures_are_those_of_the_ledger(past: Past) -> None:
    """What Prometheus has of a past instant is how the ledger has it."""
    at = (past.span.end - DAY) // 300 * 300
    ledger = open_ledger(str(past.ledger), read_only=True)
    try:
        expected = {(one.slo.slo_id, one.window.name): one for one in standings_in(ledger, load_definitions(), at)}
    finally:
        ledger.close()
    found = past.ask('slo_compliance_ratio{job="tallystick"}', at)
    assert {(one["metric"]["slo"], one["metric"]["window"]): float(one["value"][1]) for one in found} == {
        key: float(one.compliance) for key, one in expected.items() if one.compliance is not None
    }
    assert len(found) == 14


def test_the_ledger_reaches_nearly_to_the_end(past: Past) -> None:
    """The exporter has only the last minutes to read."""
    found = past.ask("min(slo_ledger_end_timestamp_seconds)", past.span.end)
    assert float(found[0]["value"][1]) == past.span.end - SETTLE_SECONDS


def test_an_outage_of_the_past_has_paged(past: Past) -> None:
    """Yesterday's failing checkout fired its page; a Prometheus that was down said nothing."""
    blind = make_scenario(1, past.span).blind[-1]
    pages = 'ALERTS{alertname="SLOBurnRate",alertstate="firing",severity="page",slo="checkout-availability"}'
    assert past.ask(f"last_over_time({pages}[2d])", past.span.end)
    assert not past.ask(f"last_over_time(ALERTS[{(blind.end - blind.start) // MINUTE - 5}m])", blind.end - 1)


def test_what_is_not_wanted_any_more_ends(past: Past, tmp_path: Path) -> None:
    """A demo that is stopped while it starts does not wait for its past."""
    exporter = RecordPast(past.ledger, load_definitions(), past.span)
    exporter.stop()
    with pytest.raises(UnwantedError):
        exporter.show({}, tmp_path / "promtool", tmp_path / "blocks")
