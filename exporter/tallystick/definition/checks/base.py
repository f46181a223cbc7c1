"""What a check is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from tallystick.definition.catalogue import Catalogue
from tallystick.definition.document import Document
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing that is looked at in every document.

    Attributes:
        rule: the kind of problem it finds.
        find: gives the problems of one document.
    """

    rule: Rule
    find: Callable[[Document], Iterator[Problem]]


def look_at(rule: Rule, node: Scalar | None, name: str, read: Callable[[str], object]) -> Iterator[Problem]:
    """The problem of *rule* if there is a *node* and *read* refuses its text; messages call it *name*."""
    if node is None:
        return
    try:
        read(node.text)
    except ValueFault as fault:
        yield rule.at(node.span, f"{name} {show(node.text)} {fault}", fault.hint)


def unknown_slo(rule: Rule, catalogue: Catalogue, service: str, node: Scalar, otherwise: str) -> Problem:
    """The problem of *rule* that *node* names no SLO of *service*; *otherwise*: what to write if none is near."""
    near = catalogue.meant(service, node.text, everywhere=False)
    hint = f"write {show(near)}" if near else otherwise
    return rule.at(node.span, f"service {show(service)} has no SLO {show(node.text)}", hint)


def of_no_service(rule: Rule, catalogue: Catalogue, document: Document) -> Problem | None:
    """The problem of *rule* that *document* agrees on something about SLOs elsewhere, and that its service has none there."""
    service = document.service
    if service is None or document.entries or catalogue.has(service.text):
        return None
    near = get_close_matches(service.text, catalogue.names, n=1)
    hint = (
        f"write {show(near[0])}" if near else "write its SLOs, or load the files that have them together with this one"
    )
    return rule.at(service.span, f"there are no SLOs of service {show(service.text)}", hint)
