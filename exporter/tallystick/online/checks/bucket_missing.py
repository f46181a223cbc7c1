"""bucket-missing: a latency's threshold is no bound of the histogram's buckets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np

from tallystick.core.selector import Selector
from tallystick.core.sli import LatencySli, le_spellings
from tallystick.core.slo import Slo
from tallystick.definition.document import value_of
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule, Severity, printable, show
from tallystick.definition.source import Span
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Answer, Instants
from tallystick.online.presence import LATEST
from tallystick.upstream.buckets import explain

RULE = Rule("bucket-missing")

_SHOWN = 20
"""How many bounds a message lists."""


def _find(scene: Scene) -> Iterator[Problem]:
    slos = [(slo, slo.sli) for slo in scene.slos if isinstance(slo.sli, LatencySli)]
    asked = [_queries(sli) for _, sli in slos]
    answers = iter(scene.oracle.ask([query for some in asked for query in some], Instants(scene.now_seconds * 1_000)))
    for slo, sli in slos:
        bounds, native, counts = next(answers), next(answers), next(answers)
        fault = next((one for one in (bounds, counts) if isinstance(one, PrometheusError)), None)
        if fault:
            yield scene.unanswered(slo, "which buckets it has", fault)
            continue
        has_native = not isinstance(native, PrometheusError) and bool(native)
        found = _judge(sli, _counts(bounds), native=has_native, counted=bool(counts))
        if found:
            yield RULE.at(_place(scene, slo), found.message, found.hint, severity=found.severity)


CHECK = OnlineCheck(RULE, "buckets", _find)


@dataclass(frozen=True, slots=True)
class _Found:
    message: str
    hint: str = ""
    severity: Severity = "error"


def _queries(sli: LatencySli) -> tuple[str, str, str]:
    """Series by bound, native histograms, and counts of observations."""
    latest = f"last_over_time({{}}[{LATEST}])"
    bucket = Selector(sli.histogram.metric + "_bucket", sli.histogram.matchers)
    count = Selector(sli.histogram.metric + "_count", sli.histogram.matchers)
    return (
        f"count by (le) ({latest.replace('{}', bucket.promql)})",
        f"count(histogram_count({latest.replace('{}', sli.histogram.promql)}))",
        f"count({latest.replace('{}', count.promql)})",
    )


def _counts(answer: Answer) -> dict[str, int]:
    assert not isinstance(answer, PrometheusError)
    there = ((one.labels.get("le", ""), one.numbers[0]) for one in answer)
    return {le: int(number) for le, number in there if le and np.isfinite(number)}


def _judge(sli: LatencySli, bounds: Mapping[str, int], *, native: bool, counted: bool) -> _Found | None:
    """What is wrong with the buckets: by bound, how many series have it. A native histogram has all bounds."""
    metric = sli.histogram.metric
    if not bounds:
        if native or not counted:  # no series at all are told by `series-missing`
            return None
        message = (
            f"{show(metric)}_count is there, but no {show(metric)}_bucket: it is a summary, which can't be measured so"
        )
        return _Found(message, "give the application a histogram")
    words = explain(metric, sli.threshold, bounds)
    if words:
        problem, _, what = words.partition(": write")
        return _Found(f"{printable(problem)}; bounds are {_listed(bounds)}", f"write{what}" if what else "")
    most = max(bounds.values())
    have = sum(bounds.get(le, 0) for le in le_spellings(sli.threshold))
    if have < most and not native:
        message = f'{most - have} of {most} series of {show(metric)} have no bucket le="{le_spellings(sli.threshold)[0]}": all their events look bad'
        return _Found(message, "give all targets the same buckets", "warning")
    return None


def _listed(bounds: Mapping[str, int]) -> str:
    ordered = sorted(bounds, key=_order)
    shown = ", ".join(show(le) for le in ordered[:_SHOWN])
    return shown + (f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else "")


def _order(le: str) -> tuple[Decimal, str]:
    try:
        bound = Decimal(le)
    except InvalidOperation:
        return Decimal("Infinity"), le
    return (Decimal("Infinity") if bound.is_nan() else bound), le


def _place(scene: Scene, slo: Slo) -> Span:
    """The threshold."""
    entry = scene.entries[slo.slo_id]
    latency = entry.slis.get("latency")
    node = value_of(latency, "threshold") if latency else None
    return node.span if node else name_of(entry)
