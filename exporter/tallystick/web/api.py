"""The JSON beside each page; docs/api.md describes it."""

from collections.abc import Sequence

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tallystick import __version__
from tallystick.core.sli import CompositeSli, Sli
from tallystick.core.slo import Slo
from tallystick.core.view import BurnDownPoint, ExporterState, SloHealth
from tallystick.report.agreed import agreed_document
from tallystick.report.document import instant, number, standing_document
from tallystick.web.described import indicator
from tallystick.web.measured import Measured, by_slo
from tallystick.web.rows import asked_group
from tallystick.web.site import Site


def standings(request: Request) -> Response:
    """Every SLO (and group) in every window."""
    return _json([standing_document(standing) for standing in Site.of(request).view.standings()])


def agreements(request: Request) -> Response:
    """Every agreement (and group): what was agreed, what was delivered, what is due."""
    return _json([agreed_document(promise) for promise in Site.of(request).view.agreed()])


def status(request: Request) -> Response:
    """How the exporter is doing."""
    return _json(_state_document(Site.of(request).view.state()))


def slo(request: Request) -> Response:
    """One SLO: its definition, how it stands, and how well it is measured."""
    view = Site.of(request).view
    measured = find(request)
    slo_id = measured.slo.slo_id
    found = [standing_document(standing) for standing in view.standings() if standing.slo.slo_id == slo_id]
    return _json(_slo_document(measured.slo) | _measured_document(measured) | {"standings": found})


def burn_down(request: Request) -> Response:
    """How one SLO's budget went over one of its windows; the first, unless ``window`` asks for another."""
    slo_, window, group = find(request).slo, request.query_params.get("window"), asked_group(request.query_params)
    window = slo_.windows[0].name if window is None else window
    try:
        points = Site.of(request).burn_down(slo_.slo_id, window, group)
    except KeyError:
        names = ", ".join(window.name for window in slo_.windows)
        raise HTTPException(404, f"{slo_.slo_id} has no such window or group; its windows are {names}.") from None
    return _json({"slo": slo_.slo_id, "group": group, "window": window, "points": _points(points)})


def find(request: Request) -> Measured:
    """
    The SLO that the address names.

    Raises:
        HTTPException: 404, there is none.
    """
    wanted = request.path_params["slo_id"]
    measured = by_slo(Site.of(request).view.state().health).get(wanted)
    if measured is None:
        raise HTTPException(404, "There is no SLO of this name.")
    return measured


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
        "slos": len(by_slo(state.health)),
        "slices": state.slices,
        "requests": state.requests,
    }


def _slo_document(slo_: Slo) -> dict[str, object]:
    return {
        "slo": slo_.slo_id,
        "service": slo_.service,
        "name": slo_.name,
        "description": slo_.description,
        "objective": float(slo_.objective),
        "windows": [window.name for window in slo_.windows],
        "sli": _sli_document(slo_.sli),
        "budgeting": _budgeting_document(slo_),
        "no_data": slo_.no_data,
        "min_coverage": float(slo_.min_coverage),
        "was": list(slo_.was),
        "team": slo_.team,
        "tier": slo_.tier,
        "labels": dict(slo_.labels),
        "links": dict(slo_.links),
        "depends_on": list(slo_.depends_on),
        "file": slo_.file,
        "line": slo_.line,
        "revision": slo_.revision,
        "generation": slo_.generation,
    }


def _sli_document(sli: Sli) -> dict[str, object]:
    """What counts; a composite's parts as objects, everything else as text."""
    known: dict[str, object] = {"kind": sli.kind} | dict(indicator(sli))
    if isinstance(sli, CompositeSli):
        known["of"] = [{"slo": part.slo, "weight": float(part.weight)} for part in sli.of]
    if sli.by:
        known["by"] = list(sli.by)
    return known


def _budgeting_document(slo_: Slo) -> dict[str, object]:
    budgeting, sliced = slo_.budgeting, slo_.budgeting.method != "occurrences"
    target = budgeting.slice_target
    return {
        "method": budgeting.method,
        "slice_seconds": budgeting.slice_seconds if sliced else None,
        "slice_target": None if target is None else float(target),
    }


def _measured_document(measured: Measured) -> dict[str, object]:
    return {
        "ledger": _ledger_document(measured),
        "groups": [
            {"group": dict(each.group), "ledger": _ledger_document(each), "last_error": each.last_error}
            for each in measured.groups
        ],
        "failures": dict(measured.failures),
        "last_error": next(iter(measured.last_errors), None),
    }


def _ledger_document(of: Measured | SloHealth) -> dict[str, object]:
    known = of.ledger_start is not None
    return {
        "start": _instant(of.ledger_start),
        "end": _instant(of.ledger_end),
        "good": number(of.lifetime.good) if known else None,
        "total": number(of.lifetime.total) if known else None,
    }
