"""OpenSLO's metric sources: which of them ask Prometheus, and what."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tallystick.definition.checks import data_source, missing_key
from tallystick.definition.checks.promql_syntax import RULE as PROMQL
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.objects import Objects
from tallystick.definition.formats.windowed import with_window
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem, show
from tallystick.definition.promql import WINDOW

TYPES = ("prometheus", "mimir", "thanos", "cortex", "victoriametrics")
"""Types of sources that are asked in PromQL over Prometheus' own interface, in lower case."""

_KEYS = ("query", "promql")
_PLACEHOLDER = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*|(?P<other>\{\{.*?\}\}|\$\{[^}]*\}|\$[a-zA-Z_]\w*)',
    re.DOTALL,
)


def query_of(reading: Reading, objects: Objects, metric: Mapping) -> Scalar | None:
    """
    The query of *metric*, with ``$window`` for its templates; None if there is none that Prometheus could answer.

    Why that is so is told to the *reading*.
    """
    source = metric.get("metricSource")
    assert isinstance(source, Mapping)
    problem = _not_prometheus(reading, objects, source)
    found = problem or _query(reading, source)
    if isinstance(found, Scalar):
        query = with_window(found)
        assert query
        found_in = (match["other"] for match in _PLACEHOLDER.finditer(query.text))
        left = [other for other in found_in if other and other != WINDOW]
        reading.problems += (_placeholder(found, other) for other in left)
        return None if left else query
    reading.problems.append(found)
    return None


def _query(reading: Reading, source: Mapping) -> Scalar | Problem:
    spec = source.get("spec")
    assert isinstance(spec, Mapping)
    others = [key for name, (key, _) in spec.entries.items() if name not in _KEYS]
    if others:
        names = ", ".join(show(key.text) for key in others)
        reading.notes.append(
            notes.PASSED_OVER.at(others[0].span, f"{names} of the query's source means nothing here", "")
        )
    for name in _KEYS:
        query = spec.get(name)
        if isinstance(query, Scalar) and query.text.strip():
            return nodes.text(query.text, query)
    return missing_key.RULE.at(source.key("spec").span, "there is no `query`", "add query: with PromQL")


def _placeholder(query: Scalar, other: str) -> Problem:
    start = query.text.find(other)
    span = query.part(start, start + len(other)) if start >= 0 else query.span
    return PROMQL.at(span, f"nothing fills in {show(other)} here", "write {{.window}} where the range belongs")


def _not_prometheus(reading: Reading, objects: Objects, source: Mapping) -> Problem | None:
    """Why Prometheus can't be asked; None if it can."""
    kind, ref = source.get("type"), source.get("metricSourceRef")
    if isinstance(kind, Scalar) and kind.text.strip().lower() not in TYPES:
        return data_source.other(kind)
    if not isinstance(ref, Scalar):
        return None if isinstance(kind, Scalar) else data_source.unsaid(source.key("spec"))
    known = objects.get("DataSource", ref.text)
    if known is None:
        if isinstance(kind, Scalar):
            return None
        found = objects.find("DataSource", ref)
        return found if isinstance(found, Problem) else None
    own = nodes.child(known, "spec", "type")
    if isinstance(own, Scalar) and own.text.strip().lower() not in TYPES:
        return data_source.other(ref, ref.text) if not isinstance(kind, Scalar) else data_source.other(own, ref.text)
    message = f"asked of the Prometheus of --prometheus.url; the file names {_addresses(known) or show(ref.text)}"
    reading.notes.append(notes.DATA_SOURCE.at(ref.span, message, ""))
    return None


def _addresses(known: Mapping) -> str:
    """Where a data source is, without anything that may be secret."""
    return ", ".join(
        dict.fromkeys(filter(None, map(_address, _texts(nodes.child(known, "spec", "connectionDetails")))))
    )


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return show(f"{parts.scheme}://{parts.hostname}{port}")


def _texts(part: Node | None) -> Iterator[str]:
    match part:
        case Scalar():
            yield part.text
        case Mapping():
            for _, value in part.entries.values():
                yield from _texts(value)
        case Sequence():
            for item in part.items:
                yield from _texts(item)
