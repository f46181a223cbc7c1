"""
Every query of a dashboard, as Grafana would send it, and those that a Prometheus has no answer to.

Used by the tests on made-up series, and against the running demo.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

Json = dict[str, Any]
Ask = Callable[[str, float], list[Json]]
"""Asks Prometheus: PromQL and an instant to the ``result`` of an instant query, a list of series; see `asking`."""

_BUILT_IN = {
    "__interval": "1m",
    "__interval_ms": "60000",
    "__range": "1h",
    "__range_ms": "3600000",
    "__range_s": "3600",
    "__rate_interval": "5m",
}
_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")


@dataclass(frozen=True, slots=True)
class Query:
    """
    A query of a dashboard.

    Attributes:
        where: the panel, annotation or variable it is of.
        expr: PromQL with all variables put in.
        optional: nothing may come back, because it shows what happens now and then.
    """

    where: str
    expr: str
    optional: bool = False


def asking(url: str) -> Ask:
    """How to ask the Prometheus at *url*; what it refuses is an assertion that fails."""
    session = requests.Session()

    def ask(query: str, at: float) -> list[Json]:
        answer = session.post(f"{url}/api/v1/query", data={"query": query, "time": at}, timeout=30).json()
        assert answer["status"] == "success", f"{answer['error']} in {query}"
        found: list[Json] = answer["data"]["result"]
        return found

    return ask


def panels(dashboard: Json) -> Iterator[Json]:
    """All panels of *dashboard*, rows among them, and those inside collapsed rows."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries(dashboard: Json, values: Mapping[str, str]) -> list[Query]:
    """
    Every query of *dashboard*: panels', then annotations'.

    Args:
        dashboard: the dashboard.
        values: of its variables; see `variable_values`.
    """
    return [
        Query(f"{panel['title']} ({target['refId']})", promql(target["expr"], values))
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
    ] + [
        Query(f"annotation {annotation['name']}", promql(annotation["expr"], values), optional=True)
        for annotation in dashboard["annotations"]["list"]
        if "expr" in annotation
    ]


def promql(expr: str, values: Mapping[str, str]) -> str:
    """*expr* with Grafana's variables replaced; one without a value becomes ``x``."""
    given = _BUILT_IN | dict(values)
    return re.sub(r"\$\{?(\w+)(?::\w+)?\}?", lambda match: given.get(match[1], "x"), expr)


def variable_values(dashboard: Json, ask: Ask, at: float, chosen: Mapping[str, str]) -> dict[str, str]:
    """
    What the dashboard's variables are when it is opened, chosen one after the other as Grafana does.

    A variable with "All" is all; another is what *chosen* says if there is that, else the first there is.

    Raises:
        LookupError: a variable has nothing to choose from.
    """
    values: dict[str, str] = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        name = variable["name"]
        found = offered(variable, values, ask, at)
        if not found:
            raise LookupError(f"variable {name} has no values: {promql(variable['definition'], values)}")
        if variable["includeAll"]:
            values[name] = variable["allValue"]
        else:
            values[name] = chosen[name] if chosen.get(name) in found else found[0]
    return values


def offered(variable: Json, values: Mapping[str, str], ask: Ask, at: float) -> list[str]:
    """What the list of *variable* holds, given the *values* of those before it."""
    match = _LABEL_VALUES.fullmatch(variable["definition"])
    assert match, variable["definition"]
    label, selector = match["label"], promql(match["selector"], values)
    found = ask(f"count by ({label}) ({selector})", at)
    return sorted(series["metric"][label] for series in found if label in series["metric"])


def unanswered(dashboard: Json, ask: Ask, at: float, values: Mapping[str, str]) -> list[Query]:
    """Queries of *dashboard* to which nothing comes back at instant *at*."""
    return [query for query in queries(dashboard, values) if not query.optional and not ask(query.expr, at)]
