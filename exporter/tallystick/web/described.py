"""What a definition says, in words: how an indicator counts, and what of it counts."""

from tallystick.core.duration import format_seconds
from tallystick.core.exclusion import Exclusion
from tallystick.core.sli import (
    CompositeSli,
    Counters,
    EventsSli,
    LatencySli,
    QuerySli,
    RatioSli,
    Sli,
    ThresholdSli,
    terms_of,
)
from tallystick.core.slo import Slo
from tallystick.report import figures

_OPS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

_MISSING = {"ignore": "counts as nothing", "good": "counts as good", "bad": "counts as bad"}

_METHODS = {
    "weighted": "mean of the parts by weight",
    "serial": "product of the parts",
    "worst": "the lowest of the parts",
}


def indicator(sli: Sli) -> list[tuple[str, str]]:
    """What *sli* counts, as pairs of a name and PromQL (or words, for what is none)."""
    pairs = _pairs(sli)
    return [*pairs, ("by", ", ".join(sli.by))] if sli.by else pairs


def _pairs(sli: Sli) -> list[tuple[str, str]]:
    if isinstance(sli, EventsSli | QuerySli):
        part, total = (counted if isinstance(counted, str) else counters(counted) for counted in (sli.part, sli.total))
        return [("good" if sli.good else "bad", part), ("total", total)]
    if isinstance(sli, LatencySli):
        return [("good", sli.good.promql), ("total", sli.total.promql)]
    if isinstance(sli, ThresholdSli):
        met = f"{_OPS[sli.op]} {sli.value.normalize():f}"
        return [("query", sli.query), ("good", met), ("slice", format_seconds(sli.slice_seconds))]
    if isinstance(sli, RatioSli):
        return [(sli.means, sli.query), *([("total", sli.total)] if sli.total else [])]
    if isinstance(sli, CompositeSli):
        parts = ", ".join(f"{part.slo} × {part.weight.normalize():f}" for part in sli.of)
        return [("of", parts), ("method", sli.method), ("no_data", sli.no_data)]
    return [("metric", sli.metric.promql)]


def counters(of: Counters) -> str:
    """Counters in PromQL, added and subtracted as they are."""
    signs = [("+" if term.sign > 0 else "-", term.selector.promql) for term in terms_of(of)]
    text = " ".join(f"{sign} {promql}" for sign, promql in signs)
    return text.removeprefix("+ ")


def reckoning(slo: Slo) -> list[tuple[str, str]]:
    """How *slo*'s counts become figures, where that is not the usual way; as pairs of a name and words."""
    found = []
    budgeting = slo.budgeting
    if budgeting.method != "occurrences":
        length = format_seconds(budgeting.slice_seconds)
        target = "" if budgeting.slice_target is None else f", good from {figures.objective(budgeting.slice_target)}"
        worth = ", each by its share of good events" if budgeting.method == "ratio_timeslices" else target
        found.append(("Budget", f"of slices of {length}{worth}"))
    if isinstance(slo.sli, CompositeSli):
        found.append(("Compliance", _METHODS[slo.sli.method]))
        found.append(("Part without data", _MISSING[slo.sli.no_data]))
    if slo.no_data != "ignore":
        found.append(("Missing time", _MISSING[slo.no_data]))
    if slo.min_coverage:
        found.append(("Verdict", f"needs a coverage of {figures.objective(slo.min_coverage)}"))
    if slo.was:
        found.append(("Was", ", ".join(slo.was)))
    return found


def exclusion(agreed: Exclusion) -> str:
    """When an exclusion is, and by whose leave: ``from 2026-12-05 22:00 Europe/Berlin, 3h``."""
    if agreed.ends is not None:
        length = f"to {agreed.ends:%Y-%m-%d %H:%M}"
    else:
        length = f"for {figures.length(agreed.lasts_seconds or 0)}"
    words = [f"from {agreed.starts:%Y-%m-%d %H:%M} {length} ({agreed.zone})"]
    words += [f"again by {agreed.rrule}"] if agreed.rrule else []
    words += [f"approved by {agreed.approved_by}"] if agreed.approved_by else []
    words += [agreed.ticket] if agreed.ticket else []
    return ", ".join(words)
