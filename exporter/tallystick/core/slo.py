"""Service level objectives: what is promised, of which service, and whom it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tallystick.core.agreement import Agreement
from tallystick.core.alerting import Alerting, nothing
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import NoData, Sli, generation
from tallystick.core.timerange import SLICE_SECONDS
from tallystick.core.window import Window

BudgetingMethod = Literal["occurrences", "timeslices", "ratio_timeslices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeting:
    """
    What the budget is a share of.

    Attributes:
        method: ``occurrences``: of all events; ``timeslices``: of slices of time, each good or bad as a whole;
            ``ratio_timeslices``: of slices of time, each good by its share of good events.
        slice_seconds: how long a slice of time is; divides an hour, in whole minutes.
        slice_target: share of good events that makes a slice good, for ``timeslices``; ``0 < slice_target <= 1``.
    """

    method: BudgetingMethod = "occurrences"
    slice_seconds: int = SLICE_SECONDS
    slice_target: Decimal | None = None


OCCURRENCES = Budgeting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """
    One promise about one service.

    Attributes:
        service: the service's name in the catalogue.
        name: the SLO's name within its service.
        description: what is promised, in words.
        objective: promised share of good events; ``0 < objective < 1``, exactly as written.
        windows: over which it is promised; at least one, the first is the one alerts are made for.
        sli: which events count.
        budgeting: what the budget is a share of.
        no_data: what unobserved time counts as.
        min_coverage: share of a window that must have been observed for a verdict; 0 to 1.
        exclusions: time that is agreed not to count.
        agreements: what was agreed about it with others.
        was: ids it had before, whose history it goes on with.
        team: who owns it, or None.
        tier: how important the service is, or None.
        labels: on every alert, and on ``slo_info``.
        links: named addresses; ``runbook`` goes on alerts.
        depends_on: services that this one needs.
        alerting: how it alerts.
        file: where it is defined, as given on the command line or found from it.
        line: its first line there.
        revision: 12 hex digits of a hash of everything above except *file* and *line*.
    """

    service: str
    name: str
    description: str = ""
    objective: Decimal
    windows: tuple[Window, ...]
    sli: Sli
    budgeting: Budgeting = OCCURRENCES
    no_data: NoData = "ignore"
    min_coverage: Decimal = Decimal(0)
    exclusions: tuple[Exclusion, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    was: tuple[str, ...] = ()
    team: str | None = None
    tier: str | None = None
    labels: Mapping[str, str] = field(default_factory=nothing)
    links: Mapping[str, str] = field(default_factory=nothing)
    depends_on: tuple[str, ...] = ()
    alerting: Alerting = field(default_factory=Alerting)
    file: str = ""
    line: int = 0
    revision: str = ""

    def __post_init__(self) -> None:
        """Refuse what the definition's checks must have caught."""
        assert 0 < self.objective < 1, self.objective
        assert self.windows

    @property
    def slo_id(self) -> str:
        """Its name everywhere: ``checkout-availability``."""
        return f"{self.service}-{self.name}"

    @property
    def generation(self) -> str:
        """What it counts, as a hash; see `tallystick.core.sli.generation`."""
        return generation(self.sli)
