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

AskOver = Callable[[str, float, float, float], list[Json]]
"""Likewise over a time: PromQL, its first and last instant and the step, all in seconds."""

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


def rightly_empty(slo: str) -> set[str]:
    """
    Queries of the demo's dashboards that have no data when *slo* is chosen, because there is nothing to say.

    Pages of the payments are switched off, windows that roll have no pace at which their budget should go, and months ago there
    was no demo.
    """
    pages = [f"Burn rates, page ({letter})" for letter in "ABC"]
    months = [f"Budget left, month by month ({letter})" for letter in "BCDEFG"]
    return {"Budget left over time (B)", *months, *(pages if slo == "checkout-payments" else ())}


def asking(url: str) -> Ask:
    """How to ask the Prometheus at *url*; what it refuses is an assertion that fails."""
    session = requests.Session()
    return lambda query, at: _answer(session, f"{url}/api/v1/query", {"query": query, "time": at})


def asking_over(url: str) -> AskOver:
    """How to ask it for what a graph shows."""
    session = requests.Session()

    def ask(query: str, start: float, end: float, step: float) -> list[Json]:
        # VictoriaMetrics would move start and end to where it has answers ready, and look back for a whole step.
        own: dict[str, str | float] = {"nocache": 1, "max_lookback": "5m"}
        over = {"query": query, "start": start, "end": end, "step": step, **own}
        return _answer(session, f"{url}/api/v1/query_range", over)

    return ask


def _answer(session: requests.Session, url: str, data: Mapping[str, str | float]) -> list[Json]:
    answer = session.post(url, data=dict(data), timeout=30).json()
    assert answer["status"] == "success", f"{answer['error']} in {data['query']}"
    found: list[Json] = answer["data"]["result"]
    return found


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
    return re.sub(r"\$\{?([a-zA-Z_]\w*)(?::\w+)?\}?", lambda match: given.get(match[1], "x"), expr)


def variable_values(dashboard: Json, ask: Ask, at: float, chosen: Mapping[str, str]) -> dict[str, str]:
    """
    What the dashboard's variables are when it is opened, chosen one after the other as Grafana does.

    A variable with "All" is all; another is what *chosen* says if there is that, else the first there is.

    Raises:
        LookupError: a variable has nothing to choose from.
    """
    values: dict[str, str] = {}
    for variable in dashboard["templating"]["list"]:
        name = variable["name"]
        if variable["type"] == "constant":
            values[name] = variable["query"]
        if variable["type"] != "query":
            continue
        found = offered(variable, values, ask, at)
        if not found and not name.startswith("group_"):  # of an SLO without groups there are none
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
