"""Our SLIs in OpenSLO's words, as far as it has any."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tallystick.core.selector import Selector
from tallystick.core.sli import (
    CompositeSli,
    Counters,
    EventsSli,
    LatencySli,
    QuerySli,
    RatioSli,
    RecordedSli,
    ThresholdSli,
    UpSli,
    terms_of,
)
from tallystick.core.timerange import SLICE_SECONDS
from tallystick.definition.formats.windowed import as_counters
from tallystick.definition.node import Scalar
from tallystick.definition.promql import WINDOW, with_other_window
from tallystick.definition.source import Source

Json = dict[str, Any]

_GO_WINDOW = "{{.window}}"


def spec_of(sli: RecordedSli) -> Json:
    """*sli* as the spec of an SLI object, or what is nearest to it."""
    match sli:
        case EventsSli():
            part = {"good": sli.good, "bad": sli.bad}
            sides = {key: _sum(counters, sli.by) for key, counters in part.items() if counters}
            return _counted(sides, _sum(sli.total, sli.by), counter=True)
        case LatencySli():
            return _counted({"good": _sum(sli.good, sli.by)}, _sum(sli.total, sli.by), counter=True)
        case QuerySli():
            key = "good" if sli.good else "bad"
            return _counted({key: _windowed(sli.part)}, _windowed(sli.total), counter=False)
        case UpSli():
            return _raw(f"avg(avg_over_time({sli.metric.promql}[{WINDOW}]))", "success")  # a ratio has no groups there
        case RatioSli():
            return _raw(sli.query, "success" if sli.means == "success" else "failure")
        case ThresholdSli():
            return {"thresholdMetric": _metric(sli.query)}


def is_said(sli: RecordedSli | CompositeSli) -> bool:
    """Whether what `spec_of` gives is read as *sli* again."""
    match sli:
        case EventsSli() | QuerySli():
            return True
        case ThresholdSli():
            return sli.slice_seconds == SLICE_SECONDS
        case RatioSli():
            return sli.total is None and as_counters(_written(sli.query), is_error=sli.means == "error") is None
    return False


def _written(text: str) -> Scalar:
    return Scalar(Source("", text), 0, len(text), text, "text")


def _counted(part: Mapping[str, str], total: str, *, counter: bool) -> Json:
    sides = {key: _metric(query) for key, query in {**part, "total": total}.items()}
    return {"ratioMetric": {"counter": counter, **sides}}


def _raw(query: str, kind: str) -> Json:
    return {"ratioMetric": {"rawType": kind, "raw": _metric(_windowed(query))}}


def _metric(query: str) -> Json:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def _windowed(query: str) -> str:
    return with_other_window(query, _GO_WINDOW)


def _sum(counters: Counters | Selector, by: Sequence[str]) -> str:
    texts = [("- " if term.sign < 0 else "+ ") + f"sum{_by(by)}({term.selector.promql})" for term in terms_of(counters)]
    return " ".join(texts).removeprefix("+ ")


def _by(labels: Sequence[str]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""


def objectives_of(sli: CompositeSli, objective: Decimal, find: Callable[[str], Any]) -> list[Json]:
    """The objectives of a composite: its parts, by weights with which their burn rates add up to its own."""
    leaves = dict(_leaves(sli, Decimal(1), find))
    whole = sum(leaves.values()) * (1 - objective)
    found = []
    for slo_id, weight in leaves.items():
        slo = find(slo_id)
        one = {"displayName": slo_id, "target": slo.objective}
        if isinstance(slo.sli, ThresholdSli):
            one |= {"op": slo.sli.op, "value": slo.sli.value}
        indicator = {"metadata": {"name": slo_id}, "spec": spec_of(slo.sli)}
        rate = (weight * (1 - slo.objective) / whole).quantize(Decimal(10) ** -9).normalize()
        found.append({**one, "indicator": indicator, "compositeWeight": max(rate, Decimal(10) ** -9)})
    return found


def _leaves(sli: CompositeSli, weight: Decimal, find: Callable[[str], Any]) -> list[tuple[str, Decimal]]:
    whole = sum(part.weight for part in sli.of)
    found: dict[str, Decimal] = {}
    for part in sli.of:
        inner = find(part.slo).sli
        share = weight * part.weight / whole
        pairs = _leaves(inner, share, find) if isinstance(inner, CompositeSli) else [(part.slo, share)]
        for slo_id, one in pairs:
            found[slo_id] = found.get(slo_id, Decimal(0)) + one
    return list(found.items())
