"""duplicate-object: two objects of one kind have one name, and nobody knows which of them is meant."""

from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("duplicate-object")


def problem(kind: str, name: Scalar, first: Mapping) -> Problem:
    """There is a *first* object of *kind* called *name*."""
    place = f"{first.source.file}:{first.source.position(first.start)[0]}"
    message = f"{kind} {show(name.text)} is there already, in {place}"
    return RULE.at(name.span, message, "give one of the two another name, or keep one")
