"""Which keys each mapping of the format has, from the model."""

from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from tallystick.definition.model import DefinitionModel, SharedModel

Level = tuple[str, ...]

ANY = "*"
"""In a level, a key that its user chooses."""


_SLO: Level = ("slos",)
_FIRST = ("name", "description", "objective", "window", "timezone", "year_start", "sli")
"""What people write first of an SLO; the model begins with what defaults may say as well."""


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    found = list(names)
    return (*(name for name in _FIRST if name in found), *(name for name in found if name not in _FIRST))


def _models(model: type[BaseModel], level: Level) -> dict[Level, tuple[str, ...]]:
    names = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    found = {level: _in_order(names) if level == _SLO else tuple(names)}
    for name, annotation in names.items():
        below = (*level, name, ANY) if get_origin(annotation) is dict else (*level, name)
        for inner in _inner(annotation):
            found |= _models(inner, below)
    return found


def _inner(annotation: Any) -> list[type[BaseModel]]:
    """The model inside *annotation*: itself, or what a list or an optional holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _inner(argument)]


SHARED, FOLDER = "a document of no service", "defaults of a folder"
"""Levels of a document that is of no service: its top, and its `defaults`, which have keys that a service's have not."""


def keys_of(model: type[BaseModel]) -> dict[Level, tuple[str, ...]]:
    """By level, the keys of documents of *model*."""
    return _models(model, ())


SHARED_KEYS = keys_of(SharedModel)
"""Those of a document that is of no service, by its own levels."""

KEYS = keys_of(DefinitionModel)
"""By level (keys from the top, without places in lists): the keys there, as they are documented."""

_PLACES: dict[Level, Level] = {(): (SHARED,), ("defaults",): (FOLDER,)}

KEYS |= {
    _PLACES.get(level[:1], level[:1]) + level[1:]: keys
    for level, keys in SHARED_KEYS.items()
    if level[:1] in _PLACES or level not in KEYS
}
