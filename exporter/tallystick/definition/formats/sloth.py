"""
Sloth's files: ``version: prometheus/v1``, the custom resource ``PrometheusServiceLevel``, and ``AlertWindows``.

A query keeps its meaning, with ``$window`` for ``{{.window}}``. The period is not in the file but a flag of Sloth's, so it is
what ``AlertWindows`` or defaults say, and 30 days if they say nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tallystick.definition.checks import other_format
from tallystick.definition.formats import (
    nodes,
    notes,
    sloth_alerting,
    sloth_labels,
    sloth_model,
    sloth_plugins,
    sloth_sli,
)
from tallystick.definition.formats.base import Reader, Reading
from tallystick.definition.formats.sloth_keys import as_file, misspelt
from tallystick.definition.model import API_VERSION
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import show

RESOURCE = "PrometheusServiceLevel"
ALERT_WINDOWS = "AlertWindows"
PERIOD = "30d"
"""Sloth's own default."""

_Owner = tuple[str | None, str | None]


def _alone(root: Mapping) -> Mapping | None:
    """All but windows of alerts, which are for every service."""
    spec = root if "version" in root.entries else root.get("spec")
    return spec if isinstance(spec, Mapping) and nodes.said(root.get("kind")) != ALERT_WINDOWS else None


def _read(roots: Sequence[Mapping]) -> Iterator[Reading]:
    windows: list[Reading] = []
    services: list[Reading] = []
    for root in roots:
        if nodes.said(root.get("kind")) == ALERT_WINDOWS:
            windows.append(Reading(root, WORDS))
        else:
            services.append(Reading(root, WORDS if "version" in root.entries else WORDS_OF_RESOURCE))
            _read_service(services[-1])
    alerting = _read_windows(windows, services)
    for reading in services:
        _lay_windows(reading, alerting)
    yield from (*windows, *services)


def _read_service(reading: Reading) -> None:
    root = nodes.without_nulls(reading.root, "labels", "annotations", "options", "config")
    assert isinstance(root, Mapping)
    spec: Node | None = root
    if "version" in root.entries:
        reading.problems += sloth_model.FILE.problems(root)
    elif (kind := root.get("kind")) is not None and nodes.said(kind) != RESOURCE:
        said = show(nodes.said(kind) or "this")
        reading.problems.append(
            other_format.RULE.at(kind.span, f"{said} is no kind of Sloth's", f"write {RESOURCE} or {ALERT_WINDOWS}")
        )
    else:
        reading.problems += misspelt(root)
        root = as_file(root)
        reading.problems += sloth_model.RESOURCE.problems(root)
        spec = root.get("spec")
    if not isinstance(spec, Mapping):
        return
    by_owner: dict[_Owner, list[Mapping]] = defaultdict(list)
    owners: dict[_Owner, tuple[Node | None, Node | None]] = {}
    for slo in nodes.items_of(spec.get("slos")):
        effect = sloth_plugins.effect_of(reading, spec, slo)
        labels = nodes.merged(effect.labels, spec.get("labels"), slo.get("labels"))
        team, tier = nodes.child(labels, "team") or nodes.child(labels, "owner"), nodes.child(labels, "tier")
        key = (nodes.said(team), nodes.said(tier))
        if isinstance(team, Scalar) and nodes.child(labels, "team") is None:
            message = f"team {show(team.text)} owns this, by the label `owner`"
            reading.notes.append(notes.TEAM.at(team.span, message, ""))
        owners.setdefault(key, (team, tier))
        by_owner[key].append(_slo(reading, spec, slo, labels, effect))
    for key, slos in by_owner.items():
        reading.documents.append(_document(spec, owners[key], slos))


def _document(spec: Mapping, owner: tuple[Node | None, Node | None], slos: list[Mapping]) -> Mapping:
    team, tier = owner
    return nodes.mapping(
        spec,
        {
            "apiVersion": nodes.text(API_VERSION, spec),
            "service": spec.get("service"),
            "team": nodes.text(team.text, team) if isinstance(team, Scalar) else None,
            "tier": tier,
            "slos": nodes.listed(spec, slos),
        },
    )


def _slo(
    reading: Reading, spec: Mapping, slo: Mapping, labels: Mapping | None, effect: sloth_plugins.Effect
) -> Mapping:
    objective, sli = slo.get("objective"), slo.get("sli")
    promised = objective if isinstance(objective, Scalar) else None
    service, name = nodes.said(spec.get("service")) or "", nodes.said(slo.get("name")) or ""
    identity = {"sloth_id": f"{service}-{name}", "sloth_service": service, "sloth_slo": name}
    severity = nodes.child(labels, "severity")
    return nodes.mapping(
        slo,
        {
            "name": slo.get("name"),
            "description": slo.get("description"),
            "objective": nodes.text(f"{promised.text}%", promised) if promised else None,
            "sli": sloth_sli.sli(reading, sli, nodes.said(promised)) if isinstance(sli, Mapping) else None,
            "labels": sloth_labels.labels(reading, nodes.without(labels, "team", "severity")),
            "alerting": sloth_alerting.alerting(reading, slo, severity, identity, effect.alerting),
        },
    )


def _read_windows(readings: list[Reading], services: list[Reading]) -> tuple[Node, Mapping | None] | None:
    """The period of all SLOs, and when to alert; None if that is not said, and no windows if they can't be used."""
    for reading in readings:
        reading.problems += sloth_model.ALERT_WINDOWS.problems(reading.root)
    usable = [one for one in readings if all(problem.severity != "error" for problem in one.problems)]
    if not usable:
        return None
    for reading in usable[1:]:
        reading.problems.append(sloth_alerting.second_windows(reading.root, usable[0].root))
    period = nodes.child(usable[0].root, "spec", "sloPeriod")
    assert isinstance(period, Scalar)
    alerting = sloth_alerting.of_windows(usable[0])
    errors = sloth_alerting.errors_of_windows(alerting, period, [root for one in services for root in one.documents])
    usable[0].problems += errors
    return nodes.text(period.text, period), None if errors else alerting


def _lay_windows(reading: Reading, said: tuple[Node, Mapping | None] | None) -> None:
    """What the file leaves to Sloth's flags."""
    if said is not None:
        reading.fallback["window"], alerting = said
        if alerting is not None:
            reading.fallback["alerting"] = alerting
        return
    at = nodes.child(reading.root, "spec", "service") or reading.root.get("service") or reading.root
    reading.fallback["window"] = nodes.text(PERIOD, at)
    if reading.documents:
        message = f"over {PERIOD}, Sloth's default, unless defaults say otherwise: the file has no period"
        reading.notes.append(notes.PERIOD.at(at.span, message, "write `defaults: {window: 28d}` in a file of its own"))


WORDS = {
    "bad": "error_query",
    "good": "error_ratio_query",
    "total": "total_query",
    "error": "error_ratio_query",
    "threshold": "bucket",
    "$window": "{{.window}}",
}
WORDS_OF_RESOURCE = WORDS | {
    "bad": "errorQuery",
    "good": "errorRatioQuery",
    "total": "totalQuery",
    "error": "errorRatioQuery",
}
READER = Reader(_read, _alone)
