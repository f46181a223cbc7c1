"""looser: an SLO that promises less than what was agreed about it, so that nobody is warned before the agreement is broken."""

from collections.abc import Iterator
from contextlib import suppress

from tallystick.definition.catalogue import Catalogue
from tallystick.definition.document import text_of, value_of
from tallystick.definition.node import Mapping
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, read_objective

RULE = Rule("looser", "warning")

_OF_SUPPLIERS = "underpinning"
"""What a supplier owes is not what is promised with it."""


def find(catalogue: Catalogue) -> Iterator[Problem]:
    """Agreements above the objectives of their SLOs."""
    for document in catalogue.documents:
        service = document.service
        for node in document.agreements if service else ():
            assert service
            with suppress(ValueFault):
                yield from _look_at(catalogue, service.text, node)


def _look_at(catalogue: Catalogue, service: str, node: Mapping) -> Iterator[Problem]:
    kind, slo, agreed = text_of(node, "kind"), text_of(node, "slo"), value_of(node, "objective")
    slo_id = catalogue.of_service(service, slo.text) if slo else None
    own = catalogue.ids[slo_id].objective if slo_id else None
    if agreed is None or own is None or slo_id is None or (kind and kind.text == _OF_SUPPLIERS):
        return
    if read_objective(own.text) < read_objective(agreed.text):
        message = f"SLO {show(slo_id)} promises {show(own.text)}, which is looser than the agreed {show(agreed.text)}"
        yield RULE.at(agreed.span, message, "give the SLO an objective above it, so that alerts come before the breach")
