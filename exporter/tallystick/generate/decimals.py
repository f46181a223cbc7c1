"""Exact numbers as decimal text: what jsonnet and PromQL get, so that neither does arithmetic on ratios."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache

DIGITS = 20
"""
Significant digits of a number that has no finite decimal form.

Prometheus reads numbers into doubles, which 17 digits tell apart. At 20, rounded half to even, it reads the double
nearest to the true value, so that rounding here moves no threshold. Rounding up or down on purpose would.
"""

_EXACT = Context(prec=100)
_ROUNDED = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


@lru_cache(maxsize=4_096)  # a catalogue has few different objectives and windows
def decimal_text(value: Fraction) -> str:
    """
    *value* without an exponent: ``0.0144``.

    Exact if it has at most 100 significant digits, as every objective, budget and factor of a usual window has; else
    `DIGITS` of them.
    """
    exact = _EXACT.copy()
    found = exact.divide(Decimal(value.numerator), Decimal(value.denominator))
    if exact.flags[Inexact]:
        found = _ROUNDED.copy().divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{found.normalize(_EXACT):f}"


@lru_cache(maxsize=4_096)
def short_text(value: Fraction, digits: int = 4) -> str:
    """*value* for people, with at most so many significant *digits*: ``14.4``, ``1.333``."""
    found = Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{found.normalize(_EXACT):f}"
