"""
Our SLOs as OpenSLO's objects.

What OpenSLO can say is said in its words, as near as they come. What it has no word for is in annotations of our own
(`tallystick.definition.formats.openslo.own`), so that the objects are read as the same SLOs again, and is told.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.core.sli import CompositeSli, ThresholdSli
from tallystick.core.slo import Slo
from tallystick.core.window import CalendarWindow, RollingWindow, Window
from tallystick.definition.formats.openslo import write_alerts, write_sli
from tallystick.definition.formats.openslo.names import LABEL_KEY, Names, sayable
from tallystick.definition.formats.openslo.own import SERVICE
from tallystick.definition.formats.openslo.own import SLO as SLO_KEY
from tallystick.definition.formats.openslo.targets import METHODS
from tallystick.definition.formats.openslo.write_own import agreement_of, alerting_of, calendar_of, exclusion_of, sli_of
from tallystick.definition.formats.openslo.yaml_text import flow, text_of, with_floats
from tallystick.definition.values import plain

Json = dict[str, Any]

VERSION = "openslo/v1"
_DESCRIPTION = 1_050
"""Characters of a description, by the specification."""

_SHARED = {"team", "owner", "tier", "severity"}
"""Labels that are read as something else."""

_LETTERS = {"day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "Y"}
_METHODS = {ours: theirs for theirs, ours in METHODS.items()}


@dataclass(frozen=True, slots=True)
class Written:
    """
    SLOs as objects.

    Attributes:
        objects: in order: services, then SLOs.
        unsaid: by SLO, in what of our own it is said what OpenSLO has no word for.
    """

    objects: list[Json]
    unsaid: dict[str, list[str]]

    @property
    def text(self) -> str:
        """Them as YAML, a document each."""
        return text_of(self.objects)

    @property
    def plain(self) -> list[Json]:
        """Them with numbers as JSON has them."""
        found: list[Json] = with_floats(self.objects)
        return found


def write(slos: Sequence[Slo]) -> Written:
    """*slos*, among which are the parts of all composites, as objects."""
    by_id = {slo.slo_id: slo for slo in slos}
    services: dict[str, list[Slo]] = defaultdict(list)
    for slo in slos:
        services[slo.service].append(slo)
    named, names = Names(), Names()
    service_names = {service: named.take(service) for service in services}
    objects = [_service(service_names[service], found) for service, found in services.items()]
    unsaid: dict[str, list[str]] = {}
    for slo in slos:
        name = names.take(slo.name, slo.slo_id)
        one, left = _slo(slo, name, service_names[slo.service], by_id)
        objects.append(one)
        if left:
            unsaid[slo.slo_id] = left
    return Written(objects, unsaid)


def _service(name: str, slos: Sequence[Slo]) -> Json:
    labels = {
        key: values.pop()
        for key, values in (("team", {slo.team for slo in slos}), ("tier", {slo.tier for slo in slos}))
        if len(values) == 1 and None not in values
    }
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    return {"apiVersion": VERSION, "kind": "Service", "metadata": metadata, "spec": {}}


def _slo(slo: Slo, name: str, service: str, by_id: dict[str, Slo]) -> tuple[Json, list[str]]:
    extra = _extra(slo, name)
    of_service = _extra_of_service(slo, service)
    annotations = {key: address for key, address in slo.links.items() if LABEL_KEY.fullmatch(key)}
    if extra:
        annotations[SLO_KEY] = flow(extra)
    if of_service:
        annotations[SERVICE] = flow(of_service)
    own = {"team": slo.team, "tier": slo.tier}
    labels = {key: value for key, value in {**_labels(slo), **own}.items() if value}
    metadata: Json = {"name": name}
    metadata |= {key: value for key, value in (("labels", labels), ("annotations", annotations)) if value}
    spec: Json = {"description": slo.description[:_DESCRIPTION]} if slo.description else {}
    spec["service"] = service
    objective: Json = {"target": slo.objective}
    if isinstance(slo.sli, CompositeSli):
        objectives = _named(write_sli.objectives_of(slo.sli, slo.objective, by_id.__getitem__))
        method = "occurrences"
    else:
        spec["indicator"] = {"metadata": {"name": name}, "spec": write_sli.spec_of(slo.sli)}
        if isinstance(slo.sli, ThresholdSli):
            objective = {"op": slo.sli.op, "value": slo.sli.value, **objective}
        objectives = [{**objective, **_slices(slo)}]
        method = slo.budgeting.method
    spec["timeWindow"] = [_window(slo.windows[0])]
    spec["budgetingMethod"] = _METHODS[method]
    spec["objectives"] = objectives
    spec["alertPolicies"] = write_alerts.policies_of(slo, name)
    return {"apiVersion": VERSION, "kind": "SLO", "metadata": metadata, "spec": spec}, [*extra, *of_service]


def _named(objectives: list[Json]) -> list[Json]:
    names = Names()
    for objective in objectives:
        metadata = objective["indicator"]["metadata"]
        metadata["name"] = names.take(metadata["name"])
        objective["displayName"] = objective["displayName"][:63]
    return objectives


def _labels(slo: Slo) -> dict[str, str]:
    return {key: value for key, value in sayable(slo.labels).items() if key not in _SHARED}


def _slices(slo: Slo) -> Json:
    if slo.budgeting.method == "occurrences":
        return {}
    length = {"timeSliceWindow": write_alerts.shorthand(slo.budgeting.slice_seconds)}
    target = slo.budgeting.slice_target
    return length if target is None else {"timeSliceTarget": target, **length}


def _window(window: Window) -> Json:
    match window:
        case RollingWindow():
            return {"duration": write_alerts.shorthand(window.seconds), "isRolling": True}
        case CalendarWindow():
            # The first day of 2024 is a Monday, so that weeks begin on it too.
            month, day = window.year_start if window.unit in ("quarter", "year") else (1, 1)
            start = f"2024-{month:02d}-{day:02d} 00:00:00"
            calendar = {"startTime": start, "timeZone": window.zone}
            return {"duration": f"1{_LETTERS[window.unit]}", "isRolling": False, "calendar": calendar}


def _extra(slo: Slo, name: str) -> Json:
    """What an SLO says that OpenSLO has no word for, as keys of ours."""
    is_composite = isinstance(slo.sli, CompositeSli)
    is_said = isinstance(slo.sli, CompositeSli) or write_sli.is_said(slo.sli)
    several = len(slo.windows) > 1
    keys: list[tuple[str, bool, Any]] = [
        ("name", slo.name != name, slo.name),
        ("objective", is_composite, plain(slo.objective)),
        ("sli", is_composite or not is_said, sli_of(slo.sli)),
        ("window", several, [window.name for window in slo.windows]),
        ("no_data", slo.no_data != "ignore", slo.no_data),
        ("min_coverage", bool(slo.min_coverage), plain(slo.min_coverage)),
        ("was", bool(slo.was), list(slo.was)),
        ("labels", _labels(slo) != dict(slo.labels), dict(slo.labels)),
        ("links", not all(LABEL_KEY.fullmatch(key) for key in slo.links), dict(slo.links)),
        ("description", len(slo.description) > _DESCRIPTION, slo.description),
        ("alerting", not write_alerts.is_said(slo), alerting_of(slo.alerting)),
    ]
    found = {key: value for key, is_unsaid, value in keys if is_unsaid}
    return {**found, **(calendar_of(slo.windows) if several else {})}


def _extra_of_service(slo: Slo, service: str) -> Json:
    found: Json = {"service": slo.service} if slo.service != service else {}
    if slo.depends_on:
        found["depends_on"] = list(slo.depends_on)
    if slo.exclusions:
        found["exclusions"] = [exclusion_of(exclusion, slo.name) for exclusion in slo.exclusions]
    if slo.agreements:
        found["agreements"] = [agreement_of(agreement, slo.name) for agreement in slo.agreements]
    return found
