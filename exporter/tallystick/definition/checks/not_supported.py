"""not-supported: a key of the format that this version does not read yet."""

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("not-supported")

_LATER: dict[tuple[str, ...], frozenset[str]] = {
    (): frozenset({"policy", "review"}),
    ("slos",): frozenset({"policy", "review"}),
}


def later(key: Scalar, level: tuple[str, ...]) -> Problem | None:
    """The problem of *key* at *level* if a later version will know it."""
    if key.text not in _LATER.get(level, ()):
        return None
    return RULE.at(key.span, f"`{key.text}` is not supported yet", "leave it out")
