"""
Time that is agreed not to count: planned work, and whatever both sides took out of the reckoning afterwards.

An exclusion is kept as it was agreed, on the clock of its zone; which time that is follows from it, also in the past.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from operator import attrgetter

from tallystick.core import civil
from tallystick.core.recurrence import Rule, parse_rule
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_slice

_BLOCK_SECONDS = 90 * DAY_SECONDS
"""What is worked out and remembered at once: a window of 30 days is in one or two of these, a year in five."""

_BLOCKS = 16_384
"""Blocks to remember, of exclusions and of sets of them: each round asks again for nearly the same time."""

_MOST_MOVED = timedelta(days=2)
"""More than clocks are apart from UTC, and than they were ever moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """
    One agreed exclusion, once or recurring.

    Attributes:
        reason: why, in words.
        starts: its (first) beginning, by the clock of *zone*; without tzinfo.
        ends: its (first) end by the same clock; None if *lasts_seconds* is given.
        lasts_seconds: how long each occurrence takes, in elapsed time; None if *ends* is given.
        rrule: when it happens again (RFC 5545, without DTSTART), or None.
        zone: IANA name of its time zone.
        slos: ids of the SLOs it is for; empty: all of its service.
        approved_by: who agreed.
        ticket: where that is written down.
        file: where it is defined.
        line: its first line there.
    """

    reason: str
    starts: datetime
    ends: datetime | None = None
    lasts_seconds: int | None = None
    rrule: str | None = None
    zone: str = "UTC"
    slos: tuple[str, ...] = ()
    approved_by: str | None = None
    ticket: str | None = None
    file: str = ""
    line: int = 0

    def __post_init__(self) -> None:
        """Refuse what the definition's checks must have caught."""
        assert (self.ends is None) != (self.lasts_seconds is None), self
        assert self.starts.tzinfo is None, self.starts

    @property
    def length_seconds(self) -> int:
        """How long one takes, if the clock is not moved meanwhile."""
        if self.ends is None:
            assert self.lasts_seconds is not None
            return self.lasts_seconds
        return int((self.ends - self.starts).total_seconds())

    def occurrences(self, span: TimeRange) -> list[TimeRange]:
        """
        Its occurrences that reach into *span*, in order and whole, their edges moved outward to slices.

        Two occurrences may overlap. One whose end the clock shows before its beginning, as both are in an hour that
        was left out, takes no time and is none.
        """
        near = {found for block in _blocks(span) for found in _occurring(self, block)}
        return sorted(found for found in near if _meet(found, span))

    def following(self, at: int) -> TimeRange | None:
        """The first of its occurrences that starts at instant *at* or later; None if there is none any more."""
        rule = _rule(self.rrule)
        if rule is None:
            once = self.occurrence(self.starts)
            return once if once is not None and once.start >= at else None
        since = max(civil.wall_at(at, self.zone) - _MOST_MOVED, self.starts)
        for wall in rule.walls(self.starts, self.zone, since):
            found = self.occurrence(wall)
            if found is not None and found.start >= at:
                # An hour that the clock left out moves what starts in it behind what starts right after.
                near = self.occurrences(TimeRange(max(at, found.start - 2 * DAY_SECONDS), found.end))
                return next(other for other in near if other.start >= at)
        return None

    def occurrence(self, wall: datetime) -> TimeRange | None:
        """The one that starts when the clock shows *wall*; None if it takes no time."""
        start = civil.instant(wall, self.zone)
        if self.ends is None:
            end = start + self.length_seconds
        else:
            end = civil.instant(wall + (self.ends - self.starts), self.zone)
        return _outward(start, end) if start < end else None

    def starting(self, since: datetime, before: datetime) -> Iterable[datetime]:
        """When it starts, by its clock, from *since* on and before *before*."""
        rule = _rule(self.rrule)
        if rule is None:
            return [self.starts] if since <= self.starts < before else []
        return takewhile(lambda wall: wall < before, rule.walls(self.starts, self.zone, since))


def excluded(exclusions: Iterable[Exclusion], span: TimeRange) -> list[TimeRange]:
    """The parts of *span* that any of *exclusions* takes out: in order, apart from one another."""
    agreed = tuple(exclusions)
    if not agreed:
        return []
    found: list[TimeRange] = []
    for block in _blocks(span):
        timeline = _timeline(agreed, block)
        part = timeline[bisect_right(timeline, span.start, key=_END) : bisect_left(timeline, span.end, key=_START)]
        if found and part and part[0].start == found[-1].end:
            found[-1] = TimeRange(found[-1].start, part[0].end)
            part = part[1:]
        found.extend(part)
    if found:
        found[0] = found[0].clip(span)
        found[-1] = found[-1].clip(span)
    return found


def merged(ranges: Iterable[TimeRange]) -> list[TimeRange]:
    """The time that any of *ranges* covers: in order, apart from one another, none of it empty."""
    found: list[TimeRange] = []
    for part in sorted(ranges):
        if found and part.start <= found[-1].end:
            found[-1] = TimeRange(found[-1].start, max(found[-1].end, part.end))
        elif part.seconds:
            found.append(part)
    return found


_START, _END = attrgetter("start"), attrgetter("end")


def _blocks(span: TimeRange) -> range:
    """Numbers of the blocks that *span* reaches into."""
    return range(span.start // _BLOCK_SECONDS, -(-span.end // _BLOCK_SECONDS)) if span.seconds else range(0)


def _span(block: int) -> TimeRange:
    return TimeRange(block * _BLOCK_SECONDS, (block + 1) * _BLOCK_SECONDS)


def _meet(one: TimeRange, other: TimeRange) -> bool:
    return one.start < other.end and other.start < one.end


def _outward(start: int, end: int) -> TimeRange:
    return TimeRange(floor_slice(start), floor_slice(end + SLICE_SECONDS - 1))


@lru_cache(maxsize=1_024)
def _rule(text: str | None) -> Rule | None:
    return None if text is None else parse_rule(text)


@lru_cache(maxsize=_BLOCKS)
def _occurring(exclusion: Exclusion, block: int) -> tuple[TimeRange, ...]:
    """Occurrences of *exclusion* that reach into *block*, in order."""
    span = _span(block)
    first = civil.instant(exclusion.starts, exclusion.zone)
    since = civil.wall_at(max(span.start - exclusion.length_seconds, first), exclusion.zone) - _MOST_MOVED
    before = civil.wall_at(span.end, exclusion.zone) + _MOST_MOVED
    found = {exclusion.occurrence(wall) for wall in exclusion.starting(since, before)}
    return tuple(sorted(part for part in found if part is not None and _meet(part, span)))


@lru_cache(maxsize=_BLOCKS)
def _timeline(exclusions: tuple[Exclusion, ...], block: int) -> tuple[TimeRange, ...]:
    """The parts of *block* that *exclusions* take out, in order, apart from one another."""
    span = _span(block)
    return tuple(merged(_inside(part, span) for one in exclusions for part in _occurring(one, block)))


def _inside(part: TimeRange, span: TimeRange) -> TimeRange:
    """The part of *part* in *span*; nearly always that is *part* itself, which is there already."""
    return part if span.start <= part.start and part.end <= span.end else part.clip(span)
