"""error-budget-policy: windows of a policy that is not there, is there twice, or has no window that can be kept."""

from collections.abc import Iterable

from tallystick.core.duration import format_seconds
from tallystick.definition.lengths import SHORTEST_WINDOW_SECONDS
from tallystick.definition.node import Node, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("error-budget-policy")


def unknown(place: Node, name: str, known: Iterable[str]) -> Problem:
    """No file that is read has the policy *name*."""
    message = f"there is no error budget policy {show(name)}"
    return RULE.at(place.span, message, f"known here: {show(', '.join(known))}")


def twice(key: Scalar, first: Scalar) -> Problem:
    """The policy *key* is at *first* already, and says something else there."""
    line, _ = first.source.position(first.start)
    message = f"policy {show(key.text)} is there already, in {first.source.file}, line {line}, with other steps"
    return RULE.at(key.span, message, "keep one of the two, or give it another name")


def no_seconds(window: Scalar) -> Problem:
    """A step's window is no length of time."""
    return RULE.at(window.span, f"a window of {show(window.text)} seconds", "write whole seconds, for example 604800")


def too_short(key: Scalar) -> Problem:
    """No step is long enough."""
    shortest = format_seconds(SHORTEST_WINDOW_SECONDS)
    message = f"no step of policy {show(key.text)} is a window that can be kept"
    return RULE.at(key.span, message, f"add one of whole minutes, {shortest} or longer: window: 2419200")
