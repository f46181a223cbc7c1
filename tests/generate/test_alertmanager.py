"""alertmanager.yaml: whom alerts go to, what silences what, and that Alertmanager reads it as it is meant."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.kinds import slos_of_all_kinds
from support.servers import StartAlertmanager
from support.slos import BAD_EVENTS, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.slo import Slo
from tallystick.generate.alertmanager import (
    EXPORTER_SEVERITY,
    alertmanager_document,
    alertmanager_text,
)
from tallystick.generate.mixin import evaluate
from tallystick.generate.ruletext import MARK

HOSTILE = """a"b\\c, {team=~".*"} 'é漢 | ^$ #: \t\n- x"""
RENAMED = Alerting(page=Notice(labels={"severity": "critical"}), ticket=Notice(labels={"severity": "warning"}))
PAGE = Path(__file__).parents[2] / "docs/alertmanager.md"
SLOS = (
    make_slo(service="checkout", team="payments"),
    make_slo(service="cart", team="storefront", alerting=RENAMED),
    make_slo(service="search", sli=replace(BAD_EVENTS, by=("region",)), team="storefront"),
    make_slo(service="odd", team=HOSTILE),
    make_slo(service="orphan"),
    make_slo(service="calm", team="calm", alerting=Alerting(page=Notice(enabled=False))),
)


def receiver(amtool: Path, folder: Path, slos: Sequence[Slo], labels: Mapping[str, str]) -> str:
    """Which receiver the real routing picks for an alert with these *labels*."""
    path = folder / "alertmanager.yaml"
    path.write_text(alertmanager_text(slos), encoding="utf-8")
    quoted = [f'{name}="{escaped(value)}"' for name, value in labels.items()]
    command: list[str | Path] = [amtool, "config", "routes", "test", f"--config.file={path}", *quoted]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.removesuffix("\n")


def escaped(value: str) -> str:
    """*value* within the quotes of a matcher."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"team": "payments", "severity": "page"}, "payments-page"),
        ({"team": "payments", "severity": "ticket"}, "payments-ticket"),
        ({"team": "payments", "severity": "unheard-of"}, "payments-page"),
        ({"team": "storefront", "severity": "critical"}, "storefront-page"),
        ({"team": "storefront", "severity": "page"}, "storefront-page"),
        ({"team": "storefront", "severity": "warning"}, "storefront-ticket"),
        ({"team": "storefront", "severity": "ticket"}, "storefront-ticket"),
        ({"team": HOSTILE, "severity": "page"}, f"{HOSTILE}-page"),
        ({"team": "calm", "severity": "ticket"}, "calm-ticket"),
        ({"team": "calm", "severity": "unheard-of"}, "calm-ticket"),
        ({"severity": "page"}, "page"),
        ({"severity": "critical"}, "page"),
        ({"severity": "ticket"}, "ticket"),
        ({"severity": "warning"}, "ticket"),
        ({"team": "unheard-of", "severity": "ticket"}, "ticket"),
        ({}, "page"),
    ],
)
def test_an_alert_goes_to_its_team_and_by_its_severity(
    amtool: Path, tmp_path: Path, labels: dict[str, str], expected: str
) -> None:
    """By the severities that definitions give; what nobody is known to own goes to receivers for all."""
    of_slo = {"alertname": "SLOBurnRate", "slo": "x-y", "slo_service": "x", **labels}

    assert receiver(amtool, tmp_path, SLOS, of_slo) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"alertname": "TallystickDown", "severity": "ticket", "job": "tallystick"}, "tallystick"),
        (
            {
                "alertname": "TallystickBehind",
                "slo": "x-y",
                "slo_service": "x",
                "team": "payments",
                "severity": "ticket",
            },
            "payments-ticket",
        ),
        ({"alertname": "NodeDown", "team": "payments", "severity": "page"}, "default"),
        ({"alertname": "Other", "slo": "somebody-elses", "severity": "page"}, "default"),
    ],
)
def test_only_alerts_of_ours_are_routed(amtool: Path, tmp_path: Path, labels: dict[str, str], expected: str) -> None:
    """The exporter's own have a receiver; those of other rules, even of the same team, do not end in ours."""
    assert receiver(amtool, tmp_path, SLOS, labels) == expected


