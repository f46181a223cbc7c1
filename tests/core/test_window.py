"""Calendar windows, against clocks that are looked at minute by minute."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.core.timerange import TimeRange
from tallystick.core.window import CalendarWindow, RollingWindow, Unit

ZONES = sorted(available_timezones() - {"localtime"})
UNITS: tuple[Unit, ...] = get_args(Unit)
LATE_SECONDS = 3 * 3_600
"""How far from midnight a clock may be moved so that its date changes: looked at minute by minute."""


def utc(text: str) -> int:
    """Seconds since 1970 of an instant in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def window(unit: Unit, zone: str = "UTC", year_start: tuple[int, int] = (1, 1)) -> CalendarWindow:
    """A calendar window."""
    return CalendarWindow(unit, zone, year_start)


def written(span: TimeRange, zone: str = "UTC") -> tuple[str, str]:
    """The edges of *span*, by the clock of *zone*."""
    start, end = (datetime.fromtimestamp(edge, ZoneInfo(zone)).isoformat() for edge in (span.start, span.end))
    return start, end


def looks(start: int, end: int, zone: ZoneInfo) -> Iterator[tuple[int, date]]:
    """Minutes and the date that the calendar of *zone* shows at their start; hours at which no date changes are skipped."""
    at = start
    while at < end:
        local = datetime.fromtimestamp(at, zone)
        yield at, local.date()
        second = local.hour * 3_600 + local.minute * 60
        at += 60 if min(second, 86_400 - second) < LATE_SECONDS else 3_600


@cache
def days(zone: str, first: int, last: int) -> list[tuple[int, date]]:
    """
    When each date was first reached in years *first* to *last*, walking forward through time.

    Dates that come back are not reached again, and dates that were jumped over are not there. The minute is the one in
    which it happened.
    """
    info, found = ZoneInfo(zone), []
    start, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first, last + 1))
    latest = datetime.fromtimestamp(start - 86_400, info).date()
    for minute, day in looks(start - 86_400, end + 86_400, info):
        if day > latest:
            within = any(datetime.fromtimestamp(minute - back, info).date() >= day for back in range(1, 60))
            found.append((minute - 60 * within, day))
            latest = day
    return found


def begins(unit: Unit, year_start: tuple[int, int]) -> Callable[[date], bool]:
    """Whether a period of *unit* begins on a date: the definition, word by word."""
    month, day = year_start
    months = {"quarter": [(month - 1 + 3 * count) % 12 + 1 for count in range(4)], "year": [month]}

    def is_first(when: date) -> bool:
        if unit in months:
            is_last = (when + timedelta(days=1)).day == 1
            return when.month in months[unit] and (when.day == day or (is_last and when.day < day))
        return unit == "day" or (when.weekday() == 0 if unit == "week" else when.day == 1)

    return is_first


def edges(unit: Unit, zone: str, year_start: tuple[int, int], years: tuple[int, int]) -> list[int]:
    """Where periods begin, found by walking."""
    is_first, found = begins(unit, year_start), []
    for (_, before), (minute, day) in itertools.pairwise(days(zone, *years)):
        reached = (before + timedelta(days=count) for count in range(1, (day - before).days + 1))
        if any(map(is_first, reached)):
            found.append(minute)
    return found


