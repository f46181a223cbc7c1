"""From documents without problems to the core's values."""

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tallystick.core.agreement import Agreement, CreditTier
from tallystick.core.exclusion import Exclusion
from tallystick.core.selector import Selector
from tallystick.core.sli import (
    CompositeSli,
    EventsSli,
    LatencySli,
    Part,
    QuerySli,
    RatioSli,
    Sli,
    ThresholdSli,
    UpSli,
)
from tallystick.core.slo import OCCURRENCES, Budgeting, Slo
from tallystick.core.window import Window
from tallystick.definition import indicators, model
from tallystick.definition.build_alerting import build_alerting
from tallystick.definition.catalogue import Catalogue
from tallystick.definition.checks import was
from tallystick.definition.checks.exclusion import zone_of
from tallystick.definition.document import Document, Entry
from tallystick.definition.lengths import read_length, read_slice, read_threshold, read_window
from tallystick.definition.node import Mapping
from tallystick.definition.promql import bare
from tallystick.definition.revision import revision_of
from tallystick.definition.rrules import read_rrule
from tallystick.definition.values import read_objective, read_share
from tallystick.definition.zones import UTC, read_moment, read_year_start


@dataclass(slots=True)
class Terms:
    """
    What is agreed for one service, in all its files.

    Attributes:
        exclusions: time that does not count.
        agreements: what others were told to expect.
    """

    exclusions: list[Exclusion] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)


def build_slos(document: Document, definition: model.DefinitionModel, catalogue: Catalogue, terms: Terms) -> list[Slo]:
    """
    The SLOs of *document*, which has the shape of *definition* and no problem.

    Args:
        document: as it is written.
        definition: as it was read.
        catalogue: all SLOs there are, for those that name others.
        terms: those of the service, from wherever they are written.
    """
    pairs = zip(document.entries, definition.slos, strict=True)
    return [_slo(entry, definition, slo, catalogue, terms) for entry, slo in pairs]


def build_terms(document: Document, definition: model.DefinitionModel, catalogue: Catalogue) -> Terms:
    """What *document* agrees for its service."""
    exclusions = zip(document.exclusions, definition.exclusions, strict=True)
    agreements = zip(document.agreements, definition.agreements, strict=True)
    return Terms(
        [_exclusion(document, node, definition.service, one, catalogue) for node, one in exclusions],
        [_agreement(node, definition, one, catalogue) for node, one in agreements],
    )


def _agreement(
    node: Mapping, definition: model.DefinitionModel, agreement: model.AgreementModel, catalogue: Catalogue
) -> Agreement:
    slo_id = catalogue.of_service(definition.service, agreement.slo)
    assert slo_id
    line, _ = node.source.position(node.start)
    tiers = [CreditTier(read_share(tier.below), read_share(tier.credit)) for tier in agreement.credits]
    return Agreement(
        service=definition.service,
        name=agreement.name,
        kind=agreement.kind,
        party=agreement.party,
        slo_id=slo_id,
        objective=read_objective(agreement.objective),
        window=_window(definition, agreement, agreement.window),
        description=agreement.description,
        credits=tuple(sorted(tiers)),
        file=node.source.posix,
        line=line,
    )


def _exclusion(
    document: Document, node: Mapping, service: str, exclusion: model.ExclusionModel, catalogue: Catalogue
) -> Exclusion:
    written = exclusion.starts or exclusion.from_
    assert written
    starts = read_moment(written)
    zone = zone_of(document, node) or UTC
    ids = [catalogue.of_service(service, name) for name in exclusion.slos or ()]
    line, _ = node.source.position(node.start)
    return Exclusion(
        reason=exclusion.reason,
        starts=starts,
        ends=read_moment(exclusion.to) if exclusion.to else None,
        lasts_seconds=read_length(exclusion.lasts) if exclusion.lasts else None,
        rrule=read_rrule(exclusion.rrule, starts, zone) if exclusion.rrule else None,
        zone=zone,
        slos=tuple(dict.fromkeys(slo_id for slo_id in ids if slo_id)),
        approved_by=exclusion.approved_by,
        ticket=exclusion.ticket,
        file=node.source.posix,
        line=line,
    )


