"""The JSON beside each page; docs/api.md describes it."""

from collections.abc import Sequence

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tallystick import __version__
from tallystick.core.view import BurnDownPoint, ExporterState, SloHealth
from tallystick.report.document import instant, number, standing_document
from tallystick.web.looks import indicator
from tallystick.web.site import Site


def standings(request: Request) -> Response:
    """Every SLO (and group) in every window."""
    return _json([standing_document(standing) for standing in Site.of(request).view.standings()])


def status(request: Request) -> Response:
    """How the exporter is doing."""
    return _json(_state_document(Site.of(request).view.state()))


def slo(request: Request) -> Response:
    """One SLO: its definition, how it stands, and how well it is measured."""
    view = Site.of(request).view
    health = find(request)
    slo_id = health.slo.slo_id
    found = [standing_document(standing) for standing in view.standings() if standing.slo.slo_id == slo_id]
    return _json(_slo_document(health) | {"standings": found})


def burn_down(request: Request) -> Response:
    """How one SLO's budget went over one of its windows; the first, unless ``window`` asks for another."""
    slo_, window = find(request).slo, request.query_params.get("window")
    window = slo_.windows[0].name if window is None else window
    try:
        points = Site.of(request).view.burn_down(slo_.slo_id, window)
    except KeyError:
        names = ", ".join(window.name for window in slo_.windows)
        raise HTTPException(404, f"{slo_.slo_id} has no such window; it has {names}.") from None
    return _json({"slo": slo_.slo_id, "window": window, "points": _points(points)})


def find(request: Request) -> SloHealth:
    """
    The SLO that the address names.

    Raises:
        HTTPException: 404, there is none.
    """
    wanted = request.path_params["slo_id"]
    for health in Site.of(request).view.state().health:
        if health.slo.slo_id == wanted:
            return health
    raise HTTPException(404, "There is no SLO of this name.")


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def _instant(at: float | None) -> str | None:
    return None if at is None else instant(at)


def _points(points: Sequence[BurnDownPoint]) -> list[dict[str, object]]:
    return [
        {
            "at": instant(point.at),
            "remaining": number(point.remaining),
            "bad": number(point.bad),
            "total": number(point.total),
        }
        for point in points
    ]


def _state_document(state: ExporterState) -> dict[str, object]:
    return {
        "version": __version__,
        "ready": state.ready,
        "backfill_done": state.backfill_done,
        "started_at": instant(state.started_at),
        "prometheus": {"url": state.prometheus_url, "up": state.prometheus_up},
        "config": {
            "ok": state.config_ok,
            "loaded_at": instant(state.config_loaded_at),
            "problems": list(state.config_problems),
        },
        "rounds": {
            "count": state.rounds,
            "seconds": state.round_seconds,
            "ended_at": _instant(state.round_ended_at),
            "failures": state.round_failures,
            "error": state.round_error,
        },
        "slos": len(state.health),
        "slices": state.slices,
        "requests": state.requests,
    }


def _slo_document(health: SloHealth) -> dict[str, object]:
    slo_, known = health.slo, health.ledger_start is not None
    return {
        "slo": slo_.slo_id,
        "service": slo_.service,
        "name": slo_.name,
        "description": slo_.description,
        "objective": float(slo_.objective),
        "windows": [window.name for window in slo_.windows],
        "sli": {"kind": slo_.sli.kind} | dict(indicator(slo_.sli)),
        "team": slo_.team,
        "tier": slo_.tier,
        "labels": dict(slo_.labels),
        "links": dict(slo_.links),
        "depends_on": list(slo_.depends_on),
        "file": slo_.file,
        "line": slo_.line,
        "revision": slo_.revision,
        "generation": slo_.generation,
        "ledger": {
            "start": _instant(health.ledger_start),
            "end": _instant(health.ledger_end),
            "good": number(health.lifetime.good) if known else None,
            "total": number(health.lifetime.total) if known else None,
        },
        "failures": dict(health.failures),
        "last_error": health.last_error,
    }