@pytest.mark.parametrize(
    ("zone", "years"),
    [
        ("UTC", (2023, 2024)),
        ("Europe/Berlin", (2019, 2021)),
        ("America/New_York", (2006, 2008)),
        ("Australia/Lord_Howe", (2023, 2024)),  # moves by half an hour
        ("Asia/Kathmandu", (1985, 1987)),  # UTC+05:30, then +05:45
        ("Europe/Dublin", (1970, 1972)),  # summer time is its standard time
        ("America/Sao_Paulo", (2016, 2019)),  # no midnight in spring, 23:00 twice in autumn
        ("Asia/Beirut", (2022, 2023)),  # no midnight, and a change that was taken back
        ("Africa/Cairo", (2009, 2011)),  # four changes in 2010
        ("America/Havana", (2011, 2013)),  # midnight twice
        ("America/St_Johns", (2010, 2011)),  # back to the day before, one minute after midnight
        ("Pacific/Apia", (2011, 2012)),  # no 30 December 2011
        ("Pacific/Kwajalein", (1993, 1994)),  # no 21 August 1993
        ("Pacific/Kiritimati", (1994, 1995)),  # no 31 December 1994
        ("Asia/Pyongyang", (2015, 2018)),  # from 23:30 to midnight
        ("America/Godthab", (2022, 2024)),  # from 22:00 to 23:00
        ("Asia/Gaza", (2010, 2014)),  # at midnight, a minute after it, and at 01:00
        ("Africa/Monrovia", (1970, 1972)),  # UTC-00:44:30
        ("Africa/Casablanca", (2023, 2024)),  # four changes a year
    ],
)
def test_periods_are_those_of_the_clock(zone: str, years: tuple[int, int]) -> None:
    """In zones with every known oddity each period of each unit begins where the calendar shows its first day."""
    checked = 0
    for unit, year_start in [*((unit, (1, 1)) for unit in UNITS), ("quarter", (1, 31)), ("year", (4, 6))]:
        calendar = window(unit, zone, year_start)
        for start, end in itertools.pairwise(edges(unit, zone, year_start, years)):
            for at in (start + 1, start + 60, (start + end) // 2, end - 60, end - 1, end):
                assert calendar.period(at) == TimeRange(start, end), (unit, written(TimeRange(start, end), zone))
            checked += 1
    assert checked > 365 * (years[1] - years[0] + 1)


MOMENTS = st.integers(0, utc("2100-01-01"))
WINDOWS = st.builds(
    CalendarWindow,
    st.sampled_from(UNITS),
    st.sampled_from(ZONES),
    st.tuples(st.integers(1, 12), st.integers(1, 31)),
)


@settings(deadline=None)
@given(calendar=WINDOWS, at=MOMENTS)
def test_periods_join(calendar: CalendarWindow, at: int) -> None:
    """In every zone there is, a period holds what it is asked for, and its neighbours begin and end where it does."""
    period = calendar.period(at)

    assert period.start < at <= period.end
    assert period.is_aligned
    assert calendar.period(period.start).end == period.start
    assert calendar.period(period.end + 1).start == period.end
    assert calendar.period(period.start + 1) == calendar.period(period.end) == period
    assert calendar.span(at) == TimeRange(period.start, at)


@settings(deadline=None)
@given(calendar=WINDOWS, at=MOMENTS)
def test_periods_begin_with_their_first_day(calendar: CalendarWindow, at: int) -> None:
    """In every zone there is, the date at which a period begins was not reached before, and begins one."""
    start, info = calendar.period(at).start, ZoneInfo(calendar.zone)
    before = max(datetime.fromtimestamp(start - back, info).date() for back in range(60, 2 * 86_400, 60))
    after = max(datetime.fromtimestamp(start + ahead, info).date() for ahead in range(60))

    assert after > before
    reached = [before + timedelta(days=count) for count in range(1, (after - before).days + 1)]
    assert any(map(begins(calendar.unit, calendar.year_start), reached))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Monrovia", "Pacific/Apia", "America/St_Johns"])
@pytest.mark.parametrize("unit", UNITS)
def test_periods_cover_all_time(unit: Unit, zone: str) -> None:
    """From 1970 to 2060 one period follows the other, without gap or overlap, however far one walks."""
    calendar, at, end = window(unit, zone, (4, 6)), 1, utc("2060-01-01")
    shortest = {"day": 22, "week": 6 * 24, "month": 27 * 24, "quarter": 89 * 24, "year": 364 * 24}[unit]
    while at < end:
        period = calendar.period(at)
        following = calendar.period(period.end + 1)
        assert following.start == period.end
        assert following.seconds >= shortest * 3_600
        at = following.end


@pytest.mark.parametrize(
    ("calendar", "at", "start", "end"),
    [
        # The instant right at an edge ends a period; the next minute begins the next.
        (window("month"), "2026-11-01T00:00", "2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00"),
        (window("month"), "2026-11-01T00:01", "2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00"),
        # March in Berlin has 743 hours, October 745.
        (
            window("month", "Europe/Berlin"),
            "2026-03-10T00:00",
            "2026-03-01T00:00:00+01:00",
            "2026-04-01T00:00:00+02:00",
        ),
        (window("week"), "2026-11-23T16:00", "2026-11-23T00:00:00+00:00", "2026-11-30T00:00:00+00:00"),
        # The day that Samoa left out belongs to no period, and its neighbours are whole.
        (
            window("day", "Pacific/Apia"),
            "2011-12-30T10:01",
            "2011-12-31T00:00:00+14:00",
            "2012-01-01T00:00:00+14:00",
        ),
        (
            window("day", "Pacific/Apia"),
            "2011-12-30T10:00",
            "2011-12-29T00:00:00-10:00",
            "2011-12-31T00:00:00+14:00",
        ),
        # Toronto's clocks were moved over midnight, from 23:30 to 00:30, in 1919; no other's ever were like that.
        (
            window("day", "America/Toronto"),
            "1919-03-31T12:00",
            "1919-03-31T00:30:00-04:00",
            "1919-04-01T00:00:00-04:00",
        ),
        # São Paulo has no midnight on 4 November 2018, Havana has two on that day.
        (
            window("day", "America/Sao_Paulo"),
            "2018-11-04T12:00",
            "2018-11-04T01:00:00-02:00",
            "2018-11-05T00:00:00-02:00",
        ),
        (
            window("day", "America/Havana"),
            "2018-11-04T12:00",
            "2018-11-04T00:00:00-04:00",
            "2018-11-05T00:00:00-05:00",
        ),
        # Fiscal years: the United Kingdom's, and one whose quarters begin on the last day of months.
        (
            window("year", "Europe/London", (4, 6)),
            "2026-04-05T23:00",
            "2025-04-06T00:00:00+01:00",
            "2026-04-06T00:00:00+01:00",
        ),
        (
            window("quarter", "UTC", (11, 30)),
            "2027-02-28T00:00",
            "2026-11-30T00:00:00+00:00",
            "2027-02-28T00:00:00+00:00",
        ),
        (
            window("quarter", "UTC", (11, 30)),
            "2028-02-29T12:00",
            "2028-02-29T00:00:00+00:00",
            "2028-05-30T00:00:00+00:00",
        ),
        (
            window("quarter", "UTC", (2, 1)),
            "2026-11-23T00:00",
            "2026-11-01T00:00:00+00:00",
            "2027-02-01T00:00:00+00:00",
        ),
        (window("year", "UTC", (2, 29)), "2026-06-01T00:00", "2026-02-28T00:00:00+00:00", "2027-02-28T00:00:00+00:00"),
    ],
)
def test_periods_that_are_known(calendar: CalendarWindow, at: str, start: str, end: str) -> None:
    """Periods that can be looked up: edges, clock changes, fiscal years and quarters of months' last days."""
    assert written(calendar.period(utc(at)), calendar.zone) == (start, end)


def test_months_do_not_know_of_fiscal_years() -> None:
    """A month begins on the 1st, and a week on Monday, whenever the fiscal year does."""
    at = utc("2026-11-23T16:00")
    for unit in ("day", "week", "month"):
        assert window(unit, year_start=(4, 6)).period(at) == window(unit).period(at)


def test_months_of_a_clock_change_are_an_hour_off() -> None:
    """March has an hour less and October one more, where clocks are moved; that is their length for budgets too."""
    berlin = window("month", "Europe/Berlin")
    lengths = [berlin.period(utc(f"2026-{month:02}-15T00:00")).seconds / 3_600 for month in (3, 4, 10)]
    assert lengths == [743, 720, 745]


def test_unknown_zones_are_refused() -> None:
    """A zone that the database does not have is an error, and never taken for UTC."""
    with pytest.raises(KeyError, match="Nowhere"):
        window("month", "Europe/Nowhere").period(0)


def test_rolling_windows_are_their_own_period() -> None:
    """A rolling window's period is the window itself, however the calendar runs."""
    rolling = RollingWindow(30 * 86_400)
    assert rolling.period(utc("2026-11-23T16:00")) == rolling.span(utc("2026-11-23T16:00"))
    assert (rolling.name, rolling.nominal_seconds) == ("30d", 30 * 86_400)


@pytest.mark.parametrize(("unit", "length"), [("day", 1), ("week", 7), ("month", 30), ("quarter", 90), ("year", 365)])
def test_nominal_lengths(unit: Unit, length: int) -> None:
    """What may not depend on the date takes a month for 30 days, a quarter for 90 and a year for 365."""
    assert window(unit).nominal_seconds == length * 86_400
    assert window(unit).name == unit
