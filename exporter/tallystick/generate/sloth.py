"""What rules under Sloth's names have beside ours: its labels, and the period that its budgets are for."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from tallystick import __version__
from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.duration import format_seconds
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS
from tallystick.generate.decimals import decimal_text
from tallystick.generate.template import literal, printable

Json = dict[str, Any]

_MONTH_SECONDS = 30 * DAY_SECONDS
_LONG_SECONDS = 31 * DAY_SECONDS
"""The longest period that is put together of days; a longer one is of months and days."""

_WEEK_SECONDS, _YEAR_SECONDS = 7 * DAY_SECONDS, 365 * DAY_SECONDS


def periods_by_id(slos: Mapping[str, Slo]) -> dict[str, set[int]]:
    """The periods that each of *slos* records, in seconds: its own, and those of composites that it is a part of."""
    found = {slo_id: {slo.windows[0].nominal_seconds} for slo_id, slo in slos.items()}
    parts = {
        slo_id: {part.slo for part in slo.sli.of} & slos.keys()
        for slo_id, slo in slos.items()
        if isinstance(slo.sli, CompositeSli)
    }
    changed = bool(parts)
    while changed:  # a part may be a composite itself
        changed = False
        for slo_id, of in parts.items():
            for part in of:
                changed |= not found[slo_id] <= found[part]
                found[part] |= found[slo_id]
    return found


def sloth_of(slo: Slo, recorded: Mapping[int, bool], periods: Iterable[int]) -> Json:
    """
    What Sloth would say of *slo*.

    Args:
        slo: the SLO.
        recorded: the windows that it records in any case, in seconds.
        periods: as `periods_by_id` has them.
    """
    identity = {"sloth_id": slo.slo_id, "sloth_service": slo.service, "sloth_slo": slo.name}
    seconds = set(periods)
    has_months = (
        max(seconds) > _LONG_SECONDS and _MONTH_SECONDS not in recorded and not isinstance(slo.sli, CompositeSli)
    )
    if has_months:
        seconds.add(_MONTH_SECONDS)
    names = {format_seconds(window) for window in recorded}
    return {
        "labels": {name: printable(value) for name, value in identity.items()},
        "alert_labels": {name: literal(value) for name, value in identity.items()},
        "info_labels": _info(slo),
        "period": _name(slo.windows[0].nominal_seconds),
        "periods": [_period(one, has_months=has_months) for one in sorted(seconds) if _name(one) not in names],
    }


def _info(slo: Slo) -> dict[str, str]:
    own = {
        "sloth_mode": "tallystick",
        "sloth_spec": "prometheus/v1",
        "sloth_version": __version__,
        "sloth_objective": decimal_text(100 * Fraction(slo.objective)),
    }
    owner = {"team": slo.team or "", "tier": slo.tier or ""}
    return {name: printable(value) for name, value in {**owner, **slo.labels, **own}.items() if value}


def _period(seconds: int, *, has_months: bool) -> Json:
    """A window that is recorded for the sake of a period; sums are made of whole pieces."""
    return {
        "name": _name(seconds),
        "seconds": str(seconds // PIECE_SECONDS * PIECE_SECONDS),
        "events": True,
        "months": has_months and seconds > _LONG_SECONDS,
    }


def _name(seconds: int) -> str:
    """A period in Prometheus' own words, as Sloth's metrics have it: whole years and weeks are told as such."""
    for length, unit in ((_YEAR_SECONDS, "y"), (_WEEK_SECONDS, "w")):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return format_seconds(seconds)
