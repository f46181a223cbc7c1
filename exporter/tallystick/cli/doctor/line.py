"""What is told of one thing: how it is, and what to do next."""

from dataclasses import dataclass
from typing import Literal

from tallystick.errors import TallystickError

Mark = Literal["ok", "warn", "fail", "unknown", "skipped"]


@dataclass(frozen=True, slots=True)
class Line:
    """
    One thing that was looked at.

    Attributes:
        part: what it belongs to: ``prometheus``, ``ledger``, ...
        mark: how it is; ``unknown``: nobody could tell; ``skipped``: nobody was asked.
        text: what was found, in a sentence.
        hint: what to do next; empty where there is nothing to do.
    """

    part: str
    mark: Mark
    text: str
    hint: str = ""


def unknown(part: str, what: str, fault: TallystickError, hint: str = "") -> Line:
    """*what* could not be found out."""
    return Line(part, "unknown", f"{what} is not known: {fault}", hint)


def skipped(part: str, flag: str) -> Line:
    """Not looked at, as *flag* was not given."""
    return Line(part, "skipped", "not looked at", f"give {flag}")
