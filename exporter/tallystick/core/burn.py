"""
Burn-rate alerts: from a share of the budget to a factor.

Stated is how much of the budget may go within a long window before somebody is told; the factor follows. It is the
same arithmetic at any window and objective, which fixed factors (14.4, 6, 3, 1) are not.

Source: Site Reliability Workbook, ch. 5, tables 5-6 and 5-8.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from tallystick.core.alerting import SEVERITIES, BurnPolicy, policies
from tallystick.core.budget import error_budget
from tallystick.core.sli import CompositeSli, ThresholdSli, UpSli
from tallystick.core.slo import Slo

LOWERED_TO = Fraction(3, 4)
"""Where a default that could never fire goes: so much of the highest factor there is."""

_BY_BAD = (ThresholdSli, CompositeSli)
"""SLIs of which pages ask for bad events rather than for events."""


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """
    A policy applied to one SLO.

    Attributes:
        policy: what was asked for.
        factor: burn rate above which it fires; 1 <= factor < 1 / error budget.
        lowered: the asked-for factor could never be reached, and one that can is used.
        raised: the asked-for factor was under 1, which would alert on a service that keeps its promise.
        for_seconds: how long both windows must burn; None: as long as is usual for the severity.
        min_events: events that the long window must hold; None: any number.
        min_bad: bad events that the long window must hold; None: any number.
    """

    policy: BurnPolicy
    factor: Fraction
    lowered: bool = False
    raised: bool = False
    for_seconds: int | None = None
    min_events: int | None = None
    min_bad: int | None = None


def burn_alerts(slo: Slo, period_seconds: int) -> list[BurnAlert]:
    """
    The alerts that *slo* has.

    A default's factor that no error rate can reach is lowered to three quarters of the highest possible one, and any one
    under 1 is raised to 1: an alert that can't fire, or that fires on a kept promise, is worse than one at another share.
    What a user wrote and can't fire is refused before it comes here.

    Args:
        slo: the SLO.
        period_seconds: length of the window its budget is for.

    Returns:
        One for each policy whose long window is shorter than the period and whose severity is enabled.
    """
    return list(alerts_of(asked_of(slo), slo.objective, period_seconds))


class Asked(NamedTuple):
    """
    All that an SLO asks of its alerts, as a key of what follows from it.

    Attributes:
        page: the pairs of windows of its pages, None for `DEFAULT_POLICIES`; and how long both must burn where a pair does not
            say; None instead of either: it has no pages.
        ticket: likewise of its tickets.
        min_events: as in `tallystick.core.alerting.Alerting`.
        min_bad: likewise.
        by_bad: whether it asks for bad events, where nothing is said of either.
        by_second: whether it has one event a second.
    """

    page: tuple[tuple[BurnPolicy, ...] | None, int | None] | None
    ticket: tuple[tuple[BurnPolicy, ...] | None, int | None] | None
    min_events: int | None
    min_bad: int | None
    by_bad: bool
    by_second: bool


def asked_of(slo: Slo) -> Asked:
    """What *slo* asks of its alerts."""
    alerting = slo.alerting
    page, ticket = (
        (notice.burn, notice.for_seconds) if notice.enabled else None for notice in (alerting.page, alerting.ticket)
    )
    return Asked(
        page,
        ticket,
        alerting.min_events,
        alerting.min_bad,
        by_bad=isinstance(slo.sli, _BY_BAD) or alerting.weigh == "traffic",
        by_second=isinstance(slo.sli, UpSli),
    )


@lru_cache(maxsize=4_096)  # a catalogue has few different ones; fractions were a third of what it took to resolve it
def alerts_of(asked: Asked, objective: Decimal, period_seconds: int) -> tuple[BurnAlert, ...]:
    """What `burn_alerts` gives of an SLO of *objective* that has *asked* for it."""
    return tuple(
        _alert(policy, said[1], objective, period_seconds, asked)
        for severity, said in zip(SEVERITIES, (asked.page, asked.ticket), strict=True)
        if said
        for policy in policies(said[0], severity)
        if policy.long_seconds < period_seconds
    )


def _alert(
    policy: BurnPolicy, for_seconds: int | None, objective: Decimal, period_seconds: int, asked: Asked
) -> BurnAlert:
    """*policy* for an SLO of *objective*; *for_seconds*: how long both windows must burn, unless it says so itself."""
    wanted = burn_factor(policy.share, policy.long_seconds, period_seconds)
    ceiling = highest_factor(objective)
    factor = max(wanted if wanted < ceiling else ceiling * LOWERED_TO, Fraction(1))
    return BurnAlert(
        policy,
        factor,
        lowered=wanted >= ceiling,
        raised=wanted < 1,
        for_seconds=for_seconds if policy.for_seconds is None else policy.for_seconds,
        min_events=_least_events(policy, min_events(factor, objective), asked),
        min_bad=_least_bad(policy, asked),
    )


def burn_factor(share: Fraction, long_seconds: int, period_seconds: int) -> Fraction:
    """Burn rate that spends *share* of the budget of *period_seconds* within *long_seconds*."""
    return share * period_seconds / long_seconds


def highest_factor(objective: Decimal) -> Fraction:
    """Burn rate when every event is bad; nothing burns faster."""
    return 1 / error_budget(objective)


def min_events(factor: Fraction, objective: Decimal) -> Fraction:
    """Fewest events in a window for which one bad event alone is not above *factor*."""
    return 1 / (factor * error_budget(objective))


def _least_events(policy: BurnPolicy, auto: Fraction, asked: Asked) -> int | None:
    """
    Events that the long window must hold before the alert may fire; None: any number.

    Args:
        policy: what may fire.
        auto: as many as it takes for one bad event to be too few.
        asked: what the SLO says of it.

    Only pages ask for it: a single bad event that overspends the budget is worth a ticket. Rounded up, because one
    event fewer could let one bad event page. Where traffic is weighed, few events can't spend much to begin with.
    """
    if policy.severity != "page" or (asked.min_events is None and asked.by_bad):
        return None
    events = math.ceil(auto) if asked.min_events is None else asked.min_events
    if asked.min_events is None and asked.by_second:
        # An event a second: above five nines more is asked for than one series ever has in the long window.
        events = min(events, policy.short_seconds)
    return events if events > 0 else None


def _least_bad(policy: BurnPolicy, asked: Asked) -> int | None:
    """
    Bad events that the long window must hold before the alert may fire; None: any number.

    Slices of time are few, however long it burns: at 99.9 % their number alone would never do for a page. A composite's
    parts may be such, and where traffic is weighed the number of events means nothing. So two of them must be bad, in the
    same part of a composite, which is what `_least_events` is for elsewhere.
    """
    if policy.severity != "page":
        return None
    if asked.min_bad is not None:
        return asked.min_bad if asked.min_bad > 0 else None
    return 2 if asked.min_events is None and asked.by_bad else None


STANDARD_WINDOWS = {
    300: False,
    1_800: False,
    3_600: True,
    2 * 3_600: False,
    6 * 3_600: True,
    86_400: True,
    3 * 86_400: True,
}
"""Windows that are recorded of every SLO, under Sloth's names; and whether the number of their events is too."""


def recorded_windows(slo: Slo, period_seconds: int) -> dict[int, bool]:
    """The windows whose error ratios *slo* needs, in seconds, shortest first; and whether their events are counted."""
    return dict(_recorded(asked_of(slo), slo.objective, period_seconds))


@lru_cache(maxsize=4_096)
def _recorded(asked: Asked, objective: Decimal, period_seconds: int) -> tuple[tuple[int, bool], ...]:
    found = dict(STANDARD_WINDOWS)
    for alert in alerts_of(asked, objective, period_seconds):
        found[alert.policy.long_seconds] = True
        found.setdefault(alert.policy.short_seconds, False)
    return tuple(sorted(found.items()))
