"""What an SLO says, as a hash: equal meanings give equal texts, however they are written."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, get_args

from tallystick.core.agreement import Agreement, CreditTier
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import Sli
from tallystick.core.slo import Budgeting
from tallystick.core.window import CalendarWindow, RollingWindow

_ELSEWHERE = ("file", "line")
"""Where something is written does not belong to what it says."""


def revision_of(meaning: Mapping[str, Any]) -> str:
    """12 hex digits of a hash of *meaning*, the fields of an SLO; the order of labels and the spelling of numbers do not count."""
    # The order of these two means nothing.
    unordered: dict[str, Any] = {
        "was": sorted(meaning["was"]),
        "exclusions": sorted(map(_exclusion, meaning["exclusions"])),
    }
    said = {**meaning, **unordered}
    agreements = said.pop("agreements", ())
    if agreements:  # without any, an SLO says what it said before there were such
        said["agreements"] = sorted(_text(_fields(one)) for one in agreements)
    return hashlib.sha256(_text(said).encode()).hexdigest()[:12]


@lru_cache(maxsize=4_096)
def _exclusion(exclusion: Exclusion) -> str:
    """What *exclusion* says; kept, as it says so to each SLO of its service."""
    told = {name: value for name, value in _fields(exclusion).items() if name not in _ELSEWHERE}
    return _text({**told, "starts": str(exclusion.starts), "ends": str(exclusion.ends), "slos": sorted(exclusion.slos)})


def _text(value: Any) -> str:
    return _ENCODER.encode(value)


def _normal(value: Any) -> Any:
    """*value* as JSON in which equal meanings are equal texts."""
    return _NORMAL[type(value)](value)


def _decimal(value: Decimal) -> str:
    return f"{value.normalize():f}"


_NAMES = {
    kind: tuple(field.name for field in fields(kind) if kind is Exclusion or field.name not in _ELSEWHERE)
    for kind in (CalendarWindow, Agreement, CreditTier, Alerting, Notice, BurnPolicy, Budgeting, Exclusion)
}
"""Fields of each kind; to ask for them each time takes a third of the time of a revision."""


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _NAMES[type(value)]}


_NORMAL: Mapping[type, Callable[[Any], Any]] = {
    Decimal: _decimal,
    MappingProxyType: dict,
    RollingWindow: attrgetter("name"),
    Fraction: str,
    **dict.fromkeys((CalendarWindow, Agreement, CreditTier, Alerting, Notice, BurnPolicy, Budgeting), _fields),
    **dict.fromkeys(get_args(Sli), attrgetter("identity")),
}
"""By its type, which a table tells in less time than one question after the other, what a value is in JSON."""

_ENCODER = json.JSONEncoder(sort_keys=True, default=_normal, check_circular=False)  # to look for circles takes a tenth
