"""Windows over which an objective is promised."""

from dataclasses import dataclass

from tallystick.core.duration import format_seconds
from tallystick.core.timerange import TimeRange


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

    def period_seconds(self, at: int) -> int:  # noqa: ARG002  # a calendar month's length depends on it
        """How long the whole period around *at* is, which is what its budget is for."""
        return self.seconds


Window = RollingWindow
