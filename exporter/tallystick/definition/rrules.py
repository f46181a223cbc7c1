"""Recurrence rules (RFC 5545) as exclusions use them: from their text to ones that end when they are asked for."""

import re
from datetime import MAXYEAR, date, datetime
from difflib import get_close_matches

from dateutil.rrule import rrulestr

from tallystick.core.recurrence import parse_rule
from tallystick.definition.problem import show
from tallystick.definition.values import ValueFault

_EVERY = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
_TOO_OFTEN = ("MINUTELY", "SECONDLY")
_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"


def _several(one: str) -> str:
    return rf"{one}(?:,{one})*"


_VALUES = {
    "FREQ": "|".join(_EVERY),
    "INTERVAL": "[1-9][0-9]{0,3}",
    "COUNT": "[1-9][0-9]{0,5}",
    "UNTIL": "[0-9]{8}(?:T[0-9]{6})?",
    "BYMONTH": _several("(?:0?[1-9]|1[0-2])"),
    "BYMONTHDAY": _several("[-+]?(?:0?[1-9]|[12][0-9]|3[01])"),
    "BYYEARDAY": _several("[-+]?[1-9][0-9]{0,2}"),
    "BYWEEKNO": _several("[-+]?(?:0?[1-9]|[1-4][0-9]|5[0-3])"),
    "BYDAY": _several(rf"(?:[-+]?[1-9][0-9]?)?{_DAY}"),
    "BYHOUR": _several("(?:[01]?[0-9]|2[0-3])"),
    "BYMINUTE": "[0-5]?[0-9]",
    "BYSECOND": "0?0",
    "BYSETPOS": _several("[-+]?[1-9][0-9]{0,2}"),
    "WKST": _DAY,
}
"""What each part may say. Stricter than RFC 5545 where an exclusion has no use for it: one minute of the hour, whole minutes."""

_PATTERNS = {name: re.compile(values) for name, values in _VALUES.items()}
_PREFIX = "RRULE:"
_HINT = "write for example FREQ=MONTHLY;BYDAY=1SU"

_LATE_YEARS = range(9_960, 9_988)
"""One round of the calendar (28 years), long enough before its end: leap days are eight years apart at most."""


def read_rrule(text: str, starts: datetime) -> str:
    """
    Read a recurrence rule of something that *starts* then.

    Returns:
        It in capitals, without the word in front.

    Raises:
        ValueFault: it is none, happens more often than hourly, or never.
    """
    rule = text.strip().upper().removeprefix(_PREFIX).rstrip(";")
    parts = _parts(rule)
    if "FREQ" not in parts:
        raise ValueFault("has no FREQ", _HINT)
    _look_at_repetition(parts)
    try:
        _look_for_occurrences(parts, starts)
    except ValueFault:
        raise
    except Exception as fault:  # noqa: BLE001  # whatever dateutil raises is about what a user wrote
        raise ValueFault(f"can't be worked out: {show(str(fault))}", _HINT) from None
    try:
        parse_rule(rule)  # what works it out later; parts that dateutil passes over it refuses
    except ValueError as fault:
        raise ValueFault(f"has no meaning: {show(str(fault))}", _HINT) from None
    return rule


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, equals, value = part.partition("=")
        if "DTSTART" in name:
            raise ValueFault("has a DTSTART", "leave it out: `starts` says it")
        if name == "FREQ" and value in _TOO_OFTEN:
            raise ValueFault("is finer than hourly", "write FREQ=HOURLY, or an exclusion that lasts longer")
        if not equals and not parts:
            raise ValueFault("is no recurrence rule", _HINT)
        if not equals or name not in _PATTERNS:
            raise ValueFault(f"has a part that is not known: {show(part)}", _known(name))
        if name in parts:
            raise ValueFault(f"has {name} twice", "keep one of the two")
        if not _PATTERNS[name].fullmatch(value) or (name == "UNTIL" and not _is_date(value)):
            raise ValueFault(f"has a part that can't be: {show(part)}", _meant(name, value))
        parts[name] = value
    return parts


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _known(name: str) -> str:
    if name in ("EXDATE", "RDATE", "EXRULE", "") or ":" in name:
        return "write one rule alone, for example FREQ=MONTHLY;BYDAY=1SU"
    near = get_close_matches(name[:20], _PATTERNS, n=1)
    return f"write {near[0]}" if near else f"known are {', '.join(_PATTERNS)}"


_MEANT = {
    "FREQ": f"write one of {', '.join(_EVERY)}",
    "UNTIL": "write a date, or date and time: UNTIL=20271231 or UNTIL=20271231T220000",
    "BYMINUTE": "write one minute; an exclusion does not happen more often than hourly",
    "BYSECOND": "leave it out: exclusions begin with a minute",
    "BYDAY": "write MO, TU, WE, TH, FR, SA or SU, with a number before it for the n-th",
}


def _meant(name: str, value: str) -> str:
    if name == "UNTIL" and value.endswith("Z"):
        return f"write {name}={show(value[:-1])}: it is by the clock of the exclusion's zone"
    return _MEANT.get(name, _HINT)


def _look_at_repetition(parts: dict[str, str]) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueFault("has both COUNT and UNTIL", "keep one of the two")
    if "BYSETPOS" in parts and parts["FREQ"] == "HOURLY":
        raise ValueFault("picks among occurrences within an hour, of which there is one", "leave BYSETPOS out")


def _look_for_occurrences(parts: dict[str, str], starts: datetime) -> None:
    """Refuse what never happens: dateutil would look for it until the year 9999, whenever it is asked."""
    endless = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    attempts = [endless]
    if endless["FREQ"] == "HOURLY":
        # Days that do not exist are found sooner among days than among hours.
        days = {name: value for name, value in endless.items() if name not in ("INTERVAL", "BYHOUR", "BYMINUTE")}
        attempts.insert(0, days | {"FREQ": "DAILY"})
    for attempt in attempts:
        if not _happens(attempt, _late(starts)):
            raise ValueFault(f"does not happen within {MAXYEAR - _LATE_YEARS.stop} years", "change one of its parts")
    until = parts.get("UNTIL", "")
    if until and not _happens({**parts, "UNTIL": until if "T" in until else f"{until}T235959"}, starts):
        raise ValueFault("is over before it begins", "write an UNTIL after `starts`")


def _happens(parts: dict[str, str], starts: datetime) -> bool:
    return next(iter(rrulestr(_text(parts), dtstart=starts)), None) is not None


def _late(starts: datetime) -> datetime:
    """*starts* shortly before dateutil's end of time, in a year from which on the calendar is the same."""
    first = date(starts.year, 1, 1).weekday()
    years = [year for year in _LATE_YEARS if year % 4 == starts.year % 4]
    same = [year for year in years if date(year, 1, 1).weekday() == first]
    return starts.replace(year=(same or years)[0])


def _text(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())
