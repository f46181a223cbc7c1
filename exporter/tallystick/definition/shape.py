"""
Whether a document has the shape of the format: from nodes to the model, and from pydantic's errors to problems.

Where an error is, pydantic tells as a path of keys; here it becomes a place in the text: for an unknown key the key, for a
wrong value the value, for a missing key the nearest key above it.
"""

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tallystick.definition.checks import missing_key, no_slos, unknown_key, wrong_type
from tallystick.definition.keys import ANY, KEYS, SHARED_KEYS, Level
from tallystick.definition.model import DefinitionModel, SharedModel
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem

Path = tuple[int | str, ...]
Keys = MappingOf[Level, tuple[str, ...]]

_MISSING, _UNKNOWN = "missing", "extra_forbidden"
_SAYS_SOMETHING = frozenset({"slos", "exclusions", "agreements"})
"""Keys of which a document has at least one: without SLOs it agrees on something about those of other documents."""

_CONTAINERS = {
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
}


def read_shape(root: Mapping) -> tuple[DefinitionModel | None, list[Problem]]:
    """
    *root* as the model.

    Returns:
        The model, None if there are problems; and the problems.
    """
    problems = [] if _SAYS_SOMETHING & root.entries.keys() else [missing_key.problem(root, None, "slos", (), {})]
    try:
        model = DefinitionModel.model_validate(_values(root))
    except ValidationError as fault:
        misspelt = {one for error in fault.errors(include_url=False) if (one := _meant_at_the_top(error))}
        return None, [*([] if "slos" in misspelt else problems), *problems_in(root, fault)]
    return (None if problems else model), problems


def _meant_at_the_top(error: ErrorDetails) -> str:
    """The key at the top that an unknown one stands for."""
    *above, key = error["loc"]
    return unknown_key.meant(str(key), (), KEYS) if error["type"] == _UNKNOWN and not above else ""


def look_at_shared(root: Mapping) -> list[Problem]:
    """The problems of the shape of *root*, which is a document of tiers or defaults."""
    try:
        SharedModel.model_validate(_values(root))
    except ValidationError as fault:
        return problems_in(root, fault, SHARED_KEYS)
    return []


def problems_in(
    root: Node, fault: ValidationError, keys: Keys = KEYS, examples: MappingOf[str, str] = MappingProxyType({})
) -> list[Problem]:
    """
    The problems of the shape of *root*.

    Args:
        root: what was read.
        fault: what the model says of it.
        keys: by level, the keys of the model.
        examples: by key, what to write where it is missing, if that is not what one writes in our format.
    """
    errors = fault.errors(include_url=False, include_input=False)
    misspelt = {
        (error["loc"][:-1], unknown_key.meant(str(error["loc"][-1]), _level(error["loc"][:-1], keys), keys))
        for error in errors
        if error["type"] == _UNKNOWN
    }
    return [_problem(root, error, keys, examples) for error in errors if not _is_told(error, misspelt)]


def _is_told(error: ErrorDetails, misspelt: set[tuple[Path, str]]) -> bool:
    """Whether *error* is that a key is missing which is there, *misspelt*."""
    return error["type"] == _MISSING and (error["loc"][:-1], str(error["loc"][-1])) in misspelt


def _values(node: Node) -> Any:
    """*node* as what pydantic takes: dicts and lists of scalars, which stay nodes."""
    match node:
        case Scalar():
            return node
        case Sequence():
            return [_values(item) for item in node.items]
    return {key: value if isinstance(value, Scalar) else _values(value) for key, (_, value) in node.entries.items()}


def _problem(root: Node, error: ErrorDetails, keys: Keys, examples: MappingOf[str, str]) -> Problem:
    path = error["loc"]
    kind = error["type"]
    if kind == _MISSING:
        parent, key = _find(root, path[:-1])
        return missing_key.problem(parent, key, str(path[-1]), _level(path[:-1], keys), examples)
    if kind == _UNKNOWN:
        parent, _ = _find(root, path[:-1])
        assert isinstance(parent, Mapping)
        return unknown_key.problem(parent.key(str(path[-1])), _level(path[:-1], keys), keys)
    node, key = _find(root, path)
    if kind == "too_short":  # only of `slos`; what else must not be empty is looked at by checks
        return no_slos.RULE.at((key or node).span, "no SLOs: `slos` is empty", no_slos.HINT)
    context = error.get("ctx", {})
    expected = _CONTAINERS.get(kind) or context.get("expected")
    assert expected, error
    found = context.get("found", "")
    return wrong_type.problem(node, _label(path), expected, context.get("hint", ""), key, found=found)


def _find(root: Node, path: Path) -> tuple[Node, Scalar | None]:
    """The node at *path*, and the nearest key it is the value of (None if it is an entry of a list)."""
    node, key = root, None
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            key, node = node.entries[step]
        elif isinstance(node, Sequence) and isinstance(step, int):
            key, node = None, node.items[step]
    return node, key


def _level(path: Iterable[int | str], keys: Keys) -> Level:
    """*path* without places in lists: which mapping of the format it is."""
    level: Level = ()
    for step in path:
        if isinstance(step, str):
            level = (*level, ANY if (*level, ANY) in keys else step)
    return level


def _label(path: Path) -> str:
    """What the value at *path* is called in a message."""
    names = tuple(step for step in path if isinstance(step, str))
    if not names:
        return "a definition"
    if isinstance(path[-1], int):
        return f"an entry of `{names[-1]}`"
    if len(names) > 1 and names[-2] in ("labels", "annotations", "links"):
        return f"`{names[-2]}.{names[-1]}`"
    return f"`{names[-1]}`"
