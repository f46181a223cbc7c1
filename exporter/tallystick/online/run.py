"""All checks against a Prometheus."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tallystick.definition.checks.interval import Told
from tallystick.definition.load import Loaded
from tallystick.definition.problem import Problem
from tallystick.errors import PrometheusError
from tallystick.online.base import UNANSWERED, Limits, OnlineCheck, Scene
from tallystick.online.checks import CHECKS
from tallystick.online.oracle import Oracle, Report
from tallystick.upstream.client import Prometheus
from tallystick.upstream.grafana import Grafana

LATEST_SECONDS = 7_258_118_400
"""The year 2200: no server's clock is past it."""

PARTS = 1_000
"""In how many parts the progress of a check is told."""


@dataclass(slots=True)
class Found:
    """
    What came of it.

    Attributes:
        problems: what is wrong, as far as it was found.
        notes: what could not be found out and is no SLO's fault.
        requests: how many requests were sent.
        numbers: how many numbers came back.
        fault: why not everything was looked at.
    """

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requests: int = 0
    numbers: int = 0
    fault: PrometheusError | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """
    What the user says beside the definitions.

    Attributes:
        told: intervals.
        limits: how much an SLO may read.
        grafana: where the dashboards are, if that is to be looked at.
    """

    told: Told = field(default_factory=Told)
    limits: Limits = field(default_factory=Limits)
    grafana: Grafana | None = None


def look(
    loaded: Loaded,
    prometheus: Prometheus,
    given: Given,
    report: Report,
    checks: Sequence[OnlineCheck] = CHECKS,
) -> Found:
    """
    Look at the SLOs of *loaded* with all *checks*.

    Args:
        loaded: the SLOs without errors, and where they are written.
        prometheus: what is asked.
        given: what the user says.
        report: is told how far it is.
        checks: what is looked at, in order.
    """
    found, oracle, before = Found(), Oracle(prometheus, report), prometheus.sent
    try:
        scene = Scene(
            slos=loaded.slos,
            entries=loaded.entries,
            oracle=oracle,
            now_seconds=_now(prometheus),
            told=given.told,
            limits=given.limits,
            grafana=given.grafana,
            notes=found.notes,
        )
        for index, check in enumerate(checks):
            oracle.report = _share(report, index, len(checks))
            found.problems.extend(check.find(scene))
    except PrometheusError as fault:
        found.fault = fault
    found.problems = list(_gathered(found.problems))
    found.requests, found.numbers = prometheus.sent - before, oracle.numbers
    return found


def _share(report: Report, index: int, count: int) -> Report:
    """What tells *report* of the check number *index* of *count*: it never goes back, though a check asks several times."""
    furthest = 0

    def told(done: int, total: int) -> None:
        nonlocal furthest
        furthest = max(furthest, PARTS * done // max(total, 1))
        report(index * PARTS + furthest, count * PARTS)

    return told


def _gathered(problems: Sequence[Problem]) -> Iterator[Problem]:
    """*problems* with one for all that could not be found out of an SLO."""
    unanswered: dict[tuple[str, int, int], list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.code == UNANSWERED.code:
            unanswered[problem.file, problem.line, problem.column].append(problem)
        else:
            yield problem
    for first, *others in unanswered.values():
        more = (
            f" (nor {'is another thing' if len(others) == 1 else f'are {len(others)} other things'})" if others else ""
        )
        yield replace(first, message=first.message + more)


def _now(prometheus: Prometheus) -> int:
    now = prometheus.now()
    if not 0 < now < LATEST_SECONDS:  # NaN is neither
        raise PrometheusError("bad_answer", f"{prometheus.public_url} did not tell its time")
    return int(now)
