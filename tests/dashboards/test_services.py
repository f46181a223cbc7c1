"""Dashboards of single services, and the forms in which dashboards are written."""

import html
import json
import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from dashboards.queries import Json, asking, panels
from dashboards.validate import VERSIONS, faults
from support.servers import StartPrometheus
from support.slos import AT, BAD_EVENTS, make_slo
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import LatencySli
from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.generate.dashboards import MOST_BYTES, UNOWNED, Form, Placing, importable
from tallystick.generate.render import render

DEFINITIONS = Path(__file__).parents[2] / "slo-definitions"

HOSTILE = [
    "<script>alert(1)</script>",
    "\"quotes\" 'and' `ticks`",
    "{{ .Title }} {{",
    "$__all ${__from} $service ${service:raw} [[service]]",
    "a\nb\r\n| c | d |\n# e",
    "\u202eright to left\u202c \u200b",
    "x" * 4_000,
    "[click](javascript:alert(1)) ![x](http://evil)",
    "\\ \\\\ &amp; &#36;",
]


def made(*slos: Slo, form: Form = "files") -> dict[str, bytes]:
    """The files for *slos*."""
    return render(slos, ["dashboards"], at=AT, grafana=Placing(form))


def of_services(files: dict[str, bytes]) -> dict[str, Json]:
    """The dashboards of services among *files*, by path."""
    return {path: json.loads(text) for path, text in files.items() if path.startswith("team-dashboards/")}


@pytest.fixture(scope="module")
def shop() -> dict[str, bytes]:
    """The files for the example definitions."""
    return made(*load_paths([DEFINITIONS]).slos)


@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_right(version: str, shop: dict[str, bytes]) -> None:
    """No panel, option, unit or query that this Grafana or Prometheus would not understand."""
    assert [f"{path}: {fault}" for path, one in of_services(shop).items() for fault in faults(one, version)] == []


def test_a_folder_for_each_team(shop: dict[str, bytes]) -> None:
    """Who owns a service finds it in the folder of their name; what nobody owns is not lost."""
    assert set(of_services(shop)) == {
        "team-dashboards/discovery/tallystick-service-search.json",
        "team-dashboards/payments/tallystick-service-checkout.json",
        "team-dashboards/platform/tallystick-service-website.json",
        "team-dashboards/storefront/tallystick-service-cart.json",
    }
    (path,) = of_services(made(make_slo(team=None)))
    assert path == f"team-dashboards/{UNOWNED.replace(' ', '%20')}/tallystick-service-checkout.json"


def test_the_provisioning_file_finds_them(shop: dict[str, bytes]) -> None:
    """Each folder that is written is one that Grafana is told of."""
    providers = yaml.safe_load(shop["provisioning/dashboards.yaml"])["providers"]
    assert {Path(one["options"]["path"]).name for one in providers} == {path.split("/")[0] for path in shop} - {
        "provisioning"
    }
    assert len({one["name"] for one in providers}) == len(providers)


def test_thresholds_are_its_own(start_prometheus: StartPrometheus) -> None:
    """The line of a threshold is at the factor of the SLO's alert, however much is bad."""
    slo = make_slo(objective="0.999")
    (dashboard,) = of_services(made(slo)).values()
    (panel,) = [one for one in panels(dashboard) if one["title"] == "availability: burn rates"]
    lines = [target["expr"] for target in panel["targets"] if target["legendFormat"].endswith("threshold")]
    bad = dict(zip(("1h", "6h", "1d", "3d"), (0.002, 0.0, 0.7, 1.0), strict=True))
    history = "".join(
        f'slo:sli_error:ratio_rate{window}{{slo="{slo.slo_id}"}} {ratio} {AT}\n' for window, ratio in bad.items()
    )
    ask = asking(start_prometheus(history=history).url)
    assert [float(series["value"][1]) for line in lines for series in ask(line, AT)] == [14.4, 6, 3, 1]


