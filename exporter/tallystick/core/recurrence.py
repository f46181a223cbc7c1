"""
Recurrence rules of RFC 5545, on the clock of a zone: ``FREQ=MONTHLY;BYDAY=1SU``.

python-dateutil works out the dates. What is here refuses what it would let pass or never get done with, gives ``UNTIL``
its meaning on a clock that knows of a zone, and skips the years between a rule's beginning and the time that is asked
about.

Left out, and refused: ``FREQ=MINUTELY`` and ``SECONDLY`` and a ``BYSECOND`` other than 0, as nothing here is shorter than
a minute; ``BYSETPOS`` within an hour; and ``BYEASTER``, which is dateutil's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import cast

from dateutil.rrule import rrule, rrulestr

from tallystick.core import civil

_STEPS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
"""Frequencies whose steps are all of one length on the clock."""

_FREQUENCIES = (*_STEPS, "MONTHLY", "YEARLY")

_NUMBERS = {
    "INTERVAL": (1, 9_999),
    "COUNT": (1, 999_999),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 0),
    "BYSETPOS": (-366, 366),
}
"""Parts that are numbers, least and most; those that may be negative count from the end and are never 0."""

_SINGLE = ("INTERVAL", "COUNT")

_ONLY_WITH = {
    "BYMONTHDAY": ("HOURLY", "DAILY", "MONTHLY", "YEARLY"),
    "BYYEARDAY": ("HOURLY", "YEARLY"),
    "BYWEEKNO": ("YEARLY",),
    "BYSETPOS": ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
}
"""Parts that have a meaning with some frequencies only (RFC 5545, 3.3.10)."""

_DAY = re.compile(r"(?P<ordinal>[+-]?[0-9]{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z)?)?")

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_MOST_MOVED = timedelta(days=2)
"""More than any clock is ahead of another, and than any was ever moved."""


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A recurrence rule, read and checked.

    Attributes:
        text: the rule without UNTIL, as dateutil reads it.
        step: time on the clock from one turn to the next; None where turns differ in length, or are counted.
        until: last instant or time of the clock at which an occurrence may start; None if it goes on.
        until_utc: whether *until* is UTC, and not a time of the clock.
    """

    text: str
    step: timedelta | None
    until: datetime | None = None
    until_utc: bool = False

    def walls(self, first: datetime, zone: str, since: datetime) -> Iterator[datetime]:
        """
        When occurrences start, by the clock of *zone*, in order; without tzinfo.

        Args:
            first: DTSTART by the same clock. It is an occurrence only if the rule names it.
            zone: IANA name of the zone.
            since: those before are left out.
        """
        found = dropwhile(lambda wall: wall < since, self._turns(first, since))
        return found if self.until is None else self._up_to(self.until, found, zone)

    def _turns(self, first: datetime, since: datetime) -> Iterator[datetime]:
        if self.step is not None and since > first:
            first += max((since - first) // self.step - 1, 0) * self.step
        return iter(cast("rrule", rrulestr(self.text, dtstart=first)))

    def _up_to(self, until: datetime, found: Iterator[datetime], zone: str) -> Iterator[datetime]:
        """Those of *found* that start no later than *until*; of a UTC time that is seen on the clock only nearly."""
        last = until + _MOST_MOVED if self.until_utc else until
        limit = civil.instant(until, "UTC")
        for wall in found:
            if wall > last:
                return
            if not self.until_utc or civil.instant(wall, zone) <= limit:
                yield wall


def parse_rule(text: str) -> Rule:
    """
    Read a rule: the value of an RRULE property, without DTSTART.

    Raises:
        ValueError: it can't be read, or is one of those that are refused; says what is wrong in words.

    Source: RFC 5545, 3.3.10.
    """
    parts = _parts(text)
    frequency = parts.get("FREQ")
    if frequency is None:
        raise ValueError(f"a rule says how often, with FREQ: one of {', '.join(_FREQUENCIES)}")
    if frequency not in _FREQUENCIES:
        raise ValueError(f"FREQ={frequency} is not one of {', '.join(_FREQUENCIES)}")
    for name, value in parts.items():
        _check_part(name, value, frequency)
    _check_together(parts)
    until, until_utc = _until(parts.pop("UNTIL", None))
    step = None if "COUNT" in parts or frequency not in _STEPS else _STEPS[frequency] * int(parts.get("INTERVAL", 1))
    return Rule(";".join(f"{name}={value}" for name, value in parts.items()), step, until, until_utc)


def check_rule(text: str, first: datetime, zone: str) -> None:
    """
    Refuse a rule that can't be read, or by which nothing ever happens.

    Args:
        text: as for `parse_rule`.
        first: its DTSTART, by the clock of *zone*; without tzinfo.
        zone: IANA name.

    Raises:
        ValueError: says what is wrong in words.
    """
    if next(parse_rule(text).walls(first, zone, first), None) is None:
        raise ValueError("by this rule it never happens")


def _parts(text: str) -> dict[str, str]:
    """Names and values, in capitals, of which each name is known and there once."""
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise ValueError(f"{part!r} is not NAME=VALUE, as in FREQ=WEEKLY;BYDAY=SU")
        if name in parts:
            raise ValueError(f"{name} is there twice")
        parts[name] = value
    return parts


def _check_part(name: str, value: str, frequency: str) -> None:
    if name in _NUMBERS:
        _check_numbers(name, value)
    elif name == "BYDAY":
        _check_days(value, frequency)
    elif name == "WKST":
        if not _DAY.fullmatch(value) or value[0] in "+-0123456789":
            raise ValueError(f"WKST={value} is not a day such as MO")
    elif name not in {"FREQ", "UNTIL"}:
        raise ValueError(f"{name} is not a part of a rule that is known here")
    if frequency not in _ONLY_WITH.get(name, _FREQUENCIES):
        raise ValueError(f"{name} has no meaning with FREQ={frequency}")


def _check_numbers(name: str, value: str) -> None:
    least, most = _NUMBERS[name]
    numbers = value.split(",")
    if name in _SINGLE and len(numbers) > 1:
        raise ValueError(f"{name} is one number, and not {value}")
    for number in numbers:
        fine = re.fullmatch(r"[+-]?[0-9]{1,6}", number) and least <= int(number) <= most
        if not fine or (least < 0 and int(number) == 0):
            meant = f"a number from {least} to {most}" if least < most else str(least)
            raise ValueError(f"{name}={number} is not {meant}" + " but 0" * (least < 0))


def _check_days(value: str, frequency: str) -> None:
    for day in value.split(","):
        match = _DAY.fullmatch(day)
        if not match or (match["ordinal"] and not 1 <= abs(int(match["ordinal"])) <= 53):  # noqa: PLR2004  # weeks
            raise ValueError(f"BYDAY={day} is not a day such as MO, 1MO or -1MO")
        if match["ordinal"] and frequency not in {"MONTHLY", "YEARLY"}:
            raise ValueError(f"BYDAY={day}: only with FREQ=MONTHLY or YEARLY days have numbers")


def _check_together(parts: dict[str, str]) -> None:
    if "UNTIL" in parts and "COUNT" in parts:
        raise ValueError("a rule ends with UNTIL or with COUNT, not with both")
    if "BYSETPOS" in parts and not any(name.startswith("BY") for name in parts if name != "BYSETPOS"):
        raise ValueError("BYSETPOS picks from what another BY... part names, and there is none")
    if "BYWEEKNO" in parts and re.search(r"[0-9]", parts.get("BYDAY", "")):
        raise ValueError("with BYWEEKNO days have no numbers")
    months, days = parts.get("BYMONTH"), parts.get("BYMONTHDAY")
    if months and days and not _meet(months, days):
        raise ValueError(f"no month of BYMONTH={months} has a day of BYMONTHDAY={days}")


def _meet(months: str, days: str) -> bool:
    """Whether any of *months* ever has any of *days*; dateutil would look for it up to the year 9999."""
    longest = max(_MONTH_DAYS[int(month) - 1] for month in months.split(","))
    return any(abs(int(day)) <= longest for day in days.split(","))


def _until(value: str | None) -> tuple[datetime | None, bool]:
    """When a rule ends, and whether that is UTC; a date is all of that day."""
    if value is None:
        return None, False
    match = _UNTIL.fullmatch(value)
    try:
        day, time, utc = match.groups() if match else ("", "", "")
        return datetime.strptime(day + (time or "235959"), "%Y%m%d%H%M%S"), bool(utc)  # noqa: DTZ007  # told beside it
    except ValueError:
        raise ValueError(f"UNTIL={value} is not a time such as 20261231T235959Z or 20261231T235959") from None
