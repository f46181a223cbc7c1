"""Windows over which an objective is promised."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from tallystick.core import civil
from tallystick.core.duration import format_seconds
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_slice


@dataclass(frozen=True, slots=True, order=True)
class RollingWindow:
    """
    The last so many seconds.

    Attributes:
        seconds: its length; a whole number of slices.
    """

    seconds: int

    @property
    def name(self) -> str:
        """Its label value: ``30d``."""
        return format_seconds(self.seconds)

    def span(self, at: int) -> TimeRange:
        """The window that ends at instant *at*."""
        return TimeRange(at - self.seconds, at)

    def period(self, at: int) -> TimeRange:
        """The whole period whose budget is being spent right before *at*; for a rolling window, the window."""
        return self.span(at)

    @property
    def nominal_seconds(self) -> int:
        """Its length, for what must not depend on the date."""
        return self.seconds


Unit = Literal["day", "week", "month", "quarter", "year"]

_NOMINAL_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}

_DAYS: dict[Unit, int] = {"day": 1, "week": 7}
"""Units that are so many days; day 0 of their count is a Monday."""

_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
"""Units that are so many months."""

_ASKED = 4_096
"""Answers to remember: a round asks for the same few once for each SLO."""

_PERIODS = 16_384
"""Periods to remember, for whoever walks through time."""


@dataclass(frozen=True, slots=True, order=True)
class CalendarWindow:
    """
    The present day, week, month, quarter or year, by the calendar of a time zone.

    Attributes:
        unit: which; weeks begin on Monday.
        zone: IANA name of the time zone.
        year_start: month and day on which a (fiscal) year begins; its quarters follow, three months each. In a month
            that has no such day its last one stands for it. Months begin on the 1st all the same.
    """

    unit: Unit
    zone: str = "UTC"
    year_start: tuple[int, int] = (1, 1)

    @property
    def name(self) -> str:
        """Its label value: ``month``."""
        return self.unit

    def span(self, at: int) -> TimeRange:
        """
        The part of the period before instant *at*, which is never empty.

        Right at a period's end that is all of the period, and not nothing of the next.
        """
        return TimeRange(self.period(at).start, at)

    def period(self, at: int) -> TimeRange:
        """
        The whole period that the moment right before *at* is in: ``start < at <= end``.

        It begins at the first instant at which the zone's calendar shows its first day, and ends where the next one
        begins; both are moved back to the start of their minute. So periods join, and none of them is empty: one of a
        single day that the zone left out is none.

        Args:
            at: seconds since 1970.
        """
        return _period(self, at)

    def index(self, day: date) -> int:
        """Which period *day* is in, counted from the calendar's first."""
        if self.unit in _DAYS:
            return (day.toordinal() - 1) // _DAYS[self.unit]
        step = _MONTHS[self.unit]
        index = (12 * day.year + day.month - 1 - self._phase) // step
        return index if self._first_day(index) <= day else index - 1

    def _first_day(self, index: int) -> date:
        if self.unit in _DAYS:
            return date.fromordinal(_DAYS[self.unit] * index + 1)
        year, month = divmod(_MONTHS[self.unit] * index + self._phase, 12)
        day = 1 if self.unit == "month" else self.year_start[1]
        return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))

    @property
    def _phase(self) -> int:
        """How many months after January the first period of the count begins."""
        return (self.year_start[0] - 1) % _MONTHS[self.unit]

    def edge(self, index: int) -> int:
        """Where period *index* begins, to the minute."""
        return floor_slice(civil.day_start(self._first_day(index), self.zone))

    @property
    def nominal_seconds(self) -> int:
        """Its length, for what must not depend on the date: a month has 30 days, a quarter 90, a year 365."""
        return _NOMINAL_DAYS[self.unit] * DAY_SECONDS


@lru_cache(maxsize=_ASKED)
def _period(window: CalendarWindow, at: int) -> TimeRange:
    """What `CalendarWindow.period` gives."""
    index = window.index(civil.date_at(at - 1, window.zone))
    found = _numbered(window, index)
    # Its first day was reached by then; a later one may have been too, if clocks were set back over midnight since.
    while found.end < at:
        index += 1
        found = _numbered(window, index)
    return found


@lru_cache(maxsize=_PERIODS)
def _numbered(window: CalendarWindow, index: int) -> TimeRange:
    """Period *index* of *window*; empty if the zone left out all of its days."""
    return TimeRange(window.edge(index), window.edge(index + 1))


Window = RollingWindow | CalendarWindow
