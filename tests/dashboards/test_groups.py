"""SLOs with groups: each group has its row, its line among alerts, and can be looked at alone."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboards.queries import Ask, Json, asking, panels, promql, queries, unanswered, variable_values
from dashboards.validate import VERSIONS, faults
from support.servers import StartPrometheus
from support.slos import BAD_EVENTS, make_slo
from tallystick.generate.mixin import evaluate
from tallystick.generate.resolved import resolve

AT = 1_767_225_600
GROUPED, PLAIN = "checkout-availability", "checkout-plain"
LEFT = {"eu": 0.8, "us": -0.5, "ap": None}
"""What is left of each region's budget; None where there is no verdict."""
BURN = {"eu": 0.5, "us": 20}
EVENTS = {"eu": (40, 1), "us": (2, 2)}
"""Events a second of each region, and the bad ones among them."""
ALL = {"team": ".*", "tier": ".*", "service": ".*", "window": ".*", "group_region": ".*"}
Row = dict[str, float]


def samples() -> Iterator[tuple[str, str, float]]:
    """Metric, labels and value of what the exporter and the rules tell of both SLOs."""
    for slo in (GROUPED, PLAIN):
        ids = f'slo="{slo}",slo_service="checkout"'
        yield "slo_info", ids + ',slo_team="payments",slo_tier="1"', 1
        yield "slo:info", ids + ',slo_team="payments",slo_tier="1",slo_window="30d",slo_revision="1"', 1
        for name, value in (
            ("slo_objective_ratio", 0.99),
            ("slo:objective:ratio", 0.99),
            ("slo:error_budget:ratio", 0.01),
            ("slo:time_period:days", 30),
            ("slo_ledger_end_timestamp_seconds", AT - 60),
        ):
            yield name, ids, value
        for severity, long, short, factor in (("page", "1h", "5m", 14.4), ("ticket", "1d", "2h", 3)):
            pair = f'severity="{severity}",long_window="{long}",short_window="{short}"'
            yield "slo:burn_alert:factor", f"{ids},{pair}", factor
        for region, left in LEFT.items() if slo == GROUPED else [("", 0.6)]:
            yield from of_group(ids + (f',region="{region}"' if region else ""), region, left)
    page = 'alertname="SLOBurnRate",severity="page",long_window="1h",short_window="5m",region="us"'
    ids = f'slo="{GROUPED}",slo_service="checkout"'
    yield "ALERTS", f'{page},{ids},alertstate="firing"', 1
    yield "ALERTS_FOR_STATE", f"{page},{ids}", AT - 600


def of_group(ids: str, region: str, left: float | None) -> Iterator[tuple[str, str, float]]:
    """What is told of a group, or of an SLO that has none."""
    window = ids + ',window="30d"'
    yield "slo_valid", window, left is not None
    if left is None:
        return
    burn = BURN.get(region, 1)
    total, bad = EVENTS.get(region, (10, 0))
    for name, labels, value in (
        ("slo_met", window, left >= 0),
        ("slo_error_budget_remaining_ratio", window, left),
        ("slo_compliance_ratio", window, 1 - 0.01 * (1 - left)),
        ("slo_gross_compliance_ratio", window, 1 - 0.01 * (1 - left)),
        ("slo_coverage_ratio", window, 0.9 if region == "us" else 1),
        ("slo_window_elapsed_ratio", window, 0.5),
        ("slo_error_budget_exhaustion_timestamp_seconds", window, AT + (0 if left < 0 else 864_000)),
        ("slo:sli_total:rate5m", ids, total),
        ("slo:sli_bad:rate5m", ids, bad),
    ):
        yield name, labels, float(value)
    agreement = ids.replace("slo=", f'agreement="{"gold" if region else "silver"}",slo=') + ',window="month"'
    for name, labels, value in (
        ("slo_agreement_info", agreement + ',agreement_kind="sla",agreement_party="ACME",slo_team="payments"', 1),
        ("slo_agreement_valid", agreement, 1),
        ("slo_agreement_met", agreement, left >= 0),
        ("slo_agreement_objective_ratio", agreement, 0.95),
        ("slo_agreement_compliance_ratio", agreement, 1 - 0.05 * (1 - left)),
        ("slo_agreement_error_budget_remaining_ratio", agreement, left),
        ("slo_agreement_error_budget_exhaustion_timestamp_seconds", agreement, AT + (0 if left < 0 else 864_000)),
        ("slo_agreement_coverage_ratio", agreement, 1),
        ("slo_agreement_excluded_seconds", agreement, 0),
        ("slo_service_credit_ratio", agreement, 0.1 if left < 0 else 0),
        ("slo_service_credit_max_ratio", agreement, 0.25),
        ("slo_agreement_period_compliance_ratio", agreement + ',period="2025-11"', 0.97),
        ("slo_agreement_period_coverage_ratio", agreement + ',period="2025-11"', 1),
        ("slo_agreement_period_met", agreement + ',period="2025-11"', 1),
        ("slo_service_credit_period_ratio", agreement + ',period="2025-11"', 0),
    ):
        yield name, labels, float(value)
    for length in ("5m", "30m", "1h", "2h", "6h", "1d", "3d"):
        yield "slo_burn_rate", f'{ids},window="{length}"', burn
        yield f"slo:sli_error:ratio_rate{length}", ids, 0.01 * burn


