"""
Burn-rate alerts: from a share of the budget to a factor.

Stated is how much of the budget may go within a long window before somebody is told; the factor follows. It is the
same arithmetic at any window and objective, which fixed factors (14.4, 6, 3, 1) are not.

Source: Site Reliability Workbook, ch. 5, tables 5-6 and 5-8.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tallystick.core.budget import error_budget
from tallystick.core.slo import Notice, Severity, Slo


@dataclass(frozen=True, slots=True)
class BurnPolicy:
    """
    When to alert.

    Attributes:
        severity: who is told.
        share: part of the period's budget that is gone by then.
        long_seconds: within which time it is gone.
        short_seconds: window that must burn as well, so that the alert ends soon after the errors do.
    """

    severity: Severity
    share: Fraction
    long_seconds: int
    short_seconds: int


DEFAULT_POLICIES = (
    BurnPolicy("page", Fraction(2, 100), 3_600, 300),
    BurnPolicy("page", Fraction(5, 100), 6 * 3_600, 1_800),
    BurnPolicy("ticket", Fraction(10, 100), 86_400, 2 * 3_600),
    BurnPolicy("ticket", Fraction(10, 100), 3 * 86_400, 6 * 3_600),
)
"""The workbook's recommendation; short windows are a twelfth of the long ones."""


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """
    A policy applied to one SLO.

    Attributes:
        policy: what was asked for.
        factor: burn rate above which it fires; 1 <= factor <= 1 / error budget.
        lowered: the asked-for factor could never be reached, and the highest that can is used.
        raised: the asked-for factor was under 1, which would alert on a service that keeps its promise.
    """

    policy: BurnPolicy
    factor: Fraction
    lowered: bool = False
    raised: bool = False


def burn_alerts(slo: Slo, period_seconds: int, policies: Iterable[BurnPolicy] = DEFAULT_POLICIES) -> list[BurnAlert]:
    """
    The alerts that *policies* mean for *slo*.

    A factor that no error rate can reach is lowered to three quarters of the highest possible one, and one under 1 is
    raised to 1: an alert that can't fire, or that fires on a kept promise, is worse than one at another share.

    Args:
        slo: the SLO.
        period_seconds: length of the window its budget is for.
        policies: what is asked for.

    Returns:
        One for each policy whose long window is shorter than the period and whose severity is enabled.
    """
    found = []
    for policy in policies:
        if policy.long_seconds >= period_seconds or not _notice(slo, policy.severity).enabled:
            continue
        asked = burn_factor(policy.share, policy.long_seconds, period_seconds)
        ceiling = highest_factor(slo.objective)
        factor = max(asked if asked < ceiling else ceiling * 3 / 4, Fraction(1))
        found.append(BurnAlert(policy, factor, lowered=asked >= ceiling, raised=asked < 1))
    return found


def _notice(slo: Slo, severity: Severity) -> Notice:
    return slo.alerting.page if severity == "page" else slo.alerting.ticket


def burn_factor(share: Fraction, long_seconds: int, period_seconds: int) -> Fraction:
    """Burn rate that spends *share* of the budget of *period_seconds* within *long_seconds*."""
    return share * period_seconds / long_seconds


def highest_factor(objective: Decimal) -> Fraction:
    """Burn rate when every event is bad; nothing burns faster."""
    return 1 / error_budget(objective)


def min_events(factor: Fraction, objective: Decimal) -> Fraction:
    """Fewest events in a window for which one bad event alone is not above *factor*."""
    return 1 / (factor * error_budget(objective))
