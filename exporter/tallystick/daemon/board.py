"""The board that a round fills: every figure of every SLO, for all who ask until the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tallystick.core.agreed import SHOWN_PERIODS, Agreed
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State, ending
from tallystick.core.tally import NOTHING
from tallystick.core.timerange import TimeRange
from tallystick.core.view import SloHealth
from tallystick.daemon.following import recorded
from tallystick.daemon.shown import Shown, look, unknown
from tallystick.daemon.stand import (
    agreed_of,
    agreed_of_composite,
    composite,
    earliest,
    first_instants,
    leaves,
    stand,
    stand_composite,
    stood,
)
from tallystick.daemon.sums import Sums, open_sums
from tallystick.daemon.track import Track
from tallystick.daemon.trouble import Trouble
from tallystick.errors import LedgerError
from tallystick.ledger.store import Ledger

Board = Mapping[str, Sequence[Shown]]
"""By SLO id, what is shown of it, or of each of its groups; never empty."""


class Sight:
    """Looks at the ledger for one round; sums stay with the tracks that they are of."""

    def __init__(
        self, ledger: Ledger, slos: Sequence[Slo], tracks: Sequence[Track], until: int, first: int | None = None
    ) -> None:
        """
        Look at *ledger*.

        Args:
            ledger: what is known.
            slos: what is shown.
            tracks: what is followed of it.
            until: end of all windows.
            first: the earliest instant of which `states` are asked; None: *until*.
        """
        self._ledger = ledger
        self._slos = {slo.slo_id: slo for slo in slos}
        self._tracks: dict[str, list[Track]] = {}
        for track in tracks:
            self._tracks.setdefault(track.slo.slo_id, []).append(track)
        self._until = until
        self._since = first_instants(slos, until if first is None else first, SHOWN_PERIODS)
        self._narrower: dict[tuple[str, tuple[Exclusion, ...]], Sums] = {}

    def show(self, slo: Slo, trouble: Trouble) -> list[Shown]:
        """
        Work out every figure of *slo*.

        Raises:
            LedgerError: the ledger as a whole can't be read.
        """
        if isinstance(slo.sli, CompositeSli):
            return [self._composite(slo, trouble)]
        made = [self._one(track) for track in self._tracks.get(slo.slo_id, ())]
        there = [shown for shown in made if not shown.is_gone]
        return there or [unknown(slo, {}, trouble, self._until)]

    def states(self, slo: Slo, at: int) -> list[tuple[Mapping[str, str], dict[str, State]]]:
        """
        How *slo* and each of its groups stood at an earlier instant *at*: group labels, and states by window.

        Raises:
            LedgerError: the ledger can't be read.
        """
        if isinstance(slo.sli, CompositeSli):
            net = composite(slo, TimeRange(earliest(slo, at), at), self._slos, self._part, net=True)
            return [({}, {window.name: ending(slo, window, at, net, group={}).state for window in slo.windows})]
        found = []
        for track in self._tracks.get(slo.slo_id, ()):
            sums = self._sums(track)
            states = {window.name: stood(slo, window, at, sums, track.group).state for window in slo.windows}
            found.append((track.group, states))
        return found

    def figures(self, slo: Slo, at: int) -> tuple[list[Standing], list[Agreed]]:
        """
        Every figure of *slo* and of what was agreed about it at an earlier instant *at*, by what the ledger holds now.

        A group is there while any of its windows has an event; what has no account has no figures.

        Raises:
            LedgerError: the ledger can't be read.
        """
        if isinstance(slo.sli, CompositeSli):
            promised = agreed_of_composite(slo, at, self._slos, self._part)
            return stand_composite(slo, at, self._slos, self._part), promised
        standings: list[Standing] = []
        promises: list[Agreed] = []
        for track in self._tracks.get(slo.slo_id, ()):
            if track.start < at <= track.through:
                sums = self._sums(track)
                its = stand(slo, at, sums, track.group)
                if not track.group or any(one.gross.tally.total for one in its):
                    standings += its
                    promises += agreed_of(slo, at, sums, track.group)
        return standings, promises

    def _one(self, track: Track) -> Shown:
        with track.trouble.contained("showing"):
            shown = look(track, self._sums(track), self._until)
            track.gone, track.trouble.showing = shown.is_gone, None
            return replace(shown, health=replace(shown.health, last_error=track.trouble.last_error))
        return unknown(track.slo, track.group, track.trouble, self._until)

    def _sums(self, track: Track) -> Sums:
        if track.sums is None or track.sums.is_outdated:
            since = self._since[track.slo.slo_id]
            track.sums = open_sums(self._ledger, track.account, track.slo, since)
        return track.sums

    def _composite(self, slo: Slo, trouble: Trouble) -> Shown:
        with trouble.contained("showing"):
            found = stand_composite(slo, self._until, self._slos, self._part)
            trouble.showing = None
            parts = [track for part in leaves(slo, self._slos) for track in self._tracks.get(part, ())]
            health = SloHealth(
                slo=slo,
                ledger_start=min((track.start for track in parts), default=None),
                ledger_end=min((track.through for track in parts), default=None),
                lifetime=NOTHING,
                failures=dict(trouble.failures),
                last_error=trouble.last_error,
            )
            return Shown(health, found, agreed_of_composite(slo, self._until, self._slos, self._part))
        return unknown(slo, {}, trouble, self._until)

    def _part(self, slo: Slo, more: Sequence[Exclusion]) -> Sums | None:
        """The sums of a part, without what is excluded of the composite either."""
        tracks = self._tracks.get(slo.slo_id)
        if not tracks:
            return None
        extra = tuple(one for one in more if one not in slo.exclusions)
        if not extra:
            return self._sums(tracks[0])
        key = slo.slo_id, extra
        if key not in self._narrower:
            since = self._since[slo.slo_id]
            self._narrower[key] = open_sums(self._ledger, tracks[0].account, slo, since, extra)
        return self._narrower[key]


def standings_in(ledger: Ledger, slos: Sequence[Slo], at: int, tracks: Sequence[Track] | None = None) -> list[Standing]:
    """How *slos* stand at instant *at*; see `shown_in`."""
    return [standing for one in shown_in(ledger, slos, at, tracks) for standing in one.standings]


def shown_in(ledger: Ledger, slos: Sequence[Slo], at: int, tracks: Sequence[Track] | None = None) -> list[Shown]:
    """
    Every figure of *slos* at instant *at* by what *ledger* holds, without an exporter.

    Args:
        ledger: what is known.
        slos: of which.
        at: end of all windows.
        tracks: what is followed of it, if that is at hand.

    Raises:
        LedgerError: some of it can't be read.
    """
    sight = Sight(ledger, slos, recorded(ledger, slos, at) if tracks is None else tracks, at)
    shown = [one for slo in slos for one in sight.show(slo, Trouble(slo.slo_id))]
    faults = dict.fromkeys(one.health.last_error for one in shown if one.health.last_error)
    if faults:
        raise LedgerError("; ".join(map(str, faults)))
    return shown
