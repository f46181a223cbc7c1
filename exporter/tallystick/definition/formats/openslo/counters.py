"""
OpenSLO's good, bad and total as ours.

The specification says no time in its queries: ``sum(requests_total)`` names a counter, whose increments over whatever time is
asked for are the events. So a query that adds up counters is read as those counters. One with a range of its own, or with
``{{.window}}``, says itself how it is read.
"""

import re
from dataclasses import dataclass, replace

from tallystick.core.sli import Counters, terms_of
from tallystick.definition.checks.counter_selector import COUNTER_ENDINGS
from tallystick.definition.checks.counter_selector import RULE as COUNTER
from tallystick.definition.checks.query import RULE as QUERY
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.windowed import groups, listed_groups
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.outcome import labels_of_text
from tallystick.definition.problem import show
from tallystick.definition.promql import WINDOW, bare, read_query
from tallystick.definition.reduce import Reduced, reduce_query, reduce_sums

STEP = "1m"
"""How often the value of a query is looked at that says nothing of time."""

_RANGE = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*|\[\s*(?P<range>[0-9a-z$:]+)\s*\]', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Side:
    """
    One of the two queries.

    Attributes:
        node: the query, with ``$window``.
        reduced: the counters it adds up; None if it does anything else.
        is_windowed: whether it has ``$window``.
        is_right: whether it is PromQL at all.
        is_sum: whether it adds up counters as they stand, if they are some.
    """

    node: Scalar
    reduced: Reduced | None
    is_windowed: bool
    is_right: bool
    is_sum: bool = False


def events(reading: Reading, ratio: Mapping, queries: dict[str, Scalar], *, counter: bool | None) -> Mapping | None:
    """
    The ``sli`` of a ratio.

    Args:
        reading: is told what is wrong or read otherwise.
        ratio: where it is written.
        queries: ``total``, and one of ``good`` and ``bad``, with ``$window``.
        counter: whether they are of counters, as the file says; None if it does not.
    """
    sides = {key: _side(reading, query) for key, query in queries.items()}
    sums = [side for side in sides.values() if side.is_sum]
    if counter is not True and (named := [side for side in sums if _is_named_so(side)]):
        counter = _tell_names(reading, ratio, named[0], is_said=counter is not None)
    if not counter:
        sides = {key: replace(side, reduced=None) if side.is_sum else side for key, side in sides.items()}
    if not all(side.is_right for side in sides.values()):  # which of them, and why, is told by the checks of PromQL
        return _sli(reading, ratio, {key: _as_counters(side) for key, side in sides.items()}, [])
    if all(side.reduced for side in sides.values()) and not all(side.is_windowed for side in sides.values()):
        return _counted(reading, ratio, sides)
    texts = {}
    for key, side in sides.items():
        text = side.node if side.is_windowed else _over_time(reading, key, side, counter=counter or False)
        if text is None:
            return None
        texts[key] = text
    return _sli(reading, ratio, texts, groups(*texts.values()))


def _is_named_so(side: _Side) -> bool:
    """Whether all that *side* adds up is named like counters."""
    assert side.reduced
    return all(term.selector.metric.endswith(COUNTER_ENDINGS) for term in terms_of(side.reduced.counters))


def _tell_names(reading: Reading, ratio: Mapping, side: _Side, *, is_said: bool) -> bool:
    """Tell that there are counters where the file does not say so, and how they are read: as counters unless it denies it."""
    assert side.reduced
    name = show(terms_of(side.reduced.counters)[0].selector.metric)
    said = "`counter` is false" if is_said else "`counter` is not written"
    taken = "its values are added up" if is_said else "it is read as one"
    place = ratio.key("counter") if is_said else side.node
    message = f"{name} is named like a counter, and {said}; {taken}"
    reading.problems.append(COUNTER.at(place.span, message, "write counter: true", severity="warning"))
    return not is_said