def test_a_severity_that_pages_anywhere_pages_for_its_team(amtool: Path, tmp_path: Path) -> None:
    """What one SLO calls a page and another one a ticket can't be told apart, and is loud."""
    slos = [
        make_slo(team="a", alerting=Alerting(page=Notice(labels={"severity": "major"}))),
        make_slo(name="b", team="a", alerting=Alerting(ticket=Notice(labels={"severity": "major"}))),
    ]

    labels = {"alertname": "SLOBurnRate", "slo_service": "checkout", "team": "a", "severity": "major"}
    assert receiver(amtool, tmp_path, slos, labels) == "a-page"
    by_pages = alertmanager_document(slos)["inhibit_rules"][0]
    assert by_pages["source_matchers"] == ['slo_service!=""', 'severity=~"major|page"']
    assert by_pages["target_matchers"] == ['slo_service!=""', 'severity="ticket"']


def test_a_team_of_a_severity_is_that_alerts_owner(amtool: Path, tmp_path: Path) -> None:
    """Pages that are another team's go there, tickets stay; alerts from the exporter's metrics are the owner's."""
    slo = make_slo(team="dev", alerting=Alerting(page=Notice(labels={"team": "ops"}), ticket=Notice(enabled=False)))
    labels = {"alertname": "SLOBurnRate", "slo_service": "checkout"}

    assert receiver(amtool, tmp_path, [slo], labels | {"team": "ops", "severity": "page"}) == "ops-page"
    assert receiver(amtool, tmp_path, [slo], labels | {"team": "dev", "severity": "ticket"}) == "dev-ticket"


def test_groups_by_team_are_not_guessed(amtool: Path, tmp_path: Path) -> None:
    """Their teams are found at run time: what is not known from elsewhere goes to the receivers for all."""
    slos = [make_slo(sli=replace(BAD_EVENTS, by=("team",)), team="payments")]

    labels = {"alertname": "SLOBurnRate", "slo_service": "checkout", "team": "red", "severity": "page"}
    assert receiver(amtool, tmp_path, slos, labels) == "page"
    assert [one["name"] for one in alertmanager_document(slos)["receivers"]] == [
        "default",
        "page",
        "ticket",
        "tallystick",
    ]


