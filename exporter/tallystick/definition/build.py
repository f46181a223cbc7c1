"""From a document without problems to the core's values."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli, LatencySli, Sli, UpSli
from tallystick.core.slo import Alerting, Notice, Slo
from tallystick.definition import model
from tallystick.definition.document import Document, Entry
from tallystick.definition.values import read_objective, read_threshold, read_window


def build_slos(document: Document, definition: model.DefinitionModel) -> list[Slo]:
    """The SLOs of *document*, which has the shape of *definition* and no problem."""
    pairs = zip(document.entries, definition.slos, strict=True)
    return [_slo(entry, definition, slo) for entry, slo in pairs]


def _slo(entry: Entry, definition: model.DefinitionModel, slo: model.SloModel) -> Slo:
    source = entry.node.source
    meaning: dict[str, Any] = {
        "service": definition.service,
        "name": slo.name,
        "description": slo.description,
        "objective": read_objective(slo.objective),
        "windows": tuple(read_window(window) for window in slo.window),
        "sli": _sli(slo.sli, {site.field: site.query.selector for site in entry.sites}),
        "team": definition.team,
        "tier": definition.tier,
        "labels": MappingProxyType({**definition.labels, **slo.labels}),
        "links": MappingProxyType({**definition.links, **slo.links}),
        "depends_on": tuple(definition.depends_on),
        "alerting": Alerting(
            page=_notice(slo.alerting.page),
            ticket=_notice(slo.alerting.ticket),
            min_events=slo.alerting.min_events,
        ),
    }
    line, _ = source.position(entry.node.start)
    return Slo(**meaning, file=PurePath(source.file).as_posix(), line=line, revision=_revision(meaning))


def _sli(sli: model.Sli, selectors: dict[str, Selector | None]) -> Sli:
    """*sli*, whose *selectors* were read already, by the key they are written at."""
    if sli.up:
        return UpSli(_read(selectors, "metric"))
    if sli.events:
        return EventsSli(_read(selectors, "total"), good=selectors.get("good"), bad=selectors.get("bad"))
    assert sli.latency
    histogram = _read(selectors, "histogram")
    base = Selector(histogram.metric.removesuffix("_bucket"), histogram.matchers)
    return LatencySli(base, read_threshold(sli.latency.threshold))


def _read(selectors: dict[str, Selector | None], field: str) -> Selector:
    selector = selectors[field]
    assert selector, field
    return selector


def _notice(notice: model.Notice) -> Notice:
    return Notice(
        enabled=notice.enabled,
        labels=MappingProxyType(dict(notice.labels)),
        annotations=MappingProxyType(dict(notice.annotations)),
    )


def _revision(meaning: dict[str, Any]) -> str:
    """12 hex digits of a hash of what an SLO says; the order of labels and the spelling of numbers do not count."""
    text = json.dumps(meaning, sort_keys=True, default=_normal)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _normal(value: Any) -> Any:
    """*value* as JSON in which equal meanings are equal texts."""
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case Mapping():
            return dict(value)
        case EventsSli() | LatencySli() | UpSli():
            return value.identity
        case Alerting():
            return {"page": value.page, "ticket": value.ticket, "min_events": value.min_events}
        case Notice():
            return {"enabled": value.enabled, "labels": value.labels, "annotations": value.annotations}
    return value.name