def _slo(
    entry: Entry,
    definition: model.DefinitionModel,
    slo: model.SloModel,
    catalogue: Catalogue,
    terms: Terms,
) -> Slo:
    source = entry.node.source
    slo_id = f"{definition.service}-{slo.name}"
    meaning: dict[str, Any] = {
        "service": definition.service,
        "name": slo.name,
        "description": slo.description,
        "objective": read_objective(slo.objective),
        "windows": _windows(definition, slo),
        "sli": _sli(entry, slo.sli, catalogue),
        "budgeting": _budgeting(entry, slo),
        "no_data": slo.no_data,
        "min_coverage": read_share(slo.min_coverage),
        "exclusions": tuple(one for one in terms.exclusions if not one.slos or slo_id in one.slos),
        "agreements": tuple(one for one in terms.agreements if one.slo_id == slo_id),
        "was": tuple(dict.fromkeys(one for text in slo.was or () for one in was.ids_of(definition.service, text))),
        "team": definition.team,
        "tier": definition.tier,
        "labels": MappingProxyType({**definition.labels, **slo.labels}),
        "links": MappingProxyType({**definition.links, **slo.links}),
        "depends_on": tuple(definition.depends_on),
        "alerting": build_alerting(slo.alerting),
    }
    line, _ = source.position(entry.node.start)
    return Slo(**meaning, file=source.posix, line=line, revision=revision_of(meaning))


def _windows(definition: model.DefinitionModel, slo: model.SloModel) -> tuple[Window, ...]:
    return tuple(_window(definition, slo, window) for window in slo.window)


def _window(definition: model.DefinitionModel, promise: model.SloModel | model.AgreementModel, window: str) -> Window:
    zone = promise.timezone or definition.timezone or UTC
    year_start = promise.year_start or definition.year_start
    return read_window(window, zone, read_year_start(year_start) if year_start else (1, 1))


def _budgeting(entry: Entry, slo: model.SloModel) -> Budgeting:
    """As written; slices are as long as the SLI's own if nothing is said of them."""
    if slo.budgeting == "occurrences":
        return OCCURRENCES
    own = entry.slice_seconds
    assert own
    return Budgeting(
        method=slo.budgeting,
        slice_seconds=read_slice(slo.slice) if slo.slice else own,
        slice_target=read_share(slo.slice_target) if slo.slice_target else None,
    )


def _sli(entry: Entry, sli: indicators.Sli, catalogue: Catalogue) -> Sli:
    """*sli*, whose selectors were read already, by the key they are written at."""
    selectors = {site.field: site.selector for site in entry.sites}
    if sli.events:
        return _events(entry, sli.events)
    if sli.latency:
        return _latency(sli.latency, selectors)
    if sli.up:
        return UpSli(_read(selectors, "metric"), tuple(sli.up.by or ()))
    if sli.threshold:
        threshold = sli.threshold
        return ThresholdSli(bare(threshold.query), threshold.op, threshold.value, read_slice(threshold.slice))
    if sli.ratio:
        return _ratio(sli.ratio)
    assert sli.composite
    return _composite(entry, sli.composite, catalogue)


def _events(entry: Entry, events: indicators.Events) -> EventsSli | QuerySli:
    """Counters where the texts are nothing but counters, else the texts."""
    by = tuple(events.by or ())
    counters = entry.counters
    if counters is not None:
        return EventsSli(counters["total"], counters.get("good"), counters.get("bad"), by)
    good, bad = (text and bare(text) for text in (events.good, events.bad))
    return QuerySli(bare(events.total), good, bad, by)


def _latency(latency: indicators.Latency, selectors: dict[str, Selector | None]) -> LatencySli:
    histogram = _read(selectors, "histogram")
    base = Selector(histogram.metric.removesuffix("_bucket"), histogram.matchers)
    return LatencySli(base, read_threshold(latency.threshold), selectors.get("total"), tuple(latency.by or ()))


def _ratio(ratio: indicators.Ratio) -> RatioSli:
    total = bare(ratio.total) if ratio.total else None
    if ratio.error:
        return RatioSli(bare(ratio.error), "error", total)
    assert ratio.success
    return RatioSli(bare(ratio.success), "success", total)


def _composite(entry: Entry, composite: indicators.Composite, catalogue: Catalogue) -> CompositeSli:
    assert entry.document.service
    service = entry.document.service.text
    parts = [(catalogue.find(service, part.slo), part.weight) for part in composite.of]
    # Weights mean something only beside others that are reckoned with.
    weighted = composite.method == "weighted"
    of = tuple(Part(slo_id, weight if weighted else Decimal(1)) for slo_id, weight in parts if slo_id)
    return CompositeSli(of, composite.method, composite.no_data)


def _read(selectors: dict[str, Selector | None], field: str) -> Selector:
    selector = selectors[field]
    assert selector, field
    return selector