@pytest.mark.parametrize(
    "slos", [SLOS, slos_of_all_kinds(), [], [make_slo(alerting=Alerting(page=Notice(enabled=False)))]]
)
def test_amtool_and_alertmanager_take_it(
    amtool: Path, tmp_path: Path, start_alertmanager: StartAlertmanager, slos: Sequence[Slo]
) -> None:
    """Nothing is wrong with it, whatever the definitions are, and a real Alertmanager starts with it."""
    path = tmp_path / "alertmanager.yaml"
    path.write_text(alertmanager_text(slos), encoding="utf-8")

    done = subprocess.run([amtool, "check-config", path], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    start_alertmanager(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_it_is_the_same_whatever_the_order() -> None:
    """Files may be read in any order; the bytes are the same, and begin with whose they are."""
    assert alertmanager_text(SLOS) == alertmanager_text(reversed(SLOS))
    assert alertmanager_text(SLOS).startswith(MARK)
    assert yaml.safe_load(alertmanager_text(SLOS)) == alertmanager_document(SLOS)


def test_receivers_are_empty_and_each_is_there_once() -> None:
    """Two for each team, one for each severity without a team, one for the exporter, and one for all else."""
    found = alertmanager_document(SLOS)["receivers"]

    names = [one["name"] for one in found]
    assert len(names) == len(set(names))
    teams = ("payments", "storefront", HOSTILE)
    of_teams = {f"{team}-{kind}" for team in teams for kind in ("page", "ticket")} | {"calm-ticket"}
    assert set(names) == of_teams | {"page", "ticket", "tallystick", "default"}
    assert all(set(one) == {"name"} for one in found)


def test_a_page_waits_less_than_a_ticket() -> None:
    """A page is sent within seconds; a ticket when what makes it needless has had time to fire."""
    waits = {
        child["receiver"]: child["group_wait"]
        for team in alertmanager_document(SLOS[:1])["route"]["routes"][0]["routes"]
        for child in team.get("routes", [team])
    }

    assert waits == {"payments-page": "10s", "payments-ticket": "5m", "page": "10s", "ticket": "5m"}


def test_labels_of_groups_must_be_equal() -> None:
    """All that any SLO is grouped by: an outage of one region must not silence another region's ticket."""
    slos = [
        make_slo(sli=replace(BAD_EVENTS, by=("region", "zone"))),
        make_slo(name="b", sli=replace(BAD_EVENTS, by=("customer",))),
        make_slo(name="c"),
    ]
    rules = alertmanager_document(slos)["inhibit_rules"]

    equals = [one["equal"] for one in rules]
    groups = ["customer", "region", "zone"]
    same = ["slo", "cluster"]
    assert equals == [
        [*same, *groups],
        same,
        same,
        [*same, "window", *groups],
        [*same, "agreement", *groups],
        ["cluster"],
    ]
    assert alertmanager_document(SLOS[:1])["inhibit_rules"][0]["equal"] == same


def test_without_pages_nothing_is_silenced_by_them() -> None:
    """A catalogue of tickets has no rule with an empty severity, which would match alerts without one."""
    sources = alertmanager_document([SLOS[-1]])["inhibit_rules"]

    assert not any("severity" in matcher for one in sources for matcher in one["source_matchers"])
    assert 'severity=""' not in str(sources)


def test_the_names_are_those_of_the_rules() -> None:
    """Alerts that are named in inhibition exist, and what the exporter's alerts have is the severity that is taken for granted."""
    documents = evaluate("rules", [], {})
    (group,) = documents["_exporter.yaml"]["groups"]
    known = {one["alert"] for one in group["rules"]} | {"SLOBurnRate", "SLOSignalMissing"}

    assert {one["labels"]["severity"] for one in group["rules"]} == {EXPORTER_SEVERITY}
    text = str(alertmanager_document(SLOS)["inhibit_rules"])
    named = {word for word in known if word in text}
    assert named == known - {"TallystickConfigReloadFailed"}
    assert set(re.findall(r"(?:SLO|Tallystick)[A-Z][A-Za-z]+", text)) <= known


def blocks(language: str) -> list[str]:
    """The code blocks of *language* on the page that describes it."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("more", "route"),
    [
        ({}, "default"),
        (
            {
                "route": {
                    "receiver": "theirs",
                    "routes": [{"matchers": ['team="payments"'], "receiver": "their-payments"}],
                },
                "receivers": [{"name": "theirs"}, {"name": "their-payments"}],
                "inhibit_rules": [{"source_matchers": ["a=b"], "target_matchers": ["c=d"], "equal": ["e"]}],
            },
            "theirs",
        ),
    ],
    ids=["receivers only", "a whole configuration"],
)
def test_it_is_merged_as_the_page_shows(amtool: Path, tmp_path: Path, more: dict[str, Any], route: str) -> None:
    """The page's own program, with the page's own receivers: theirs are kept, ours go first, and amtool finds nothing."""
    (program,) = blocks("python")
    (receivers,) = blocks("yaml")
    own = yaml.safe_load(receivers)
    own = more | {"receivers": own["receivers"] + more.get("receivers", [])}
    for name, text in (("merge.py", program), ("own", yaml.safe_dump(own)), ("made", alertmanager_text(SLOS))):
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "merge.py", "own", "made"], cwd=tmp_path, capture_output=True, check=False, encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (tmp_path / "merged").write_text(done.stdout, encoding="utf-8")
    checked = subprocess.run([amtool, "check-config", tmp_path / "merged"], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    merged = yaml.safe_load(done.stdout)
    filled = {one["name"]: one for one in merged["receivers"]}
    assert filled["payments-page"]["pagerduty_configs"]
    assert filled["storefront-page"] == {"name": "storefront-page"}
    assert merged["route"]["receiver"] == route
    assert merged["route"]["routes"][0]["matchers"] == ['slo_service!=""']
    assert merged["route"]["routes"][2:] == more.get("route", {}).get("routes", [])
    assert len(merged["inhibit_rules"]) == 6 + len(more.get("inhibit_rules", []))
