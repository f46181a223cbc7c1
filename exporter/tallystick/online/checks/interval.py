"""The check ``interval`` with the intervals that Prometheus tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tallystick.core.matching import may_match
from tallystick.core.selector import MatchOp, Selector
from tallystick.core.sli import Sli
from tallystick.definition.checks.interval import RULE, USUAL_MS, Pace, find
from tallystick.definition.problem import Problem
from tallystick.definition.scraped import scraped
from tallystick.errors import PrometheusError
from tallystick.generate.indicator import SCRAPE_LABELS
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Instants
from tallystick.upstream.intervals import ScrapeTarget, evaluation_ms, group_intervals_ms, scrape_targets


@dataclass(slots=True)
class _Known:
    """
    What Prometheus told.

    Attributes:
        evaluation_ms: of rules that say nothing themselves.
        groups: of rules, by the name of their group.
        targets: what is scraped.
        jobs: by a selector that names no target, the jobs that have its metric.
    """

    evaluation_ms: int = USUAL_MS
    groups: dict[str, int] = field(default_factory=dict)
    targets: list[ScrapeTarget] = field(default_factory=list)
    jobs: dict[Selector, set[str]] = field(default_factory=dict)

    def pace(self, slo_id: str, sli: Sli) -> Pace:
        """How often an SLO's series are scraped and its rules evaluated; the longest of its targets counts."""
        scrapes = [one.interval_ms for selector in scraped(sli) for one in self._targets_of(selector)]
        fast = self.groups.get(f"tallystick-{slo_id}-sli", self.evaluation_ms)
        slow = self.groups.get(f"tallystick-{slo_id}-windows", Pace().slow_ms)
        return Pace(max(scrapes, default=None), fast, slow)

    def _targets_of(self, selector: Selector) -> Iterator[ScrapeTarget]:
        jobs = self.jobs.get(selector)
        for target in self.targets:
            if may_match(selector, target.labels) and (jobs is None or target.labels.get("job") in jobs):
                yield target


def _find(scene: Scene) -> Iterator[Problem]:
    known = _Known()
    if scene.told.evaluation_ms:
        known.evaluation_ms = scene.told.evaluation_ms
    else:
        _ask_evaluations(scene, known)
    faults = {} if scene.told.scrape_ms else _ask_scrapes(scene, known)
    for slo in scene.slos:
        pace = known.pace(slo.slo_id, slo.sli)
        if scene.told.scrape_ms:
            pace = Pace(scene.told.scrape_ms, pace.evaluation_ms, pace.slow_ms)
        for selector in scraped(slo.sli):
            if selector in faults:
                yield scene.unanswered(slo, "how often it is scraped", faults[selector])
                break
        yield from find(slo, scene.entries[slo.slo_id], pace)


CHECK = OnlineCheck(RULE, "intervals", _find)


def _ask_evaluations(scene: Scene, known: _Known) -> None:
    try:
        known.evaluation_ms = evaluation_ms(scene.oracle.prometheus) or USUAL_MS
    except PrometheusError as fault:
        _note(scene, "how often rules are evaluated", "--evaluation-interval", fault)
    try:
        known.groups = group_intervals_ms(scene.oracle.prometheus)
    except PrometheusError as fault:
        _raise_if_gone(fault)  # else the configuration's own will do: they may not be loaded here at all


def _ask_scrapes(scene: Scene, known: _Known) -> dict[Selector, PrometheusError]:
    """Fill in targets and jobs; which selectors there was no answer for."""
    try:
        known.targets = scrape_targets(scene.oracle.prometheus)
    except PrometheusError as fault:
        _note(scene, "how often targets are scraped", "--scrape-interval", fault)
        return {}
    nameless = sorted(
        {one for slo in scene.slos for one in scraped(slo.sli) if not _names_target(one)}, key=lambda one: one.promql
    )
    queries = [f"count by (job) (last_over_time({one.promql}[1h]))" for one in nameless]
    answers = scene.oracle.ask(queries, Instants(scene.now_seconds * 1_000)) if known.targets else []
    return _dealt(known, nameless, answers)


def _dealt(known: _Known, nameless: Sequence[Selector], answers: Sequence[object]) -> dict[Selector, PrometheusError]:
    faults = {}
    for selector, answer in zip(nameless, answers, strict=False):
        known.jobs[selector] = set()
        if isinstance(answer, PrometheusError):
            faults[selector] = answer
        elif isinstance(answer, list):
            known.jobs[selector] = {series.labels.get("job", "") for series in answer}
    return faults


def _names_target(selector: Selector) -> bool:
    """Whether a matcher says which targets it is of."""
    return any(one.label in SCRAPE_LABELS and one.op in (MatchOp.EQUAL, MatchOp.REGEX) for one in selector.matchers)


def _note(scene: Scene, what: str, flag: str, fault: PrometheusError) -> None:
    _raise_if_gone(fault)
    scene.notes.append(f"{what} is not known ({fault}); give {flag}")


def _raise_if_gone(fault: PrometheusError) -> None:
    if fault.reason == "unreachable":
        raise fault
