"""Whether a document of another tool has its tool's shape: a pydantic model of it, and problems in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from tallystick.definition import node
from tallystick.definition.checks import unknown_key
from tallystick.definition.keys import ANY, Level, keys_of
from tallystick.definition.problem import Problem
from tallystick.definition.shape import problems_in

EXTENSION = "x-"
"""What keys begin with that tools leave to their users; they are passed over."""


@dataclass(frozen=True, slots=True)
class Shape:
    """
    The shape of documents of another tool.

    Attributes:
        model: which keys there are, and what kinds of values they take.
        examples: by key that must be there, what to write.
        passes_over: the tool's name, if it passes over keys that it does not know: so is it done here, with a warning, unless
            they are misspelt.
        keys: by level, the keys of *model*.
    """

    model: type[BaseModel]
    examples: Mapping[str, str] = field(default_factory=dict)
    passes_over: str = ""
    keys: dict[Level, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        """Work the keys out, once."""
        object.__setattr__(self, "keys", keys_of(self.model))

    def problems(self, root: node.Mapping) -> list[Problem]:
        """What is wrong with the shape of *root*."""
        passed: list[Problem] = []
        values = self._values(root, (), passed)  # nearly all documents are right, and need no nodes of their own
        try:
            self.model.model_validate(values)
        except ValidationError as fault:
            return passed + problems_in(self._own(root, ()), fault, self.keys, self.examples)
        return passed

    def _values(self, part: node.Node, level: Level, passed: list[Problem]) -> Any:
        """
        *part*, which is at *level*, as pydantic takes it: dicts and lists of scalars, without keys that are passed over.

        What there is to say of those goes to *passed*.
        """
        match part:
            case node.Scalar():
                return part
            case node.Sequence():
                return [self._values(item, level, passed) for item in part.items]
        values = {}
        chosen = (*level, ANY) if (*level, ANY) in self.keys else None
        for key, (name, value) in part.entries.items():
            if not self._is_passed(key, level):
                values[key] = (
                    value if isinstance(value, node.Scalar) else self._values(value, chosen or (*level, key), passed)
                )
            elif not key.startswith(EXTENSION):
                passed.append(unknown_key.passed_over(name, self.passes_over))
        return values

    def _own(self, part: node.Node, level: Level) -> node.Node:
        """*part*, which is at *level*, without keys that are passed over."""
        match part:
            case node.Mapping():
                entries = {
                    key: (name, self._own(value, (*level, ANY if (*level, ANY) in self.keys else key)))
                    for key, (name, value) in part.entries.items()
                    if not self._is_passed(key, level)
                }
                return node.Mapping(part.source, part.start, part.end, entries)
            case node.Sequence():
                return node.Sequence(part.source, part.start, part.end, [self._own(item, level) for item in part.items])
        return part

    def _is_passed(self, key: str, level: Level) -> bool:
        if key.startswith(EXTENSION):
            return True
        known = self.keys.get(level) if self.passes_over else None
        return known is not None and key not in known and not unknown_key.is_known(key, level, self.keys)
