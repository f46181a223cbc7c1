"""Exclusions: agreed on the clock of a zone, and minutes that do not count."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tallystick.core import exclusion as module
from tallystick.core.exclusion import Exclusion, excluded, merged
from tallystick.core.timerange import TimeRange

BERLIN = "Europe/Berlin"
DAY = 86_400


def wall(text: str) -> datetime:
    """A time of a clock: ``2026-12-05T22:00``."""
    return datetime.fromisoformat(text)


def utc(text: str) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(wall(text).replace(tzinfo=UTC).timestamp())


def span(start: str, end: str) -> TimeRange:
    """A range of time, by its ends in UTC."""
    return TimeRange(utc(start), utc(end))


def told(ranges: list[TimeRange]) -> list[str]:
    """Ranges in UTC: ``2026-12-05T21:00/2026-12-06T00:00``."""
    return [
        "/".join(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M") for at in (found.start, found.end))
        for found in ranges
    ]


def once(starts: str, ends: str, zone: str = BERLIN, **more: Any) -> Exclusion:
    """One with its beginning and its end."""
    return Exclusion(reason="upgrade", starts=wall(starts), ends=wall(ends), zone=zone, **more)


def recurring(starts: str, rrule: str | None, *, minutes: float = 60, zone: str = BERLIN) -> Exclusion:
    """One that takes so many minutes, again and again."""
    return Exclusion(reason="maintenance", starts=wall(starts), lasts_seconds=int(minutes * 60), rrule=rrule, zone=zone)


YEAR = span("2026-01-01", "2027-01-01")


@pytest.mark.parametrize(
    ("agreed", "is_utc"),
    [
        (once("2026-12-05T22:00", "2026-12-06T01:00"), "2026-12-05T21:00/2026-12-06T00:00"),
        (recurring("2026-07-05T22:00", None), "2026-07-05T20:00/2026-07-05T21:00"),
        # 29 March: the clock goes from 02:00 to 03:00.
        (once("2026-03-29T01:00", "2026-03-29T04:00"), "2026-03-29T00:00/2026-03-29T02:00"),
        (recurring("2026-03-29T01:00", None, minutes=180), "2026-03-29T00:00/2026-03-29T03:00"),
        (recurring("2026-03-29T02:30", None), "2026-03-29T01:30/2026-03-29T02:30"),
        (once("2026-03-29T01:00", "2026-03-29T02:30"), "2026-03-29T00:00/2026-03-29T01:30"),
        # 25 October: from 03:00 to 02:00.
        (once("2026-10-25T01:00", "2026-10-25T04:00"), "2026-10-24T23:00/2026-10-25T03:00"),
        (recurring("2026-10-25T01:00", None, minutes=180), "2026-10-24T23:00/2026-10-25T02:00"),
        (recurring("2026-10-25T02:30", None), "2026-10-25T00:30/2026-10-25T01:30"),
        # Half an hour only.
        (
            once("2026-04-05T00:00", "2026-04-05T03:00", "Australia/Lord_Howe"),
            "2026-04-04T13:00/2026-04-04T16:30",
        ),
        # Parts of minutes count as whole ones.
        (once("2026-12-05T22:00:30", "2026-12-05T22:01:01"), "2026-12-05T21:00/2026-12-05T21:02"),
    ],
)
def test_one_that_happens_once(agreed: Exclusion, is_utc: str) -> None:
    """From and to are times of the clock, how long it lasts is time that passes, and its minutes are whole."""
    assert told(agreed.occurrences(YEAR)) == [is_utc]
    assert told(excluded([agreed], YEAR)) == [is_utc]


def test_the_day_that_was_left_out() -> None:
    """What was agreed for a day that Samoa left out happens when that time would have been."""
    agreed = recurring("2011-12-28T22:00", "FREQ=DAILY;COUNT=4", zone="Pacific/Apia")
    assert told(agreed.occurrences(span("2011-12-01", "2012-02-01"))) == [
        "2011-12-29T08:00/2011-12-29T09:00",
        "2011-12-30T08:00/2011-12-30T09:00",
        "2011-12-31T08:00/2011-12-31T09:00",  # 22:00 on the 30th, which was on the 31st
    ]


def test_an_end_that_the_clock_shows_first_takes_no_time() -> None:
    """Where the clock was moved past the beginning and so far that the end comes first, nothing is excluded."""
    agreed = once("2026-03-29T02:30", "2026-03-29T03:15")
    assert agreed.occurrences(YEAR) == excluded([agreed], YEAR) == []
    assert agreed.following(0) is None


def test_it_recurs_on_the_clock() -> None:
    """A Sunday's 02:30 stays 02:30 on the clock through both changes, and each takes the hour that it lasts."""
    agreed = recurring("2021-01-03T02:30", "FREQ=WEEKLY;BYDAY=SU")
    assert told(agreed.occurrences(span("2026-03-22", "2026-04-06"))) == [
        "2026-03-22T01:30/2026-03-22T02:30",
        "2026-03-29T01:30/2026-03-29T02:30",  # there is no 02:30; the clock shows 03:30
        "2026-04-05T00:30/2026-04-05T01:30",
    ]
    assert told(agreed.occurrences(span("2026-10-18", "2026-11-02"))) == [
        "2026-10-18T00:30/2026-10-18T01:30",
        "2026-10-25T00:30/2026-10-25T01:30",  # the first of two
        "2026-11-01T01:30/2026-11-01T02:30",
    ]


