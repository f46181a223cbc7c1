"""What a replay found of each SLO (and group), in one setting or in two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tallystick.core.alertdiff import Difference, differences
from tallystick.core.alertscore import Backtest
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    One SLO (and group) in one setting.

    Attributes:
        slo: the SLO.
        group: values of the labels it is grouped by; empty without groups.
        backtest: what was found; None if there was nothing to replay.
        unobserved_seconds: how much of what was replayed is not known, and neither fires nor resolves as it would have.
        excluded_seconds: how much of it is excluded.
        whole_from: the first instant of which all that the alerts look back on is known; None: there is none.
    """

    slo: Slo
    group: Mapping[str, str]
    backtest: Backtest | None
    unobserved_seconds: int
    excluded_seconds: int
    whole_from: int | None

    @property
    def has_findings(self) -> bool:
        """Whether alerts told of nothing, or of nothing of what they ask for."""
        return self.backtest is not None and bool(self.backtest.noise or self.backtest.missed)


@dataclass(frozen=True, slots=True)
class Compared:
    """
    One SLO (and group) in two settings, or in the one there is.

    Attributes:
        here: in the setting under test; None: it is not defined there.
        there: in the one it is compared with; None: it is not defined there, or nothing is compared.
    """

    here: Outcome | None
    there: Outcome | None = None

    @property
    def either(self) -> Outcome:
        """Whose name it has."""
        found = self.here or self.there
        assert found is not None
        return found

    @property
    def differences(self) -> list[Difference]:
        """What somebody would have been told otherwise."""
        here, there = (side.backtest if side else None for side in (self.here, self.there))
        return differences(here, there) if here and there else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """
    All that was replayed.

    Attributes:
        span: which time.
        significant: share of a period's budget that makes a loss an incident.
        compares: whether there are two settings.
        slos: each SLO (and group).
    """

    span: TimeRange
    significant: Fraction
    compares: bool
    slos: Sequence[Compared]

    @property
    def has_findings(self) -> bool:
        """Whether the setting under test has any."""
        return any(one.here.has_findings for one in self.slos if one.here)


def pair_up(here: Sequence[Outcome], there: Sequence[Outcome]) -> list[Compared]:
    """The outcomes of two settings side by side, by id and group; those of *here* first, in their order."""
    others = {_key(one): one for one in there}
    paired = [Compared(one, others.pop(_key(one), None)) for one in here]
    return [*paired, *(Compared(None, one) for one in others.values())]


def _key(one: Outcome) -> tuple[str, tuple[tuple[str, str], ...]]:
    return one.slo.slo_id, tuple(sorted(one.group.items()))
