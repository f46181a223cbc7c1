"""Which series an SLO can be fed with: those that its own selectors take, or else the base pair."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

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
from tallystick.core.slo import Slo
from tallystick.generate.template import printable
from tallystick.generate.unittests.feed import Feed, Line
from tallystick.generate.unittests.labels import (
    GROUPS,
    Labels,
    Member,
    groups,
    members,
    one_series,
)
from tallystick.generate.unittests.values import CannotMakeError

Slos = Mapping[str, Slo]
"""All SLOs, by id."""

_WAYS = (
    # Two kinds of series, each as (total, bad), and for both how often events and bad ones count in it.
    ((1, 0), (1, -1), (1, 1), (0, 1)),  # good ones, and bad ones
    ((1, 0), (1, 0), (0, 1), (0, 1)),  # all, and bad ones in a counter of their own
    ((1, 1), (1, 0), (0, -1), (1, -1)),  # all, and good ones in a counter of their own
)


def feed_of(slo: Slo, slos: Slos, copies: int) -> Feed:
    """
    The series for *slo*.

    Args:
        slo: the SLO.
        slos: where the parts of composites are found.
        copies: how many series a gauge has.

    Raises:
        CannotMakeError: a part of a composite is not among *slos*.
    """
    match slo.sli:
        case EventsSli() | LatencySli() | UpSli():
            try:
                return _raw(slo.sli, copies)
            except CannotMakeError as fault:
                return _pair(slo, f"{fault}; so the base pair is fed instead of its counters.")
        case QuerySli() | ThresholdSli() | RatioSli():
            return _pair(slo, "It is a query; so the base pair that it is recorded as is fed.")
        case CompositeSli():
            return _parts(slo, slos)


def _raw(sli: EventsSli | LatencySli | UpSli, copies: int) -> Feed:
    found: list[tuple[Labels, tuple[Line, ...]]] = []
    reads = tuple(_selectors(sli))
    fault = CannotMakeError("no series were found that make some events good and others bad")
    for group in groups(sli.by, reads):
        try:
            lines = _lines(sli, group, copies)
        except CannotMakeError as one:
            fault = one
        else:
            found.append((group, lines))
        if len(found) == (GROUPS if sli.by else 1):
            break
    if not found:
        raise fault
    if isinstance(sli, UpSli):
        way = "A gauge is up for a share of each five minutes."
        return Feed(tuple(found), way, reads, frozenset(), Fraction(60 * copies), idle=False)
    return Feed(tuple(found), "Its series are made of its selectors.", reads, frozenset())


def _selectors(sli: Sli) -> list[Selector]:
    """The series of which the base pair of *sli* is recorded, as far as they are known."""
    match sli:
        case UpSli():
            return [sli.metric]
        case LatencySli():
            return [sli.total, sli.good]
        case EventsSli():
            return [term.selector for counters in (sli.total, sli.part) for term in terms_of(counters)]
    return []


def _lines(sli: EventsSli | LatencySli | UpSli, group: Labels, copies: int) -> tuple[Line, ...]:
    match sli:
        case UpSli():
            return _gauges(sli.metric, group, copies)
        case EventsSli():
            return _counters(members(sli.total, sli.part, group, is_bad=sli.bad is not None))
        case LatencySli():
            found = members(sli.total, sli.good, group, is_bad=False)
            lines = _counters(found)
            buckets = [one for one in found if one.metric == sli.good.metric and (one.total, one.bad) == (0, -1)]
            infinite = [Line(one.metric, {**one.labels, "le": "+Inf"}, "counter", 1, 0) for one in buckets]
            return (*lines, *(line for line in infinite if line.series not in {one.series for one in lines}))


def _counters(found: Sequence[Member]) -> tuple[Line, ...]:
    """
    Two of the series that make any share of bad events.

    Raises:
        CannotMakeError: there are no such two.
    """
    by_count = {(member.total, member.bad): member for member in found}
    for one, in_one, other, in_other in _WAYS:
        if one in by_count and other in by_count:
            return (
                Line(by_count[one].metric, by_count[one].labels, "counter", *in_one),
                Line(by_count[other].metric, by_count[other].labels, "counter", *in_other),
            )
    raise CannotMakeError("no series were found that make some events good and others bad")


def _gauges(metric: Selector, group: Labels, copies: int) -> tuple[Line, ...]:
    labels = one_series(metric, group)
    if copies == 1:
        return (Line(metric.metric, labels, "share", 1, -1),)
    asked = {matcher.label for matcher in metric.matchers} | labels.keys()
    extra = next(name for name in ("replica", "copy", "tallystick_copy") if name not in asked)
    return tuple(Line(metric.metric, {**labels, extra: str(number)}, "share", 1, -1) for number in range(copies))


def _pair(slo: Slo, way: str) -> Feed:
    by = slo.sli.by
    values = [dict.fromkeys(by, value) for value in ("one", "two")] if by else [{}]
    return Feed(
        tuple((group, pair_lines(slo, group)) for group in values), way, (), frozenset((slo.slo_id,)), pair=True
    )


def pair_lines(slo: Slo, group: Labels) -> tuple[Line, Line]:
    """The base pair of *slo* as series."""
    labels = {**group, "slo": printable(slo.slo_id), "slo_service": printable(slo.service)}
    return (
        Line("slo:sli_total:rate5m", labels, "rate", 1, 0),
        Line("slo:sli_bad:rate5m", labels, "rate", 0, 1),
    )


def _parts(slo: Slo, slos: Slos) -> Feed:
    found = leaves(slo, slos)
    lines = tuple(line for leaf in found for line in pair_lines(leaf, {}))
    reads = tuple(selector for leaf in found for selector in _selectors(leaf.sli))
    claims = frozenset(leaf.slo_id for leaf in found)
    return Feed((({}, lines),), "Its parts' base pairs are fed, each with the same errors.", reads, claims)


def leaves(slo: Slo, slos: Slos) -> list[Slo]:
    """
    The SLOs that a composite is made of, in the end.

    Raises:
        CannotMakeError: one of them is not there.
    """
    if not isinstance(slo.sli, CompositeSli):
        return [slo]
    found: dict[str, Slo] = {}
    for part in slo.sli.of:
        if part.slo not in slos:
            raise CannotMakeError(f"its part {part.slo} is not defined here")
        found |= {leaf.slo_id: leaf for leaf in leaves(slos[part.slo], slos)}
    return list(found.values())
