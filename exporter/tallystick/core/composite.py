"""
Several SLOs as one: what a journey through them, or a service made of them, delivered.

It follows from what its parts delivered over the same time, whenever it is asked for; nothing of it is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, prod
from typing import Literal

from tallystick.core.budget import compliance
from tallystick.core.sli import NoData, Part
from tallystick.core.standing import Observe, seconds_within
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import TimeRange

Method = Literal["weighted", "serial", "worst"]


@dataclass(frozen=True, slots=True)
class Component:
    """
    A part of a composite, and where its counts come from.

    Attributes:
        part: which SLO, and its weight.
        observe: what counts of a range of time (`tallystick.core.standing.counting`), without what is excluded of the part or
            of the composite.
        out: what is excluded of it: in order, apart from one another.
    """

    part: Part
    observe: Observe
    out: Sequence[TimeRange] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """
    What a component delivered.

    Attributes:
        weight: how much it counts, relative to the others.
        observation: what is known of it.
        coverage: share of what counts of it that was observed.
    """

    weight: Fraction
    observation: Observation
    coverage: Fraction


def composite_observe(
    components: Sequence[Component], method: Method, no_data: NoData, out: Sequence[TimeRange] = ()
) -> Observe:
    """
    What is known of a composite.

    Its total is that of its parts, and its good events are as many as make its compliance: for ``weighted`` the mean of the parts'
    compliance by weight, for ``serial`` their product, for ``worst`` the lowest. A part without events has no compliance and
    is left out. One of which nothing was observed counts by *no_data*. The composite was observed as far as its parts were:
    by weight, or as far as the one that was least, of those that were observed at all.

    Args:
        components: its parts.
        method: how they are put together.
        no_data: what a part counts as of which nothing was observed: nothing, wholly good or wholly bad.
        out: what is excluded of the composite itself: in order, apart from one another.
    """

    def observe(span: TimeRange) -> Observation:
        seen = [_seen(component, span) for component in components]
        known = [each for each in seen if each.observation.observed_seconds]
        if not known:
            return UNOBSERVED
        total = sum(each.observation.tally.total for each in known)
        delivered = _put_together(_delivered(seen, no_data), method)
        good = 0 if delivered is None else delivered * Fraction(total)
        coverage = _put_together(
            [(each.weight, each.coverage) for each in known], "weighted" if method == "weighted" else "worst"
        )
        counted = span.seconds - seconds_within(out, span)
        return Observation(Tally(good, total), floor((coverage or 0) * counted))

    return observe


def _seen(component: Component, span: TimeRange) -> _Seen:
    observation = component.observe(span)
    counted = span.seconds - seconds_within(component.out, span)
    coverage = Fraction(observation.observed_seconds, counted) if counted else Fraction(0)
    return _Seen(Fraction(component.part.weight), observation, coverage)


def _delivered(seen: Sequence[_Seen], no_data: NoData) -> list[tuple[Fraction, Fraction]]:
    """Weight and compliance of each part that has one, be it by agreement."""
    found = []
    for each in seen:
        share = compliance(each.observation.tally)
        if not each.observation.observed_seconds and no_data != "ignore":
            share = Fraction(no_data == "good")
        if share is not None:
            found.append((each.weight, share))
    return found


def _put_together(shares: Sequence[tuple[Fraction, Fraction]], method: Method) -> Fraction | None:
    """One share of several with their weights; None of none."""
    if not shares:
        return None
    if method == "weighted":
        return sum((weight * share for weight, share in shares), Fraction(0)) / sum(weight for weight, _ in shares)
    each = [share for _, share in shares]
    return prod(each, start=Fraction(1)) if method == "serial" else min(each)
