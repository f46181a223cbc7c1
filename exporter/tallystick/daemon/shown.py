"""What is shown of one SLO (or group) from one round to the next, and what of it outlives a reload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tallystick.core.agreed import Agreed
from tallystick.core.sli import EventsSli, LatencySli
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing
from tallystick.core.tally import NOTHING
from tallystick.core.view import SloHealth
from tallystick.daemon.stand import agreed_of, stand
from tallystick.daemon.sums import Sums
from tallystick.daemon.track import Track
from tallystick.daemon.trouble import Trouble
from tallystick.errors import REASONS


@dataclass(frozen=True, slots=True)
class Shown:
    """
    Everything that is shown of one SLO, or of one of its groups.

    Attributes:
        health: how well it is measured.
        standings: how it stands in each of its windows; empty before the first round.
        agreed: how what was agreed about it stands; likewise.
        is_gone: whether it is a group that has vanished, and is shown no more.
    """

    health: SloHealth
    standings: Sequence[Standing] = ()
    agreed: Sequence[Agreed] = ()
    is_gone: bool = False


def unread(slo: Slo, group: Mapping[str, str] | None = None) -> Shown:
    """What is shown of *slo* before the first round that reads it."""
    return Shown(SloHealth(slo=slo, group=group or {}, lifetime=NOTHING, failures=dict.fromkeys(REASONS, 0)))


def unknown(slo: Slo, group: Mapping[str, str], trouble: Trouble, until: int) -> Shown:
    """What is shown of *slo* where the ledger tells nothing."""
    health = replace(unread(slo, group).health, failures=dict(trouble.failures), last_error=trouble.last_error)
    return Shown(health, stand(slo, until, None, group), agreed_of(slo, until, None, group))


def look(track: Track, sums: Sums, until: int) -> Shown:
    """Every figure of what *track* follows, at instant *until*, by its *sums*."""
    found = stand(track.slo, until, sums, track.group)
    promised = agreed_of(track.slo, until, sums, track.group)
    if track.is_ahead(until):
        found = [replace(standing, fresh=False) for standing in found]
        promised = [replace(one, standing=replace(one.standing, fresh=False)) for one in promised]
    begun = track.through > track.start
    health = SloHealth(
        slo=track.slo,
        group=track.group,
        ledger_start=track.start if begun else None,
        ledger_end=track.through if begun else None,
        lifetime=sums.lifetime,
        failures=dict(track.trouble.failures),
        last_error=track.trouble.last_error,
    )
    return Shown(health, found, promised, _is_gone(track, found))


def _is_gone(track: Track, found: Sequence[Standing]) -> bool:
    """
    Whether *track* is a group of which no window has anything.

    Where its counters are gone and their targets are not, there is no traffic, which was observed; so that says nothing. A counter
    that stands still is there.
    """
    if not track.group or track.through <= track.start or track.lacks(found[0].span.end):
        return False  # what was not read yet can't be missed
    if not any(one.gross.observed_seconds for one in found):
        return True
    counted = isinstance(track.sli, EventsSli | LatencySli) and not track.wide
    if not counted or any(one.gross.tally.total for one in found):
        return False
    first_ms = min(one.span.start for one in found) * 1_000
    targets = track.memory.targets.values()
    return not any(last.time_ms >= first_ms for target in targets for last in target.series.values())


def carried_over(shown: Sequence[Shown], slo: Slo) -> list[Shown]:
    """
    What of *shown*, of one SLO and its groups, still holds for *slo*, which has been loaded again.

    Counts belong to a meaning of the SLI, figures to all of the definition, and failures to the name alone.
    """
    if not shown:
        return [unread(slo)]
    before = shown[0].health.slo
    if before is slo:
        return list(shown)
    if before.generation != slo.generation:
        return [Shown(replace(unread(slo).health, failures=shown[0].health.failures))]
    if _looks_alike(before, slo):
        return [
            Shown(
                replace(one.health, slo=slo),
                [replace(standing, slo=slo) for standing in one.standings],
                [replace(promise, slo=slo) for promise in one.agreed],
            )
            for one in shown
        ]
    return [Shown(replace(one.health, slo=slo)) for one in shown]


def _looks_alike(one: Slo, other: Slo) -> bool:
    """Whether all figures of *one* are those of *other*."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("objective", "windows", "budgeting", "no_data", "min_coverage", "exclusions", "agreements")
    )
