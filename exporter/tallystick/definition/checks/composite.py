"""composite: parts that are no SLOs, are there twice, or have no number of their own."""

from collections.abc import Iterator
from decimal import Decimal

from tallystick.definition.catalogue import Catalogue
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry, PartView, text_of
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import read_decimal

RULE = Rule("composite", may_warn=True)

MAX_LEVELS = 5
"""Composites of composites, and so on."""

_LARGEST, _SMALLEST = Decimal(10) ** 9, Decimal(10) ** -9
"""Weights; what is beyond is a slip of the keyboard."""


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        composite = entry.slis.get("composite")
        if composite is None:
            continue
        of = composite.get("of")
        if isinstance(of, Sequence) and not of.items:
            yield RULE.at(of.span, "`of` is an empty list", "name the SLOs it is made of: - slo: availability")
        if "no_data" in entry.node.entries:
            message = "`no_data` of a composite is about its parts"
            yield RULE.at(entry.node.key("no_data").span, message, "write it inside `composite`")
        method = text_of(composite, "method")
        for part in entry.parts:
            yield from _weight(part, method)


def _weight(part: PartView, method: Scalar | None) -> Iterator[Problem]:
    node = part.weight
    weight = read_decimal(node.text) if node else None
    if node is None or weight is None:
        return
    if weight <= 0:
        yield RULE.at(
            node.span, f"weight {show(node.text)} is not above 0", "write a number above 0, or leave the part out"
        )
    elif not _SMALLEST <= weight <= _LARGEST:
        yield RULE.at(
            node.span, f"weight {show(node.text)} is out of range", "weights are relative: write for example 2"
        )
    elif method and method.text in ("serial", "worst"):
        message = f"weights mean nothing with method {method.text}"
        yield RULE.at(node.span, message, "leave it out, or write method: weighted", severity="warning")


def find(catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong with the parts of all composites, as SLOs of all files."""
    whole: dict[str, list[tuple[str, Scalar]]] = {}
    for slo_id, entry in catalogue.ids.items():
        whole[slo_id] = []
        for node in (part.slo for part in entry.parts):
            found = _found(catalogue, entry, node) if node else None
            if node and found:
                whole[slo_id].append((found, node))
            elif node:
                yield _unknown(catalogue, entry, node)
        yield from _parts(catalogue, slo_id, whole[slo_id])
    cycles = list(_cycles(whole))
    yield from cycles or _too_deep(whole)


def _found(catalogue: Catalogue, entry: Entry, node: Scalar) -> str | None:
    service = entry.document.service
    return catalogue.find(service.text, node.text) if service else None


def _unknown(catalogue: Catalogue, entry: Entry, node: Scalar) -> Problem:
    assert entry.document.service
    near = catalogue.meant(entry.document.service.text, node.text, everywhere=True)
    hint = (
        f"write {show(near)}"
        if near
        else "write a name of this service's SLOs, or the id of any SLO that is loaded with it"
    )
    return RULE.at(node.span, f"there is no SLO {show(node.text)}", hint)


def _parts(catalogue: Catalogue, slo_id: str, parts: list[tuple[str, Scalar]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for part, node in parts:
        if part == slo_id:
            yield RULE.at(node.span, f"{show(slo_id)} is a part of itself", "leave it out")
        elif part in seen:
            yield RULE.at(node.span, f"{show(part)} is there twice", "keep one of the two, with the weight of both")
        elif catalogue.ids[part].by:
            message = f"{show(part)} has `by`: it is many SLOs, not one"
            yield RULE.at(node.span, message, "name an SLO without `by`")
        seen.add(part)


def _cycles(whole: dict[str, list[tuple[str, Scalar]]]) -> Iterator[Problem]:
    """Parts that lead back to what they are a part of; each round is told once."""
    done: set[str] = set()
    for start in whole:
        path: list[str] = []
        todo: list[tuple[str, Scalar | None, int]] = [(start, None, 0)]
        while todo:
            slo_id, node, depth = todo.pop()
            del path[depth:]
            if slo_id in path:
                if node and path[-1] != slo_id:
                    around = " > ".join(show(one) for one in [*path[path.index(slo_id) :], slo_id])
                    yield RULE.at(node.span, f"these SLOs are parts of one another: {around}", "leave one out")
            elif slo_id not in done:
                path.append(slo_id)
                done.add(slo_id)
                todo += [(part, where, depth + 1) for part, where in whole[slo_id]]


def _too_deep(whole: dict[str, list[tuple[str, Scalar]]]) -> Iterator[Problem]:
    """Composites with so many levels of others inside that working them out would have no end; there are no rounds."""
    deeper = {slo_id for slo_id, parts in whole.items() if parts}
    for _ in range(MAX_LEVELS):
        deeper = {slo_id for slo_id in deeper if any(part in deeper for part, _ in whole[slo_id])}
    for slo_id in deeper:
        if not any(part in deeper for part, _ in whole[slo_id]):
            part, node = max(whole[slo_id], key=lambda one: len(whole[one[0]]))
            message = f"{show(slo_id)} has more than {MAX_LEVELS} levels of composites"
            yield RULE.at(node.span, message, f"name what {show(part)} is made of")


def lost(catalogue: Catalogue, wrong: set[str]) -> Iterator[Problem]:
    """Composites of files that are right, with parts in files that are *wrong* and so left out."""
    for entry in catalogue.ids.values():
        if entry.node.source.file in wrong:
            continue
        for node in (part.slo for part in entry.parts):
            found = _found(catalogue, entry, node) if node else None
            if node and found and (file := catalogue.ids[found].node.source.file) in wrong:
                yield RULE.at(node.span, f"{show(found)} is left out: {show(file)} has errors", "mend that file")


CHECK = Check(RULE, _find)
