"""environment: text that is filled in from the environment, so that a definition means something else on each machine."""

import re
from collections.abc import Iterator

from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("environment")

_VARIABLE = re.compile(r"\$\{\w+\}")


def find(root: Node) -> Iterator[Problem]:
    """The variables in the values inside *root*."""
    todo = [root]
    while todo:
        match todo.pop():
            case Scalar() as text:
                for found in _VARIABLE.finditer(text.text):
                    message = f"{show(found.group())} is filled in from the environment, and means something else on each machine"
                    hint = "write what it stands for, or fill it in before (envsubst) and keep the result in git"
                    yield RULE.at(text.part(*found.span()), message, hint)
            case Mapping() as mapping:
                todo += [value for _, value in reversed(mapping.entries.values())]
            case listed:
                todo += reversed(listed.items)
