"""
The clocks and calendars of time zones, by the IANA database.

A zone's calendar is not a count of 86,400 s: midnight may not exist, or come twice, and whole days have been left out.
"""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_LONGEST_GAP_SECONDS = 2 * 86_400
"""More than any clock was ever moved forward; Samoa left out a day."""

_MIDNIGHTS = 16_384
"""Midnights to remember: forty years of one zone, or two months of every zone."""


@lru_cache(maxsize=1_024)
def zone_info(zone: str) -> ZoneInfo:
    """
    The rules of *zone*, an IANA name.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
        ValueError: *zone* is no name at all.
    """
    return ZoneInfo(zone)


def wall_at(at: int, zone: str) -> datetime:
    """What clock and calendar of *zone* show at instant *at*; without tzinfo."""
    return datetime.fromtimestamp(at, zone_info(zone)).replace(tzinfo=None, fold=0)


def date_at(at: int, zone: str) -> date:
    """What the calendar of *zone* shows at instant *at*."""
    return datetime.fromtimestamp(at, zone_info(zone)).date()


def instant(wall: datetime, zone: str) -> int:
    """
    When the clock of *zone* shows *wall*, in seconds since 1970.

    The first time, if it does so twice. A time that is left out is read as if the clock had not been moved yet: 02:30
    is half an hour after 02:00, whatever the clock shows by then (RFC 5545, 3.3.5).

    Args:
        wall: date and time, without tzinfo; parts of a second are left out.
        zone: IANA name.
    """
    return int(wall.replace(microsecond=0, tzinfo=zone_info(zone), fold=0).timestamp())


@lru_cache(maxsize=_MIDNIGHTS)
def day_start(day: date, zone: str) -> int:
    """
    The first instant at which the calendar of *zone* shows *day* or a later one, in seconds since 1970.

    Midnight, where there is one; else the instant at which the clock was moved over it.
    """
    midnight = instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001  # a clock's time, of any zone
    if date_at(midnight - 1, zone) < day:
        return midnight
    before = midnight - _LONGEST_GAP_SECONDS
    while midnight - before > 1:
        middle = (before + midnight) // 2
        if date_at(middle, zone) < day:
            before = middle
        else:
            midnight = middle
    return midnight
