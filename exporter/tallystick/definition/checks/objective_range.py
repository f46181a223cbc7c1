"""objective-range: an objective that is no share of events strictly between none and all."""

from collections.abc import Iterator
from decimal import Decimal

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, value_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, plain, read_objective

RULE = Rule("objective-range", may_warn=True)

_HALF = Decimal("0.5")
_PERCENT = Decimal("0.01")


def _find(document: Document) -> Iterator[Problem]:
    agreed = (value_of(agreement, "objective") for agreement in document.agreements)
    for node in (*(entry.objective for entry in document.entries), *agreed):
        if node is None:
            continue
        try:
            objective = read_objective(node.text)
        except ValueFault as fault:
            yield RULE.at(node.span, f"objective {show(node.text)} {fault}", fault.hint)
            continue
        if objective < _HALF:
            message = f"objective {show(node.text)} allows more bad events than good ones"
            is_percent = node.text.endswith("%")
            meant = f", {plain(objective * 100)} good events in 100" if is_percent else ""
            twice = (
                f"as a percentage {plain(objective * 100)} is {plain(objective * 10_000)}; "
                if is_percent and objective < _PERCENT
                else ""
            )
            yield RULE.at(node.span, message, f"{twice}if it is meant{meant}, leave it", severity="warning")


CHECK = Check(RULE, _find)
