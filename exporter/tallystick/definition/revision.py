"""What an SLO says, as a hash: equal meanings give equal texts, however they are written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from functools import lru_cache
from typing import Any, get_args

from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import Sli
from tallystick.core.slo import Alerting, Budgeting, Notice
from tallystick.core.window import CalendarWindow, RollingWindow

_ELSEWHERE = ("file", "line")
"""Where something is written does not belong to what it says."""


def revision_of(meaning: Mapping[str, Any]) -> str:
    """12 hex digits of a hash of *meaning*, the fields of an SLO; the order of labels and the spelling of numbers do not count."""
    # The order of these two means nothing.
    unordered = {"was": sorted(meaning["was"]), "exclusions": sorted(map(_exclusion, meaning["exclusions"]))}
    return hashlib.sha256(_text({**meaning, **unordered}).encode()).hexdigest()[:12]


@lru_cache(maxsize=4_096)
def _exclusion(exclusion: Exclusion) -> str:
    """What *exclusion* says; kept, as it says so to each SLO of its service."""
    told = {name: value for name, value in _fields(exclusion).items() if name not in _ELSEWHERE}
    return _text({**told, "starts": str(exclusion.starts), "ends": str(exclusion.ends), "slos": sorted(exclusion.slos)})


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=_normal)


def _normal(value: Any) -> Any:
    """*value* as JSON in which equal meanings are equal texts."""
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case Mapping():
            return dict(value)
        case RollingWindow():
            return value.name
        case CalendarWindow() | Alerting() | Notice() | Budgeting():
            return _fields(value)
    assert isinstance(value, get_args(Sli)), value
    return value.identity


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
