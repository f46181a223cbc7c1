"""Every query has an answer, and the right one, from a real Prometheus."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rjsonnet
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    parse,
)

from dashboards.queries import Ask, Json, offered, queries, unanswered, variable_values
from dashboards.synthetic import DAY, END, HOUR, SHOP, series
from dashboards.test_conventions import NAMES
from support.slos import AT
from tallystick.core.exclusion import Exclusion
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.generate.resolved import resolve
from tallystick.metrics import FAMILIES

ROOT = Path(__file__).parents[2]
SCRAPED = {"job", "instance"}
CHOSEN = {"service": "checkout", "slo": "checkout-availability", "window": "30d"}
SILENT = {
    "tallystick-slo.json": {"Budget left over time (B)"},
    "tallystick-portfolio.json": {f"Budget left, month by month ({letter})" for letter in "BCDEFG"},
}
"""Queries without an answer: a rolling window has no pace at which its budget should go; months ago nothing was there yet."""
ALL = {"service": ".*", "team": ".*", "tier": ".*", "window": ".*"}


def selectors(expr: str) -> Iterator[tuple[str, set[str]]]:
    """Name and matched labels of every selector in *expr*."""
    pending: list[Any] = [parse(expr)]
    while pending:
        match pending.pop():
            case VectorSelector() as found:
                yield found.name or "", {matcher.name for matcher in found.matchers.matchers}
            case MatrixSelector(vector_selector=inner) | AggregateExpr(expr=inner, param=None):
                pending.append(inner)
            case AggregateExpr(expr=inner, param=param):
                pending += [inner, param]
            case ParenExpr(expr=inner) | UnaryExpr(expr=inner) | SubqueryExpr(expr=inner):
                pending.append(inner)
            case BinaryExpr(lhs=left, rhs=right):
                pending += [left, right]
            case Call(args=args):
                pending += args
            case other:
                assert isinstance(other, NumberLiteral | StringLiteral), other


def numbers(dashboard: Json, title: str, ask: Ask, values: dict[str, str]) -> list[float]:
    """What the first query of a panel gives."""
    expr = next(query.expr for query in queries(dashboard, values) if query.where == f"{title} (A)")
    return [float(found["value"][1]) for found in ask(expr, END)]


def answers(
    dashboard: Json, title: str, letter: str, ask: Ask, values: dict[str, str]
) -> list[tuple[dict[str, str], float]]:
    """Labels and values that a query of a panel gives."""
    expr = next(query.expr for query in queries(dashboard, values) if query.where == f"{title} ({letter})")
    return [(found["metric"], float(found["value"][1])) for found in ask(expr, END)]


@pytest.mark.parametrize("name", NAMES)
def test_every_query_has_data(name: str, rendered: dict[str, Json], ask: Ask) -> None:
    """Opened as people open them, dashboards have no query without an answer."""
    values = variable_values(rendered[name], ask, END, CHOSEN)
    silent = {query.where for query in unanswered(rendered[name], ask, END, values)}
    assert silent == SILENT.get(name, set())


def test_a_calendar_window_has_a_pace(rendered: dict[str, Json], ask: Ask) -> None:
    """What has no answer for a rolling window has one for a month, half of which is over."""
    dashboard = rendered["tallystick-slo.json"]
    values = {"service": "cart", "slo": "cart-availability", "window": "month"}
    (pace,) = [query.expr for query in queries(dashboard, values) if query.where == "Budget left over time (B)"]
    assert [float(found["value"][1]) for found in ask(pace, END)] == [0.5]


@pytest.mark.parametrize(
    ("name", "slo"),
    [
        ("Pages", "checkout-availability"),
        ("Tickets", "checkout-availability"),
        ("Exclusions", "reports-exports"),
        ("Definition changes", "search-quick"),
    ],
)
def test_annotations_have_data_when_it_happens(name: str, slo: str, rendered: dict[str, Json], ask: Ask) -> None:
    """Of the queries that may be empty, each has data for an SLO to which that happens, and none for one that is well."""
    found = {
        query.where: query.expr for query in queries(rendered["tallystick-slo.json"], {"slo": slo}) if query.optional
    }
    assert len(found) == 4
    assert ask(found[f"annotation {name}"], END)
    well = {query.where: query.expr for query in queries(rendered["tallystick-slo.json"], {"slo": "cart-availability"})}
    assert ask(well[f"annotation {name}"], END) == []


def test_an_unanswered_query_is_told(rendered: dict[str, Json], ask: Ask) -> None:
    """A query of a metric that nobody has is listed, with its panel."""
    dashboard = rendered["tallystick-slo.json"]
    broken = dashboard | {"panels": [{"title": "Typo", "targets": [{"refId": "A", "expr": "slo_burnrate"}]}]}
    assert [query.where for query in unanswered(broken, ask, END, {})] == ["Typo (A)"]


def test_states_are_counted_once_each(rendered: dict[str, Json], ask: Ask) -> None:
    """Met, at risk, breached and unknown are all SLOs, each once, an SLO by the worst of its windows."""
    portfolio = rendered["tallystick-portfolio.json"]
    counts = {title: numbers(portfolio, title, ask, ALL) for title in ("SLOs", "Met", "At risk", "Breached", "Unknown")}
    assert counts == {"SLOs": [len(SHOP)], "Met": [4], "At risk": [1], "Breached": [2], "Unknown": [1]}


def test_no_slos_are_no_zero(rendered: dict[str, Json], ask: Ask) -> None:
    """Without any SLO there is no count: nothing breached would be a lie."""
    none = ALL | {"service": "nobody"}
    assert numbers(rendered["tallystick-portfolio.json"], "Breached", ask, none) == []


def test_none_of_some_is_zero(rendered: dict[str, Json], ask: Ask) -> None:
    """Where there are SLOs, and none of them is breached, the count is 0."""
    cart = ALL | {"service": "cart"}
    assert numbers(rendered["tallystick-portfolio.json"], "Breached", ask, cart) == [0]


def test_filters_hold(rendered: dict[str, Json], ask: Ask) -> None:
    """Team and tier choose the SLOs whose definition says so."""
    portfolio = rendered["tallystick-portfolio.json"]
    assert numbers(portfolio, "SLOs", ask, ALL | {"team": "discovery"}) == [2]
    assert numbers(portfolio, "SLOs", ask, ALL | {"tier": "1"}) == [4]
    assert numbers(portfolio, "SLOs", ask, ALL | {"team": "payments", "tier": "2"}) == []


def test_unknown_is_a_state(rendered: dict[str, Json], ask: Ask) -> None:
    """An SLO without data has the state of its own, and no figures."""
    values = {"service": "website", "slo": "website-reachable", "window": "30d"}
    assert numbers(rendered["tallystick-slo.json"], "State", ask, values) == [1]
    assert numbers(rendered["tallystick-slo.json"], "Compliance", ask, values) == []
    assert numbers(rendered["tallystick-slo.json"], "Time until spent", ask, values) == []


def test_no_figure_without_a_verdict(rendered: dict[str, Json], ask: Ask) -> None:
    """What an exporter says that still reads the past (here: nothing was ever bad) is not shown beside another's."""
    for title in ("Compliance", "Budget left", "Compliance against objective", "Budget left over time"):
        (shown,) = numbers(rendered["tallystick-slo.json"], title, ask, CHOSEN)
        assert shown < 1, title
    assert numbers(rendered["tallystick-slo.json"], "Coverage", ask, CHOSEN) == [0.9987]


