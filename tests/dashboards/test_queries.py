"""Every query has an answer, and the right one, from a real Prometheus."""

import json
from collections.abc import Iterator
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
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    parse,
)

from dashboards.queries import Ask, Json, offered, queries, unanswered, variable_values
from dashboards.synthetic import DAY, END, SHOP, series
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.generate.resolved import resolve
from tallystick.metrics import FAMILIES

ROOT = Path(__file__).parents[2]
CHOSEN = {"service": "checkout", "slo": "checkout-availability", "window": "30d"}
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
                assert isinstance(other, NumberLiteral), other


def numbers(dashboard: Json, title: str, ask: Ask, values: dict[str, str]) -> list[float]:
    """What the first query of a panel gives."""
    expr = next(query.expr for query in queries(dashboard, values) if query.where == f"{title} (A)")
    return [float(found["value"][1]) for found in ask(expr, END)]


@pytest.mark.parametrize("name", ["tallystick-portfolio.json", "tallystick-slo.json"])
def test_every_query_has_data(name: str, rendered: dict[str, Json], ask: Ask) -> None:
    """Opened as people open them, dashboards have no query without an answer."""
    values = variable_values(rendered[name], ask, END, CHOSEN)
    assert unanswered(rendered[name], ask, END, values) == []


def test_annotations_have_data_while_alerts_fire(rendered: dict[str, Json], ask: Ask) -> None:
    """Of the queries that may be empty, those of the SLO that burns are not."""
    dashboard = rendered["tallystick-slo.json"]
    values = variable_values(dashboard, ask, END, CHOSEN)
    optional = [query for query in queries(dashboard, values) if query.optional]
    assert len(optional) == 2
    assert all(ask(query.expr, END) for query in optional)


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


@pytest.mark.parametrize(
    ("slo", "factors"),
    [("checkout-availability", [14.4, 6]), ("cart-availability", [13.44, 5.6]), ("checkout-payments", [3.36, 1.4])],
)
def test_thresholds_are_the_alerts(slo: str, factors: list[float], rendered: dict[str, Json], ask: Ask) -> None:
    """Thresholds follow from the SLO's own period: 2 % of a 28-day budget in an hour is not 14.4 times."""
    drawn = [
        float(found["value"][1])
        for query in queries(rendered["tallystick-slo.json"], {"slo": slo})
        if query.where.startswith("Burn rates, page") and "clamp_min" in query.expr
        for found in ask(query.expr, END)
    ]
    assert drawn == pytest.approx(factors)


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
        if not name.startswith("slo:") and name != "ALERTS":
            assert matched <= labels[name], name


def test_only_series_that_the_rules_record(rendered: dict[str, Json]) -> None:
    """Recorded series and alerts are asked for by names and labels that the rules give them."""
    slo = Slo(
        service="checkout",
        name="availability",
        objective=Decimal("0.999"),
        windows=(RollingWindow(30 * DAY),),
        sli=EventsSli(total=Selector("requests_total"), bad=Selector("errors_total")),
    )
    slos = json.dumps(resolve([slo]))
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
        if not one.metric.startswith("slo:") and one.metric != "ALERTS":
            assert set(one.labels) <= labels[one.metric]
