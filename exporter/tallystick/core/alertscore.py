"""
How good alerts were: what they told of the budget that was lost, how soon, and what they told for nothing.

Source of the four measures: Site Reliability Workbook, ch. 5, "Alerting Considerations".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

from tallystick.core.alerting import Severity
from tallystick.core.backtest import Fired
from tallystick.core.burn import BurnAlert
from tallystick.core.incidents import Loss
from tallystick.core.timerange import DAY_SECONDS, TimeRange

WEEK_SECONDS = 7 * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Firing:
    """
    One time that an alert fired, and what it was worth.

    Attributes:
        fired: when.
        onset: when the errors began that it told of; None if no stretch of loss went on by then.
        spent: share of the period's budget that was gone between *onset* and its firing; None without an onset.
        spent_in_long: share that was gone within its long window by its firing; None if the budget is not known.
        noise: no incident went on while its condition held, or within the short window before.
        detection_seconds: from the first incident's start to its firing, 0 if it fired before; None for noise.
        reset_seconds: from the last incident's end to its own, 0 if it ended before; None for noise, or if it goes on.
    """

    fired: Fired
    onset: int | None
    spent: float | None
    spent_in_long: float | None
    noise: bool
    detection_seconds: int | None
    reset_seconds: int | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """
    One alert, and each time that it fired within what was replayed.

    Attributes:
        alert: the pair of windows.
        firings: in order.
    """

    alert: BurnAlert
    firings: Sequence[Firing]


@dataclass(frozen=True, slots=True)
class Incident:
    """
    A stretch that lost a significant part of the budget.

    Attributes:
        loss: where it was.
        share: of the period's budget that was lost in it.
        detection_seconds: by severity, from its start to the first alert's firing; without those that had none.
        reset_seconds: by severity, from its end to the last alert's; None if that goes on.
    """

    loss: Loss
    share: float
    detection_seconds: Mapping[Severity, int]
    reset_seconds: Mapping[Severity, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """
    How the alerts of one severity did.

    Attributes:
        alerts: how often they fired.
        noise: how often of these without an incident.
        incidents: how many there were.
        told: how many of these had an alert.
        lost: share of the period's budget that incidents lost.
        told_lost: share that those with an alert lost.
        detection: seconds from incidents' starts to their first alerts, in order.
        reset: seconds from incidents' ends to the ends of their last alerts, in order.
        spells: stretches of time in which any of them fired; overlapping alerts call a person once.
        week_share: how many weeks were replayed.
    """

    alerts: int
    noise: int
    incidents: int
    told: int
    lost: float
    told_lost: float
    detection: Sequence[int]
    reset: Sequence[int]
    spells: Sequence[TimeRange]
    week_share: Fraction

    @property
    def precision(self) -> Fraction | None:
        """Share of alerts with an incident; None if none fired."""
        return 1 - Fraction(self.noise, self.alerts) if self.alerts else None

    @property
    def recall(self) -> Fraction | None:
        """Share of incidents with an alert; None if there were none."""
        return Fraction(self.told, self.incidents) if self.incidents else None

    @property
    def recall_of_budget(self) -> float | None:
        """Share of the budget lost in incidents that was lost in those with an alert."""
        return self.told_lost / self.lost if self.lost else None

    @property
    def per_week(self) -> float:
        """How often a person is called in a week."""
        return float(len(self.spells) / self.week_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """
    The alerts of one SLO (and group) in one setting, over some time.

    Attributes:
        span: what was replayed.
        lost: share of the period's budget that was lost in it, by whatever; None without events.
        course: the same for some pieces of about the same length, in order; empty without events.
        replayed: each alert.
        incidents: what was lost in significant stretches that began in it.
        scores: by severity that has alerts.
        asked: the largest share of the budget that any of the alerts asks for; None without alerts.
    """

    span: TimeRange
    lost: float | None
    course: Sequence[tuple[TimeRange, float]]
    replayed: Sequence[Replayed]
    incidents: Sequence[Incident]
    scores: Mapping[Severity, Score] = field(default_factory=dict)
    asked: Fraction | None = None

    @property
    def noise(self) -> int:
        """How many alerts, of any severity, told of nothing."""
        return sum(score.noise for score in self.scores.values())

    @property
    def missed(self) -> list[Incident]:
        """The incidents that lost as much as any alert asks for, and of which none told."""
        if self.asked is None:
            return []
        return [one for one in self.incidents if not one.detection_seconds and one.share >= self.asked]


def spells(end: int, fired: Sequence[Fired]) -> list[TimeRange]:
    """When any of *fired* fired, those that go on to *end*: in order, apart from one another."""
    found: list[TimeRange] = []
    for one in sorted(fired, key=lambda one: one.firing):
        until = end if one.end is None else one.end
        if found and one.firing <= found[-1].end:
            found[-1] = TimeRange(found[-1].start, max(found[-1].end, until))
        else:
            found.append(TimeRange(one.firing, until))
    return found


def middle(values: Sequence[float]) -> float | None:
    """Their median; None of none."""
    return median(values) if values else None
