"""A composite of OpenSLO: its parts, as SLOs of their own, and the whole."""

from decimal import Decimal
from fractions import Fraction

from tallystick.definition.checks.composite import RULE as COMPOSITE
from tallystick.definition.formats import nodes
from tallystick.definition.formats.openslo import alerts, targets
from tallystick.definition.formats.openslo.composites import Share, composite
from tallystick.definition.formats.openslo.indicator import sli, spec_of
from tallystick.definition.formats.openslo.whole import Whole, alerting, names, objective_of
from tallystick.definition.node import Mapping, Node, Sequence
from tallystick.definition.problem import show

_OF_WHOLE = ("name", "description", "objective", "alerting")
"""Keys that a composite's parts do not share."""


def composite_of(whole: Whole, listed: Sequence, items: list[Mapping]) -> list[Mapping]:
    """A composite after its parts, which do not alert themselves."""
    parts: list[Mapping] = []
    shares: list[Share] = []
    for item, name in zip(items, names(whole, items), strict=True):
        spec = spec_of(whole.reading, whole.objects, item)
        node, number = targets.target(whole.reading, item)
        entries: dict[str, Node | None] = {
            "name": name,
            "description": item.get("displayName") or whole.common["description"],
            "objective": node,
            "sli": spec and sli(whole.reading, whole.objects, spec, item),
            **targets.slices(whole.reading, whole.spec, item, whole.budgeting),
            "alerting": alerts.none(item),
        }
        shared = {key: value for key, value in whole.common.items() if key not in _OF_WHOLE and value is not None}
        parts.append(nodes.mapping(item, shared | {key: value for key, value in entries.items() if value is not None}))
        weight = targets.number(item.get("compositeWeight"), Decimal(1))
        if weight <= 0:
            place = item.get("compositeWeight") or item
            message = f"compositeWeight {show(str(weight))} is not above 0"
            whole.reading.problems.append(COMPOSITE.at(place.span, message, "write a number above 0"))
        elif number is not None:
            shares.append(Share(name, Fraction(number), Fraction(weight)))
    if len(shares) < len(items):
        return parts
    made, objective = composite(whole.reading, listed, shares, whole.budgeting)
    if Decimal(objective.text) <= 0:
        message = "by these weights all parts may fail without spending the budget of the whole"
        whole.reading.problems.append(COMPOSITE.at(listed.span, message, "write a larger compositeWeight"))
        return parts
    entries = {"name": nodes.text(whole.name.text, whole.name), "objective": objective, "sli": made}
    entries |= {key: value for key, value in whole.common.items() if value is not None}
    if "alerting" not in entries:
        entries["alerting"] = alerting(whole, objective_of(objective.text))
    return [*parts, nodes.mapping(listed, entries)]
