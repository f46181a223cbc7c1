"""The pages that people read."""

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tallystick.core.view import BurnDownPoint, ExporterState
from tallystick.report.figures import Outlook
from tallystick.web.api import find
from tallystick.web.rows import Row, Wish, arrange, rows, tally_by_outlook
from tallystick.web.site import Site


def index(request: Request) -> Response:
    """Every SLO's budget in each of its windows."""
    site = Site.of(request)
    state = site.view.state()
    made = rows((health.slo for health in state.health), site.view.standings(), site.clock())
    wish = Wish.of(request.query_params)
    values = {
        "wish": wish,
        "rows": arrange(made, wish),
        "all_rows": len(made),
        "counts": tally_by_outlook(made),
        "outlooks": [outlook.value for outlook in Outlook],
        "teams": sorted({row.slo.team for row in made if row.slo.team}),
        "services": sorted({row.slo.service for row in made}),
    }
    return site.page("index.html", values | _exporter(state))


def slo(request: Request) -> Response:
    """One SLO: its budget over time, its burn rates, its definition, and how well it is measured."""
    site = Site.of(request)
    health, state = find(request), site.view.state()
    found = [standing for standing in site.view.standings() if standing.slo.slo_id == health.slo.slo_id]
    made = rows([health.slo], found, site.clock())
    window = _window(request, made)
    points = _burn_down(site, health.slo.slo_id, window)
    values = {
        "slo": health.slo,
        "health": health,
        "rows": made,
        "groups": [row for row in made if row.standing.window.name == health.slo.windows[0].name],
        "window": window,
        "points": points,
        "spent_since": spent_since(points),
        "unit": "seconds" if health.slo.sli.kind == "up" else "events",
    }
    return site.page("slo.html", values | _exporter(state))


def _window(request: Request, made: Sequence[Row]) -> str:
    """The window whose burn-down is wanted; the first one unless the address names another."""
    names = [row.standing.window.name for row in made]
    wanted = request.query_params.get("window", names[0])
    if wanted not in names:
        raise HTTPException(404, f"This SLO has no such window; it has {', '.join(dict.fromkeys(names))}.")
    return wanted


def _burn_down(site: Site, slo_id: str, window: str) -> Sequence[BurnDownPoint]:
    """The burn-down; empty in the moment between a reload that changed the SLO and the round that follows it."""
    try:
        return site.view.burn_down(slo_id, window)
    except KeyError:
        return ()


def spent_since(points: Sequence[BurnDownPoint]) -> int | None:
    """Since when the budget has been spent without a break, in seconds since 1970; None if it is not."""
    since = None
    for point in reversed(points):
        if point.remaining is None or point.remaining > 0:
            break
        since = point.at
    return since


def _exporter(state: ExporterState) -> dict[str, Any]:
    ends = [health.ledger_end for health in state.health if health.ledger_end is not None]
    return {"state": state, "ledger_end": max(ends, default=None)}
