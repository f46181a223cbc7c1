"""objective-range: an objective that is no share of events strictly between none and all."""

from collections.abc import Iterator
from decimal import Decimal

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, plain, read_objective

RULE = Rule("objective-range")

_HALF = Decimal("0.5")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        node = entry.objective
        if node is None:
            continue
        try:
            objective = read_objective(node.text)
        except ValueFault as fault:
            yield RULE.at(node.span, f"objective {show(node.text)} {fault}", fault.hint)
            continue
        if objective < _HALF:
            message = f"objective {show(node.text)} allows more bad events than good ones"
            meant = f", {plain(objective * 100)} good events in 100" if node.text.endswith("%") else ""
            yield RULE.at(node.span, message, f"if it is meant{meant}, leave it", severity="warning")


CHECK = Check(RULE, _find)
