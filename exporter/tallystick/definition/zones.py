"""Time zones and clocks: from their text to values."""

import re
from calendar import monthrange
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import available_timezones

from tallystick.core.civil import instant, wall_at, zone_info
from tallystick.definition.values import ValueFault

UTC = "UTC"

_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Names that lie beside those of zones: what they are differs between machines."""

_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*[-+][0-9]{1,2}(?::?[0-9]{2})?|Z")
_ABBREVIATIONS = {
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "MDT": "America/Denver", "CST": "America/Chicago",
    "CDT": "America/Chicago", "EDT": "America/New_York", "BST": "Europe/London", "CEST": "Europe/Berlin",
    "EEST": "Europe/Athens", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney", "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland", "SGT": "Asia/Singapore",
}  # fmt: skip
"""What people call a zone's time, by a place that has it."""

_MOMENT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2})(?::(?P<seconds>[0-9]{2})(?:\.[0-9]+)?)?(?:\s*(?P<offset>Z|[-+][0-9:]+|UTC|GMT))?)?"
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_MONTH_DAY = re.compile(r"(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_LEAP_DAY = (2, 29)
_COMMON_YEAR = 2001
_MOMENT_HINT = "write date and time, for example 2026-12-05 22:00"
_ZONE_HINT = "write a name of the IANA database, for example Europe/Berlin or UTC"


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """All zones, by their names in small letters; the places alone stand for theirs."""
    names = sorted(available_timezones() - _NO_ZONES, key=lambda name: (not name.startswith(("Europe/", "A")), name))
    places = {name.rpartition("/")[2].lower(): name for name in reversed(names)}
    return {**places, **{name.lower(): name for name in names}}


def read_zone(text: str) -> str:
    """
    Read the name of a time zone.

    Raises:
        ValueFault: there is none of that name.
    """
    if _zones().get(text.lower()) == text:
        return text
    raise ValueFault("is no time zone", _meant_zone(text))


def _meant_zone(text: str) -> str:
    if _OFFSET.fullmatch(text):
        return "write a place, whose clock may be moved: for example Europe/Berlin, or UTC"
    word = text.strip().replace(" ", "_")
    if place := _ABBREVIATIONS.get(word.upper()):
        return f"write a place, for example {place}"
    near = get_close_matches(word.lower()[:50], _zones(), n=1, cutoff=0.7)
    return f"write {_zones()[near[0]]}" if near else _ZONE_HINT


def read_moment(text: str) -> datetime:
    """
    Read a date and time, by the clock of a zone that is named elsewhere.

    Returns:
        It, without tzinfo.

    Raises:
        ValueFault: it is none, or says more than that.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueFault("is not a date and a time", _MOMENT_HINT)
    if match["time"] is None:
        raise ValueFault("has no time", f"write {match['date']} 00:00")
    if match["offset"]:
        zone = "timezone: UTC" if match["offset"] in ("Z", "UTC", "GMT") else "the place as `timezone`"
        raise ValueFault("has an offset of its own", f"write {match['date']} {match['time']}, and {zone}")
    if match["seconds"] not in (None, "00") or "." in text:
        raise ValueFault("is not a whole minute", f"write {match['date']} {match['time']}")
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}")
    except ValueError:
        hint = "write 00:00 of the next day" if match["time"].startswith("24") else _MOMENT_HINT
        raise ValueFault("does not exist", hint) from None
    if not _FIRST_YEAR < moment.year <= _LAST_YEAR:
        raise ValueFault("is out of range", f"write a year from {_FIRST_YEAR + 1} to {_LAST_YEAR}")
    return moment


def oddity_of(moment: datetime, zone: str) -> str:
    """What is to be said of *moment* if the clock of *zone* shows it never, or twice, and what it is taken for."""
    taken = instant(moment, zone)
    shown = wall_at(taken, zone)
    if shown != moment:
        return f"does not exist in {zone}, where the clock is moved over it; {shown:%Y-%m-%d %H:%M} is taken"
    moved = moment.replace(tzinfo=zone_info(zone), fold=1)
    return f"is there twice in {zone}; the first is taken" if int(moved.timestamp()) != taken else ""


def read_year_start(text: str) -> tuple[int, int]:
    """
    Read the day on which a year begins: ``04-01``.

    Returns:
        Month and day; of every year, so never the 29th of February.

    Raises:
        ValueFault: it is no such day.
    """
    match = _MONTH_DAY.fullmatch(text)
    if match is None:
        raise ValueFault("is not a month and a day", "write them with two digits each, for example 04-01")
    month, day = int(match["month"]), int(match["day"])
    if (month, day) == _LEAP_DAY:
        raise ValueFault("is not in every year", "write 02-28 or 03-01")
    if not (1 <= month <= 12 and 1 <= day <= monthrange(_COMMON_YEAR, month)[1]):  # noqa: PLR2004  # months of a year
        raise ValueFault("is no day of the year", "write month and day, for example 04-01")
    return month, day
