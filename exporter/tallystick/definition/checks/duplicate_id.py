"""duplicate-id: two SLOs have one id, and their metrics, series and alerts would be one."""

from collections.abc import Iterator

from tallystick.definition.catalogue import Catalogue
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("duplicate-id")


def find(catalogue: Catalogue) -> Iterator[Problem]:
    """Ids that are there before."""
    seen: dict[str, tuple[str, Scalar]] = {}
    for document in catalogue.documents:
        service = document.service
        for entry in document.entries if service else ():
            if service is None or entry.name is None:
                continue
            slo_id = f"{service.text}-{entry.name.text}"
            if slo_id in seen:
                yield _problem(slo_id, service.text, entry.name, *seen[slo_id])
            else:
                seen[slo_id] = (service.text, entry.name)


def _problem(slo_id: str, service: str, name: Scalar, other_service: str, other: Scalar) -> Problem:
    place = f"{other.source.file}:{other.source.position(other.start)[0]}"
    if other.source.row:
        place += f", from {other.source.row.text}"
    message = f"SLO {show(slo_id)} is there already, in {place}"
    if service == other_service:
        return RULE.at(name.span, message, "give one of the two another name")
    parts = f"service {show(other_service)}, name {show(other.text)}"
    return RULE.at(name.span, f"{message} ({parts})", "the id is service-name; rename one so that they differ")