def history() -> str:
    """The samples, as two Prometheus servers that are told of by a third have them: everything is there twice."""
    families: dict[str, list[str]] = {}
    for name, labels, value in samples():
        for replica in "ab":
            line = f'{name}{{{labels},replica="{replica}"}} {float(value)} {AT}\n'
            families.setdefault(name, []).append(line)
    return "".join(f"# TYPE {name} gauge\n" + "".join(lines) for name, lines in families.items())


def made() -> dict[str, Json]:
    """All dashboards, made for both SLOs."""
    slos = resolve([make_slo(sli=replace(BAD_EVENTS, by=("region",))), make_slo(name="plain")], at=AT)
    return {**evaluate("dashboards", slos, {}), **evaluate("dashboards", slos, {}, "services")}


@pytest.fixture(scope="module")
def dashboards() -> dict[str, Json]:
    """Those dashboards."""
    return made()


@pytest.fixture(scope="module")
def ask(start_prometheus_once: StartPrometheus) -> Ask:
    """Asks a Prometheus that holds the samples."""
    return asking(start_prometheus_once(history=history()).url)


def rows(dashboard: Json, title: str, letter: str, ask: Ask, values: dict[str, str]) -> Row:
    """What a query of a panel gives, by SLO and region."""
    expr = next(query.expr for query in queries(dashboard, values) if query.where == f"{title} ({letter})")
    found = {
        " ".join(filter(None, [one["metric"].get("slo"), one["metric"].get("region")])): float(one["value"][1])
        for one in ask(expr, AT)
    }
    assert len(found) == len(ask(expr, AT)), "two rows of one group"
    return found


def of_column(dashboard: Json, title: str, name: str) -> str:
    """The letter of the query of a table's column."""
    (panel,) = [one for one in panels(dashboard) if one["title"] == title]
    (field,) = [key for key, to in panel["transformations"][1]["options"]["renameByName"].items() if to == name]
    return str(field.removeprefix("Value #"))


def chosen(slo: str, region: str = ".*") -> dict[str, str]:
    """Variables of the SLO dashboard."""
    return {"service": "checkout", "slo": slo, "window": "30d", "group_region": region}


@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_right(version: str, dashboards: dict[str, Json]) -> None:
    """With columns, variables and links for groups they are still what Grafana understands."""
    assert [fault for one in dashboards.values() for fault in faults(one, version)] == []


@pytest.mark.parametrize(
    ("name", "title", "values"),
    [
        ("tallystick-portfolio.json", "All SLOs", ALL),
        ("tallystick-service.json", "SLOs", {"service": "checkout"}),
        ("tallystick-slo.json", "SLOs of the service", {"service": "checkout"}),
        ("tallystick-service-checkout.json", "SLOs", {"service": "checkout"}),
    ],
)
def test_each_group_has_a_row(
    name: str, title: str, values: dict[str, str], dashboards: dict[str, Json], ask: Ask
) -> None:
    """A row for each group with its own figures, one for an SLO without groups, and a column for the label."""
    dashboard = dashboards[name]

    def column(column: str) -> Row:
        return rows(dashboard, title, of_column(dashboard, title, column), ask, values)

    grouped = [f"{GROUPED} {region}" for region in ("eu", "us", "ap")]
    assert column("State") == {grouped[0]: 0, grouped[1]: 3, grouped[2]: 1, PLAIN: 0}
    assert column("Budget left") == {grouped[0]: 0.8, grouped[1]: -0.5, PLAIN: 0.6}
    assert column("Burn rate, 1 h") == {grouped[0]: 0.5, grouped[1]: 20, PLAIN: 1}
    assert column("Objective") == dict.fromkeys([*grouped, PLAIN], 0.99)
    assert column("Coverage") == {grouped[0]: 1, grouped[1]: 0.9, PLAIN: 1}
    assert of_column(dashboard, title, "region") == "region"


