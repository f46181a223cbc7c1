"""Ways through what YAML says: mappings and sequences of plain values."""

from collections.abc import Iterator
from typing import Any


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside *value*."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from paths_in(one, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """What is at *path* in *value*."""
    for step in path:
        value = value[step]
    return value
