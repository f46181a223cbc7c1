"""Series that promtool feeds to the rules, for a past that was invented."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from typing import Literal

from tallystick.core.selector import Selector
from tallystick.generate.unittests.history import STEPS, History, Phase
from tallystick.generate.unittests.labels import Labels, series_text

Series = tuple[str, str]
"""A series, and its values; both as promtool writes them."""

Style = Literal["counter", "rate", "share"]
"""
How events show: a ``counter`` of them; their ``rate`` by the second, as it is recorded; the ``share`` of time that was good, of
a gauge.
"""


@dataclass(frozen=True)
class Line:
    """
    One series, as a sum of the events and the bad ones among them.

    Attributes:
        metric: its name.
        labels: its labels.
        style: how events show.
        events: times that all events count in it.
        bad: times that the bad ones count in it.
    """

    metric: str
    labels: Labels
    style: Style
    events: int
    bad: int

    @cached_property
    def series(self) -> str:
        """Its name and labels, in promtool's notation."""
        return series_text(self.metric, self.labels)


@dataclass(frozen=True, slots=True)
class Feed:
    """
    The series of one SLO.

    Attributes:
        groups: for each group of it (one, without labels, if it has none) the group's labels and its series.
        way: how the series were found, in words.
        reads: selectors of the rules that record the base pair, if they run.
        claims: SLOs whose base pair must come from here only.
        per_minute: events a minute, where they can't be chosen: seconds of a gauge.
        pair: whether the base pair itself is fed, so that the rules that record it must not be there.
        idle: whether there is such a thing as no traffic.
    """

    groups: tuple[tuple[Labels, tuple[Line, ...]], ...]
    way: str
    reads: tuple[Selector, ...]
    claims: frozenset[str]
    per_minute: Fraction | None = None
    pair: bool = False
    idle: bool = True

    def series(self, history: History) -> Iterator[Series]:
        """Everything, of which the first group has this *history* and the others have the same without bad events."""
        clean = _without_errors(history)
        for number, (_, lines) in enumerate(self.groups):
            for line in lines:
                yield line.series, values(line, clean if number else history)

    def series_by_group(self, histories: Iterable[History]) -> Iterator[Series]:
        """Everything, with a history for each group."""
        for (_, lines), history in zip(self.groups, histories, strict=True):
            for line in lines:
                yield line.series, values(line, history)

    @property
    def lines(self) -> Iterator[Line]:
        """The series of all groups."""
        return (line for _, lines in self.groups for line in lines)


@lru_cache(maxsize=1_024)
def _without_errors(history: History) -> History:
    return tuple(Phase(phase.pieces, phase.per_minute, Fraction(0), phase.gone) for phase in history)


def values(line: Line, history: History) -> str:
    """Values of *line*, one a minute from the very beginning."""
    return _values(line.style, line.events, line.bad, history)


@lru_cache(maxsize=4_096)  # SLOs of the same objective have the same pasts; this was a third of all the tests took
def _values(style: Style, events: int, bad: int, history: History) -> str:
    if style == "counter":
        return " ".join(_counter(events, bad, history))
    return " ".join(["_", *_gauge(style, events, bad, history)])


def _counter(events: int, bad: int, history: History) -> Iterator[str]:
    """
    A counter that never falls, not even by what is lost in floating point: that would be a reset.

    So each phase begins where promtool, which adds step by step, ended the one before.
    """
    value = 0.0
    yield "0"
    for phase in history:
        steps = phase.pieces * STEPS
        increase = float(events * phase.per_minute + bad * phase.per_minute * phase.ratio)
        if phase.gone:
            yield _gone(steps)
            value = 0.0  # it starts anew, as after a restart
        else:
            start = value + increase
            yield f"{_plain(start)}+{_plain(increase)}x{steps - 1}"
            value = reduce(lambda so_far, _: so_far + increase, range(steps - 1), start)  # used at once


def _plain(number: float) -> str:
    """*number*, which is read as the same one again, without an exponent."""
    return f"{Decimal(repr(number)).normalize():f}"


def _gauge(style: Style, events: int, bad: int, history: History) -> Iterator[str]:
    """
    A gauge that changes right after an evaluation.

    Of a share the last sample of a phase is left out: Prometheus 2 would take it for the next five minutes' too.
    """
    for phase in history:
        steps = phase.pieces * STEPS
        if phase.gone:
            yield _gone(steps)
        elif style == "rate":
            by_minute = events * phase.per_minute + bad * phase.per_minute * phase.ratio
            yield f"{_plain(float(by_minute / 60))}x{steps - 1}"
        else:
            yield f"{_plain(float(events + bad * phase.ratio))}x{steps - 2} _"


def _gone(steps: int) -> str:
    """No samples: Prometheus marks a series stale when a scrape lacks it."""
    return f"stale _x{steps - 1}"
