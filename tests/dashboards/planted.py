"""Mistakes that people make in dashboards, each to be planted into a right one. Grafana shows none of them."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboards.queries import Json

Plant = Callable[[Json], Any]


def _panel(dashboard: Json, kind: str) -> Json:
    found: Json = next(panel for panel in dashboard["panels"] if panel["type"] == kind)
    return found


def _defaults(dashboard: Json, kind: str) -> Json:
    found: Json = _panel(dashboard, kind)["fieldConfig"]["defaults"]
    return found


def _override(dashboard: Json, kind: str) -> list[Json]:
    found: list[Json] = _panel(dashboard, kind)["fieldConfig"]["overrides"][0]["properties"]
    return found


PLANTED: Mapping[str, Plant] = {
    "an option that a stat has not": lambda d: _panel(d, "stat")["options"].update(colourMode="value"),
    "an option's value misspelt": lambda d: _panel(d, "stat")["options"].update(colorMode="backgroud"),
    "a style of drawing that there is not": lambda d: _defaults(d, "timeseries")["custom"].update(drawStyle="lines"),
    "a custom field misspelt": lambda d: _defaults(d, "timeseries")["custom"].update(linewidth=2),
    "a standard field misspelt": lambda d: _defaults(d, "timeseries").update(units="s"),
    "a threshold as text": lambda d: _defaults(d, "stat").update(
        thresholds={"mode": "absolute", "steps": [{"color": "red", "value": "1"}]}
    ),
    "a width as text": lambda d: _panel(d, "stat")["gridPos"].update(w="4"),
    "a kind of panel that is gone": lambda d: _panel(d, "stat").update(type="graph"),
    "a dashboard's key misspelt": lambda d: d.update(timeZone="utc"),
    "a legend's mode misspelt": lambda d: _panel(d, "timeseries")["options"]["legend"].update(displayMode="tables"),
    "a target without refId": lambda d: _panel(d, "stat")["targets"][0].pop("refId"),
    "a kind of variable that there is not": lambda d: d["templating"]["list"][0].update(type="datasources"),
    "a variable hidden in no known way": lambda d: d["templating"]["list"][0].update(hide=9),
    "an override without id": lambda d: _override(d, "table").append({"value": 1}),
    "an override's id misspelt": lambda d: _override(d, "table").append({"id": "custom.widht", "value": 1}),
    "an override's value misspelt": lambda d: _override(d, "timeseries").append(
        {"id": "custom.drawStyle", "value": "linez"}
    ),
    "a unit that there is not": lambda d: _defaults(d, "stat").update(unit="percentunits"),
    "a transformation that there is not": lambda d: _panel(d, "table")["transformations"].append(
        {"id": "joinByFeild", "options": {}}
    ),
    "a kind of cell that there is not": lambda d: _defaults(d, "table")["custom"].update(
        cellOptions={"type": "colour"}
    ),
    "a kind of mapping that there is not": lambda d: _defaults(d, "stat").update(
        mappings=[{"type": "valu", "options": {}}]
    ),
    "a colour mode that there is not": lambda d: _defaults(d, "stat").update(color={"mode": "fixd"}),
    "a data source variable misspelt": lambda d: _panel(d, "stat").update(
        datasource={"type": "prometheus", "uid": "${datasorce}"}
    ),
    "PromQL with a bracket too few": lambda d: _panel(d, "stat")["targets"][0].update(expr="sum(rate(x[5m])"),
    "a reducer that there is not": lambda d: _panel(d, "stat")["options"]["reduceOptions"].update(
        calcs=["lastNonNull"]
    ),
    "a kind of link that there is not": lambda d: d["links"][0].update(type="dashboard"),
    "a refresh as a number": lambda d: d.update(refresh=5),
    # Not among Grafana's types, but as silent.
    "a rate of a gauge without a range": lambda d: _panel(d, "stat")["targets"][0].update(expr="rate(slo_burn_rate)"),
    "a matcher that there is not": lambda d: _panel(d, "table")["fieldConfig"]["overrides"][0]["matcher"].update(
        id="byname"
    ),
    "a variable in a query misspelt": lambda d: _panel(d, "stat")["targets"][0].update(expr='slo_met{slo="$slos"}'),
}