def test_an_slo_lists_its_groups(dashboards: dict[str, Json], ask: Ask) -> None:
    """The page of an SLO has all of its groups in a table, whichever is chosen, and nothing but labels of groups beside figures."""
    slo, values = dashboards["tallystick-slo.json"], chosen(GROUPED, "eu")
    found = {
        name: rows(slo, "Groups", of_column(slo, "Groups", name), ask, values)
        for name in ("State", "Budget left", "Burn rate, 1 h", "Coverage")
    }
    assert found == {
        "State": {"eu": 0, "us": 3, "ap": 1},
        "Budget left": {"eu": 0.8, "us": -0.5},
        "Burn rate, 1 h": {"eu": 0.5, "us": 20},
        "Coverage": {"eu": 1, "us": 0.9},
    }
    exprs = [query.expr for query in queries(slo, values) if query.where.startswith("Groups (")]
    assert {label for expr in exprs for one in ask(expr, AT) for label in one["metric"]} == {"region"}


def test_an_agreement_has_a_row_for_each_group(dashboards: dict[str, Json], ask: Ask) -> None:
    """With the group's own verdict and credit; in counts it is as well as the worst of them."""
    agreements, title = dashboards["tallystick-agreements.json"], "Present period"
    values = {**ALL, "kind": ".*", "party": ".*"}
    found = {
        name: rows(agreements, title, of_column(agreements, title, name), ask, values)
        for name in ("State", "Credit due")
    }
    eu, us = f"{GROUPED} eu", f"{GROUPED} us"
    assert found == {"State": {eu: 0, us: 3, PLAIN: 0}, "Credit due": {eu: 0, us: 0.1, PLAIN: 0}}
    counts = {name: rows(agreements, name, "A", ask, values)[""] for name in ("Agreements", "Kept", "Broken")}
    assert counts == {"Agreements": 2, "Kept": 1, "Broken": 1}


def test_an_slo_counts_once(dashboards: dict[str, Json], ask: Ask) -> None:
    """In counts an SLO is as well as the worst of its groups."""
    portfolio = dashboards["tallystick-portfolio.json"]
    counts = {title: rows(portfolio, title, "A", ask, ALL)[""] for title in ("SLOs", "Met", "Breached", "Unknown")}
    assert counts == {"SLOs": 2, "Met": 1, "Breached": 1, "Unknown": 0}


def test_the_lowest_are_groups(dashboards: dict[str, Json], ask: Ask) -> None:
    """What was left month by month is told of each group."""
    portfolio, title = dashboards["tallystick-portfolio.json"], "Budget left, month by month"
    found = rows(portfolio, title, of_column(portfolio, title, "Now"), ask, ALL)
    assert found == {f"{GROUPED} eu": 0.8, f"{GROUPED} us": -0.5, PLAIN: 0.6}
    assert rows(portfolio, title, "A", ask, ALL) == dict.fromkeys(found, 0.99)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("tallystick-portfolio.json", "Burning fastest"),
        ("tallystick-oncall.json", "Burning fastest, last 5 minutes"),
        ("tallystick-oncall.json", "Burning fastest, last hour"),
    ],
)
def test_who_burns_is_a_group(name: str, title: str, dashboards: dict[str, Json], ask: Ask) -> None:
    """Lists of the worst name the group."""
    found = rows(dashboards[name], title, "A", ask, ALL)
    assert found == pytest.approx({f"{GROUPED} us": 20, PLAIN: 1, f"{GROUPED} eu": 0.5})


def test_a_firing_alert_is_of_a_group(dashboards: dict[str, Json], ask: Ask) -> None:
    """On-call sees which region pages, and that region's figures beside it."""
    oncall, title = dashboards["tallystick-oncall.json"], "Firing now"
    found = {
        name: rows(oncall, title, of_column(oncall, title, name), ask, ALL)
        for name in ("Since", "Burn rate, 1 h", "Budget left", "Time until spent")
    }
    paging = f"{GROUPED} us"
    assert found == {
        "Since": {paging: 1000 * (AT - 600)},
        "Burn rate, 1 h": {paging: pytest.approx(20)},
        "Budget left": {paging: -0.5},
        "Time until spent": {paging: 0},
    }
    assert rows(oncall, "Most users hit", "A", ask, ALL) == {f"{GROUPED} us": 4, f"{GROUPED} eu": 2}, "both replicas"


def test_single_figures_are_the_worst(dashboards: dict[str, Json], ask: Ask) -> None:
    """With all groups chosen, an SLO's own page shows the worst of them and not the best."""
    slo = dashboards["tallystick-slo.json"]

    def shown(values: dict[str, str]) -> dict[str, float | None]:
        titles = ("State", "Compliance", "Budget left", "Burn rate, 1 h", "Time until spent", "Coverage")
        return {title: rows(slo, title, "A", ask, values).get("") for title in titles}

    us = {
        "State": 3,
        "Compliance": 0.985,
        "Budget left": -0.5,
        "Burn rate, 1 h": 20,
        "Time until spent": 0,
        "Coverage": 0.9,
    }
    eu = {
        "State": 0,
        "Compliance": 0.998,
        "Budget left": 0.8,
        "Burn rate, 1 h": 0.5,
        "Time until spent": 864_000,
        "Coverage": 1,
    }
    assert shown(chosen(GROUPED)) == pytest.approx(us)
    assert shown(chosen(GROUPED, "us")) == pytest.approx(us)
    assert shown(chosen(GROUPED, "eu")) == pytest.approx(eu)
    assert shown(chosen(GROUPED, "ap")) == {**dict.fromkeys(eu), "State": 1}
    assert shown(chosen(GROUPED, "(eu|us)")) == pytest.approx(us)


