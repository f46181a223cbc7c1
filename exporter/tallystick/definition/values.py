"""Objectives and other shares: from their text to exact values."""

import re
from decimal import Decimal, localcontext
from functools import lru_cache

_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_HUNDRED = Decimal(100)
_OBJECTIVE_HINT = "write the share of good events, for example 99.9% or 0.999"

MAX_DECIMALS = 12
"""Digits of an objective after the point, as a ratio; it is far beyond what any count of events can tell apart."""


class ValueFault(ValueError):  # noqa: N818  # not an error of the program: a user's mistake on its way to a Problem
    """
    A value that can't be used.

    Attributes:
        hint: what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def read_decimal(text: str) -> Decimal | None:
    """The number *text* is, exactly; None if it is no plain decimal number."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def plain(number: Decimal) -> str:
    """*number* as people write it: no exponent, no zeros at the end."""
    return f"{number.normalize():f}"


@lru_cache(maxsize=1_024)  # a catalogue has few different ones, and each is read by a check and once more
def read_objective(text: str) -> Decimal:
    """
    Read an objective: ``99.9%`` and ``0.999`` are one.

    Returns:
        A ratio, exactly as written; ``0 < ratio < 1``.

    Raises:
        ValueFault: it is not such a ratio.
    """
    ratio = _ratio(text)
    if ratio is None:
        raise ValueFault("is not a number or a percentage", _objective_hint(text))
    if ratio == 1:
        raise ValueFault("leaves no error budget", "write what can be promised, for example 99.9% or 99.99%")
    if ratio <= 0:
        raise ValueFault("promises nothing", _OBJECTIVE_HINT)
    if ratio > 1:
        if text.endswith("%"):
            raise ValueFault("is more than everything", _OBJECTIVE_HINT)
        raise ValueFault("is not a ratio between 0 and 1", _over_one(ratio))
    if _decimals(ratio) > MAX_DECIMALS:
        raise ValueFault(
            f"has more than {MAX_DECIMALS} digits after the point, as a ratio", "no count of events is that fine"
        )
    return ratio


def _decimals(ratio: Decimal) -> int:
    """Digits of *ratio* after the point, zeros at the end left out; `normalize` would round what is very long."""
    _, digits, exponent = ratio.as_tuple()
    assert isinstance(exponent, int)
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return -exponent - zeros


def _ratio(text: str) -> Decimal | None:
    """*text* as a ratio, whatever its size; None if it is no number and no percentage."""
    if text.endswith("%"):
        number = read_decimal(text.removesuffix("%").rstrip())
        if number is None:
            return None
        with localcontext(prec=len(text) + 2):  # exactly, however many nines there are
            return number / _HUNDRED
    return read_decimal(text)


def _over_one(ratio: Decimal) -> str:
    if ratio < _HUNDRED:
        return f"write {plain(ratio / _HUNDRED)} or {plain(ratio)}%"
    return _OBJECTIVE_HINT


def _objective_hint(text: str, example: str = "write 99.9% or 0.999") -> str:
    """What was meant by *text*: mostly a percentage with a comma."""
    better = text.replace(",", ".").replace(" ", "").replace("percent", "%").rstrip("%")
    number = read_decimal(better)
    if number is None or not 1 < number < _HUNDRED:
        return example
    return f"write {better}%"


@lru_cache(maxsize=1_024)
def read_share(text: str) -> Decimal:
    """
    Read a share, none and all of it included: ``90%`` and ``0.9`` are one.

    Raises:
        ValueFault: it is not such a share.
    """
    ratio = _ratio(text)
    if ratio is None:
        raise ValueFault("is not a number or a percentage", _objective_hint(text, "write for example 90%"))
    if 0 <= ratio <= 1:
        if ratio and ratio < Decimal(10) ** -MAX_DECIMALS:
            raise ValueFault("is out of range", "write a percentage, for example 90%")
        return ratio
    meant = not text.endswith("%") and 1 < ratio <= _HUNDRED
    hint = f"write {plain(ratio / _HUNDRED)} or {plain(ratio)}%" if meant else "write a percentage, for example 90%"
    raise ValueFault("is not between 0 and 1", hint)
