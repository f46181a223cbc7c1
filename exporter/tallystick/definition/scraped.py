"""Which series of an SLI come from scrapes, and so must come often enough for a rate."""

import promql_parser

from tallystick.core.selector import Selector
from tallystick.core.sli import (
    CompositeSli,
    EventsSli,
    LatencySli,
    QuerySli,
    RatioSli,
    Sli,
    ThresholdSli,
    UpSli,
    terms_of,
)
from tallystick.definition.promql import WINDOW_LENGTH, parts_of, read_query


def rated(sli: Sli) -> tuple[Selector, ...]:
    """
    The counters that the base pair's rates of *sli* are taken of: two scrapes in five minutes, or there is none.

    Of queries, those with ``$window`` as their range; series that rules record are no scrapes.
    """
    match sli:
        case EventsSli():
            return tuple(term.selector for term in terms_of(sli.total))
        case LatencySli():
            return (sli.total,)
        case QuerySli():
            return _windowed(sli.total)
        case RatioSli():
            return _windowed(sli.query)
    return ()


def scraped(sli: Sli) -> tuple[Selector, ...]:
    """All series that *sli* is read from, as far as they come from scrapes."""
    match sli:
        case UpSli():
            return (sli.metric,)
        case ThresholdSli() | CompositeSli():
            return ()
    return rated(sli)


def _windowed(text: str) -> tuple[Selector, ...]:
    query = read_query(text)
    ranges = [part for part in parts_of(query.tree) if isinstance(part, promql_parser.MatrixSelector)]
    found = [query.read(part.vector_selector).selector for part in ranges if part.range == WINDOW_LENGTH]
    return tuple(dict.fromkeys(one for one in found if one is not None and ":" not in one.metric))