@pytest.mark.parametrize("region", [".*", "eu", "", "undefined"])
def test_an_slo_without_groups_is_there_whatever_is_chosen(region: str, dashboards: dict[str, Json], ask: Ask) -> None:
    """A link from another SLO, or from a row without a group, leaves something in the variable."""
    slo = dashboards["tallystick-slo.json"]
    assert rows(slo, "Budget left", "A", ask, chosen(PLAIN, region)) == {"": 0.6}
    assert rows(slo, "Burn rates, page", "C", ask, chosen(PLAIN, region)) == {"": 14.4}


def test_events_are_those_of_the_chosen_groups(dashboards: dict[str, Json], ask: Ask) -> None:
    """Events of all chosen regions are added, good ones and bad ones, and a copy by another Prometheus is not."""
    slo = dashboards["tallystick-slo.json"]

    def shown(region: str) -> list[float]:
        where = [("Events", "A"), ("Events", "B"), ("Bad events", "A")]
        return [rows(slo, title, letter, ask, chosen(GROUPED, region))[""] for title, letter in where]

    assert shown(".*") == [3, 39, 3]
    assert shown("us") == [2, 0, 2]


def test_lines_of_a_service_are_the_worst_groups(dashboards: dict[str, Json], ask: Ask) -> None:
    """Graphs have a line for each SLO, so that a hundred groups are no hundred lines: its worst group's."""
    service, values = dashboards["tallystick-service.json"], {"service": "checkout"}
    assert rows(service, "Budget left", "A", ask, values) == {GROUPED: -0.5, PLAIN: 0.6}
    assert rows(service, "Indicator, last hour", "A", ask, values) == pytest.approx({GROUPED: 0.8, PLAIN: 0.99})
    assert rows(service, "Burn rate, last hour", "A", ask, values) == pytest.approx({GROUPED: 20, PLAIN: 1})


@pytest.mark.parametrize("slo", [GROUPED, PLAIN])
def test_every_query_has_data(slo: str, dashboards: dict[str, Json], ask: Ask) -> None:
    """No panel is empty because of groups, but those of months ago, of which there is nothing here."""
    for name in ("agreements", "oncall", "portfolio", "service", "slo"):
        dashboard = dashboards[f"tallystick-{name}.json"]
        values = variable_values(dashboard, ask, AT, {"service": "checkout", "slo": slo, "window": "30d"})
        silent = {query.where for query in unanswered(dashboard, ask, AT, values)}
        months = {f"Budget left, month by month ({letter})" for letter in "BCDEFG"}
        assert silent == (months if name == "portfolio" else set())


def test_links_lead_to_the_group(dashboards: dict[str, Json]) -> None:
    """A row and a bar lead to the SLO with its group chosen."""
    for name in ("oncall", "portfolio", "service", "slo"):
        urls = re.findall(
            r'"url": "(/d/tallystick-slo[^"]*var-slo=[^"]*)"', json.dumps(dashboards[f"tallystick-{name}.json"])
        )
        assert urls
        assert all(
            re.search(r"&var-group_region=\$\{__(data\.fields|field\.labels)\.region\}&", url) for url in urls
        ), name
    slo = dashboards["tallystick-slo.json"]
    (variable,) = [one for one in slo["templating"]["list"] if one["name"] == "group_region"]
    assert (variable["multi"], variable["allValue"]) == (True, ".*")
    assert promql(variable["definition"], {"slo": GROUPED}) == f'label_values(slo_valid{{slo="{GROUPED}"}}, region)'


def test_odd_labels_are_columns_too() -> None:
    """A label that PromQL has in quotes has its column under its own name, and a variable that Grafana can have."""
    slos = resolve([make_slo(sli=replace(BAD_EVENTS, by=("k8s.zone",)))], at=AT)
    found = evaluate("dashboards", slos, {})
    assert [fault for one in found.values() for fault in faults(one)] == []
    assert of_column(found["tallystick-portfolio.json"], "All SLOs", "k8s.zone") == "k8s.zone"
    names = [one["name"] for one in found["tallystick-slo.json"]["templating"]["list"]]
    assert "group_k8s_zone" in names
    assert '${__data.fields[\\"k8s.zone\\"]}' in json.dumps(found).replace("\\\\", "\\")
