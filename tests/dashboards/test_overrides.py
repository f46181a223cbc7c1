"""What users may change: every setting does what it says, and every dashboard and panel can be reached."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import rjsonnet

from dashboards.queries import Json
from dashboards.test_docs import blocks
from dashboards.validate import VERSIONS, faults
from support.slos import AT, BAD_EVENTS, LATENCY, make_slo
from tallystick.generate.mixin import ROOT
from tallystick.generate.resolved import resolve

MIXIN = "(import 'dashboards/mixin.libsonnet')"
SLOS = resolve([make_slo(sli=BAD_EVENTS), make_slo(name="latency", sli=LATENCY)], at=AT)
CHANGED: Mapping[str, Any] = {
    "atRiskBelow": "0.125",
    "atRiskSeconds": "7200",
    "dashboardRefresh": "7m",
    "dashboardSelector": 'cluster="eu-1"',
    "dashboardTags": ["theirs"],
    "dashboardTimezone": "Europe/Berlin",
    "dashboardUidPrefix": "theirs-",
    "datasourceRegex": "/^theirs/",
    "exporterFrom": "now-71h",
    "oncallFrom": "now-72h",
    "pageSelector": 'severity="critical"',
    "agreementsFrom": "now-76h",
    "portfolioFrom": "now-73h",
    "portfolioMonths": "399d",
    "serviceFrom": "now-74h",
    "serviceSlos": 1,
    "sloFrom": "now-75h",
    "slos": SLOS[:1],
    "ticketSelector": 'severity="warning"',
    "worstCount": 7,
}
"""Each setting, with a value that it has not by itself."""


def made(mixin: str) -> dict[str, Json]:
    """All dashboards of a mixin, of single services too."""
    source = f"local made = {mixin}; made.grafanaDashboards + made.serviceDashboards"
    found: dict[str, Json] = json.loads(rjsonnet.evaluate_snippet("theirs", source, jpathdir=[str(ROOT)]))
    return found


def with_config(**settings: Any) -> str:
    """The mixin with some settings changed."""
    return f"{MIXIN} + {{ _config+:: {json.dumps({'slos': SLOS, **settings})} }}"


@pytest.fixture(scope="module")
def usual() -> dict[str, Json]:
    """The dashboards with nothing changed."""
    return made(with_config())


def test_every_setting_is_tried() -> None:
    """None is missing below."""
    source = f"std.objectFieldsAll({MIXIN}._config)"
    assert sorted(json.loads(rjsonnet.evaluate_snippet("keys", source, jpathdir=[str(ROOT)]))) == sorted(CHANGED)


@pytest.mark.parametrize("setting", CHANGED)
def test_every_setting_has_an_effect(setting: str, usual: dict[str, Json]) -> None:
    """What is made differs, holds the value where it is text, and is still what Grafana understands."""
    found = made(with_config(**{setting: CHANGED[setting]}))
    assert found != usual
    if isinstance(CHANGED[setting], str):
        assert CHANGED[setting] in json.dumps(found).replace('\\\\\\"', '"').replace('\\"', '"')
    assert [fault for one in found.values() for version in VERSIONS for fault in faults(one, version)] == []


@pytest.mark.parametrize("root", ["grafanaDashboards", "serviceDashboards"])
def test_every_dashboard_can_be_changed(root: str, usual: dict[str, Json]) -> None:
    """One key of each, of those for all services and of those of one; nothing else moves."""
    source = f"(({with_config()}) + {{ {root}+:: {{ [name]+: {{ weekStart: 'monday' }} for name in std.objectFields(super.{root}) }} }})"
    found = made(source)
    assert found.keys() == usual.keys()
    touched = {name for name, one in found.items() if one != usual[name]}
    assert touched == {name for name in usual if ("service-" in name) == (root == "serviceDashboards")}
    assert all(found[name] == usual[name] | {"weekStart": "monday"} for name in touched)


def test_single_panels_and_dashboards_are_theirs_to_change(rendered: dict[str, Json]) -> None:
    """The second example of the documentation: another panel in place of one, one more, and a dashboard less."""
    source = blocks("jsonnet")[1]
    found: dict[str, Json] = json.loads(rjsonnet.evaluate_snippet("theirs", source, jpathdir=[str(ROOT)]))
    assert found.keys() == rendered.keys() - {"tallystick-exporter.json"}
    name = "tallystick-oncall.json"
    before, after = ({panel["id"]: panel for panel in one[name]["panels"]} for one in (rendered, found))
    assert after.keys() - before.keys() == {1000}
    assert {number for number in before if before[number] != after[number]} == {4}
    assert after[4] == before[4] | {"title": "Faster than it lasts"}
    assert [fault for one in found.values() for fault in faults(one)] == []


def test_rules_and_dashboards_are_one_mixin() -> None:
    """Both can be added to one another, in either order, with one `_config`: neither changes the other."""
    both = ["(import 'rules/mixin.libsonnet')", MIXIN]
    roots = ("prometheusRules", "prometheusAlerts", "grafanaDashboards", "serviceDashboards")
    shown = "{" + ", ".join(f"{root}: made.{root}" for root in roots) + "}"
    config = f"{{ _config+:: {json.dumps({'slos': SLOS})} }}"
    first, second = (
        json.loads(
            rjsonnet.evaluate_snippet(
                "both", f"local made = {' + '.join(order)} + {config}; {shown}", jpathdir=[str(ROOT)]
            )
        )
        for order in (both, both[::-1])
    )
    assert first == second
    assert first["grafanaDashboards"] | first["serviceDashboards"] == made(with_config())
    assert len(first["prometheusRules"]["groups"]) > len(SLOS)
