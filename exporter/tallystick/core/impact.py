"""What changed definitions would have meant over some time of the past: how each SLO would have stood, and alerted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tallystick.core.agreed import Agreed
from tallystick.core.alerting import Severity
from tallystick.core.alertscore import Score, middle
from tallystick.core.backtested import Outcome
from tallystick.core.change import Change
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, State
from tallystick.core.timerange import TimeRange

Group = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Breaches:
    """
    How often one window was breached.

    Attributes:
        days: how many of the days ended in a breach.
        known: at the end of how many there was a verdict.
    """

    days: int
    known: int


@dataclass(frozen=True, slots=True)
class Kept:
    """
    How one agreement was kept over some time, its present period among those that have ended.

    Attributes:
        periods: how many periods there is a verdict on.
        broken: in how many of them it was not kept.
        credit: what is due for all of them, as shares of one period's price; None: nothing was agreed.
    """

    periods: int
    broken: int
    credit: Decimal | None

    @classmethod
    def of(cls, promise: Agreed) -> "Kept":
        """What *promise* says, of all its periods."""
        judged = [one for one in (promise.standing, *promise.ended) if one.is_judged]
        due = [credit for one in judged if (credit := promise.credit_of(one)) is not None]
        broken = sum(one.state is State.BREACHED for one in judged)
        return cls(len(judged), broken, sum(due, Decimal(0)) if promise.agreement.credits else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    One SLO (and group) by one of two definitions.

    Attributes:
        slo: by which.
        group: values of the labels it is grouped by; empty without groups.
        standings: how it stands at the end, in each of its windows.
        breaches: by the window's name.
        outcome: what its alerts would have done.
        agreed: how what was agreed about it stands at the end, with the periods that ended in that time.
    """

    slo: Slo
    group: Group
    standings: Sequence[Standing]
    breaches: Mapping[str, Breaches]
    outcome: Outcome
    agreed: Sequence[Agreed] = ()

    @property
    def kept(self) -> dict[str, Kept]:
        """By agreement, how it was kept."""
        return {one.agreement.agreement_id: Kept.of(one) for one in self.agreed}

    @property
    def is_known(self) -> bool:
        """Whether anything of it is."""
        return self.outcome.backtest is not None or any(one.observation.observed_seconds for one in self.standings)

    @property
    def breached(self) -> set[str]:
        """Names of the windows that are breached at the end."""
        return {one.window.name for one in self.standings if one.state is State.BREACHED}

    def standing(self, window: str) -> Standing | None:
        """How it stands in the window of that name."""
        return next((one for one in self.standings if one.window.name == window), None)

    def score(self, severity: Severity) -> Score | None:
        """How its alerts of *severity* did; None if it has none, or if nothing is known."""
        return self.outcome.backtest.scores.get(severity) if self.outcome.backtest else None

    def alerts(self, severity: Severity) -> int | None:
        """How often alerts of *severity* would have fired; None if nothing is known."""
        if self.outcome.backtest is None:
            return None
        score = self.score(severity)
        return score.alerts if score else 0

    def spent_before(self, severity: Severity) -> float | None:
        """Median share of the period's budget that was gone when an alert of *severity* fired; None if none did."""
        if self.outcome.backtest is None:
            return None
        spent = [
            firing.spent
            for one in self.outcome.backtest.replayed
            if one.alert.policy.severity == severity
            for firing in one.firings
            if firing.spent is not None
        ]
        return middle(spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What one SLO costs Prometheus at each evaluation.

    Attributes:
        recording: rules that record, each one series a group.
        alerting: rules that alert.
    """

    recording: int
    alerting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """
    What a change would have meant for one SLO (and group).

    Attributes:
        change: which.
        group: of which group; empty without groups.
        before: by the old definition; None: there was none.
        after: by the new one; None: there is none.
    """

    change: Change
    group: Group
    before: Measured | None
    after: Measured | None

    @property
    def windows(self) -> list[str]:
        """Names of the windows of both, those there are now first."""
        sides = [side for side in (self.after, self.before) if side]
        return list(dict.fromkeys(one.window.name for side in sides for one in side.standings))

    @property
    def newly_breached(self) -> list[str]:
        """Names of the windows that would be breached at the end, and were not."""
        then = self.before.breached if self.before else set()
        return sorted(self.after.breached - then) if self.after else []

    @property
    def agreements(self) -> dict[str, tuple[Kept | None, Kept | None]]:
        """By agreement, how it would have been kept before and after; None: there was, or is, none."""
        then, now = (side.kept if side else {} for side in (self.before, self.after))
        return {name: (then.get(name), now.get(name)) for name in sorted({*then, *now})}

    @property
    def more_credits(self) -> bool:
        """Whether more would have been due."""
        due = [
            sum((kept.credit or 0 for kept in side if kept), Decimal(0))
            for side in zip(*self.agreements.values(), strict=True)
        ]
        return bool(due) and due[1] > due[0]

    @property
    def more_pages(self) -> bool:
        """Whether somebody would have been paged more often."""
        now, then = (side.alerts("page") or 0 if side else 0 for side in (self.after, self.before))
        return now > then


@dataclass(frozen=True, slots=True, kw_only=True)
class Effected:
    """
    All that changed definitions would have meant.

    Attributes:
        span: over which time.
        impacts: of each SLO (and group) whose figures or alerts may be others.
        rules: by SLO, what it has in Prometheus before and after; None where there is no such SLO.
        unread: SLOs that could not be read to the end, each with why.
    """

    span: TimeRange
    impacts: Sequence[Impact]
    rules: Mapping[str, tuple[Rules | None, Rules | None]] = field(default_factory=dict)
    unread: Sequence[str] = field(default=())

    @property
    def newly_breached(self) -> list[Impact]:
        """Those that would be breached, and were not."""
        return [one for one in self.impacts if one.newly_breached]

    @property
    def more_credits(self) -> list[Impact]:
        """Those for which more would have been due."""
        return [one for one in self.impacts if one.more_credits]

    @property
    def more_pages(self) -> list[Impact]:
        """Those that would have paged more often."""
        return [one for one in self.impacts if one.more_pages]


def pair_up(changes: Sequence[Change], before: Sequence[Measured], after: Sequence[Measured]) -> list[Impact]:
    """What was measured of *changes*, by both definitions, side by side: by the name that each SLO has now, and group."""
    sides = [_by_name(measured) for measured in (before, after)]
    return [
        Impact(change=change, group=dict(key), before=then.get(key), after=now.get(key))
        for change in changes
        for then, now in [tuple(side.get(change.slo.slo_id, {}) for side in sides)]
        for key in dict.fromkeys((*now, *then))
    ]


def _by_name(measured: Sequence[Measured]) -> dict[str, dict[tuple[tuple[str, str], ...], Measured]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], Measured]] = {}
    for one in measured:
        found.setdefault(one.slo.slo_id, {})[tuple(sorted(one.group.items()))] = one
    return found
