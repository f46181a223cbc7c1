"""wrong-type: a value is not of the kind that its key takes."""

from tallystick.definition.node import Node, Scalar, Sequence, describe
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("wrong-type")

_BOOLEANS = {
    "yes": "true",
    "on": "true",
    "y": "true",
    "1": "true",
    "no": "false",
    "off": "false",
    "n": "false",
    "0": "false",
}


def problem(node: Node, label: str, expected: str, hint: str, key: Scalar | None, *, found: str = "") -> Problem:
    """*node*, the value of *key*, where *expected* should be; *found* tells it better than its kind does."""
    nothing = isinstance(node, Scalar) and node.kind == "null" and node.start == node.end
    place = key if nothing and key else node
    message = f"{label} must be {expected}, found {found or describe(node)}"
    return RULE.at(place.span, message, hint or _hint(node, expected))


def _hint(node: Node, expected: str) -> str:
    if isinstance(node, Scalar):
        return _hint_for_scalar(node, expected)
    if expected == "a list":
        return "start each entry with `-`"
    if expected == "a mapping":
        return "write `key: value` pairs"
    only = node.items[0] if isinstance(node, Sequence) and len(node.items) == 1 else None
    return f"write {show(only.text)} alone" if isinstance(only, Scalar) else "write one value"


def _hint_for_scalar(node: Scalar, expected: str) -> str:
    if node.kind == "null":
        return "give it a value, or leave the key out"
    words = {"a list": f"write [{show(node.text)}]", "a mapping": "write `key: value` pairs"}
    if expected == "true or false":
        # What YAML 1.1 took for booleans.
        return f"write {_BOOLEANS.get(node.text.lower(), expected)}"
    return words.get(expected, "")
