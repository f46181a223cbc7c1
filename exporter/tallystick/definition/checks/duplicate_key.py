"""duplicate-key: a mapping has one key twice, and only one of the values would count."""

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("duplicate-key")


def problem(key: Scalar, first: Scalar) -> Problem:
    """*key*, which was there before as *first*."""
    line, _ = first.source.position(first.start)
    return RULE.at(key.span, f"`{show(key.text)}` is here already, in line {line}", "keep one of the two")
