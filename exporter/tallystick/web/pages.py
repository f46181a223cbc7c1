"""The pages that people read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tallystick.core.agreed import Agreed
from tallystick.core.sli import CompositeSli, Sli
from tallystick.core.standing import Standing
from tallystick.core.view import BurnDownPoint, ExporterState
from tallystick.report import figures
from tallystick.report.agreed import state_name
from tallystick.report.figures import Outlook
from tallystick.web.api import find
from tallystick.web.measured import by_slo
from tallystick.web.rows import Row, Wish, arrange, asked_group, rows, tally_by_outlook
from tallystick.web.site import Site


def index(request: Request) -> Response:
    """Every SLO's budget in each of its windows."""
    site = Site.of(request)
    state = site.view.state()
    made = rows((each.slo for each in by_slo(state.health).values()), site.view.standings(), site.clock())
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
    measured, state, standings = find(request), site.view.state(), site.view.standings()
    slo_ = measured.slo
    made = rows([slo_], [standing for standing in standings if standing.slo.slo_id == slo_.slo_id], site.clock())
    window = _window(request, made)
    groups = arrange((row for row in made if row.standing.window.name == window), Wish())
    group = _group(request, groups)
    points = _burn_down(site, slo_.slo_id, window, group)
    values = {
        "slo": slo_,
        "measured": measured,
        "rows": [row for row in made if row.standing.group == group],
        "groups": groups if group else [],
        "group": group,
        "parts": _parts(slo_.sli, window, standings),
        "promises": [
            AgreementRow(one) for one in site.view.agreed() if one.slo.slo_id == slo_.slo_id and one.group == group
        ],
        "window": next(each for each in slo_.windows if each.name == window),
        "points": points,
        "spent_since": spent_since(points),
        "unit": figures.unit(slo_),
    }
    return site.page("slo.html", values | _exporter(state))


@dataclass(frozen=True, slots=True)
class PartRow:
    """
    A part of a composite, as its page lists it.

    Attributes:
        slo_id: which SLO.
        weight: its share of all weights.
        rows: how it stands by itself, in the composite's window if it has it; one of each of its groups.
    """

    slo_id: str
    weight: Fraction
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """
    An agreement, as the page of its SLO lists it.

    Attributes:
        promise: which, and how it stands.
    """

    promise: Agreed

    @property
    def outlook(self) -> Outlook:
        """Its state as it is shown."""
        return figures.outlook(self.promise.standing)

    @property
    def state(self) -> str:
        """What that is called."""
        return state_name(self.outlook)

    @property
    def delivered(self) -> str:
        """The delivered share in the present period."""
        return figures.compliance(self.promise.standing)


def _parts(sli: Sli, window: str, standings: Iterable[Standing]) -> list[PartRow]:
    if not isinstance(sli, CompositeSli):
        return []
    found: dict[str, list[Standing]] = {part.slo: [] for part in sli.of}
    for standing in standings:
        if standing.slo.slo_id in found:
            found[standing.slo.slo_id].append(standing)
    whole = sum(Fraction(part.weight) for part in sli.of)
    return [PartRow(part.slo, Fraction(part.weight) / whole, _in_window(found[part.slo], window)) for part in sli.of]


def _in_window(standings: Sequence[Standing], window: str) -> list[Row]:
    """Rows of those *standings* that are in *window*; in the first one there is, if there is no such window."""
    names = [standing.window.name for standing in standings]
    chosen = window if window in names else next(iter(names), None)
    return rows([], [standing for standing in standings if standing.window.name == chosen], 0)


def _window(request: Request, made: Sequence[Row]) -> str:
    """The window whose burn-down is wanted; the first one unless the address names another."""
    names = [row.standing.window.name for row in made]
    wanted = request.query_params.get("window", names[0])
    if wanted not in names:
        raise HTTPException(404, f"This SLO has no such window; it has {', '.join(dict.fromkeys(names))}.")
    return wanted


def _group(request: Request, made: Sequence[Row]) -> Mapping[str, str]:
    """The group that is wanted; the worst one unless the address names another, and empty without groups."""
    wanted = asked_group(request.query_params)
    groups = [row.standing.group for row in made]
    if wanted and wanted not in groups:
        raise HTTPException(404, "This SLO has no such group.")
    return wanted or groups[0]


def _burn_down(site: Site, slo_id: str, window: str, group: Mapping[str, str]) -> Sequence[BurnDownPoint]:
    """The burn-down; empty in the moment between a reload that changed the SLO and the round that follows it."""
    try:
        return site.burn_down(slo_id, window, group)
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
