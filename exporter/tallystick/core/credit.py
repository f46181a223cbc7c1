"""Service credits: what is due for what was delivered."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from tallystick.core.agreement import CreditTier

NONE_DUE = Decimal(0)


def credit_due(tiers: Iterable[CreditTier], compliance: Fraction | None) -> Decimal | None:
    """
    The share that is given back.

    Args:
        tiers: what was agreed.
        compliance: delivered share of good events; None: unknown.

    Returns:
        The credit of the lowest tier that *compliance* is under, compared exactly; 0 where it is under none; None where it is
        unknown, or where no credits were agreed.
    """
    ordered = sorted(tiers)
    if not ordered or compliance is None:
        return None
    return next((tier.credit for tier in ordered if compliance < Fraction(tier.below)), NONE_DUE)
