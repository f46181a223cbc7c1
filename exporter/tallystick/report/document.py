"""Standings as JSON, the same for ``status --format json`` and for the web."""

from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction

import orjson

from tallystick.core.standing import Standing
from tallystick.core.tally import Observation


def standings_json(standings: Iterable[Standing]) -> str:
    """A list of `standing_document`, indented."""
    return orjson.dumps([standing_document(standing) for standing in standings], option=orjson.OPT_INDENT_2).decode()


def standing_document(standing: Standing) -> dict[str, object]:
    """
    One SLO (and group) in one window as a JSON object; docs/api.md describes the keys.

    Without any observation counts are unknown, and null; observed time without events has counts of 0.
    """
    net, gross = _counts(standing.observation), _counts(standing.gross)
    return {
        "slo": standing.slo.slo_id,
        "service": standing.slo.service,
        "group": dict(standing.group),
        "window": standing.window.name,
        "start": instant(standing.span.start),
        "end": instant(standing.span.end),
        "objective": float(standing.slo.objective),
        **net,
        "compliance": number(standing.compliance),
        "budget_remaining": number(standing.budget_remaining),
        "coverage": number(standing.coverage),
        "state": standing.state.value,
        "burn_rates": {window: number(rate) for window, rate in standing.burn_rates.items()},
        "excluded_seconds": standing.excluded_seconds,
        "gross": {
            "good": gross["good"],
            "total": gross["total"],
            "compliance": number(standing.gross_compliance),
        },
    }


def _counts(seen: Observation) -> dict[str, float | None]:
    if not seen.observed_seconds:
        return {"good": None, "total": None, "bad": None}
    tally = seen.tally
    return {"good": number(tally.good), "total": number(tally.total), "bad": number(tally.bad)}


_EXACT = 2**53
"""Whole numbers up to here are the same to all who read JSON; larger ones are counts that were rounded anyway."""


def number(value: float | Fraction | None) -> float | None:
    """*value* as JSON has it: an integer if it is whole, else the nearest float; null if it is unknown."""
    if value is None:
        return None
    whole = int(value)
    return whole if whole == value and abs(whole) <= _EXACT else float(value)


def instant(at: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC: ``2026-11-23T12:00:00Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
