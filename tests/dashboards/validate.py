"""
Whether a dashboard is one that Grafana understands.

Grafana ignores what it does not know, without a word: a mistyped option, unit or transformation is simply not there.
So each panel is held against Grafana's own types for its kind, closed, and what types cannot say (units, reducers,
PromQL, variables) against Grafana's own lists. Where those come from: grafana/ORIGIN.md.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from dashboards.queries import Json, panels, promql

_HERE = Path(__file__).parent / "grafana"
_DEFINITIONS = {
    "bargauge": "BarGaugePanel",
    "gauge": "GaugePanel",
    "heatmap": "HeatmapPanel",
    "row": "Row",
    "stat": "StatPanel",
    "state-timeline": "StateTimelinePanel",
    "table": "TablePanel",
    "text": "TextPanel",
    "timeseries": "TimeseriesPanel",
}
_STANDARD_OPTIONS = {
    "color",
    "decimals",
    "description",
    "displayName",
    "fieldMinMax",
    "filterable",
    "links",
    "mappings",
    "max",
    "min",
    "noValue",
    "thresholds",
    "unit",
}
_FREE_UNIT = re.compile(r"(suffix|prefix|time|si|count|currency|bool):")


VERSIONS = ("10.4", "11.6", "12.4", "13.2")
"""The versions of Grafana whose types are known: the latest of each major one that is in use."""


def faults(dashboard: Json, version: str = VERSIONS[-1]) -> Iterator[str]:
    """What *version* of Grafana finds wrong with *dashboard*, one line each; nothing if all is well."""
    yield from _schema(version, "GrafanaDashboard", dashboard, "dashboard")
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    for panel in panels(dashboard):
        where = f"panel {panel.get('title')!r}"
        if panel["type"] not in _DEFINITIONS:
            yield f"{where}: no such kind of panel: {panel['type']}"
            continue
        yield from _schema(version, _DEFINITIONS[panel["type"]], panel, where)
        yield from (f"{where}: {fault}" for fault in _panel(version, panel, known))


def _panel(version: str, panel: Json, known: set[str]) -> Iterator[str]:
    yield from _overrides(version, panel)
    yield from _words(panel)
    yield from _variables(panel, known)
    for target in panel.get("targets", []):
        if fault := _promql_fault(target.get("expr", "")):
            yield f"{fault} in {target.get('expr')}"


def _overrides(version: str, panel: Json) -> Iterator[str]:
    """An override is right if its properties would be right as defaults."""
    config = panel.get("fieldConfig", {"overrides": []})
    for override in config["overrides"]:
        if override["matcher"]["id"] not in _vocabulary()["matchers"]:
            yield f"no such matcher: {override['matcher']['id']}"
        defaults: Json = {}
        for item in override["properties"]:
            name = item.get("id", "")
            if name.startswith("custom."):
                defaults.setdefault("custom", {})[name.removeprefix("custom.")] = item["value"]
            elif name in _STANDARD_OPTIONS:
                defaults[name] = item["value"]
            else:
                yield f"no such override: {name!r}"
        applied = panel | {"fieldConfig": {"defaults": defaults, "overrides": []}}
        yield from _schema(version, _DEFINITIONS[panel["type"]], applied, "override")


def _words(panel: Json) -> Iterator[str]:
    config = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
    of_overrides = [{p["id"]: p["value"] for p in one["properties"] if "id" in p} for one in config["overrides"]]
    for defaults in (config["defaults"], *of_overrides):
        unit = defaults.get("unit")
        if unit and unit not in _vocabulary()["units"] and not _FREE_UNIT.match(unit):
            yield f"no such unit: {unit}"
        mode = defaults.get("color", {}).get("mode", "fixed")
        if mode not in _vocabulary()["colorModes"]:
            yield f"no such colour mode: {mode}"
    for reducer in panel.get("options", {}).get("reduceOptions", {}).get("calcs", []):
        if reducer not in _vocabulary()["reducers"]:
            yield f"no such reducer: {reducer}"
    for transformation in panel.get("transformations", []):
        if transformation["id"] not in _vocabulary()["transformations"]:
            yield f"no such transformation: {transformation['id']}"


def _variables(panel: Json, known: set[str]) -> Iterator[str]:
    for name in used_variables([panel.get(key) for key in ("datasource", "targets", "title")]):
        if name not in known:
            yield f"no such variable: {name}"


def used_variables(part: Any) -> set[str]:
    """Names of the dashboard's variables that *part* of it refers to; `$1` of a regular expression is none."""
    names = set(re.findall(r"\$\{?(\w+)", json.dumps(part)))
    return {name for name in names if not name.startswith("__") and not name.isdigit()}


def _promql_fault(expr: str) -> str | None:
    try:
        promql_parser.parse(promql(expr, {}))
    except ValueError as fault:
        return str(fault)
    return None


def _schema(version: str, definition: str, value: Json, where: str) -> Iterator[str]:
    for error in _validators(version)[definition].iter_errors(value):
        yield f"{where}: {'.'.join(map(str, error.absolute_path))}: {_deepest(error).message}"[:300]


def _deepest(error: ValidationError) -> ValidationError:
    """Of a failed union, the branch that went furthest: the one that was meant."""
    while error.context:
        error = min(error.context, key=lambda one: (one.validator in {"type", "const"}, -len(one.absolute_path)))
    return error


@cache
def _validators(version: str) -> Mapping[str, Draft7Validator]:
    schema = json.loads((_HERE / f"{version}.schema.json").read_text())
    # Panels are checked one by one, by their kind, so that a message names the wrong key and not a union of nine.
    for definition in ("GrafanaDashboard", "Row"):
        schema["definitions"][definition]["properties"]["panels"] = {"type": "array"}
    names = ("GrafanaDashboard", *_DEFINITIONS.values())
    return {name: Draft7Validator({**schema, "$ref": f"#/definitions/{name}"}) for name in names}


@cache
def _vocabulary() -> Mapping[str, frozenset[str]]:
    lists = json.loads((_HERE / "vocabulary.json").read_text())
    return {name: frozenset(words) for name, words in lists.items()}
