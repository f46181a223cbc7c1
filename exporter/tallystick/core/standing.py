"""How an SLO stands in one of its windows: what the status page, ``status`` and the metrics all show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from tallystick.core import budget
from tallystick.core.slo import Slo
from tallystick.core.tally import Observation
from tallystick.core.timerange import TimeRange
from tallystick.core.window import RollingWindow, Window

BURN_WINDOWS = tuple(RollingWindow(seconds) for seconds in (300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200))
"""Windows of the burn rates that are shown: those of the alerts, 5 m to 3 d."""

PRESENT_BURN_SECONDS = 3_600
"""The burn rate that stands for "now", from which time to exhaustion follows."""

Observe = Callable[[TimeRange], Observation]
"""What the ledger knows of a range of time, for one SLO and group."""


class State(StrEnum):
    """Whether a promise is kept. Unknown has two reasons, and neither is good or bad."""

    MET = "met"
    BREACHED = "breached"
    NO_TRAFFIC = "no_traffic"
    NO_DATA = "no_data"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    One SLO (and group) in one window.

    What follows from its values is worked out once, when it is first asked for: exact fractions are slow, and every
    scrape and page until the next round asks again. This is why it has no slots.

    Attributes:
        slo: whose standing it is.
        group: values of the labels it is grouped by; empty without groups.
        window: which of its windows.
        span: the window's range of time.
        observation: events in it, and how much of it was observed.
        burn_rates: by window name; None where it is unknown.
        fresh: whether the ledger reaches the window's end, or near enough; an old figure is not shown as a verdict.
    """

    slo: Slo
    group: Mapping[str, str]
    window: Window
    span: TimeRange
    observation: Observation
    burn_rates: Mapping[str, Fraction | None]
    fresh: bool

    @cached_property
    def compliance(self) -> Fraction | None:
        """Delivered share of good events."""
        return budget.compliance(self.observation.tally)

    @cached_property
    def budget_remaining(self) -> Fraction | None:
        """Share of the error budget that is left, signed."""
        return budget.budget_remaining(self.observation.tally, self.slo.objective)

    @property
    def coverage(self) -> Fraction:
        """Share of the window that was observed."""
        return Fraction(self.observation.observed_seconds, self.span.seconds)

    @cached_property
    def state(self) -> State:
        """Met, breached, or why that is unknown."""
        if not self.observation.observed_seconds:
            return State.NO_DATA
        if self.compliance is None:
            return State.NO_TRAFFIC
        return State.MET if self.compliance >= Fraction(self.slo.objective) else State.BREACHED

    @property
    def valid(self) -> bool:
        """Whether there is a verdict, and one of now."""
        return self.fresh and self.state in (State.MET, State.BREACHED)

    @cached_property
    def exhaustion(self) -> Fraction | None:
        """When the budget runs out at the present burn rate, in seconds since 1970; None: unknown, or not at all."""
        seconds = budget.seconds_to_exhaustion(
            self.budget_remaining,
            self.burn_rates[RollingWindow(PRESENT_BURN_SECONDS).name],
            self.window.period(self.span.end).seconds,
        )
        return None if seconds is None else self.span.end + seconds


def standings(slo: Slo, at: int, observe: Observe, *, fresh: bool, group: Mapping[str, str]) -> list[Standing]:
    """
    How *slo* stands at instant *at*, in each of its windows.

    Args:
        slo: the SLO.
        at: end of all windows, in seconds since 1970; a multiple of the slice.
        observe: what is known of a range of time.
        fresh: see `Standing`.
        group: see `Standing`.
    """
    burn_rates = {
        window.name: budget.burn_rate(observe(window.span(at)).tally, slo.objective) for window in BURN_WINDOWS
    }
    return [
        Standing(
            slo=slo,
            group=group,
            window=window,
            span=window.span(at),
            observation=observe(window.span(at)),
            burn_rates=burn_rates,
            fresh=fresh,
        )
        for window in slo.windows
    ]