def test_from_and_to_recur_together() -> None:
    """With from and to, a rule moves both: nights from 22:00 to 06:00 are an hour shorter or longer when the clock is."""
    agreed = once("2026-03-01T22:00", "2026-03-02T06:00", rrule="FREQ=DAILY")
    lengths = [found.seconds // 3_600 for found in agreed.occurrences(span("2026-03-27T12:00", "2026-03-30T12:00"))]
    assert lengths == [8, 7, 8]


def test_overlap_counts_once() -> None:
    """Exclusions that overlap or touch are one range, however many agree on it."""
    agreed = [
        once("2026-12-05T22:00", "2026-12-06T01:00"),
        once("2026-12-05T23:00", "2026-12-05T23:30"),
        once("2026-12-06T01:00", "2026-12-06T02:00"),
        recurring("2026-12-01T01:30", "FREQ=DAILY;COUNT=8", minutes=90),
    ]
    found = excluded(agreed, span("2026-12-05T21:10", "2026-12-07T01:00"))
    assert told(found) == ["2026-12-05T21:10/2026-12-06T02:00", "2026-12-07T00:30/2026-12-07T01:00"]
    assert len(agreed[3].occurrences(YEAR)) == 8


def test_long_ones_are_found_from_within() -> None:
    """An occurrence is found by whoever looks at its middle, and a long one is one range over all blocks of the memory."""
    agreed = once("2020-01-01T00:00", "2030-01-01T00:00", "UTC")
    assert told(agreed.occurrences(span("2026-11-23T16:00", "2026-11-23T16:01"))) == [
        "2020-01-01T00:00/2030-01-01T00:00"
    ]
    whole = span("2021-03-04", "2029-05-06")
    assert excluded([agreed], whole) == [whole]
    yearly = recurring("2020-01-01T00:00", "FREQ=YEARLY", minutes=300 * 1_440, zone="UTC")
    assert told(yearly.occurrences(span("2026-10-27", "2026-10-28"))) == ["2026-01-01T00:00/2026-10-28T00:00"]


def test_without_exclusions_or_time_nothing_is_excluded() -> None:
    """No exclusion takes out nothing, and of no time nothing can be taken."""
    agreed = once("2026-12-05T22:00", "2026-12-06T01:00")
    assert excluded([], YEAR) == []
    assert excluded([agreed], span("2026-12-05T23:00", "2026-12-05T23:00")) == []
    assert agreed.occurrences(span("2026-12-06T00:00", "2027-01-01T00:00")) == []


def test_the_next_one() -> None:
    """The next one starts at the instant or later; after the last there is none."""
    agreed = recurring("2026-03-28T02:30", "FREQ=DAILY;COUNT=3")
    starts = [found.start for found in agreed.occurrences(YEAR)]
    for before, start in zip([0, *(start + 1 for start in starts)], starts, strict=False):
        assert agreed.following(before) == agreed.following(start) == TimeRange(start, start + 3_600)
    assert agreed.following(starts[-1] + 1) is None
    only = once("2026-12-05T22:00", "2026-12-06T01:00")
    assert only.following(utc("2026-12-05T21:00")) == span("2026-12-05T21:00", "2026-12-06T00:00")
    assert only.following(utc("2026-12-05T21:01")) is None


def test_the_next_one_behind_missing_time() -> None:
    """Where the clock moves a start behind the one after it, the next is the one that comes first; leap days are found."""
    twice = recurring("2026-01-01T02:15", "FREQ=DAILY;BYHOUR=2;BYMINUTE=15,30", minutes=5, zone="Australia/Lord_Howe")
    at = utc("2026-10-03T15:00")  # half an hour before 02:00, when the clock is moved to 02:30; 02:15 is then at 02:45
    assert told([found for found in [twice.following(at)] if found]) == ["2026-10-03T15:30/2026-10-03T15:35"]
    rare = recurring("2024-02-29T12:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", zone="UTC")
    assert told([found for found in [rare.following(utc("2096-03-01"))] if found]) == [
        "2104-02-29T12:00/2104-02-29T13:00"
    ]


def test_what_is_known_is_not_worked_out_again() -> None:
    """As time goes on, the same exclusions are looked up: a round of a thousand SLOs works nothing out."""
    agreed = [
        (recurring("2019-01-01T02:30", "FREQ=DAILY"), once(f"2026-11-0{number}T22:00", f"2026-11-0{number}T23:00"))
        for number in range(1, 9)
    ]
    now = utc("2026-11-20")
    for at in (now, now + 60, now + 120):
        before = module._occurring.cache_info().misses, module._timeline.cache_info().misses
        for both in agreed:
            for seconds in (300, 3_600, 30 * DAY, 365 * DAY):
                excluded(both, TimeRange(at - seconds, at))
        if at > now:
            assert (module._occurring.cache_info().misses, module._timeline.cache_info().misses) == before


def offsets(about: datetime, zone: str) -> list[int]:
    """How many seconds the clock of *zone* is ahead of UTC, at any time within two days of *about*."""
    at = int(about.replace(tzinfo=UTC).timestamp())
    looks = range(at - 2 * DAY, at + 2 * DAY, 1_800)
    return sorted({int(datetime.fromtimestamp(look, ZoneInfo(zone)).utcoffset().total_seconds()) for look in looks})  # type: ignore[union-attr]


def shown(about: datetime, zone: str) -> int:
    """When a clock shows *about*: of all instants at which it might, the first that does, else the last of them."""
    at = int(about.replace(tzinfo=UTC).timestamp())
    candidates = sorted(at - offset for offset in offsets(about, zone))
    showing = [one for one in candidates if datetime.fromtimestamp(one, ZoneInfo(zone)).replace(tzinfo=None) == about]
    return showing[0] if showing else candidates[-1]


def walked(agreed: Exclusion, end: datetime) -> Iterator[tuple[int, int]]:
    """Start and end of each occurrence up to *end* of the clock, by walking from the first."""
    text = re.sub(r";?UNTIL=[^;]*", "", agreed.rrule or "FREQ=DAILY;COUNT=1")
    until = re.search(r"UNTIL=(\d{8}T\d{6})(Z?)", agreed.rrule or "")
    for start in rrulestr(text, dtstart=agreed.starts):
        if start > end:
            return
        at = shown(start, agreed.zone)
        if until:
            limit = datetime.strptime(until[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007  # the zone is the next line's business
            if at > limit.replace(tzinfo=UTC).timestamp() if until[2] else start > limit:
                continue
        if agreed.lasts_seconds is not None:
            yield at, at + agreed.lasts_seconds
        else:
            assert agreed.ends is not None
            yield at, shown(start + (agreed.ends - agreed.starts), agreed.zone)


CHANGES = [
    (BERLIN, "2026-03-29"), (BERLIN, "2026-10-25"), ("America/New_York", "2026-11-01"), ("Australia/Lord_Howe", "2026-04-05"),
    ("America/Sao_Paulo", "2018-11-04"), ("America/Sao_Paulo", "2018-02-18"), ("America/Havana", "2018-11-04"),
    ("Asia/Kathmandu", "1986-01-01"), ("UTC", "2026-06-01"),
]  # fmt: skip


@st.composite
def agreements(draw: st.DrawFn) -> tuple[list[Exclusion], TimeRange]:
    """Exclusions of one zone, and two days near a change of its clock."""
    zone, change = draw(st.sampled_from(CHANGES))
    day = wall(change)
    found = []
    for _ in range(draw(st.integers(1, 3))):
        starts = day + timedelta(seconds=draw(st.integers(-40 * DAY, 2 * DAY)) // 30 * 30)
        lasts = draw(st.sampled_from([30, 60, 90, 600, 3_600, 12_600, 100_000]))
        rule = draw(
            st.sampled_from([None, "FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;BYHOUR=0,1,2,23;BYMINUTE=30"])
        )
        until = day + timedelta(seconds=draw(st.integers(-DAY, 2 * DAY)))
        ending = draw(
            st.sampled_from(["", ";COUNT=30", f";UNTIL={until:%Y%m%dT%H%M%S}", f";UNTIL={until:%Y%m%dT%H%M%S}Z"])
        )
        by_clock = draw(st.booleans())
        found.append(
            Exclusion(
                reason="any",
                starts=starts,
                ends=starts + timedelta(seconds=lasts) if by_clock else None,
                lasts_seconds=None if by_clock else lasts,
                rrule=rule and rule + ending,
                zone=zone,
            )
        )
    start = int(day.replace(tzinfo=UTC).timestamp()) + draw(st.integers(-1_500, 1_000)) * 60
    return found, TimeRange(start, start + draw(st.integers(1, 2_880)) * 60)


@settings(max_examples=150, deadline=None)  # other work may slow the machine
@given(agreements())
def test_every_minute_is_what_the_clock_says(drawn: tuple[list[Exclusion], TimeRange]) -> None:
    """Minute by minute, what is excluded is what one finds by walking through all occurrences with a clock in hand."""
    agreed, time = drawn
    end = datetime.fromtimestamp(time.end + 2 * DAY, UTC).replace(tzinfo=None)
    ranges = [found for one in agreed for found in walked(one, end)]
    out = excluded(agreed, time)

    minutes = range(time.start, time.end, 60)
    expected = {at for at in minutes if any(start < end and start < at + 60 and at < end for start, end in ranges)}
    assert {at for at in minutes if any(found.start <= at < found.end for found in out)} == expected
    assert sum(found.seconds for found in out) == 60 * len(expected)
    assert all(before.end < after.start for before, after in pairwise(out))


@settings(deadline=None)
@given(agreements(), st.integers(0, 2_880))
def test_time_may_be_cut_anywhere(drawn: tuple[list[Exclusion], TimeRange], cut: int) -> None:
    """What is excluded in two parts of a range is what is excluded in all of it, and so are its occurrences."""
    agreed, time = drawn
    assume(cut * 60 <= time.seconds)
    middle = time.start + cut * 60
    parts = [TimeRange(time.start, middle), TimeRange(middle, time.end)]
    assert merged(found for part in parts for found in excluded(agreed, part)) == excluded(agreed, time)
    for one in agreed:
        halves = {found for part in parts for found in one.occurrences(part)}
        assert sorted(halves) == one.occurrences(time)
        following = one.following(time.start)
        later = [found for found in one.occurrences(time) if found.start >= time.start]
        assert not later or following == later[0]


def test_ranges_are_merged() -> None:
    """Ranges that touch are one, empty ones are none, and the order does not matter."""
    ranges = [TimeRange(600, 660), TimeRange(0, 120), TimeRange(300, 300), TimeRange(120, 180), TimeRange(60, 90)]
    assert merged(ranges) == [TimeRange(0, 180), TimeRange(600, 660)]
