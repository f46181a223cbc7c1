"""How well an SLO is measured, over all its groups."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tallystick.core.slo import Slo
from tallystick.core.tally import NOTHING, Tally
from tallystick.core.view import SloHealth


@dataclass(frozen=True, slots=True)
class Measured:
    """
    The health of one SLO.

    Attributes:
        groups: that of each of its groups; at least one.
    """

    groups: Sequence[SloHealth]

    @property
    def slo(self) -> Slo:
        """Whose it is."""
        return self.groups[0].slo

    @property
    def ledger_start(self) -> int | None:
        """First instant that the ledger knows of any group."""
        return min((each.ledger_start for each in self.groups if each.ledger_start is not None), default=None)

    @property
    def ledger_end(self) -> int | None:
        """How far the ledger reaches for the group that it reaches furthest for: one may have gone."""
        return max((each.ledger_end for each in self.groups if each.ledger_end is not None), default=None)

    @property
    def lifetime(self) -> Tally:
        """All events of all groups."""
        return sum((each.lifetime for each in self.groups), NOTHING)

    @property
    def failures(self) -> Mapping[str, int]:
        """Readings that failed, by reason, of all groups."""
        found = Counter(dict.fromkeys(self.groups[0].failures, 0))
        for each in self.groups:
            found.update(each.failures)
        return found

    @property
    def last_errors(self) -> Sequence[str]:
        """Why the latest reading of any group failed, each reason once."""
        return list(dict.fromkeys(each.last_error for each in self.groups if each.last_error))


def by_slo(healths: Iterable[SloHealth]) -> dict[str, Measured]:
    """The health of each SLO by its id."""
    found: dict[str, list[SloHealth]] = {}
    for health in healths:
        found.setdefault(health.slo.slo_id, []).append(health)
    return {slo_id: Measured(groups) for slo_id, groups in found.items()}
