"""wrong-type: a value is not of the kind that its key takes."""

from tallystick.definition.node import Node, Scalar, describe
from tallystick.definition.problem import Problem, Rule

RULE = Rule("wrong-type")


def problem(node: Node, label: str, expected: str, hint: str, key: Scalar | None) -> Problem:
    """*node*, the value of *key*, where *expected* should be."""
    nothing = isinstance(node, Scalar) and node.kind == "null" and node.start == node.end
    place = key if nothing and key else node
    if isinstance(node, Scalar) and node.kind == "null":
        hint = hint or "give it a value, or leave the key out"
    return RULE.at(place.span, f"{label} must be {expected}, found {describe(node)}", hint)
