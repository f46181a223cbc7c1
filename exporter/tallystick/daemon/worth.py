"""What excluded time is worth: the events that an SLO would have to count without it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from tallystick.core.lens import Lens, among, nothing_excluded
from tallystick.core.register import LeftOut
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.tally import Observation
from tallystick.core.timerange import TimeRange
from tallystick.daemon.following import recorded
from tallystick.daemon.sums import lens_of
from tallystick.daemon.track import Track
from tallystick.ledger.store import Ledger
from tallystick.ledger.tape import Entry, Tape


class Appraiser:
    """Appraises excluded time within a range, by what a ledger holds of it."""

    def __init__(self, ledger: Ledger, slos: Sequence[Slo], span: TimeRange) -> None:
        """
        Look at *span*.

        Args:
            ledger: what is known.
            slos: whose time may be asked about; a composite has no events of its own, and nothing is known of it.
            span: aligned to slices.

        Raises:
            LedgerError: the ledger can't be read.
        """
        self._found: dict[str, list[_Views]] = {}
        for track in recorded(ledger, slos, span.start):
            if entries := ledger.entries(track.account, span.start):
                self._found.setdefault(track.slo.slo_id, []).append(_Views(ledger, track, entries, span))

    def worth(self, slo: Slo, parts: Sequence[TimeRange]) -> list[LeftOut]:
        """
        What leaving out *parts*, and nothing else, takes from *slo* or from each of its groups.

        Raises:
            LedgerError: the ledger can't be read.
        """
        return [views.left_out(parts) for views in self._found.get(slo.slo_id, ())]


class _Views:
    """One account, seen with and without some time."""

    def __init__(self, ledger: Ledger, track: Track, entries: Sequence[Entry], span: TimeRange) -> None:
        self._track = track
        self._span = span
        self._entries = entries

        @cache
        def detail(part: TimeRange) -> Slices:
            return ledger.slices(track.account, part)

        self._detail = detail  # every exclusion looks at the same days
        self._lens = lens_of(track.slo, ledger.first_observed(track.account))
        self._gross = self._observe(replace(self._lens, excluded=nothing_excluded))

    def left_out(self, parts: Sequence[TimeRange]) -> LeftOut:
        net = self._observe(replace(self._lens, excluded=among(parts))) if parts else self._gross
        return LeftOut(
            slo=self._track.slo.slo_id,
            group=self._track.group,
            good=self._gross.tally.good - net.tally.good,
            total=self._gross.tally.total - net.tally.total,
        )

    def _observe(self, lens: Lens) -> Observation:
        return Tape(self._entries, self._detail, lens).observe(self._span)
