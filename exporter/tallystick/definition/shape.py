"""
Whether a document has the shape of the format: from nodes to the model, and from pydantic's errors to problems.

Where an error is, pydantic tells as a path of keys; here it becomes a place in the text: for an unknown key the key, for a
wrong value the value, for a missing key the nearest key above it.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tallystick.definition.checks import missing_key, no_slos, unknown_key, wrong_type
from tallystick.definition.model import DefinitionModel
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem

Path = tuple[int | str, ...]

_MISSING, _UNKNOWN = "missing", "extra_forbidden"
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
    try:
        return DefinitionModel.model_validate(_values(root)), []
    except ValidationError as fault:
        errors = fault.errors(include_url=False, include_input=False)
        misspelt = {
            (error["loc"][:-1], unknown_key.meant(str(error["loc"][-1]), _level(error["loc"][:-1])))
            for error in errors
            if error["type"] == _UNKNOWN
        }
        return None, [_problem(root, error) for error in errors if not _is_told(error, misspelt)]


def _is_told(error: ErrorDetails, misspelt: set[tuple[Path, str]]) -> bool:
    """Whether *error* is that a key is missing which is there, *misspelt*."""
    return error["type"] == _MISSING and (error["loc"][:-1], str(error["loc"][-1])) in misspelt


def _values(node: Node) -> Any:
    """*node* as what pydantic takes: dicts and lists of scalars, which stay nodes."""
    match node:
        case Mapping():
            return {key: _values(value) for key, (_, value) in node.entries.items()}
        case Sequence():
            return [_values(item) for item in node.items]
    return node


def _problem(root: Mapping, error: ErrorDetails) -> Problem:
    path = error["loc"]
    kind = error["type"]
    if kind == _MISSING:
        parent, key = _find(root, path[:-1])
        return missing_key.problem(parent, key, str(path[-1]), _level(path[:-1]))
    if kind == _UNKNOWN:
        parent, _ = _find(root, path[:-1])
        assert isinstance(parent, Mapping)
        return unknown_key.problem(parent.key(str(path[-1])), _level(path[:-1]))
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


def _level(path: Iterable[int | str]) -> tuple[str, ...]:
    """*path* without places in lists: which mapping of the format it is."""
    return tuple(step for step in path if isinstance(step, str))


def _label(path: Path) -> str:
    """What the value at *path* is called in a message."""
    names = _level(path)
    if not names:
        return "a definition"
    if isinstance(path[-1], int):
        return f"an entry of `{names[-1]}`"
    if len(names) > 1 and names[-2] in ("labels", "annotations", "links"):
        return f"`{names[-2]}.{names[-1]}`"
    return f"`{names[-1]}`"
