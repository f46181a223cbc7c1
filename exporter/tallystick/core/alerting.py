"""
How an SLO alerts: what its owner says of it, and what holds where nothing is said.

What follows from it for one SLO (factors, thresholds) is ``tallystick.core.burn``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

Severity = Literal["page", "ticket"]
SEVERITIES: tuple[Severity, ...] = ("page", "ticket")

Weigh = Literal["time", "traffic"]
"""
What a share of the budget is a share of.

``time``: every stretch of time has an equal part of the budget, whatever its traffic. ``traffic``: the budget is so many
events of the whole period, and an hour with few of them can spend little of it.
"""


def nothing() -> Mapping[str, str]:
    """An empty mapping that stays so; made by a function because Python 3.11 takes it for a mutable default."""
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BurnPolicy:
    """
    When to alert.

    Attributes:
        severity: who is told.
        share: part of the period's budget that is gone by then; 0 < share <= 1.
        long_seconds: within which time it is gone; a multiple of `PIECE_SECONDS`.
        short_seconds: window that must burn as well, so that the alert ends soon after the errors do; likewise.
        for_seconds: how long both must burn; None: as long as is usual for the severity.
    """

    severity: Severity
    share: Fraction
    long_seconds: int
    short_seconds: int
    for_seconds: int | None = None


PIECE_SECONDS = 300
"""What windows are put together of: the range of the base pair's rates."""

SHORT_PARTS = 12
"""How many short windows a long one has, unless it is said; the workbook's."""

DEFAULT_POLICIES = (
    BurnPolicy("page", Fraction(2, 100), 3_600, 300),
    BurnPolicy("page", Fraction(5, 100), 6 * 3_600, 1_800),
    BurnPolicy("ticket", Fraction(10, 100), 86_400, 2 * 3_600),
    BurnPolicy("ticket", Fraction(10, 100), 3 * 86_400, 6 * 3_600),
)
"""Site Reliability Workbook, ch. 5, tables 5-6 and 5-8; short windows are a twelfth of the long ones."""


def short_of(long_seconds: int) -> int:
    """The short window of a long one of which nothing else is said: a twelfth, in whole pieces."""
    return max(-(-long_seconds // (SHORT_PARTS * PIECE_SECONDS)), 1) * PIECE_SECONDS


def policies(written: tuple[BurnPolicy, ...] | None, severity: Severity) -> tuple[BurnPolicy, ...]:
    """When alerts of *severity* are sent: as is *written*, or by default."""
    return written if written is not None else tuple(one for one in DEFAULT_POLICIES if one.severity == severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """
    How alerts of one severity are sent.

    Attributes:
        enabled: whether there are any.
        labels: on the alerts; ``severity`` is the severity's own name unless it is set here.
        annotations: on the alerts, beside ours.
        burn: when to alert; None: as `DEFAULT_POLICIES` say.
        for_seconds: how long a burn-rate condition must hold; None: as long as is usual for the severity.
    """

    enabled: bool = True
    labels: Mapping[str, str] = field(default_factory=nothing)
    annotations: Mapping[str, str] = field(default_factory=nothing)
    burn: tuple[BurnPolicy, ...] | None = None
    for_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """
    How an SLO alerts.

    Attributes:
        page: alerts that wake somebody.
        ticket: alerts for working hours.
        min_events: events that a long window must hold before it may page; None: as many as make one bad event
            alone too few (``auto``).
        min_bad: bad events that a long window must hold before it may page; None: any number (but see
            `tallystick.core.burn._least_bad`).
        weigh: what a share of the budget is a share of.
        first_values: whether the first value of a series that appears at a target which was up already counts, in
            the rules; the ledger knows better in any case.
        signal: whether somebody is told when there is nothing to count any more.
    """

    page: Notice = field(default_factory=Notice)
    ticket: Notice = field(default_factory=Notice)
    min_events: int | None = None
    min_bad: int | None = None
    weigh: Weigh = "time"
    first_values: bool = True
    signal: bool = True

    def notice(self, severity: Severity) -> Notice:
        """What is said of *severity*."""
        return self.page if severity == "page" else self.ticket

    def policies(self, severity: Severity) -> tuple[BurnPolicy, ...]:
        """When alerts of *severity* are sent, if they are."""
        return policies(self.notice(severity).burn, severity)