USUAL = {"1h and 5m": 14.4, "6h and 30m": 6}


@pytest.mark.parametrize(
    ("slo", "factors"),
    [
        ("checkout-availability", USUAL),
        ("cart-availability", {"1h and 5m": 13.44, "6h and 30m": 5.6}),
        ("checkout-payments", {"2h and 30m": 42}),
    ],
)
def test_thresholds_are_the_alerts(slo: str, factors: dict[str, float], rendered: dict[str, Json], ask: Ask) -> None:
    """Thresholds are of the SLO's own alerts: 2 % of a 28-day budget in an hour is not 14.4 times, and windows may be others."""
    found = answers(rendered["tallystick-slo.json"], "Burn rates, page", "C", ask, {"slo": slo})
    drawn = {f"{m['long_window']} and {m['short_window']}": value for m, value in found}
    assert drawn == pytest.approx(factors)


@pytest.mark.parametrize(
    ("slo", "severity", "pairs"),
    [
        ("checkout-availability", "page", [("1h", "5m"), ("6h", "30m")]),
        ("checkout-availability", "ticket", [("1d", "2h"), ("3d", "6h")]),
        ("checkout-payments", "page", [("2h", "30m")]),
        ("checkout-payments", "ticket", [("1d", "2h")]),
    ],
)
def test_burn_rates_are_of_the_windows_that_alerts_look_at(
    slo: str, severity: str, pairs: list[tuple[str, str]], rendered: dict[str, Json], ask: Ask
) -> None:
    """Whatever pairs of windows an SLO has, those are drawn, each as its error ratio over the budget."""
    dashboard, title = rendered["tallystick-slo.json"], f"Burn rates, {severity}"
    for letter, label, windows in zip("AB", ("long_window", "short_window"), zip(*pairs, strict=True), strict=True):
        found = {labels[label]: value for labels, value in answers(dashboard, title, letter, ask, {"slo": slo})}
        assert set(found) == set(windows)
        for window, value in found.items():
            own = f'slo:sli_error:ratio_rate{window}{{slo="{slo}"}} / on (slo) slo:error_budget:ratio{{slo="{slo}"}}'
            assert [value] == pytest.approx([float(one["value"][1]) for one in ask(own, END)])


