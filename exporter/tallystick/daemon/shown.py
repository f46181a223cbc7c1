"""What is shown of one SLO from one round to the next, and what of it outlives a reload."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, standings
from tallystick.core.tally import NOTHING, UNOBSERVED, Tally
from tallystick.core.view import SloHealth
from tallystick.daemon.stand import stand
from tallystick.daemon.track import Track
from tallystick.daemon.trouble import Trouble
from tallystick.errors import REASONS
from tallystick.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Shown:
    """
    Everything that is shown of one SLO.

    Attributes:
        health: how well it is measured.
        standings: how it stands in each of its windows; empty before the first round.
    """

    health: SloHealth
    standings: Sequence[Standing] = ()


def unread(slo: Slo) -> Shown:
    """What is shown of *slo* before the first round that reads it."""
    return Shown(SloHealth(slo=slo, lifetime=NOTHING, failures=dict.fromkeys(REASONS, 0)))


def look(ledger: Ledger, slo: Slo, track: Track | None, trouble: Trouble, until: int) -> Shown:
    """
    Work out every figure of *slo* at instant *until*.

    Args:
        ledger: where counts are.
        slo: which SLO.
        track: how far it is read; None if that can't be told.
        trouble: what went wrong with it; what goes wrong here is added.
        until: end of all windows.

    Raises:
        LedgerError: the ledger as a whole can't be read.
    """
    found, lifetime = standings(slo, until, lambda _: UNOBSERVED, fresh=False, group={}), NOTHING
    with trouble.contained("showing"):
        lifetime = _lifetime(ledger, slo)
        if track is not None:
            found = stand(ledger, slo, until)
            trouble.showing = None
    if track is not None and track.is_ahead(until):
        found = [replace(standing, fresh=False) for standing in found]
    begun = track is not None and track.through > track.start
    health = SloHealth(
        slo=slo,
        ledger_start=track.start if track is not None and begun else None,
        ledger_end=track.through if track is not None and begun else None,
        lifetime=lifetime,
        failures=dict(trouble.failures),
        last_error=trouble.last_error,
    )
    return Shown(health, found)


def _lifetime(ledger: Ledger, slo: Slo) -> Tally:
    account = ledger.find(slo.slo_id, slo.sli, {})
    return NOTHING if account is None else ledger.lifetime(account)


def carried_over(shown: Shown | None, slo: Slo) -> Shown:
    """
    What of *shown* still holds for *slo*, which has been loaded again.

    Counts belong to a meaning of the SLI, figures to an objective and windows on top, and failures to the name alone.
    """
    if shown is None:
        return unread(slo)
    before, health = shown.health.slo, replace(shown.health, slo=slo)
    if before is slo:
        return shown
    if before.generation != slo.generation:
        return Shown(replace(unread(slo).health, failures=health.failures))
    if (before.objective, before.windows) != (slo.objective, slo.windows):
        return Shown(health)
    return Shown(health, [replace(standing, slo=slo) for standing in shown.standings])
