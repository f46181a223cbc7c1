"""
Exclusions in the rules: when ``slo:excluded`` is 1.

Rules know no calendar. What recurs is worked out ahead, up to a horizon, and written as few comparisons of ``time()``: ranges
that follow one another at equal distances, as a nightly or weekly one does between two changes of the clock, are one term.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.exclusion import Exclusion, excluded, merged
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange

MONTHS_AHEAD = 14
"""How far recurring exclusions are worked out: a year, and a quarter to generate again in."""

MONTHS_BACK = 3
"""How much of what is over is kept, for those who replay rules over the past."""


@dataclass(frozen=True, slots=True)
class Mask:
    """
    When an SLO's base pair is left out.

    Attributes:
        promql: an instant vector that is 1 then and 0 else.
        ends: until when that is known, in seconds since 1970; None if nothing is excluded after it.
    """

    promql: str
    ends: int | None


def span_at(at: float) -> TimeRange:
    """
    The time for which exclusions are worked out in rules that are made at *at*.

    It begins and ends with months (UTC), so that rules are the same whenever they are made within one.
    """
    now = datetime.fromtimestamp(at, UTC)
    month = now.year * 12 + now.month - 1
    return TimeRange(_month(month - MONTHS_BACK), _month(month + 1 + MONTHS_AHEAD))


def _month(number: int) -> int:
    return int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp())


def mask_of(slo: Slo, exclusions: Sequence[Exclusion], at: float) -> Mask:
    """
    When *slo* leaves out *exclusions*, of its own, in rules that are made at *at*.

    A base pair tells of the time just before it, so it is left out for that much longer than an exclusion lasts.
    """
    span = span_at(at)
    behind = max(PIECE_SECONDS, slo.sli.slice_seconds)
    terms = [
        _term(*progression)
        for exclusion in exclusions
        for progression in _progressions(
            merged(TimeRange(one.start, one.end + behind) for one in excluded([exclusion], span))
        )
    ]
    return Mask(_promql(terms), _ends(exclusions, span))


def _ends(exclusions: Iterable[Exclusion], span: TimeRange) -> int | None:
    return span.end if any(one.following(span.end) for one in exclusions) else None


def _promql(terms: Sequence[str]) -> str:
    """1 where any of *terms* is; two that overlap are no more."""
    return "vector(\n  " + "\n  + ".join(terms) + "\n) > bool 0" if terms else "vector(0)"


def _term(first: TimeRange, count: int, distance: int) -> str:
    """1 in the *count* ranges like *first* whose beginnings are *distance* apart."""
    last = first.start + (count - 1) * distance
    inside = f"(time() >= bool {first.start}) * (time() < bool {last + first.seconds})"
    if count == 1:
        return inside
    return f"{inside} * ((time() - {first.start}) % {distance} < bool {first.seconds})"


def _progressions(ranges: Sequence[TimeRange]) -> list[tuple[TimeRange, int, int]]:
    """*ranges*, which are in order and apart, as runs of equal length and distance: (first, how many, distance)."""
    found: list[tuple[TimeRange, int, int]] = []
    for one in ranges:
        if found:
            first, count, distance = found[-1]
            step = distance if count > 1 else one.start - first.start
            if one.seconds == first.seconds and one.start == first.start + count * step:
                found[-1] = (first, count + 1, step)
                continue
        found.append((one, 1, 0))
    return found
