"""Objectives, windows, thresholds: from their text to exact values."""

import re
from decimal import Decimal

from tallystick.core.duration import MILLISECONDS, decimal_seconds, format_seconds, parse_seconds
from tallystick.core.timerange import SLICE_SECONDS
from tallystick.core.window import RollingWindow

_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_HUNDRED = Decimal(100)

MAX_DECIMALS = 12
"""Digits of an objective after the point, as a ratio; it is far beyond what any count of events can tell apart."""

SHORTEST_WINDOW_SECONDS = 3_600
LONGEST_WINDOW_SECONDS = 5 * 365 * 86_400
CALENDAR_WINDOWS = frozenset({"day", "week", "month", "quarter", "year"})

_LARGEST_THRESHOLD = Decimal(10) ** 15
_SMALLEST_THRESHOLD = Decimal(10) ** -12


class ValueFault(ValueError):  # noqa: N818  # not an error of the program: a user's mistake on its way to a Problem
    """
    A value that can't be used.

    Attributes:
        hint: what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def read_decimal(text: str) -> Decimal | None:
    """The number *text* is, exactly; None if it is no plain decimal number."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def plain(number: Decimal) -> str:
    """*number* as people write it: no exponent, no zeros at the end."""
    return f"{number.normalize():f}"


def read_objective(text: str) -> Decimal:
    """
    Read an objective: ``99.9%`` and ``0.999`` are one.

    Returns:
        A ratio, exactly as written; ``0 < ratio < 1``.

    Raises:
        ValueFault: it is not such a ratio.
    """
    is_percent = text.endswith("%")
    number = read_decimal(text.removesuffix("%").rstrip() if is_percent else text)
    if number is None:
        raise ValueFault("is not a number or a percentage", _objective_hint(text))
    ratio = number / _HUNDRED if is_percent else number
    if ratio == 1:
        raise ValueFault("leaves no error budget", "write what can be promised, for example 99.9% or 99.99%")
    if ratio <= 0:
        raise ValueFault("promises nothing", "write the share of good events, for example 99.9% or 0.999")
    if ratio > 1:
        raise ValueFault(
            "is more than everything" if is_percent else "is not a ratio between 0 and 1", _over_one(ratio)
        )
    exponent = ratio.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent > MAX_DECIMALS:
        raise ValueFault(
            f"has more than {MAX_DECIMALS} digits after the point, as a ratio", "no count of events is that fine"
        )
    return ratio


def _over_one(ratio: Decimal) -> str:
    if ratio < _HUNDRED:
        return f"write {plain(ratio / _HUNDRED)} or {plain(ratio)}%"
    return "write the share of good events, for example 99.9% or 0.999"


def _objective_hint(text: str) -> str:
    with_point = text.replace(",", ".").replace(" ", "").replace("percent", "%")
    try:
        read_objective(with_point)
    except ValueFault:
        return "write 99.9% or 0.999"
    return f"write {with_point}"


def read_window(text: str) -> RollingWindow:
    """
    Read a rolling window: ``30d``.

    Raises:
        ValueFault: it is none, or not one that can be kept.
    """
    if text in CALENDAR_WINDOWS:
        raise ValueFault("is a calendar window, which is not supported yet", "write a rolling one, for example 30d")
    try:
        seconds = parse_seconds(text)
    except ValueError:
        raise ValueFault("is not a duration", _duration_hint(text)) from None
    if not SHORTEST_WINDOW_SECONDS <= seconds <= LONGEST_WINDOW_SECONDS:
        bounds = f"{format_seconds(SHORTEST_WINDOW_SECONDS)} to {format_seconds(LONGEST_WINDOW_SECONDS)}"
        raise ValueFault("is too short" if seconds < SHORTEST_WINDOW_SECONDS else "is too long", f"write {bounds}")
    if seconds % SLICE_SECONDS:
        raise ValueFault("is not a whole number of minutes", f"write {format_seconds(seconds // 60 * 60)}")
    return RollingWindow(seconds)


_UNITS = {
    "day": "d", "days": "d", "week": "w", "weeks": "w", "hour": "h", "hours": "h", "year": "y", "years": "y",
    "minute": "m", "minutes": "m", "min": "m", "month": "30d", "months": "30d", "mo": "30d",
    "D": "d", "W": "w", "H": "h", "Y": "y", "S": "s", "sec": "s", "second": "s", "seconds": "s",
}  # fmt: skip
_COUNT_AND_UNIT = re.compile(r"([0-9]{1,6})\s*([a-zA-Z]+)")


def _duration_hint(text: str, example: str = "30d") -> str:
    """What was meant by *text*, if it is near a duration."""
    match = _COUNT_AND_UNIT.fullmatch(text.strip())
    unit = _UNITS.get(match[2]) or _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        if match is not None and match[2].lower() in MILLISECONDS:
            return f"write {match[1]}{match[2].lower()}"
        return f"write a number and a unit (d, h, m, s ...), for example {example}"
    return f"write {int(match[1]) * 30}d" if unit == "30d" else f"write {match[1]}{unit}"


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
            hint = _duration_hint(text, "300ms") + (", or a number in the histogram's unit" if text else "")
            raise ValueFault("is neither a duration nor a number", hint) from None
    if number <= 0:
        raise ValueFault("is not above 0", "write a bound of a bucket, for example 300ms or 0.3")
    if not _SMALLEST_THRESHOLD <= number <= _LARGEST_THRESHOLD:
        raise ValueFault("is out of range", "write a bound of a bucket, for example 300ms or 0.3")
    return number


def is_duration(text: str) -> bool:
    """Whether a threshold is written as a duration, which is in seconds, and not in the histogram's unit."""
    return read_decimal(text) is None
