"""Recurrence rules (RFC 5545) as exclusions use them: what is beyond `tallystick.core.recurrence`, which works them out."""

from datetime import MAXYEAR, date, datetime
from difflib import get_close_matches

from dateutil.rrule import rrulestr

from tallystick.core.recurrence import parse_rule
from tallystick.definition.problem import printable
from tallystick.definition.values import ValueFault

_PREFIX = "RRULE:"
_HINT = "write for example FREQ=MONTHLY;BYDAY=1SU"
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
_TOO_FINE = ("MINUTELY", "SECONDLY")
_PARTS = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS",
)  # fmt: skip

_LATE_YEARS = range(9_960, 9_988)
"""One round of the calendar (28 years), long enough before its end: leap days are eight years apart at most."""

_MOST_SAID = 200
"""Characters of a fault that are repeated."""


def read_rrule(text: str, starts: datetime, zone: str) -> str:
    """
    Read a recurrence rule of something that *starts* then, by the clock of *zone*.

    Returns:
        It in capitals, without the word in front.

    Raises:
        ValueFault: it is none, happens more often than hourly, or never.
    """
    rule = text.strip().upper().removeprefix(_PREFIX).rstrip(";")
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if any("DTSTART" in name for name in parts):
        raise ValueFault("has a DTSTART", "leave it out: `starts` says it")
    if parts.get("FREQ") in _TOO_FINE:
        raise ValueFault("is finer than hourly", "write FREQ=HOURLY, or an exclusion that lasts longer")
    if "=" not in rule:
        raise ValueFault("is no recurrence rule", _HINT)
    try:
        read = parse_rule(rule)
        _look_for_occurrences(parts, starts)
    except ValueFault:
        raise
    except Exception as fault:  # noqa: BLE001  # whatever dateutil raises is about what a user wrote
        said = printable(" ".join(str(fault).split()))[:_MOST_SAID]
        raise ValueFault(f"can't be worked out: {said}", _meant(parts)) from None
    if next(read.walls(starts, zone, starts), None) is None:
        raise ValueFault("is over before it begins", "write an UNTIL after `starts`")
    return rule


def _meant(parts: dict[str, str]) -> str:
    """What to write in place of the first part that is not known, or of an unknown frequency."""
    for name in parts:
        near = get_close_matches(name[:20], _PARTS, n=1) if name not in _PARTS else []
        if near:
            return f"write {near[0]}"
    if parts.get("FREQ") not in _FREQUENCIES:
        return f"write one of {', '.join(f'FREQ={name}' for name in _FREQUENCIES)}"
    return _HINT


def _look_for_occurrences(parts: dict[str, str], starts: datetime) -> None:
    """Refuse what happens too often, and what never does: dateutil would look for it until the year 9999, whenever it is asked."""
    if "," in parts.get("BYMINUTE", ""):
        raise ValueFault("happens more often than hourly", "write one BYMINUTE, or an exclusion that lasts longer")
    endless = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    attempts = [endless]
    if endless["FREQ"] == "HOURLY":
        # Days that do not exist are found sooner among days than among hours.
        days = {name: value for name, value in endless.items() if name not in ("INTERVAL", "BYHOUR", "BYMINUTE")}
        attempts.insert(0, days | {"FREQ": "DAILY"})
    for attempt in attempts:
        text = ";".join(f"{name}={value}" for name, value in attempt.items())
        if next(iter(rrulestr(text, dtstart=_late(starts))), None) is None:
            raise ValueFault(f"does not happen within {MAXYEAR - _LATE_YEARS.stop} years", "change one of its parts")


def _late(starts: datetime) -> datetime:
    """*starts* shortly before dateutil's end of time, in a year from which on the calendar is the same."""
    first = date(starts.year, 1, 1).weekday()
    years = [year for year in _LATE_YEARS if year % 4 == starts.year % 4]
    same = [year for year in years if date(year, 1, 1).weekday() == first]
    return starts.replace(year=(same or years)[0])
