"""Windows over which an objective is promised."""

from dataclasses import dataclass
from typing import Literal

from tallystick.core.duration import format_seconds
from tallystick.core.timerange import DAY_SECONDS, TimeRange


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


@dataclass(frozen=True, slots=True, order=True)
class CalendarWindow:
    """
    The present day, week, month, quarter or year, by the calendar of a time zone.

    Attributes:
        unit: which; weeks begin on Monday.
        zone: IANA name of the time zone.
        year_start: month and day on which a (fiscal) year begins; its quarters follow, three months each.
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
        """The whole period that the moment right before *at* is in, its edges aligned to slices."""
        raise NotImplementedError

    @property
    def nominal_seconds(self) -> int:
        """Its length, for what must not depend on the date: a month has 30 days, a quarter 90, a year 365."""
        return _NOMINAL_DAYS[self.unit] * DAY_SECONDS


Window = RollingWindow | CalendarWindow
