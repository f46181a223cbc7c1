"""How SLOs stood at one instant of the past after another, by what a ledger holds now."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tallystick.core.agreed import Agreed
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing
from tallystick.core.timerange import TimeRange
from tallystick.daemon.board import Sight
from tallystick.daemon.following import recorded
from tallystick.daemon.stand import leaves
from tallystick.ledger.store import Ledger
from tallystick.metrics.agreements import add_agreement
from tallystick.metrics.history import History
from tallystick.metrics.samples import add_figures, add_reach

Within = Callable[[TimeRange], TimeRange]
"""Which part of the time that the ledger knows is asked for."""

_TELL_STEPS = 100

Past = Iterator[tuple[int, tuple[Sequence[Standing], Sequence[Agreed]]]]
"""Instants, and how an SLO stood then in its windows, and what was agreed about it."""


class Hindsight:
    """What a ledger knows of the past of some SLOs."""

    def __init__(self, ledger: Ledger, slos: Sequence[Slo], within: Within, step_seconds: int) -> None:
        """
        Look back.

        Args:
            ledger: what is known.
            slos: of which; composites among them need their parts.
            within: which time.
            step_seconds: from one instant to the next; instants are multiples of it.

        Raises:
            LedgerError: the ledger can't be read.
        """
        self._ledger = ledger
        self._slos = slos
        self._tracks = recorded(ledger, slos, None)
        known: dict[str, list[TimeRange]] = {}
        for track in self._tracks:
            known.setdefault(track.slo.slo_id, []).append(TimeRange(track.start, track.through))
        by_id = {slo.slo_id: slo for slo in slos}
        self._instants = {
            slo.slo_id: _instants(
                [span for part in _parts(slo, by_id) for span in known.get(part, ())], within, step_seconds
            )
            for slo in slos
        }

    @property
    def steps(self) -> int:
        """How many instants there are, of all SLOs."""
        return sum(len(instants) for instants in self._instants.values())

    def each(self) -> Iterator[tuple[Slo, Past]]:
        """
        One SLO after the other, with its past.

        Raises:
            LedgerError: the ledger can't be read.
        """
        there = [instants for instants in self._instants.values() if instants]
        if not there:
            return
        first, last = min(instants[0] for instants in there), max(instants[-1] for instants in there)
        sight = Sight(self._ledger, self._slos, self._tracks, last, first)
        for slo in self._slos:
            yield slo, ((at, sight.figures(slo, at)) for at in self._instants[slo.slo_id])


def figures(
    hindsight: Hindsight, labels: Mapping[str, str], done: Callable[[int], object] = lambda _: None
) -> Iterator[str]:
    """
    What the exporter would have told at each instant, as lines of OpenMetrics.

    Args:
        hindsight: of which SLOs and instants.
        labels: put on every series, as Prometheus puts a target's on what it scrapes.
        done: is told how many instants of an SLO are done since it was last told.

    Raises:
        LedgerError: the ledger can't be read.
    """
    with History(labels) as history:
        for slo, past in hindsight.each():
            count = 0
            for history.at, (found, promises) in past:
                if found:
                    add_figures(history, slo, found)
                    add_reach(history, slo, found)
                for promise in promises:
                    add_agreement(history, promise)
                count += 1
                if not count % _TELL_STEPS:
                    done(_TELL_STEPS)
            history.flush()
            done(count % _TELL_STEPS)
        yield from history.lines()


def _parts(slo: Slo, by_id: Mapping[str, Slo]) -> Sequence[str]:
    return leaves(slo, by_id) if isinstance(slo.sli, CompositeSli) else [slo.slo_id]


def _instants(known: Sequence[TimeRange], within: Within, step: int) -> range:
    """Multiples of *step* from the first to the last instant of what is *known* and asked for."""
    if not known:
        return range(0)
    span = within(TimeRange(min(one.start for one in known), max(one.end for one in known)))
    return range((span.start // step + 1) * step, span.end + 1, step)
