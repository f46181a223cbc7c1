"""
OpenSLO's composites as ours.

There each objective has a target of its own, and their budgets burn that of the whole: with *Occurrences* the burn rates add up,
each times its weight; with *RatioTimeslices* what is missing to 100 % does; with *Timeslices* a slice that is bad for one is bad
for the whole. Ours has one objective and the mean of its parts by weight, which says the first two exactly:

- burn rates: sum(v * bad / (1 - t)) is the mean of the parts by weights w = v / (1 - t), at the objective 1 - 1 / sum(w).
- what is missing: sum(v * bad) against sum(v * (1 - t)) is the mean by weights v, at the objective 1 - sum(v * (1 - t)) / sum(v).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import gcd, lcm, prod

from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.node import Sequence as SequenceNode
from tallystick.definition.values import MAX_DECIMALS

_LARGEST = 10**9
"""Weights that are kept exactly; what is beyond is rounded."""


@dataclass(frozen=True, slots=True)
class Share:
    """
    A part of a composite.

    Attributes:
        name: its name here.
        target: its objective.
        weight: what the file says; above 0.
    """

    name: Scalar
    target: Fraction
    weight: Fraction


def composite(reading: Reading, at: SequenceNode, parts: Sequence[Share], budgeting: str) -> tuple[Mapping, Scalar]:
    """
    The ``sli`` of a composite, and its ``objective``.

    Args:
        reading: is told what is read otherwise.
        at: where the parts are written.
        parts: at least one.
        budgeting: ``occurrences``, ``timeslices`` or ``ratio_timeslices``.
    """
    budgets = [1 - part.target for part in parts]
    weights = [part.weight for part in parts]
    if budgeting == "timeslices":
        method, weights = "serial", []
        objective = prod((part.target for part in parts), start=Fraction(1))
        message = (
            "the product of its parts, as slices of different SLOs are not laid upon one another; weights are left out"
        )
    elif budgeting == "ratio_timeslices":
        method = "weighted"
        objective = 1 - sum((one * other for one, other in zip(weights, budgets, strict=True)), Fraction(0)) / sum(
            weights, Fraction(0)
        )
        message = (
            "the mean of its parts by weight: its budget burns as the file says, its compliance is a mean and no sum"
        )
    else:
        method = "weighted"
        weights = [weight / budget for weight, budget in zip(weights, budgets, strict=True)]
        objective = 1 - 1 / sum(weights, Fraction(0))
        message = "its budget burns at the sum of its parts' burn rates; its compliance is the mean that gives that"
    reading.notes.append(notes.PUT_TOGETHER.at(at.span, message, ""))
    whole = _whole(weights)
    of: list[Node] = [
        nodes.mapping(
            part.name, {"slo": nodes.text(part.name.text, part.name), "weight": _weight(part.name, whole, index)}
        )
        for index, part in enumerate(parts)
    ]
    entries: dict[str, Node | None] = {
        "of": nodes.listed(at, of),
        "method": nodes.text(method, at),
        # A part without data burns nothing, as in a sum; left out, the others would burn more.
        "no_data": nodes.text("good", at),
    }
    sli = nodes.mapping(at, {"composite": nodes.mapping(at, entries)})
    return sli, nodes.text(_decimal(objective), at)


def _weight(at: Scalar, weights: Sequence[Fraction], index: int) -> Scalar | None:
    return nodes.plain(_decimal(weights[index]), "float", at) if weights else None


def _whole(weights: Sequence[Fraction]) -> list[Fraction]:
    """*weights*, which only mean something beside one another, as whole numbers if those are not too large."""
    if not weights:
        return []
    scale = lcm(*(weight.denominator for weight in weights))
    numbers = [int(weight * scale) for weight in weights]
    shared = gcd(*numbers)
    found = [Fraction(number, shared) for number in numbers]
    return found if max(found) <= _LARGEST else [weight / max(weights) for weight in weights]


def _decimal(number: Fraction) -> str:
    """*number* exactly, or to as many digits as an objective may have."""
    context = Context(prec=100, rounding=ROUND_HALF_EVEN)
    found = context.divide(Decimal(number.numerator), Decimal(number.denominator))
    if Fraction(found) != number or -found.as_tuple().exponent > MAX_DECIMALS:  # type: ignore[operator]  # it is finite
        found = found.quantize(Decimal(1).scaleb(-MAX_DECIMALS), context=context)
    return f"{found.normalize(context):f}"
