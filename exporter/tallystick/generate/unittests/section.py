"""The tests of one SLO: its cases, as series and questions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert, burn_alerts
from tallystick.core.duration import format_seconds, parse_seconds
from tallystick.core.matching import matches
from tallystick.core.selector import Selector, label_text, quote
from tallystick.core.sli import UpSli
from tallystick.core.slo import Slo
from tallystick.generate.indicator import up_selectors
from tallystick.generate.template import printable
from tallystick.generate.unittests.burning import EXCLUDED, IDLE, burn_cases
from tallystick.generate.unittests.cases import Case, Missing, Setting
from tallystick.generate.unittests.document import Question
from tallystick.generate.unittests.feed import Feed, Series
from tallystick.generate.unittests.given import APART, Given
from tallystick.generate.unittests.history import STEPS, History
from tallystick.generate.unittests.labels import Labels, series_text
from tallystick.generate.unittests.signals import Signal, SignalCase, signal_cases
from tallystick.generate.unittests.sources import Slos
from tallystick.generate.unittests.verdicts import Alert, Usual
from tallystick.generate.unittests.whole import whole_of

_MOST_COPIES = 20
"""Series of a gauge; an SLO that asks for the seconds of more has pages that can't come."""

_SPARE = Fraction(11, 10)

PATIENCE = 30
"""Evaluations after errors ended: short windows of up to two hours are clean by then."""

PATIENCE_OF_GAUGES = 150
"""Of gauges, whose seconds no traffic can outweigh: up to twelve hours."""

Notices = Mapping[str, Mapping[str, Any]]
"""For each severity what `tallystick.generate.resolved` says of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    One case of one SLO; others may be tried at the same time.

    Attributes:
        title: what it shows, in short.
        says: what is special about this SLO.
        feed: the series of the SLO.
        targets: selectors of its targets' ``up``, where the case is about them.
        series: what is fed.
        questions: what must come of it.
    """

    title: str
    says: str
    feed: Feed
    targets: tuple[Selector, ...]
    series: tuple[Series, ...]
    questions: tuple[Question, ...]

    def disturbs(self, other: "Part") -> bool:
        """Whether they can't be tried together: what is fed for one would count for the other as well."""
        mine, theirs = dict(self.series), dict(other.series)
        return (
            bool(self.feed.claims & other.feed.claims)
            or any(theirs.get(series, values) != values for series, values in mine.items())
            or self.reads(other)
            or other.reads(self)
        )

    def reads(self, other: "Part") -> bool:
        """Whether rules of this SLO would find what is fed for the other."""
        if other.targets and any(selector.metric == "up" for selector in self.feed.reads):
            return True
        selectors = (*self.feed.reads, *self.targets)
        return any(
            line.metric == selector.metric and matches(selector, line.labels)
            for selector in selectors
            for line in other.feed.lines
        )


@dataclass(frozen=True, slots=True)
class Section:
    """
    What is tried of one SLO.

    Attributes:
        comments: what a reader should know of it.
        parts: the cases.
    """

    comments: tuple[str, ...]
    parts: tuple[Part, ...] = ()


def alerts_of(slo: Slo, resolved: Mapping[str, Any], waits: Sequence[int]) -> tuple[Alert, ...]:
    """
    The burn-rate alerts of *slo*.

    Args:
        slo: the SLO.
        resolved: what jsonnet got of it.
        waits: for how long the rules have its alerts wait, where the definition does not say.
    """
    budget = error_budget(slo.objective)
    period = slo.windows[0].nominal_seconds
    return tuple(
        Alert(
            burn,
            burn.factor * budget,
            wait if burn.for_seconds is None else burn.for_seconds,
            _usual(burn, budget, period, resolved["usual"]["step"]) if resolved["usual"] else None,
        )
        for burn, wait in zip(burn_alerts(slo, period), waits, strict=True)
    )


def _usual(burn: BurnAlert, budget: Fraction, period_seconds: int, step: str) -> Usual:
    by_second = burn.factor * budget / period_seconds
    return Usual(
        by_second * burn.policy.long_seconds,
        by_second * burn.policy.short_seconds,
        Fraction(period_seconds, 86_400),
        parse_seconds(step) // PIECE_SECONDS,
    )


def copies_of(slo: Slo, alerts: Iterable[Alert]) -> int:
    """How many series a gauge needs for its seconds to be enough for all alerts."""
    if not isinstance(slo.sli, UpSli):
        return 1
    asked = [_SPARE * (alert.burn.min_events or 1) / alert.burn.policy.long_seconds for alert in alerts]
    return min(ceil(max(asked, default=1)), _MOST_COPIES)


def unfed(slo: Slo, why: str) -> Section:
    """An SLO that can't be tried."""
    return Section((f"{slo.slo_id}: not tried, because {why}.",))


