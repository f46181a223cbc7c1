"""What can be made to go wrong in the shop on request."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Literal, get_args

from tallystick.core.duration import parse_seconds

Mode = Literal["off", "errors", "latency"]

SLOWER_THAN = Decimal("0.3")
"""Seconds that every request under a latency fault takes longer than."""

LONGEST_SECONDS = 86_400
"""A fault that somebody forgot heals within a day."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that goes wrong.

    Attributes:
        mode: ``errors``: requests are answered with 500; ``latency``: they take over 300 ms; ``off``: nothing.
        share: part of the requests that are hit, 0 to 1.
        until: when it ends by itself, in seconds since 1970.
    """

    mode: Mode = "off"
    share: float = 1.0
    until: float = 0.0

    def hits(self, at: float, chance: float) -> Mode:
        """What happens to a request at instant *at* that drew *chance* (0 to 1)."""
        return self.mode if at < self.until and chance < self.share else "off"

    def to_json(self, service: str) -> bytes:
        """It as JSON."""
        return json.dumps({"service": service, **asdict(self)}).encode()


def parse_fault(query: Mapping[str, str], now: float) -> Fault:
    """
    Read a fault from *query*: ``mode``, ``share`` (1), ``for`` (10m).

    Raises:
        ValueError: a part of it makes no sense; says which and what would.
    """
    mode: Mode | None = next((known for known in get_args(Mode) if known == query.get("mode", "errors")), None)
    if mode is None:
        raise ValueError(f"mode is one of {', '.join(get_args(Mode))}")
    try:
        share = float(query.get("share", "1"))
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise ValueError("share is a number from 0 to 1")
    seconds = parse_seconds(query.get("for", "10m"))
    if seconds > LONGEST_SECONDS:
        raise ValueError("for is a duration of at most 1d")
    return Fault(mode, share, now + seconds) if mode != "off" else Fault()
