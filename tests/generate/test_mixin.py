"""The jsonnet: the same with every engine, from the command line, and as a mixin of somebody else's."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import _gojsonnet
import _jsonnet
import pytest

from support.kinds import slos_of_all_kinds
from support.slos import AT, BAD_EVENTS, GOOD_EVENTS, LATENCY, PROBE, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.definition.fields import NAME_PATTERN
from tallystick.errors import GenerateError
from tallystick.generate.mixin import ROOT, TREES, Tree, entry, evaluate
from tallystick.generate.render import CHUNK, render
from tallystick.generate.resolved import resolve
from tallystick.generate.ruletext import rule_text

HOSTILE = """{{ $value }} ' " \\ \t %(x)s ${x} é 漢 😀 {"""
SLOS = resolve(
    [
        make_slo(name=f"n{number}", sli=sli, objective=objective, days=days, description=HOSTILE, team="payments")
        for number, (sli, objective, days) in enumerate(
            [(BAD_EVENTS, "0.999", 30), (GOOD_EVENTS, "0.9", 7), (LATENCY, "0.99999", 28), (PROBE, "0.99", 90)]
        )
    ]
    + [make_slo(service=HOSTILE, alerting=Alerting(page=Notice(enabled=False)))]
    + slos_of_all_kinds(),
    at=AT,
)
CONFIG = {"dashboardUrl": "https://grafana/d/x?var-slo={slo}", "slowInterval": "4m"}


@pytest.mark.parametrize("engine", [_jsonnet, _gojsonnet], ids=["C++", "Go"])
@pytest.mark.parametrize("tree", TREES)
def test_every_engine_gives_the_same(tree: Tree, engine: Any) -> None:
    """The sources keep to what rjsonnet, the C++ jsonnet and go-jsonnet all understand, and in the same way."""
    codes = {"slos": json.dumps(SLOS), "config": json.dumps(CONFIG)}

    text = engine.evaluate_file(str(entry(tree)), jpathdir=[str(ROOT)], tla_codes=codes)

    assert json.loads(text) == evaluate(tree, SLOS, CONFIG)


@pytest.mark.parametrize("engine", [_jsonnet, _gojsonnet], ids=["C++", "Go"])
@pytest.mark.parametrize("tree", TREES)
def test_it_works_by_hand(tree: Tree, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`jsonnet -J . --tla-code-file slos=FILE`, in a checkout and without a `config`, gives what the command makes."""
    monkeypatch.chdir(ROOT)

    text = engine.evaluate_file(f"{tree}/{tree}.jsonnet", jpathdir=["."], tla_codes={"slos": json.dumps(SLOS)})

    assert json.loads(text) == evaluate(tree, SLOS, {})


def test_it_is_a_mixin(tmp_path: Path) -> None:
    """Someone else's jsonnet adds it to theirs, changes its `_config`, and finds both roots."""
    (tmp_path / "slos.json").write_text(json.dumps(SLOS))
    source = """
        local tallystick = import 'rules/mixin.libsonnet';
        { prometheusRules:: { groups: [{ name: 'theirs', rules: [] }] } } + tallystick + {
          _config+:: { slos: import 'slos.json', burnFor+: { page: '0s' } },
        } + { rules: self.prometheusRules, alerts: self.prometheusAlerts }
    """

    found = json.loads(_jsonnet.evaluate_snippet("theirs", source, jpathdir=[str(ROOT), str(tmp_path)]))

    names = [group["name"] for root in ("rules", "alerts") for group in found[root]["groups"]]
    assert names[0] == "theirs"
    assert len(names) == len(set(names)) == 1 + 3 * len(SLOS) + 1
    waits = {
        rule["for"] for group in found["alerts"]["groups"] for rule in group["rules"] if rule["alert"] == "SLOBurnRate"
    }
    assert waits == {"0s", "15m"}


def test_settings_reach_the_rules() -> None:
    """`slowInterval` is the interval of the long windows' groups and the exporter's, and of no others."""
    documents = evaluate("rules", SLOS, {"slowInterval": "4m"}).values()

    intervals = {group["name"].rsplit("-", 1)[1]: group.get("interval") for doc in documents for group in doc["groups"]}
    assert intervals == {"sli": None, "windows": "4m", "alerts": None, "exporter": "4m"}


def test_every_slo_has_its_own_groups() -> None:
    """Group names are unique over all files, as Mimir and Prometheus' own pages want them."""
    names = [group["name"] for doc in evaluate("rules", SLOS, {}).values() for group in doc["groups"]]

    assert len(names) == len(set(names))


def test_alerts_for_all_slos_do_not_depend_on_the_chunks() -> None:
    """Made of all SLOs in parts, `_exporter.yaml` is what jsonnet prints of all at once, and as large for one SLO."""
    slos = [make_slo(service=f"s{number:02}", sli=GOOD_EVENTS) for number in range(CHUNK + 5)]
    slos[0] = replace(slos[0], sli=replace(GOOD_EVENTS, by=("region",)))
    slos[1] = replace(slos[1], alerting=Alerting(ticket=Notice(enabled=False)))

    made = render(slos, ["rules"], CONFIG, at=AT)["rules/_exporter.yaml"]

    whole = evaluate("rules", resolve(slos, at=AT), CONFIG)["_exporter.yaml"]
    assert made.decode() == rule_text(whole)
    assert "region" in made.decode()
    assert 'slo!="s01-availability"' in made.decode()
    (one,) = evaluate("rules", resolve(slos[:1], at=AT), CONFIG)["_exporter.yaml"]["groups"]
    assert len(one["rules"]) == len(whole["groups"][0]["rules"])


def test_no_service_is_in_the_way_of_the_exporters_file() -> None:
    """A service's name begins with a letter or a digit, and so does its file's."""
    assert not re.fullmatch(NAME_PATTERN, "_exporter")


def test_a_fault_says_where_it_is() -> None:
    """A value that jsonnet can't use gives its message with a file and line, not a crash."""
    with pytest.raises(GenerateError, match=r"rules: .*\n(.|\n)*signal.libsonnet:\d+"):
        evaluate("rules", SLOS, {"signalSeverity": {}})
