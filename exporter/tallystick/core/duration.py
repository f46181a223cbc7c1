"""Durations as Prometheus writes them: ``30d``, ``1h30m``, ``250ms``."""

import re
from decimal import Decimal
from functools import lru_cache

MILLISECONDS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
"""Length of each unit. A day is 86,400 s and a year 365 days, as in Prometheus: rolling windows know no calendar."""

_DURATION = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in MILLISECONDS))


def parse_milliseconds(text: str) -> int:
    """
    Read a duration.

    Args:
        text: units from large to small, each at most once: ``1d12h``.

    Returns:
        Its length in milliseconds.

    Raises:
        ValueError: *text* is not such a duration.

    Source: Prometheus' querying basics, "Float literals and time durations".
    """
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a duration such as 30d, 1h30m or 250ms")
    return sum(int(count) * unit for count, unit in zip(match.groups(), MILLISECONDS.values(), strict=True) if count)


def parse_seconds(text: str) -> int:
    """
    Read a duration of whole seconds.

    Raises:
        ValueError: *text* is not a duration, or has a part of a second.
    """
    seconds, rest = divmod(parse_milliseconds(text), 1_000)
    if rest:
        raise ValueError(f"{text!r} is not a whole number of seconds")
    return seconds


@lru_cache(maxsize=1_024)  # the same few windows, for every SLO
def format_seconds(seconds: int) -> str:
    """
    Write whole *seconds* as Prometheus and people do: ``30d``, ``1h30m``, ``0s``.

    Weeks and years are left out, so that 28 days are ``28d`` however they were written.
    """
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, MILLISECONDS[unit] // 1_000)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def format_milliseconds(milliseconds: int) -> str:
    """Write whole *milliseconds* likewise: ``2m30s``, ``1s500ms``."""
    seconds, rest = divmod(milliseconds, 1_000)
    whole = format_seconds(seconds) if seconds or not rest else ""
    return whole + (f"{rest}ms" if rest else "")


def decimal_seconds(text: str) -> Decimal:
    """Read a duration as exact seconds: ``300ms`` is ``Decimal("0.3")``."""
    return (Decimal(parse_milliseconds(text)) / 1_000).normalize()