def section(slo: Slo, slos: Slos, *, resolved: Mapping[str, Any], given: Given, feed: Feed, patience: int) -> Section:
    """
    All that is tried of *slo*.

    Args:
        slo: the SLO.
        slos: all of them, by id.
        resolved: what jsonnet got of it.
        given: what its rules have.
        feed: its series.
        patience: evaluations that may be made after errors ended.
    """
    alerts = alerts_of(slo, resolved, given.waits)
    if not alerts and not given.signals:
        return Section((f"{slo.slo_id}: has no alerts.",))
    setting = Setting(alerts, whole_of(slo, slos), feed.per_minute, feed.idle, patience)
    is_excluded = bool(given.excluded)
    targets = up_selectors(slo.sli)
    burning = list(burn_cases(setting, excluded=is_excluded and _is_masked(feed, given)))
    if alerts and is_excluded and not _is_masked(feed, given):
        burning.append(
            Missing(EXCLUDED, "what leaves such time out are the base pair's rules, in whose place it is fed")
        )
    signals = list(signal_cases(given.signals, feed, targets, excluded=is_excluded))
    comments = (
        f"{slo.slo_id}: {feed.way[:1].lower()}{feed.way[1:]}",
        *_of_groups(feed),
        *(f"Not shown: {case.title}; {case.why}." for case in (*burning, *signals) if isinstance(case, Missing)),
    )
    burn_labels = [_of_burn(alert, resolved["notices"]) for alert in alerts]
    ask = _Asking(slo, given, feed, burn_labels, tuple(targets))
    parts = [ask.burn(case) for case in burning if isinstance(case, Case)]
    parts += [ask.signal(case) for case in signals if isinstance(case, SignalCase)]
    return Section(comments, tuple(parts))


def _is_masked(feed: Feed, given: Given) -> bool:
    """Whether rules that run leave out what is excluded: those of the base pair, or of a composite's windows."""
    return not feed.claims or any(name == APART for name, _ in given.excluded)


def _of_groups(feed: Feed) -> Iterator[str]:
    if any(labels for labels, _ in feed.groups):
        first, *others = (
            ", ".join(f"{label}={quote(value)}" for label, value in labels.items()) for labels, _ in feed.groups
        )
        yield f"The group {first} has the errors" + "".join(f", {other} has none" for other in others) + "."


class _Asking:
    """Turns cases into questions about the alerts of one SLO."""

    def __init__(
        self, slo: Slo, given: Given, feed: Feed, burn_labels: Sequence[Labels], targets: tuple[Selector, ...]
    ) -> None:
        self._slo, self._given, self._feed, self._targets = slo, given, feed, targets
        group = feed.groups[0][0]
        signal_labels = [one.labels for one in given.signals]
        self._unclear = {name for one in (*burn_labels, *signal_labels) for name in one if "{{" in one[name]}
        self._burning = [self._labels("SLOBurnRate", one, group) for one in burn_labels]
        self._missing = {one.target: self._labels("SLOSignalMissing", one.labels, {}) for one in given.signals}

    def burn(self, case: Case) -> Part:
        """Which burn-rate alerts fire."""
        series = [*self._feed.series(case.history), *(self._excluded(0, case.history) if case.excluded else ())]
        asked = self._query("SLOBurnRate", self._burning)
        questions = [
            Question(asked, one.at, _once(self._burning[place] for place in one.firing)) for one in case.checks
        ]
        return self._part(case.title, case.says, series, questions)

    def signal(self, case: SignalCase) -> Part:
        """Which alerts on a missing signal fire; and, without traffic, that no burn-rate alert does."""
        series = list(case.series)
        if case.excluded_from is not None:
            series += self._excluded(case.excluded_from, case.history)
        asked = self._query("SLOSignalMissing", list(self._missing.values()))
        questions = [Question(asked, at, self._answer(signal)) for at, signal in case.checks if self._missing]
        if case.title == IDLE and self._burning:
            burning = self._query("SLOBurnRate", self._burning)
            questions += [Question(burning, at, ()) for at, _ in case.checks]
        return self._part(case.title, case.says, series, questions, self._targets)

    def _part(
        self,
        title: str,
        says: str,
        series: Sequence[Series],
        questions: Sequence[Question],
        targets: tuple[Selector, ...] = (),
    ) -> Part:
        return Part(title, f"{self._slo.slo_id}: {says}", self._feed, targets, tuple(series), tuple(questions))

    def _answer(self, signal: Signal | None) -> tuple[Labels, ...]:
        return (self._missing[signal.target],) if signal else ()

    def _labels(self, name: str, given: Labels, group: Labels) -> Labels:
        """Labels that an alert must have; those that are templates in one are left out of all."""
        plain = {label: value for label, value in given.items() if value and label not in self._unclear}
        identity = {"slo": printable(self._slo.slo_id), "slo_service": printable(self._slo.service)}
        return {**plain, **group, **identity, "alertname": name}

    def _query(self, name: str, labels: Sequence[Labels]) -> str:
        """Asks for the alerts of *name* that fire, by all labels that are known of them."""
        by = ", ".join(label_text(label) for label in sorted({label for one in labels for label in one}))
        matchers = {"alertname": name, "alertstate": "firing", "slo": printable(self._slo.slo_id)}
        return f"count by ({by}) ({series_text('ALERTS', matchers)})"

    def _excluded(self, after: int, history: History) -> list[Series]:
        """The series that say that time is excluded, from right after an evaluation to the end."""
        steps = (sum(phase.pieces for phase in history) - after) * STEPS
        values = f"_x{after * STEPS + 1} 1x{steps - 1}" if after else f"1x{steps}"
        return [(series_text(name, labels), values) for name, labels in self._given.excluded]


def _of_burn(alert: Alert, notices: Notices) -> Labels:
    policy = alert.burn.policy
    labels: dict[str, str] = {**notices[policy.severity]["labels"]}
    labels["long_window"] = format_seconds(policy.long_seconds)
    labels["short_window"] = format_seconds(policy.short_seconds)
    return labels


def _once(labels: Iterable[Labels]) -> tuple[Labels, ...]:
    """Alerts with the same labels are one series."""
    return tuple({tuple(sorted(one.items())): one for one in labels}.values())
