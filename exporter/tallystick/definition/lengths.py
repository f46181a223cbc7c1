"""Windows, slices, lengths and thresholds: from their text to exact values."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import get_args

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.duration import MILLISECONDS, decimal_seconds, format_seconds, parse_seconds
from tallystick.core.timerange import SLICE_SECONDS
from tallystick.core.window import CalendarWindow, RollingWindow, Unit, Window
from tallystick.definition.values import ValueFault, read_decimal

_THRESHOLD_HINT = "write a bound of a bucket, for example 300ms or 0.3"
SHORTEST_WINDOW_SECONDS = 3_600
LONGEST_WINDOW_SECONDS = 5 * 365 * 86_400
CALENDAR_UNITS: tuple[Unit, ...] = get_args(Unit)
_HOUR_SECONDS = 3_600
_LONGEST_LENGTH_SECONDS = 366 * 86_400
_LONGEST_WAIT_SECONDS = 86_400
_SLICE_HINT = "write minutes that divide an hour, for example 1m, 5m or 1h"
_LARGEST_THRESHOLD = Decimal(10) ** 15
_SMALLEST_THRESHOLD = Decimal(10) ** -12


@lru_cache(maxsize=1_024)  # a catalogue has few different ones, and each is read by a check and once more
def read_window(text: str, zone: str = "UTC", year_start: tuple[int, int] = (1, 1)) -> Window:
    """
    Read a window: ``30d``, or ``month`` by the calendar of *zone*.

    Args:
        text: what is written.
        zone: whose calendar a calendar window follows.
        year_start: month and day on which its years, and their quarters, begin.

    Raises:
        ValueFault: it is none, or not one that can be kept.
    """
    unit = next((unit for unit in CALENDAR_UNITS if unit == text), None)
    if unit is not None:
        return CalendarWindow(unit, zone, year_start) if unit in ("quarter", "year") else CalendarWindow(unit, zone)
    try:
        seconds = parse_seconds(text)
    except ValueError:
        raise ValueFault("is no window", _meant_window(text)) from None
    if not SHORTEST_WINDOW_SECONDS <= seconds <= LONGEST_WINDOW_SECONDS:
        bounds = f"{format_seconds(SHORTEST_WINDOW_SECONDS)} to {format_seconds(LONGEST_WINDOW_SECONDS)}"
        raise ValueFault(
            "is too short" if seconds < SHORTEST_WINDOW_SECONDS else "is too long", f"write a window of {bounds}"
        )
    if seconds % SLICE_SECONDS:
        raise ValueFault("is not a whole number of minutes", f"write {format_seconds(seconds // 60 * 60)}")
    return RollingWindow(seconds)


def _meant_window(text: str) -> str:
    if text.isdecimal() and text.isascii():
        return f"write {text}d"
    word = text.strip().lower()
    known: dict[str, Unit] = {**{unit: unit for unit in CALENDAR_UNITS}, **_CALENDAR_WORDS}
    if unit := known.get(word) or known.get(word.removesuffix("s")):
        return f"write {unit}"
    return _meant_duration(text) or f"write a duration, for example 30d, or one of {', '.join(CALENDAR_UNITS)}"


def read_slice(text: str) -> int:
    """
    Read the length of a slice of time.

    Returns:
        Seconds; whole minutes that divide an hour, so that slices begin with the hour.

    Raises:
        ValueFault: it is none.
    """
    try:
        seconds = parse_seconds(text)
    except ValueError:
        raise ValueFault("is not a duration", _meant_duration(text) or _SLICE_HINT) from None
    if not seconds or seconds % SLICE_SECONDS or _HOUR_SECONDS % seconds:
        minutes = [minute for minute in range(1, 61) if not 60 % minute and minute * 60 >= seconds]
        hint = f"write {format_seconds(minutes[0] * 60)}" if minutes and seconds else _SLICE_HINT
        raise ValueFault("is not a number of minutes that divides an hour", hint)
    return seconds


def read_length(text: str) -> int:
    """
    Read how long something lasts, in seconds.

    Raises:
        ValueFault: it is no duration of whole seconds, nothing, or longer than a year.
    """
    try:
        seconds = parse_seconds(text)
    except ValueError:
        raise ValueFault("is not a duration", _meant_duration(text) or "write for example 2h or 1h30m") from None
    if not 0 < seconds <= _LONGEST_LENGTH_SECONDS:
        raise ValueFault("is too long" if seconds else "is nothing", "write a duration of 1s to 366d")
    return seconds


def read_piece(text: str) -> int:
    """
    Read a window of a burn-rate alert, in seconds.

    Raises:
        ValueFault: it is no duration, or not one of whole pieces of five minutes.
    """
    seconds = read_length(text)
    if seconds % PIECE_SECONDS:
        longer = -(-seconds // PIECE_SECONDS) * PIECE_SECONDS
        raise ValueFault("is not a multiple of 5m", f"write {format_seconds(longer)}: rates are taken over 5 minutes")
    return seconds


def read_wait(text: str) -> int:
    """
    Read how long a condition must hold, in seconds; it may be nothing.

    Raises:
        ValueFault: it is no duration, or longer than a day.
    """
    try:
        seconds = parse_seconds(text)
    except ValueError:
        raise ValueFault("is not a duration", _meant_duration(text) or "write for example 2m, or 0s") from None
    if seconds > _LONGEST_WAIT_SECONDS:
        raise ValueFault("is too long", "write a duration of 0s to 1d")
    return seconds


_CALENDAR_WORDS: dict[str, Unit] = {
    "daily": "day", "today": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
    "annual": "year", "calendar month": "month", "calendar week": "week", "calendar year": "year",
}  # fmt: skip
_UNITS = {
    **dict.fromkeys(("milliseconds", "millisecond", "millis", "msec"), "ms"),
    **dict.fromkeys(("seconds", "second", "secs", "sec"), "s"),
    **dict.fromkeys(("minutes", "minute", "mins", "min"), "m"),
    **dict.fromkeys(("hours", "hour", "hrs", "hr"), "h"),
    **dict.fromkeys(("days", "day"), "d"),
    **dict.fromkeys(("weeks", "week"), "w"),
    **dict.fromkeys(("years", "year"), "y"),
}
_MONTHS = ("month", "months", "mo")
_DAYS_OF_MONTH = 30
_COUNT_AND_UNIT = re.compile(r"([0-9]{1,6})\s*([a-zA-Z]+)")


def _meant_duration(text: str) -> str:
    """What to write if *text* is nearly a duration; else nothing."""
    match = _COUNT_AND_UNIT.fullmatch(text.strip())
    if match is None:
        return ""
    count, word = int(match[1]), match[2].lower()
    if word in _MONTHS:
        return f"write {count * _DAYS_OF_MONTH}d"
    unit = word if word in MILLISECONDS else _UNITS.get(word)
    return f"write {count}{unit}" if unit else ""


@lru_cache(maxsize=1_024)
def read_threshold(text: str) -> Decimal:
    """
    Read a latency threshold: ``300ms``, or a number in the histogram's unit.

    Returns:
        The bound; a duration in seconds.

    Raises:
        ValueFault: it is neither, or not above 0.
    """
    number = read_decimal(text)
    if number is None:
        try:
            number = decimal_seconds(text)
        except ValueError:
            raise ValueFault("is neither a duration nor a number", _meant_duration(text) or _THRESHOLD_HINT) from None
    if number <= 0:
        raise ValueFault("is not above 0", _THRESHOLD_HINT)
    if not _SMALLEST_THRESHOLD <= number <= _LARGEST_THRESHOLD:
        raise ValueFault("is out of range", _THRESHOLD_HINT)
    return number


def is_duration(text: str) -> bool:
    """Whether a threshold is written as a duration, which is in seconds, and not in the histogram's unit."""
    return read_decimal(text) is None
