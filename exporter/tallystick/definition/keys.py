"""Which keys each mapping of the format has, from the model."""

from typing import Any, get_args

from pydantic import BaseModel

from tallystick.definition.model import DefinitionModel

Level = tuple[str, ...]


def _models(model: type[BaseModel], level: Level) -> dict[Level, tuple[str, ...]]:
    names = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    found = {level: tuple(names)}
    for name, annotation in names.items():
        for inner in _inner(annotation):
            found |= _models(inner, (*level, name))
    return found


def _inner(annotation: Any) -> list[type[BaseModel]]:
    """The model inside *annotation*: itself, or what a list or an optional holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _inner(argument)]


KEYS = _models(DefinitionModel, ())
"""By level (keys from the top, without places in lists): the keys there, as they are documented."""
