"""What an SLO says, as a hash: equal meanings give equal texts, however they are written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, get_args

from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import Sli
from tallystick.core.slo import Alerting, Budgeting, Notice
from tallystick.core.window import CalendarWindow, RollingWindow

_UNORDERED = ("was", "exclusions")
"""Lists whose order means nothing."""

_ELSEWHERE = ("file", "line")
"""Where something is written does not belong to what it says."""


def revision_of(meaning: Mapping[str, Any]) -> str:
    """12 hex digits of a hash of *meaning*, the fields of an SLO; the order of labels and the spelling of numbers do not count."""
    text = _text({name: _sorted(value) if name in _UNORDERED else value for name, value in meaning.items()})
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _sorted(values: tuple[Any, ...]) -> list[Any]:
    return sorted(values, key=_text)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=_normal)


def _normal(value: Any) -> Any:
    """*value* as JSON in which equal meanings are equal texts."""
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case Mapping():
            return dict(value)
        case Exclusion():
            told = {name: each for name, each in _fields(value).items() if name not in _ELSEWHERE}
            return {**told, "starts": str(value.starts), "ends": str(value.ends), "slos": sorted(value.slos)}
        case RollingWindow():
            return value.name
        case CalendarWindow() | Alerting() | Notice() | Budgeting():
            return _fields(value)
    assert isinstance(value, get_args(Sli)), value
    return value.identity


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
