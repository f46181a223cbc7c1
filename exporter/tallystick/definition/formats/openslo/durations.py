"""OpenSLO's durations: a number and one letter, of which ``m`` is a minute and ``M`` a month."""

import re
from dataclasses import dataclass

from tallystick.core.duration import format_seconds
from tallystick.definition.values import ValueFault

_DAY = 86_400
SECONDS = {"m": 60, "h": 3_600, "d": _DAY, "w": 7 * _DAY, "M": 30 * _DAY, "Q": 90 * _DAY, "Y": 365 * _DAY}
"""Lengths, where a length is asked for; those of months, quarters and years are the go-sdk's."""

CALENDAR = "MQY"

_SHORTHAND = re.compile(r"([1-9][0-9]{0,8})([mhdwMQY])")
_LOOSE = re.compile(r"([0-9]{1,9})\s*([a-zA-Z]+)")
_WORDS = {"s": "m", "min": "m", "mo": "M", "month": "M", "q": "Q", "quarter": "Q", "y": "Y", "year": "Y", "hour": "h",
          "day": "d", "week": "w", "minute": "m", "D": "d", "H": "h", "W": "w"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shorthand:
    """A duration: *count* times *unit*."""

    count: int
    unit: str

    @property
    def seconds(self) -> int:
        """Its length; months and longer by what they mostly are."""
        return self.count * SECONDS[self.unit]

    @property
    def ours(self) -> str:
        """It as Prometheus writes it."""
        return format_seconds(self.seconds)


def read_duration(text: str, *, or_nothing: bool = False) -> Shorthand:
    """
    Read a duration.

    Args:
        text: what is written.
        or_nothing: whether it may be none at all, ``0m``.

    Raises:
        ValueFault: it is none.
    """
    match = _SHORTHAND.fullmatch(text)
    if match:
        return Shorthand(int(match[1]), match[2])
    if or_nothing and re.fullmatch("0[mhdwMQY]?", text):
        return Shorthand(0, "m")
    raise ValueFault("is not a duration", _meant(text))


def _meant(text: str) -> str:
    match = _LOOSE.fullmatch(text.strip())
    unit = match and (_WORDS.get(match[2]) or _WORDS.get(match[2].lower().removesuffix("s")))
    if match and unit and int(match[1]) and match[2] != "s":
        return f"write {int(match[1])}{unit}"
    if text.isdecimal() and text.isascii():
        return f"write {text}m, or {text}d"
    return "write a number and one of m (minutes), h, d, w, M (months), Q, Y"
