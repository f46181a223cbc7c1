"""agreement: one about an SLO that there is not, one that is there twice, and credits that make no sense."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

from tallystick.definition.catalogue import Catalogue
from tallystick.definition.checks.base import Check, look_at, of_no_service, unknown_slo
from tallystick.definition.document import Document, mappings_of, text_of, value_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, read_objective, read_share

RULE = Rule("agreement", may_warn=True)

_INFORMAL = "expectation"


def _find(document: Document) -> Iterator[Problem]:
    for node in document.agreements:
        party, kind = text_of(node, "party"), text_of(node, "kind")
        if party and not party.text.strip():
            yield RULE.at(party.span, "`party` is empty", "write with whom it was agreed")
        tiers = mappings_of(node, "credits")
        if tiers and kind and kind.text == _INFORMAL:
            hint = "leave `credits` out, or write kind: sla"
            yield RULE.at(node.key("credits").span, "an expectation owes nothing", hint)
        for tier in tiers:
            for key in ("below", "credit"):
                yield from look_at(RULE, value_of(tier, key), f"`{key}`", read_share)
        yield from _tiers(node, tiers)


def _tiers(node: Mapping, tiers: list[Mapping]) -> Iterator[Problem]:
    """A lower tier gives back more, and none is there twice, for nothing, or for what is no breach."""
    objective = _objective(node)
    known: list[tuple[Decimal, Decimal]] = []
    for tier in tiers:
        below, credit = (_share(tier, key) for key in ("below", "credit"))
        if below is None or credit is None:
            continue
        (under, under_node), (share, share_node) = below, credit
        if under == 0:
            yield RULE.at(under_node.span, "nothing is below 0", "write for example 99.5%")
        elif share == 0:
            yield RULE.at(share_node.span, "a credit of nothing", "write for example 10%, or leave it out")
        elif any(under == other for other, _ in known):
            yield RULE.at(under_node.span, f"`below` {show(under_node.text)} is there twice", "keep one of the two")
        elif wrong := next((one for one in known if (under < one[0]) != (share > one[1])), None):
            more = "more" if under < wrong[0] else "less"
            message = f"credit {show(share_node.text)} is not {more} than that of the tier before"
            yield RULE.at(share_node.span, message, "the less was delivered, the more is due")
        elif objective is not None and under > objective:
            message = f"`below` {show(under_node.text)} is above the agreed objective: credits are due while it is kept"
            yield RULE.at(under_node.span, message, "write the objective, or less", severity="warning")
        known.append((under, share))


def _share(tier: Mapping, key: str) -> tuple[Decimal, Scalar] | None:
    node = value_of(tier, key)
    with suppress(ValueFault):
        return (read_share(node.text), node) if node else None
    return None


def _objective(node: Mapping) -> Decimal | None:
    written = value_of(node, "objective")
    with suppress(ValueFault):
        return read_objective(written.text) if written else None
    return None


def find(catalogue: Catalogue) -> Iterator[Problem]:
    """Names of SLOs that the service does not have, and agreements of one id."""
    seen: dict[str, Scalar] = {}
    for document in catalogue.documents:
        service = document.service
        if document.agreements and (problem := of_no_service(RULE, catalogue, document)):
            yield problem
            continue
        for node in document.agreements if service else ():
            assert service
            slo, name = text_of(node, "slo"), text_of(node, "name")
            if slo and catalogue.of_service(service.text, slo.text) is None:
                yield unknown_slo(RULE, catalogue, service.text, slo, "write the name of one of its SLOs")
            agreement_id = f"{service.text}-{name.text}" if name else ""
            if name and agreement_id in seen:
                first = seen[agreement_id]
                place = f"{first.source.file}:{first.source.position(first.start)[0]}"
                message = f"agreement {show(agreement_id)} is there already, in {place}"
                yield RULE.at(name.span, message, "give one of the two another name")
            elif name:
                seen[agreement_id] = name


CHECK = Check(RULE, _find)
