"""Shares of a budget that have no end as decimals."""

from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction

_DIGITS = 120
"""
Digits of a share that has no end: more than the 100 that rules are written with, so that they round it to the burn rate which
it came from. Rounded up, or a burn rate of 1 would be less than 1.
"""


def share_text(share: Fraction) -> str:
    """*share* as a decimal."""
    context = Context(prec=_DIGITS, rounding=ROUND_CEILING)
    found = context.divide(Decimal(share.numerator), Decimal(share.denominator))
    return f"{found.normalize(context):f}"
