"""What last week's traffic means for a page: when one bad event alone would do, and when no outage would."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert, burn_alerts, burn_factor, highest_factor, min_events
from tallystick.core.slo import Slo
from tallystick.online.oracle import Instants, Numbers
from tallystick.online.traffic import Totals, Windows, named, windows_of

LONGER_SECONDS = (7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 259_200)
"""Long windows that are offered in place of one that is too short."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """
    One page at last week's traffic of one group.

    Attributes:
        alert: the page.
        group: ``region="eu"``; nothing of an SLO without groups.
        windows: its long windows that had any event.
        bound: fewest events of which one bad one is not enough for the page; None: there are none so many.
        allowed: bad events that the page bears, where traffic is weighed; else None.
    """

    alert: BurnAlert
    group: str
    windows: Windows
    bound: Fraction | None
    allowed: Fraction | None = None

    @property
    def least(self) -> int:
        """Events without which the guard keeps the page from being sent."""
        return max(self.alert.min_events or 0, self.alert.min_bad or 0)

    @property
    def by_events(self) -> bool:
        """Whether the guard asks for events, rather than for bad ones."""
        return (self.alert.min_events or 0) >= (self.alert.min_bad or 0)

    @property
    def lone(self) -> Windows:
        """The windows in which one bad event alone would page."""
        events = self.windows.events
        alone = (self.alert.min_bad or 1) <= 1
        low = events >= self.least
        some = low if self.bound is None else low & (events < float(self.bound))
        chosen = some if alone else np.zeros(len(events), dtype=bool)
        return Windows(events[chosen], self.windows.starts[chosen])

    @property
    def lone_share(self) -> float:
        """Which share of the windows those are."""
        return len(self.lone) / len(self.windows)

    @property
    def off_share(self) -> float:
        """Share of the windows in which the guard keeps any page from being sent."""
        return self.windows.under(self.least) / len(self.windows)


def quiets(slo: Slo, totals: Totals, instants: Instants) -> list[Quiet]:
    """All pages of *slo* at its *totals* of events, each for each group."""
    return [quiet for alert in pages_of(slo) for quiet in _of_page(slo, alert, totals, instants)]


def pages_of(slo: Slo) -> list[BurnAlert]:
    """The pairs that wake somebody."""
    return [one for one in burn_alerts(slo, period_of(slo)) if one.policy.severity == "page"]


def period_of(slo: Slo) -> int:
    """Seconds of the window that alerts are made for."""
    return slo.windows[0].nominal_seconds


def _of_page(slo: Slo, alert: BurnAlert, totals: Totals, instants: Instants) -> Iterator[Quiet]:
    long_seconds = alert.policy.long_seconds
    for group, numbers in sorted(totals.items()):
        windows = windows_of(numbers, instants, long_seconds)
        if not len(windows):
            continue
        if slo.alerting.weigh == "time":
            yield Quiet(alert, named(group), windows, min_events(alert.factor, slo.objective))
            continue
        allowed = alert.factor * error_budget(slo.objective) * _usual(numbers, instants, long_seconds)
        yield Quiet(alert, named(group), windows, None if allowed < 1 else Fraction(0), allowed)


def _usual(numbers: Numbers, instants: Instants, long_seconds: int) -> Fraction:
    """Events of a window of *long_seconds* at the week's mean, as far as there was data."""
    known = np.isfinite(numbers)
    seconds = int(np.count_nonzero(known)) * instants.step_ms // 1_000
    return Fraction(int(numbers[known].sum()) * long_seconds, seconds)


def longer(
    slo: Slo, quiet: Quiet, totals: Totals, instants: Instants, enough: Callable[[Windows, Fraction], bool]
) -> int | None:
    """
    The shortest of `LONGER_SECONDS` with which the page's share of the budget can be asked for.

    Args:
        slo: the SLO.
        quiet: one of its pages that does not do.
        totals: its events.
        instants: when they were.
        enough: whether the windows of this length do, of which one bad event of so many is not enough.
    """
    policy, period = quiet.alert.policy, period_of(slo)
    numbers = next(found for group, found in totals.items() if named(group) == quiet.group)
    for seconds in LONGER_SECONDS:
        factor = burn_factor(policy.share, seconds, period)
        if policy.long_seconds < seconds < period and 1 <= factor < highest_factor(slo.objective):
            windows = windows_of(numbers, instants, seconds)
            if len(windows) and enough(windows, min_events(factor, slo.objective)):
                return seconds
    return None


def looser(events: int, factor: Fraction) -> str | None:
    """The highest objective at which one bad event of *events* is not above *factor*; None if it would be none to keep."""
    share = 100 * (1 - 1 / (events * factor))
    digits = 2 if share >= 99 else 1  # noqa: PLR2004  # 98.6 % is told as well as 99.53 %
    floored = Fraction(math.floor(share * 10**digits), 10**digits)
    return f"{float(floored):g}%" if floored >= 50 else None  # noqa: PLR2004  # under half, nothing is promised
