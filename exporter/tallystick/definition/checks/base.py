"""What a check is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tallystick.definition.document import Document
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing that is looked at in every document.

    Attributes:
        rule: the kind of problem it finds.
        find: gives the problems of one document.
    """

    rule: Rule
    find: Callable[[Document], Iterator[Problem]]


def look_at(rule: Rule, node: Scalar | None, name: str, read: Callable[[str], object]) -> Iterator[Problem]:
    """The problem of *rule* if there is a *node* and *read* refuses its text; messages call it *name*."""
    if node is None:
        return
    try:
        read(node.text)
    except ValueFault as fault:
        yield rule.at(node.span, f"{name} {show(node.text)} {fault}", fault.hint)
