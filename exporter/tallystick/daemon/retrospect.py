"""How SLOs would have stood and alerted over some time of the past, by what a ledger holds: for those who change them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tallystick.core.agreed import Agreed
from tallystick.core.impact import Breaches, Group, Measured
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_day
from tallystick.core.window import RollingWindow
from tallystick.daemon.board import Sight
from tallystick.daemon.following import recorded
from tallystick.daemon.replaying import Theatre, looked_at_from
from tallystick.daemon.stand import leaves, stand
from tallystick.daemon.trouble import Trouble
from tallystick.errors import LedgerError
from tallystick.ledger.store import Ledger

SIGNIFICANT = Fraction(1, 100)
"""Share of a period's budget that makes a loss an incident, by which alerts are judged."""

Report = Callable[[int], None]
"""Told of each so many SLOs that are done."""

_Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """
    Some SLOs of one catalogue.

    Attributes:
        slos: all that are needed: those that are asked about, and what composites among them come down to.
        asked: those that are asked about.
    """

    slos: Sequence[Slo]
    asked: Sequence[Slo]

    def leaves(self, slo: Slo) -> list[Slo]:
        """What is counted for *slo*: itself, or the parts of a composite."""
        if not isinstance(slo.sli, CompositeSli):
            return [slo]
        by_id = {one.slo_id: one for one in self.slos}
        return [by_id[part] for part in leaves(slo, by_id)]


def cast(catalogue: Iterable[Slo], asked: Iterable[str]) -> Cast:
    """Those of *catalogue* whose ids are *asked* about, with all that they are made of."""
    by_id = {slo.slo_id: slo for slo in catalogue}
    wanted = [by_id[slo_id] for slo_id in asked if slo_id in by_id]
    needed: dict[str, Slo] = {}
    todo = list(wanted)
    while todo:
        slo = todo.pop()
        if slo.slo_id not in needed:
            needed[slo.slo_id] = slo
            if isinstance(slo.sli, CompositeSli):
                todo += [by_id[part.slo] for part in slo.sli.of if part.slo in by_id]
    return Cast(list(needed.values()), wanted)


def to_read(casts: Sequence[Cast], span: TimeRange) -> list[Slo]:
    """What must be counted for *casts*: each SLI once, and as far back as anything of *span* looks."""
    furthest: dict[str, int] = {}
    found: dict[tuple[str, str], Slo] = {}
    for one in casts:
        for slo in one.asked:
            reach = span.end - _first_instant(slo, span)
            for leaf in one.leaves(slo):
                found.setdefault((leaf.slo_id, leaf.generation), leaf)
                furthest[leaf.slo_id] = max(furthest.get(leaf.slo_id, 0), reach)
    return [replace(slo, windows=(RollingWindow(furthest[slo.slo_id]),), agreements=()) for slo in found.values()]


def _first_instant(slo: Slo, span: TimeRange) -> int:
    """The first instant that alerts in *span* look at, or windows at the end of any of its days, or agreements' periods."""
    first = min([*_midnights(span), span.end])
    agreed = [one.window.span(max(span.start, 1)).start for one in slo.agreements]
    return max(min(looked_at_from(slo, span), *(window.span(first).start for window in slo.windows), *agreed), 0)


def _midnights(span: TimeRange) -> range:
    """The ends of the days (UTC) that end in *span*; there the ledger's sums of days are all that a window takes."""
    return range(floor_day(span.start) + DAY_SECONDS, span.end + 1, DAY_SECONDS)


def measure(ledger: Ledger, one: Cast, span: TimeRange, report: Report = lambda _: None) -> Iterator[Measured]:
    """
    How the SLOs of *one* catalogue that are asked about would have done.

    Args:
        ledger: what is known.
        one: which SLOs.
        span: over which time.
        report: is told about progress.

    Raises:
        LedgerError: the ledger can't be read.
    """
    if not one.asked:
        return
    theatre = Theatre(ledger, one.slos, span, SIGNIFICANT)
    days = _midnights(span)
    first = min([*days, span.end])
    sight = Sight(ledger, one.slos, recorded(ledger, one.slos, span.end), span.end, first)
    for slo in one.asked:
        past = [{_key(group): states for group, states in sight.states(slo, at)} for at in days]
        final = _shown(sight, slo)
        for outcome in theatre.play(slo):
            key = _key(outcome.group)
            standings, promises = final.get(key, ((), ()))
            yield Measured(
                slo=slo,
                group=outcome.group,
                standings=standings or stand(slo, span.end, None, outcome.group),
                agreed=[_within(promise, span) for promise in promises],
                breaches=_breaches(slo, [day[key] for day in past if key in day]),
                outcome=outcome,
            )
        report(1)


def _within(promise: Agreed, span: TimeRange) -> Agreed:
    """*promise* with those periods alone that ended in *span*."""
    return replace(promise, ended=[one for one in promise.ended if one.span.end > span.start])


def _shown(sight: Sight, slo: Slo) -> Mapping[_Key, tuple[Sequence[Standing], Sequence[Agreed]]]:
    """By group, how *slo* stands, and what was agreed about it."""
    shown = sight.show(slo, Trouble(slo.slo_id))
    for one in shown:
        if one.health.last_error:
            raise LedgerError(one.health.last_error)
    return {_key(one.health.group): (one.standings, one.agreed) for one in shown}


def _breaches(slo: Slo, days: Sequence[Mapping[str, State]]) -> dict[str, Breaches]:
    found = {}
    for window in slo.windows:
        states = [day[window.name] for day in days]
        verdicts = sum(state in (State.MET, State.BREACHED) for state in states)
        found[window.name] = Breaches(states.count(State.BREACHED), verdicts)
    return found


def _key(group: Group) -> _Key:
    return tuple(sorted(group.items()))