def test_a_histogram_is_drawn_as_one() -> None:
    """A latency has a heatmap of the histogram it counts, with nothing in its matchers that Grafana would fill in."""
    histogram = Selector("request_seconds", (Matcher("path", MatchOp.REGEX, "/a$|${x}"),))
    (dashboard,) = of_services(made(make_slo(sli=LatencySli(histogram, Decimal("0.3"))))).values()
    (panel,) = [one for one in panels(dashboard) if one["type"] == "heatmap"]
    assert panel["targets"][0]["expr"] == (
        'sum by (le) (rate(request_seconds_bucket{path=~"/a\\x24|\\x24{x}"}[$__rate_interval]))'
    )
    assert list(faults(dashboard)) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    """What a definition says is shown as it is: no markup, no variable, no cell of a table more."""
    (dashboard,) = of_services(made(make_slo(description=text, links={"a": "https://x.example/(b)?c=$d|e"}))).values()
    (panel,) = [one for one in panels(dashboard) if one["type"] == "text"]
    content = panel["options"]["content"]
    (row,) = content.splitlines()[2:]
    words = row.split(" | ")[2]
    assert len(row.split(" | ")) == 4
    assert not re.search(r"[<>$`\\\[\]{}*_|\"]", words)
    assert " ".join(html.unescape(words).split()) == " ".join(text[:500].split())
    assert "$" not in content
    assert [fault for version in VERSIONS for fault in faults(dashboard, version)] == []


@pytest.mark.parametrize("service", ["a" * 63, "with.dots", "x"])
def test_uids_fit(service: str) -> None:
    """Within Grafana's 40 characters, of letters, digits, dashes and underscores, and another for another service."""
    (dashboard,) = of_services(made(make_slo(service=service))).values()
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", dashboard["uid"])


def test_config_maps_hold_the_same(shop: dict[str, bytes]) -> None:
    """Kubernetes takes them, the sidecar finds them, and in them is the dashboard."""
    slos = load_paths([DEFINITIONS]).slos
    maps = {path: yaml.safe_load(text) for path, text in made(*slos, form="configmap").items()}
    assert {path.replace(".yaml", ".json") for path in maps} == set(shop) - {"provisioning/dashboards.yaml"}
    for path, one in maps.items():
        assert one["metadata"]["labels"] == {"grafana_dashboard": "1"}
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", one["metadata"]["name"])
        ((_, text),) = one["data"].items()
        assert json.loads(text) == json.loads(shop[path.replace(".yaml", ".json")])
    folders = {one["metadata"]["annotations"]["grafana_folder"] for one in maps.values()}
    assert folders == {"SLOs", "discovery", "payments", "platform", "storefront"}


def test_every_config_map_has_a_name_of_its_own() -> None:
    """Services whose names Kubernetes would take for the same are told apart."""
    slos = [make_slo(service=service) for service in ("shop_a", "shop-a", "Shop_A")]
    names = [yaml.safe_load(text)["metadata"]["name"] for text in made(*slos, form="configmap").values()]
    assert len(set(names)) == len(names)


def test_the_owner_of_most_has_the_folder() -> None:
    """A service of several teams is in the folder of the one that owns most of its SLOs, and never with those of nobody."""
    slos = [
        make_slo(name=f"slo-{number}", team=team) for number, team in enumerate([None, "ops", "web", "web", None, None])
    ]
    (path,) = of_services(made(*slos))
    assert path.startswith("team-dashboards/web/")


def test_importable_ones_ask_for_a_data_source(shop: dict[str, bytes]) -> None:
    """What is meant for grafana.com says what it needs, and is otherwise the same."""
    one = json.loads(shop["dashboards/tallystick-slo.json"])
    asked = importable(one)
    assert [item["name"] for item in asked.pop("__inputs")] == ["DS_PROMETHEUS"]
    assert {item["id"] for item in asked.pop("__requires")} >= {"grafana", "prometheus", "timeseries"}
    assert asked["templating"]["list"][0]["current"]["value"] == "${DS_PROMETHEUS}"
    assert asked.pop("id") is None
    assert [fault for version in VERSIONS for fault in faults(asked, version)] == []


def test_many_services_are_small_files_soon() -> None:
    """200 services with 2,000 SLOs: no file over a mebibyte, and in little time."""
    base = make_slo(sli=BAD_EVENTS)
    slos = [
        replace(base, service=f"service-{number // 10:03}", name=f"slo-{number % 10}", team=f"team-{number % 17}")
        for number in range(2_000)
    ]
    start = time.process_time()
    files = made(*slos)
    assert time.process_time() - start < 10
    assert len(of_services(files)) == 200
    assert max(map(len, files.values())) < MOST_BYTES
