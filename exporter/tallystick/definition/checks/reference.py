"""reference: a name that leads nowhere, in a format whose objects refer to one another."""

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("reference")


def unknown(kind: str, name: Scalar, near: str) -> Problem:
    """There is no object of *kind* called *name*; one that is *near* may be meant."""
    hint = f"write {show(near)}" if near else f"add a file that defines it, or write the {kind} in place"
    return RULE.at(name.span, f"there is no {kind} {show(name.text)}", hint)


def lost(kind: str, name: Scalar, file: str) -> Problem:
    """The object of *kind* called *name* is in a *file* with errors."""
    return RULE.at(name.span, f"{kind} {show(name.text)} is left out: {show(file)} has errors", "mend that file")