def test_each_alert_has_its_state(rendered: dict[str, Json], ask: Ask) -> None:
    """An alert for each pair of windows that the SLO has: those that fire, and those that do not."""
    slo = rendered["tallystick-slo.json"]
    found = {
        f"{m['severity']}, {m['long_window']} and {m['short_window']}": value
        for m, value in answers(slo, "Alerts", "A", ask, {"slo": "checkout-availability"})
    }
    assert found == {"page, 1h and 5m": 2, "page, 6h and 30m": 0, "ticket, 1d and 2h": 0, "ticket, 3d and 6h": 2}
    of_own = answers(slo, "Alerts", "A", ask, {"slo": "checkout-payments"})
    assert {m["long_window"]: value for m, value in of_own} == {"2h": 0, "1d": 0}


def test_no_threshold_without_an_alert(rendered: dict[str, Json], ask: Ask) -> None:
    """Of an SLO that the rules have no alerts for, no burn rate of alerts is drawn, nor their thresholds and states."""
    values = {"slo": "nobody-has-it"}
    exprs = [
        query
        for query in queries(rendered["tallystick-slo.json"], values)
        if query.where.startswith("Burn rates, page")
    ]
    assert len(exprs) == 3
    assert all(ask(query.expr, END) == [] for query in exprs)


def test_lists_follow_one_another(rendered: dict[str, Json], ask: Ask) -> None:
    """The service chosen decides which SLOs are offered, and the SLO which windows."""
    dashboard = rendered["tallystick-slo.json"]
    lists = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    values = variable_values(dashboard, ask, END, CHOSEN)
    assert offered(lists["slo"], values, ask, END) == ["checkout-availability", "checkout-latency", "checkout-payments"]
    assert offered(lists["window"], values, ask, END) == ["30d", "7d"]


def asked_for(rendered: dict[str, Json]) -> list[tuple[str, set[str]]]:
    """Every selector of every query."""
    found = [pair for one in rendered.values() for query in queries(one, {}) for pair in selectors(query.expr)]
    assert {"slo_info", "slo_valid", "slo_burn_rate", "slo:error_budget:ratio", "ALERTS"} <= {name for name, _ in found}
    return found


def test_only_metrics_that_the_exporter_has(rendered: dict[str, Json]) -> None:
    """Metrics of the exporter are asked for by names and labels that it has."""
    labels = {family.name: set(family.labels) for family in FAMILIES}
    for name, matched in asked_for(rendered):
        if name.startswith(("slo_", "tallystick_")):
            assert matched <= labels[name] | SCRAPED, name
        else:
            assert name.startswith(("slo:", "ALERTS", "process_", "prometheus_rule_")) or "__name__" in matched, name


