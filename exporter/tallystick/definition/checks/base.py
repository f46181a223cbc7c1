"""What a check is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tallystick.definition.document import Document
from tallystick.definition.problem import Problem, Rule


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
