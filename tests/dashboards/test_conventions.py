"""What all our dashboards have in common, on top of being right."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from dashboards.queries import Json, panels
from dashboards.validate import used_variables

NAMES = (
    "tallystick-agreements.json",
    "tallystick-exporter.json",
    "tallystick-oncall.json",
    "tallystick-portfolio.json",
    "tallystick-service.json",
    "tallystick-slo.json",
)
OF_SLOS = tuple(name for name in NAMES if name != "tallystick-exporter.json")


@pytest.fixture(params=NAMES)
def dashboard(request: pytest.FixtureRequest, rendered: dict[str, Json]) -> Json:
    """One dashboard after the other."""
    return rendered[request.param]


def drawn(dashboard: Json) -> Iterator[Json]:
    """All panels but rows."""
    return (panel for panel in panels(dashboard) if panel["type"] != "row")


def datasources(part: object) -> Iterator[object]:
    """Every data source that is named anywhere in *part*."""
    if isinstance(part, dict):
        if "datasource" in part:
            yield part["datasource"]
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from datasources(item)


def test_the_set_is_known(rendered: dict[str, Json]) -> None:
    """File names are the contract with provisioning, and with these tests."""
    assert tuple(sorted(rendered)) == NAMES


def test_uids_are_file_names(rendered: dict[str, Json]) -> None:
    """A uid is stable, unique, says which dashboard it is, and is within Grafana's 40 characters."""
    assert {f"{one['uid']}.json" for one in rendered.values()} == set(rendered)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", one["uid"]) for one in rendered.values())


def test_titles_are_unique(rendered: dict[str, Json]) -> None:
    """Two dashboards of one title in a folder are refused."""
    assert len({one["title"] for one in rendered.values()}) == len(rendered)


def test_panel_ids_are_unique(dashboard: Json) -> None:
    """A link to a panel leads to one panel."""
    ids = [panel["id"] for panel in panels(dashboard)]
    assert len(set(ids)) == len(ids)


def test_panel_ids_stay(rendered: dict[str, Json]) -> None:
    """Ids of panels that people have linked to keep their meaning; a new panel gets a new one."""
    portfolio, slo = (
        {p["id"]: p["title"] for p in panels(rendered[f"tallystick-{name}.json"])} for name in ("portfolio", "slo")
    )
    assert portfolio.items() >= {1: "SLOs", 4: "Breached", 8: "Burning fastest", 13: "All SLOs"}.items()
    assert slo.items() >= {1: "State", 4: "Budget left", 10: "Burn rates, page", 12: "Alerts"}.items()


def test_one_datasource_variable_for_everything(dashboard: Json) -> None:
    """No data source is named; it is chosen once, and nothing has to be imported by hand."""
    own = {"type": "grafana", "uid": "-- Grafana --"}
    assert all(one in (own, {"type": "prometheus", "uid": "${datasource}"}) for one in datasources(dashboard))
    assert dashboard["templating"]["list"][0]["type"] == "datasource"
    assert "__inputs" not in dashboard
    assert all("datasource" in target for panel in drawn(dashboard) for target in panel["targets"])


def test_provisioned_dashboards_are_not_edited(dashboard: Json) -> None:
    """Grafana can't save a provisioned dashboard; the source is where to change it."""
    assert dashboard["editable"] is False


def test_refresh_spares_the_server(dashboard: Json) -> None:
    """A minute or more between refreshes, as the ledger moves by the minute."""
    assert re.fullmatch(r"[1-9]\d*[mh]", dashboard["refresh"])


def test_schema_version_is_read_by_all(dashboard: Json) -> None:
    """42 is the last that Grafana 11 to 13 all read without a second form."""
    assert dashboard["schemaVersion"] <= 42


def test_every_panel_explains_itself(dashboard: Json) -> None:
    """Whoever is on call for the first time can read what a panel means."""
    assert dashboard["description"]
    for panel in drawn(dashboard):
        assert re.fullmatch(r"[A-Z].{20,}\.", panel["description"]), panel["title"]