def test_only_series_that_the_rules_record(rendered: dict[str, Json]) -> None:
    """Recorded series and alerts are asked for by names and labels that the rules give them."""
    slo = Slo(
        service="checkout",
        team="payments",
        tier="1",
        exclusions=(Exclusion(reason="nights", starts=datetime(2026, 1, 1), lasts_seconds=HOUR, rrule="FREQ=DAILY"),),  # noqa: DTZ001  # by the zone's clock
        name="availability",
        objective=Decimal("0.999"),
        windows=(RollingWindow(30 * DAY),),
        sli=EventsSli(total=Selector("requests_total"), bad=Selector("errors_total")),
    )
    slos = json.dumps(resolve([slo], at=AT))
    files = json.loads(rjsonnet.evaluate_file(str(ROOT / "rules/rules.jsonnet"), tla_codes={"slos": slos}))
    rules = [rule for file in files.values() for group in file["groups"] for rule in group["rules"]]
    recorded = {rule["record"]: set(rule["labels"]) for rule in rules if "record" in rule}
    alerts = {rule["alert"]: set(rule["labels"]) for rule in rules if "alert" in rule}
    assert {"SLOBurnRate", "SLOSignalMissing"} <= set(alerts)
    of_alerts = {"alertname", "alertstate"} | set.union(*alerts.values())
    for name, matched in asked_for(rendered):
        if name.startswith("slo:"):
            assert matched <= recorded[name], name
        if name == "ALERTS":
            assert matched <= of_alerts


def test_the_made_up_series_are_the_exporters() -> None:
    """The series that stand in for the exporter's carry its names, and no label that it has not."""
    labels = {family.name: set(family.labels) | {"job", "instance"} for family in FAMILIES}
    for one in series(END, shown_seconds=600, step=60, slos=SHOP[:1]):
        if one.metric.startswith(("slo_", "tallystick_")):
            assert set(one.labels) <= labels[one.metric]


def test_agreements_are_counted_and_judged_once_each(rendered: dict[str, Json], ask: Ask) -> None:
    """By state, from the exporter that has a verdict: one is broken, one kept with room, one with little left."""
    agreements = rendered["tallystick-agreements.json"]
    every = ALL | {"kind": ".*", "party": ".*"}
    counts = {
        title: numbers(agreements, title, ask, every)
        for title in ("Agreements", "Kept", "At risk", "Broken", "Unknown", "With a credit due")
    }
    assert counts == {
        "Agreements": [3],
        "Kept": [1],
        "At risk": [1],
        "Broken": [1],
        "Unknown": [0],
        "With a credit due": [1],
    }
    assert numbers(agreements, "Broken", ask, every | {"party": "storefront"}) == [0]
    assert numbers(agreements, "Agreements", ask, every | {"kind": "sla"}) == [1]
    assert numbers(agreements, "Agreements", ask, every | {"team": "nobody"}) == []


def test_ended_periods_have_what_was_delivered_and_what_is_due(rendered: dict[str, Json], ask: Ask) -> None:
    """A row for each period, with kind and party; a credit only where some were agreed."""
    agreements = rendered["tallystick-agreements.json"]
    values = ALL | {"kind": ".*", "party": ".*"}
    found = {query.where: ask(query.expr, END) for query in queries(agreements, values) if query.where[:5] == "Ended"}
    delivered, kept, _, due = found.values()
    assert sorted((one["metric"]["agreement_party"], one["metric"]["period"]) for one in delivered) == [
        *(("ACME", f"2025-{month}") for month in (10, 11, 12)),
        *(("storefront", f"2025-{month}") for month in (11, 12)),
    ]
    assert {one["metric"]["period"]: one["value"][1] for one in due} == {
        "2025-10": "0",
        "2025-11": "0.1",
        "2025-12": "0",
    }
    broken = [one["metric"]["period"] for one in kept if one["value"][1] == "0"]
    assert broken == ["2025-11"]
