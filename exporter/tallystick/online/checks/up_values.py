"""up-values: a gauge of ``up`` that has other values than 0 and 1."""

from collections.abc import Iterator

from tallystick.core.sli import UpSli
from tallystick.definition.problem import Problem, Rule, show
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Instants
from tallystick.online.reads import place_of, reads_of

RULE = Rule("up-values")


def _find(scene: Scene) -> Iterator[Problem]:
    slos = [(slo, slo.sli) for slo in scene.slos if isinstance(slo.sli, UpSli)]
    queries = [_query(sli) for _, sli in slos]
    answers = scene.oracle.ask(queries, Instants(scene.now_seconds * 1_000))
    for (slo, sli), answer in zip(slos, answers, strict=True):
        if isinstance(answer, PrometheusError):
            yield scene.unanswered(slo, "which values its gauge has", answer)
        elif answer:
            message = (
                f"{show(sli.metric.metric)} had other values than 0 and 1 in the last hour: {answer[0].numbers[0]:g}"
            )
            hint = "compare it by sli.threshold, or take a gauge that is 1 while the thing is up"
            yield RULE.at(place_of(scene.entries[slo.slo_id], reads_of(sli)[0]), message, hint)


CHECK = OnlineCheck(RULE, "gauges", _find)


def _query(sli: UpSli) -> str:
    """The highest value of an hour above 1, else the lowest that is not 0 or 1; nothing where all are."""
    gauge = sli.metric.promql
    highest, lowest = f"max(max_over_time({gauge}[1h]))", f"min(min_over_time({gauge}[1h]))"
    return f"({highest} > 1) or ({lowest} < 0) or (max({gauge} != 0 != 1))"
