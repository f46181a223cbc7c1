"""What Sloth's files say of events, as ours."""

from collections.abc import Iterator
from itertools import islice

from tallystick.definition.checks import one_of
from tallystick.definition.checks.promql_syntax import RULE as PROMQL
from tallystick.definition.checks.query import RULE as QUERY
from tallystick.definition.formats import nodes, notes, sloth_sli_plugins
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.windowed import (
    GO_WINDOW,
    as_counters,
    as_events,
    as_ratio,
    groups,
    listed_groups,
    templates_left,
    with_window,
)
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem

_QUERIES = {"events": ("error_query", "total_query"), "raw": ("error_ratio_query",), "plugin": ()}


def sli(reading: Reading, part: Mapping, objective: str | None) -> Node | None:
    """The ``sli`` of an SLO of that *objective*; None if there is a problem, which *reading* gets."""
    kinds = [kind for kind in _QUERIES if isinstance(part.get(kind), Mapping)]
    if len(kinds) != 1:
        reading.problems.append(_not_one(part, kinds))
        return None
    inner = part.get(kinds[0])
    assert isinstance(inner, Mapping)
    if kinds[0] == "plugin":
        return sloth_sli_plugins.sli(reading, inner, objective)
    queries = [query for key in _QUERIES[kinds[0]] if isinstance(query := inner.get(key), Scalar)]
    problems = [problem for query in queries for problem in _problems(query)]
    if problems:
        reading.problems += problems
        return None
    filled = [query for query in map(with_window, queries) if query]
    if len(filled) < len(_QUERIES[kinds[0]]):
        return None
    return _events(reading, inner, *filled) if kinds[0] == "events" else _raw(reading, *filled)


_MOST_TEMPLATES = 20
"""How many of a query are told; who has more of them knows why."""


def _problems(query: Scalar) -> Iterator[Problem]:
    """What is wrong with the templates of *query*."""
    left = list(islice(templates_left(query), _MOST_TEMPLATES))
    for place in left:
        message = "this template is not {{.window}}, which alone is filled in here"
        yield PROMQL.at(query.part(*place), message, "write {{.window}} where the range belongs")
    if not left and not GO_WINDOW.search(query.text):
        hint = "write it for the range, as any stretch of time is asked for: rate(errors_total[{{.window}}])"
        yield QUERY.at(query.span, "this query has no {{.window}}", hint)


def _not_one(part: Mapping, kinds: list[str]) -> Problem:
    found = "none of" if not kinds else "several of"
    return one_of.RULE.at(part.span, f"`sli` has {found} events, raw and plugin", "write one of them")


def _events(reading: Reading, at: Mapping, bad: Scalar, total: Scalar) -> Mapping:
    found = as_events(bad, total)
    if found is None:
        message = "these queries give no counts, so it is their ratio that counts, every second the same"
        reading.notes.append(notes.TIMED.at(at.span, message, ""))
        return nodes.mapping(at, {"ratio": nodes.mapping(at, {"error": as_ratio(bad, total)})})
    return _counted(reading, at, "bad", *found)


def _raw(reading: Reading, query: Scalar) -> Mapping:
    if counted := as_counters(query, is_error=True):
        message = "counted, event by event; Sloth takes the mean of ratios, whatever the traffic"
        reading.notes.append(notes.COUNTED.at(query.span, message, ""))
        return _counted(reading, query, *counted)
    reading.notes.append(notes.TIMED.at(query.span, "every second weighs the same, as in Sloth", ""))
    return nodes.mapping(query, {"ratio": nodes.mapping(query, {"error": query})})


def _counted(reading: Reading, at: Node, field: str, part: Scalar, total: Scalar) -> Mapping:
    by = groups(part, total)
    if by:
        message = f"one SLO for each {', '.join(by)}, as the queries keep it"
        reading.notes.append(notes.GROUPED.at(at.span, message, ""))
    events = {"total": total, field: part, "by": listed_groups(at, by)}
    return nodes.mapping(at, {"events": nodes.mapping(at, events)})
