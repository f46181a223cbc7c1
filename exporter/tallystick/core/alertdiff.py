"""What differs between two settings of alerts that were replayed over the same time."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.core.alerting import SEVERITIES, Severity
from tallystick.core.alertscore import Backtest
from tallystick.core.timerange import TimeRange


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One time that somebody would have been told, in at least one of two settings.

    Attributes:
        severity: who.
        here: from the first firing to the end of the last one, in the one setting; None: not at all.
        there: likewise in the other one.
    """

    severity: Severity
    here: TimeRange | None
    there: TimeRange | None

    @property
    def later_seconds(self) -> int | None:
        """How much later the other setting tells, negative if earlier; None if one of them does not."""
        if self.here is None or self.there is None:
            return None
        return self.there.start - self.here.start


def differences(here: Backtest, there: Backtest) -> list[Difference]:
    """
    Whenever one of two settings told and the other did not, or not at the same moment, or not until the same one.

    What overlaps is one; alerts with other windows have no names that could be compared.
    """
    found = []
    for severity in SEVERITIES:
        parts = [
            (span, side)
            for side, backtest in enumerate((here, there))
            if severity in backtest.scores
            for span in backtest.scores[severity].spells
        ]
        found += [_difference(severity, cluster) for cluster in _clusters(parts)]
    return [one for one in found if one.here != one.there]


def _clusters(parts: Sequence[tuple[TimeRange, int]]) -> list[list[tuple[TimeRange, int]]]:
    """*parts* that overlap, together."""
    clusters: list[list[tuple[TimeRange, int]]] = []
    end = 0
    for span, side in sorted(parts):
        if not clusters or span.start >= end:
            clusters.append([])
        clusters[-1].append((span, side))
        end = max(end, span.end)
    return clusters


def _difference(severity: Severity, cluster: Sequence[tuple[TimeRange, int]]) -> Difference:
    here, there = (_hull([span for span, side in cluster if side == wanted]) for wanted in (0, 1))
    return Difference(severity, here, there)


def _hull(spans: Sequence[TimeRange]) -> TimeRange | None:
    return TimeRange(min(one.start for one in spans), max(one.end for one in spans)) if spans else None
