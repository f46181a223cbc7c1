"""What periods of the calendar are called: 2026-11, 2026-Q4, 2026-W48."""

from tallystick.core import civil
from tallystick.core.window import CalendarWindow

_JANUARY_1 = (1, 1)


def period_name(window: CalendarWindow, at: int) -> str:
    """
    The name of the period that the moment right before *at* is in; names of one window are in the order of time.

    A year or quarter that does not begin with the calendar's is called by its first day.
    """
    first = civil.date_at(window.period(at).start, window.zone)
    if window.unit == "week":
        return f"{first:%G-W%V}"
    if window.unit == "month":
        return f"{first:%Y-%m}"
    if window.unit == "quarter" and window.year_start == _JANUARY_1:
        return f"{first:%Y}-Q{(first.month + 2) // 3}"
    if window.unit == "year" and window.year_start == _JANUARY_1:
        return f"{first:%Y}"
    return f"{first:%Y-%m-%d}"
