"""What a check against a Prometheus is, and what it gets to look at."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tallystick.core.slo import Slo
from tallystick.definition.checks.interval import Told
from tallystick.definition.document import Entry
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule
from tallystick.errors import PrometheusError
from tallystick.online.oracle import Oracle
from tallystick.upstream.grafana import Grafana

Found = TypeVar("Found")

UNANSWERED = Rule("unanswered", "warning")
"""A question about one SLO to which there was no answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much an SLO may read before it is told.

    Attributes:
        series: how many series at a time.
    """

    series: int = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """
    What checks look at.

    Attributes:
        slos: the SLOs without errors.
        entries: by id, where they are written.
        oracle: answers questions.
        now_seconds: the server's time, since 1970.
        told: what the user said of intervals.
        notes: what could not be found out, and is no SLO's fault; checks add to it.
        grafana: where the dashboards are, if that is to be looked at.
        limits: how much an SLO may read.
        kept: what was found out for one check and serves others.
    """

    slos: tuple[Slo, ...]
    entries: Mapping[str, Entry]
    oracle: Oracle
    now_seconds: int
    told: Told
    notes: list[str] = field(default_factory=list)
    grafana: Grafana | None = None
    limits: Limits = Limits()
    kept: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, name: Hashable, find: Callable[[], Found]) -> Found:
        """What *find* finds, looked for once under this *name*; a fault is raised each time."""
        if name not in self.kept:
            self.kept[name] = find()
        found: Found = self.kept[name]
        return found

    def note(self, what: str, fault: PrometheusError) -> None:
        """
        Tell once that *what* is not known, for a reason that is no SLO's.

        Raises:
            PrometheusError: the fault itself, if nobody is there any more.
        """
        if fault.reason == "unreachable":
            raise fault
        text = f"{what} is not known ({fault})"
        if text not in self.notes:
            self.notes.append(text)

    def unanswered(self, slo: Slo, what: str, fault: PrometheusError) -> Problem:
        """The problem of an SLO of which *what* could not be found out."""
        return UNANSWERED.at(name_of(self.entries[slo.slo_id]), f"{what} is not known: {fault}")


@dataclass(frozen=True, slots=True)
class OnlineCheck:
    """
    One thing that is looked at.

    Attributes:
        rule: the kind of problem it finds.
        title: what it does, for people who wait.
        find: gives the problems; raises `PrometheusError` if nobody answers any more.
    """

    rule: Rule
    title: str
    find: Callable[[Scene], Iterator[Problem]]
