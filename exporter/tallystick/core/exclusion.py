"""
Time that is agreed not to count: planned work, and whatever both sides took out of the reckoning afterwards.

An exclusion is kept as it was agreed, on the clock of its zone; which time that is follows from it, also in the past.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tallystick.core.timerange import TimeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """
    One agreed exclusion, once or recurring.

    Attributes:
        reason: why, in words.
        starts: its (first) beginning, by the clock of *zone*; without tzinfo.
        ends: its end by the same clock, for one that happens once; None for one that is given by *lasts_seconds*.
        lasts_seconds: how long each occurrence takes, in elapsed time; None if *ends* is given.
        rrule: when it happens again (RFC 5545, without DTSTART), or None.
        zone: IANA name of its time zone.
        slos: ids of the SLOs it is for; empty: all of its service.
        approved_by: who agreed.
        ticket: where that is written down.
        file: where it is defined.
        line: its first line there.
    """

    reason: str
    starts: datetime
    ends: datetime | None = None
    lasts_seconds: int | None = None
    rrule: str | None = None
    zone: str = "UTC"
    slos: tuple[str, ...] = ()
    approved_by: str | None = None
    ticket: str | None = None
    file: str = ""
    line: int = 0

    def occurrences(self, span: TimeRange) -> list[TimeRange]:
        """
        Its occurrences that reach into *span*, in order and whole, their edges moved outward to slices.

        Two occurrences may overlap.
        """
        raise NotImplementedError


def excluded(exclusions: Iterable[Exclusion], span: TimeRange) -> list[TimeRange]:
    """The parts of *span* that any of *exclusions* takes out: in order, apart from one another."""
    raise NotImplementedError