def _as_counters(side: _Side) -> Scalar:
    return (
        side.node if side.reduced is None or side.is_windowed else nodes.text(_text(side.reduced.counters), side.node)
    )


def _side(reading: Reading, query: Scalar) -> _Side:
    read = read_query(query.text)
    if read.windowed:
        return _Side(query, reduce_query(read), is_windowed=True, is_right=read.tree is not None)
    if with_own := without_range(query):
        reduced = reduce_query(read_query(with_own.text))
        if reduced:
            message = "the counters are counted, over whatever time is asked for; its own range is left out"
            reading.notes.append(notes.COUNTED.at(query.span, message, ""))
            return _Side(query, reduced, is_windowed=False, is_right=True)
    reduced = reduce_sums(read)
    return _Side(query, reduced, is_windowed=False, is_right=read.tree is not None, is_sum=reduced is not None)


def without_range(query: Scalar) -> Scalar | None:
    """*query* with ``$window`` for the one range it has; None if it has none, or several."""
    ranges = {match["range"] for match in _RANGE.finditer(query.text) if match["range"]}
    if len(ranges) != 1 or WINDOW in ranges or ":" in next(iter(ranges)):
        return None
    text = _RANGE.sub(lambda match: f"[{WINDOW}]" if match["range"] else match[0], query.text)
    return nodes.text(text, query)


def _counted(reading: Reading, ratio: Mapping, sides: dict[str, _Side]) -> Mapping | None:
    reduced = {key: side.reduced for key, side in sides.items() if side.reduced}
    kept = {one.by for key, one in reduced.items() if not _is_selector(sides[key])}
    if len(kept) > 1:
        first, other = (", ".join(sorted(by)) or "no label" for by in (reduced[key].by for key in sides))
        message = f"the two queries keep different labels: {show(first)}, and {show(other)}"
        reading.problems.append(QUERY.at(ratio.span, message, "write the same `sum by (...)` in both"))
        return None
    texts = {key: nodes.text(_text(one.counters), sides[key].node) for key, one in reduced.items()}
    return _sli(reading, ratio, texts, sorted(next(iter(kept), frozenset())))


def _is_selector(side: _Side) -> bool:
    """Whether it is one counter that nothing adds up, and so keeps whatever labels the other query does."""
    return read_query(side.node.text).selector is not None


def _text(counters: Counters) -> str:
    parts = [("- " if term.sign < 0 else "+ ") + term.selector.promql for term in terms_of(counters)]
    return " ".join(parts).removeprefix("+ ")


def _over_time(reading: Reading, key: str, side: _Side, *, counter: bool) -> Scalar | None:
    """A query of which nothing tells how it is read over time, so that it is one with ``$window``."""
    if counter:
        hint = "write a counter, sums of counters, or the range: sum(increase(...[{{.window}}]))"
        message = f"`{key}` is no sum of counters, so nothing tells what it counts over time"
        reading.problems.append(QUERY.at(side.node.span, message, hint))
        return None
    message = "its value is added up once a minute, as `counter` is not true: it must be of that minute alone"
    reading.notes.append(notes.SAMPLED.at(side.node.span, message, ""))
    return summed(side.node)


def summed(query: Scalar) -> Scalar:
    """The sum of a query's values over the time that is asked for."""
    text = bare(query.text)
    labels = labels_of_text(text)
    whole = f"sum_over_time(({text})[{WINDOW}:{STEP}])"
    return nodes.text(f"sum({whole})" if labels is None else whole, query)


def _sli(reading: Reading, ratio: Mapping, texts: dict[str, Scalar], by: list[str]) -> Mapping:
    if by:
        message = f"one SLO for each {', '.join(by)}, as the queries keep it"
        reading.notes.append(notes.GROUPED.at(ratio.span, message, ""))
    entries = {**texts, "by": listed_groups(ratio, by)}
    return nodes.mapping(ratio, {"events": nodes.mapping(ratio, entries)})
