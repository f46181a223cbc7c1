"""not-supported: a key of the format that this version does not read yet."""

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("not-supported")

_LATER: dict[tuple[str, ...], frozenset[str]] = {
    (): frozenset({"exclusions", "agreements", "defaults", "policy", "review", "timezone", "budgeting", "no_data"}),
    ("slos",): frozenset(
        {"timezone", "budgeting", "slice", "slice_target", "no_data", "policy", "review", "agreements", "exclusions"}
    ),
    ("slos", "sli"): frozenset({"threshold", "ratio", "composite"}),
    ("slos", "sli", "events"): frozenset({"by"}),
    ("slos", "sli", "latency"): frozenset({"by", "total"}),
    ("slos", "sli", "up"): frozenset({"by"}),
    ("slos", "alerting"): frozenset({"burn"}),
}
LATER_SLIS = _LATER["slos", "sli"]


def later(key: Scalar, level: tuple[str, ...]) -> Problem | None:
    """The problem of *key* at *level* if a later version will know it."""
    if key.text not in _LATER.get(level, ()):
        return None
    hint = "use one of events, latency, up" if key.text in LATER_SLIS else "leave it out"
    return RULE.at(key.span, f"`{key.text}` is not supported yet", hint)
