"""
Error budget arithmetic, exactly.

Every function takes counts and gives a `Fraction` or None: no events means that there is nothing to say, which is not
the same as no errors. Nothing is rounded here. Formulas: docs/budgets.md.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from tallystick.core.tally import Count, Tally


def compliance(tally: Tally) -> Fraction | None:
    """Delivered share of good events, 0 to 1; None without events."""
    return _quotient(tally.good, tally.total) if tally.total else None


@lru_cache(maxsize=1_024)
def error_budget(objective: Decimal) -> Fraction:
    """Allowed share of bad events: 1 - *objective*."""
    return 1 - Fraction(objective)


def budget_events(tally: Tally, objective: Decimal) -> Fraction:
    """How many bad events *objective* allows among the events there were."""
    return error_budget(objective) * Fraction(tally.total)


def budget_remaining(tally: Tally, objective: Decimal) -> Fraction | None:
    """
    Share of the error budget that is left: 1 untouched, 0 spent, negative overspent; None without events.

    It is never clamped: by how much a promise was missed is what the next one is negotiated with.
    """
    rate = burn_rate(tally, objective)
    return None if rate is None else 1 - rate


def burn_rate(tally: Tally, objective: Decimal) -> Fraction | None:
    """
    How many times faster than sustainable the error budget is being spent; None without events.

    Bad share / allowed bad share, dimensionless. 1 spends the budget exactly in its window.

    Source: Site Reliability Workbook, ch. 5. 14.4 for 1 h spends 2 % of a 30 d budget: 14.4 * 1 / 720.
    """
    if not tally.total:
        return None
    return _quotient(tally.bad, tally.total, error_budget(objective))


def _quotient(part: Count, whole: Count, by: Fraction = Fraction(1)) -> Fraction:
    """*part* / *whole* / *by*, exactly; as one fraction, which takes a third of the time of dividing fractions."""
    top, under = part.as_integer_ratio()
    bottom, over = whole.as_integer_ratio()
    return Fraction(top * over * by.denominator, under * bottom * by.numerator)


def seconds_to_exhaustion(remaining: Fraction | None, burn: Fraction | None, period_seconds: int) -> Fraction | None:
    """
    How long the budget lasts at the present burn rate.

    Args:
        remaining: share of the budget that is left.
        burn: present burn rate.
        period_seconds: length of the window the budget is for.

    Returns:
        Seconds from now, 0 if it is spent already; None if it is unknown, or never at this rate.
    """
    if remaining is None or burn is None:
        return None
    if remaining <= 0:
        return Fraction(0)
    return remaining * period_seconds / burn if burn > 0 else None


def seconds_to_exhaustion_in_period(
    tally: Tally, objective: Decimal, burn: Fraction | None, traffic: Fraction | None, rest_seconds: int
) -> Fraction | None:
    """
    How long the budget of a whole calendar period lasts at the present burn rate and traffic.

    Args:
        tally: events of the period so far.
        objective: what is promised.
        burn: present burn rate.
        traffic: present events per second.
        rest_seconds: how much of the period is to come.

    Returns:
        Seconds from now, 0 if it is spent whatever comes; None if it is unknown, or lasts to the period's end.

    Source: derived in docs/budgets.md.
    """
    if burn is None or traffic is None:
        return None
    budget = error_budget(objective)
    left = budget * (Fraction(tally.total) + traffic * rest_seconds) - Fraction(tally.bad)
    if left <= 0:
        return Fraction(0)
    pace = burn * budget * traffic
    return left / pace if pace and left <= pace * rest_seconds else None