def test_every_panel_says_how_to_read_its_numbers(dashboard: Json) -> None:
    """A unit on each panel, and how many decimals wherever there are ratios."""
    for panel in drawn(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        assert "unit" in defaults, panel["title"]
        assert defaults["unit"] != "percentunit" or "decimals" in defaults, panel["title"]


def test_nines_are_not_rounded_away(dashboard: Json) -> None:
    """An objective of 99.999 % is shown as that, and compliance finer still."""
    for panel in drawn(dashboard):
        for override in panel["fieldConfig"]["overrides"]:
            properties = {item["id"]: item["value"] for item in override["properties"]}
            if override["matcher"]["options"] == "Objective" and "unit" in properties:
                assert properties["decimals"] >= 3
        if panel["title"].startswith(("Compliance", "Objective")):
            assert panel["fieldConfig"]["defaults"]["decimals"] >= 3


def test_unknown_has_no_verdicts_colour(dashboard: Json) -> None:
    """Single figures show what is missing in the colour of the unknown, not in that of the lowest step."""
    for panel in drawn(dashboard):
        if panel["type"] in {"stat", "gauge", "bargauge"}:
            special = [m["options"] for m in panel["fieldConfig"]["defaults"]["mappings"] if m["type"] == "special"]
            assert {"text": "No data", "color": "blue"}.items() <= special[0]["result"].items(), panel["title"]


def test_the_grid_has_no_holes_and_no_overlaps(dashboard: Json) -> None:
    """Bands of full width, one under the other: what Grafana packs stays where we put it."""
    bands: dict[int, list[Json]] = {}
    for panel in dashboard["panels"]:
        bands.setdefault(panel["gridPos"]["y"], []).append(panel["gridPos"])
    for band in bands.values():
        assert len({place["h"] for place in band}) == 1
        edges = sorted((place["x"], place["x"] + place["w"]) for place in band)
        assert (edges[0][0], edges[-1][1]) == (0, 24)
        assert all(one[1] == next_one[0] for one, next_one in pairwise(edges))
    ends = [(y, y + band[0]["h"]) for y, band in sorted(bands.items())]
    assert ends[0][0] == 0
    assert all(one[1] == next_one[0] for one, next_one in pairwise(ends))


def test_every_variable_is_used(dashboard: Json) -> None:
    """A list that changes nothing misleads."""
    variables = [variable["name"] for variable in dashboard["templating"]["list"]]
    others = {name: [v for v in dashboard["templating"]["list"] if v["name"] != name] for name in variables}
    for name in variables:
        assert name in used_variables([dashboard["panels"], dashboard["annotations"], others[name]]), name


def test_variables_follow_time_and_include_the_unnamed(dashboard: Json) -> None:
    """Lists are read anew with the time range, and "All" takes in an SLO without team or tier."""
    for variable in dashboard["templating"]["list"][1:]:
        assert variable["refresh"] == 2, variable["name"]
        assert not variable["includeAll"] or variable["allValue"] == ".*", variable["name"]


@pytest.mark.parametrize("name", OF_SLOS)
def test_teams_tiers_and_services_can_be_chosen(name: str, rendered: dict[str, Json]) -> None:
    """The same filters everywhere, so that links can carry them."""
    assert {"team", "tier", "service"} <= {v["name"] for v in rendered[name]["templating"]["list"]}


def test_counters_are_shown_as_rates(dashboard: Json) -> None:
    """Over the range that Grafana works out from scrape interval and step, and never as the counts themselves."""
    for panel in drawn(dashboard):
        for target in panel["targets"]:
            rates = re.findall(r"\b(?:rate|irate|increase)\([^\[]*\[([^\]]*)\]\)", target["expr"])
            assert set(rates) <= {"$__rate_interval"}, panel["title"]
            assert len(re.findall(r"\w_total\b(?!:)", target["expr"])) <= len(rates), panel["title"]


def test_targets_are_lettered(dashboard: Json) -> None:
    """Transformations name targets by their letter."""
    for panel in drawn(dashboard):
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == [chr(ord("A") + i) for i in range(len(letters))], panel["title"]


def test_every_table_column_has_a_name(dashboard: Json) -> None:
    """No `Value #C` is left for people to wonder about."""
    for panel in drawn(dashboard):
        if panel["type"] == "table":
            names = panel["transformations"][1]["options"]["renameByName"]
            several = len(panel["targets"]) > 1
            values = [f"Value #{target['refId']}" if several else "Value" for target in panel["targets"]]
            assert set(values) <= set(names), panel["title"]


def test_links_lead_to_dashboards_of_ours_and_keep_what_is_chosen(rendered: dict[str, Json]) -> None:
    """Down and back, with data source, team, tier and time range."""
    uids = {one["uid"] for one in rendered.values()}
    for one in rendered.values():
        urls = re.findall(r'"url": "([^"]*)"', json.dumps(one))
        assert urls
        for url in urls:
            match = re.match(r"/d/([a-z-]+)\?", url)
            assert match, url
            assert match[1] in uids
            assert {"datasource:queryparam", "team:queryparam", "tier:queryparam"} <= set(
                re.findall(r"\$\{([^}]*)\}", url)
            )
        assert all(link["keepTime"] for link in one["links"])
        linked = {uid for uid in uids for url in urls if url.startswith(f"/d/{uid}?")}
        assert uids - {one["uid"]} <= linked, f"{one['uid']} leads nowhere"


@pytest.mark.parametrize("name", OF_SLOS)
def test_row_links_keep_the_time(name: str, rendered: dict[str, Json]) -> None:
    """A click in a table or a list opens the SLO, or its service, over the same time."""
    text = json.dumps([panel["fieldConfig"] for panel in drawn(rendered[name])])
    urls = re.findall(r'"url": "([^"]*)"', text)
    assert urls
    assert any("var-slo=" in url for url in urls)
    assert all(url.endswith("&${__url_time_range}") and "var-service=" in url for url in urls)


@pytest.mark.parametrize("name", OF_SLOS)
def test_alerts_can_be_shown_on_every_graph(name: str, rendered: dict[str, Json]) -> None:
    """There is an annotation of the pages."""
    assert any("ALERTS" in one.get("expr", "") for one in rendered[name]["annotations"]["list"])
