"""What a running exporter shows of itself: the seam between its loop and the pages and metrics that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol

from tallystick.core.agreed import Agreed
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing
from tallystick.core.tally import Count, Tally


def _no_group() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SloHealth:
    """
    How well one SLO (and group) is being measured.

    Attributes:
        slo: which one.
        group: values of the labels it is grouped by; empty without groups, and while none was found yet.
        ledger_start: first instant the ledger knows of it, in seconds since 1970; None before the first slice.
        ledger_end: how far the ledger reaches; None before the first slice.
        lifetime: all events since *ledger_start*.
        failures: readings that failed since the exporter started, by reason; every reason is present.
        last_error: why the latest reading failed, or why its figures can't be worked out, in words; None if all is well.
    """

    slo: Slo
    group: Mapping[str, str] = field(default_factory=_no_group)
    ledger_start: int | None = None
    ledger_end: int | None = None
    lifetime: Tally
    failures: Mapping[str, int]
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExporterState:
    """
    How the exporter itself is doing.

    Attributes:
        health: how well each SLO is measured: one of each group, those of an SLO after one another, and at least one of
            each SLO.
        ready: whether every SLO has been read up to now once (backfill is over), or has failed at it while Prometheus
            was there.
        backfill_done: share of the backfill that is done, 0 to 1.
        prometheus_url: which Prometheus, without user name and password.
        prometheus_up: whether it answered the latest request; None before the first.
        started_at: when the exporter started, in seconds since 1970.
        config_loaded_at: when definitions were last loaded well.
        config_ok: whether the latest loading went well; the definitions before it stay in force if not.
        config_problems: what was wrong with it, as lines of text.
        round_seconds: how long the latest round took; None before the first.
        round_ended_at: when the latest round ended; None before the first.
        round_failures: rounds since the start that failed as a whole, mostly because the ledger could not be written.
        round_error: why the latest round failed as a whole; None if it did not.
        rounds: rounds since the start.
        slices: slices written since the start, over all SLOs.
        requests: requests to Prometheus since the start.
    """

    ready: bool
    backfill_done: float
    prometheus_url: str
    prometheus_up: bool | None
    started_at: float
    config_loaded_at: float
    config_ok: bool
    config_problems: Sequence[str] = ()
    round_seconds: float | None
    round_ended_at: float | None
    round_failures: int = 0
    round_error: str | None = None
    rounds: int
    slices: int
    requests: int
    health: Sequence[SloHealth] = field(default=())


@dataclass(frozen=True, slots=True)
class BurnDownPoint:
    """
    The budget at one instant.

    Attributes:
        at: the instant, in seconds since 1970.
        remaining: share of the window's budget that was left then; None where it is unknown.
        bad: bad events between the point before and this one; None where that time was not observed.
        total: likewise, all events.
    """

    at: int
    remaining: Fraction | None
    bad: Count | None
    total: Count | None


class View(Protocol):
    """What pages and metrics may ask of a running exporter; every method is quick and safe from any thread."""

    def state(self) -> ExporterState:
        """How the exporter is doing."""
        ...

    def standings(self) -> Sequence[Standing]:
        """Every SLO (and group) in every window, now; by SLO id, then as its windows are listed."""
        ...

    def agreed(self) -> Sequence[Agreed]:
        """How every agreement stands, now; by SLO id, then as they are written."""
        ...

    def burn_down(
        self, slo_id: str, window_name: str, group: Mapping[str, str] | None = None
    ) -> Sequence[BurnDownPoint]:
        """
        How the budget went over the last window.

        Args:
            slo_id: whose.
            window_name: which of its windows; of a calendar window, the present period.
            group: which of its groups; None where it has none.

        Returns:
            At most a few hundred points, oldest first.

        Raises:
            KeyError: there is no such SLO, window or group.
        """
        ...

    def reload(self) -> Sequence[str]:
        """Load the definitions again; return what is wrong with them, in which case the old ones stay in force."""
        ...
