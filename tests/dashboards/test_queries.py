"""Every query has an answer, and the right one, from a real Prometheus."""

from collections.abc import Iterator

import pytest
from promql_parser import parse

from dashboards.queries import Ask, Json, offered, queries, unanswered, variable_values
from dashboards.synthetic import END, SHOP, series
from tallystick.metrics import FAMILIES

CHOSEN = {"service": "checkout", "slo": "checkout-availability", "window": "30d"}
ALL = {"service": ".*", "team": ".*", "tier": ".*", "window": ".*"}


def selectors(expr: str) -> Iterator[tuple[str, set[str]]]:
    """Name and matched labels of every selector in *expr*."""
    pending = [parse(expr)]
    while pending:
        node = pending.pop()
        if type(node).__name__ == "VectorSelector":
            yield node.name, {matcher.name for matcher in node.matchers.matchers}
        pending += [
            getattr(node, name)
            for name in ("expr", "lhs", "rhs", "param", "vs", "vector_selector", "vector")
            if getattr(node, name, None)
        ]
        pending += list(getattr(node, "args", []) or [])


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


def test_only_metrics_that_there_are(rendered: dict[str, Json]) -> None:
    """Metrics of the exporter are asked for by names and labels that it has."""
    labels = {family.name: set(family.labels) for family in FAMILIES}
    for dashboard in rendered.values():
        for query in queries(dashboard, {}):
            for name, matched in selectors(query.expr):
                if not name.startswith("slo:") and name != "ALERTS":
                    assert matched <= labels[name], f"{query.where}: {name}"


def test_the_made_up_series_are_the_exporters() -> None:
    """The series that stand in for the exporter's carry its names, and no label that it has not."""
    labels = {family.name: set(family.labels) | {"job", "instance"} for family in FAMILIES}
    for one in series(END, shown_seconds=600, step=60, slos=SHOP[:1]):
        if not one.metric.startswith("slo:") and one.metric != "ALERTS":
            assert set(one.labels) <= labels[one.metric]
