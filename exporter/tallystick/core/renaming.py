"""Which SLOs of two catalogues are the same one, under whatever names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo


def renamed(base: Sequence[Slo], head: Sequence[Slo]) -> dict[str, str]:
    """
    The SLOs that have another id in *head*: the id there by the id in *base*.

    A definition that names an earlier id (``was``) is that one, in either direction. Of what is left, that which counts
    the same (`Slo.generation`) is taken to be the same; among several, those that are the most alike.
    """
    gone = _only(base, head)
    new = _only(head, base)
    found: dict[str, str] = {}

    def take(old: str, name: str) -> None:
        found[old] = name
        del gone[old], new[name]

    for slo in list(new.values()):
        if old := next((one for one in slo.was if one in gone), None):
            take(old, slo.slo_id)
    for slo in list(gone.values()):
        if name := next((one for one in slo.was if one in new), None):
            take(slo.slo_id, name)
    for old, name in _alike(gone.values(), new.values()):
        if old in gone and name in new:
            take(old, name)
    return found


def _only(these: Iterable[Slo], others: Iterable[Slo]) -> dict[str, Slo]:
    there = {slo.slo_id for slo in others}
    return {slo.slo_id: slo for slo in sorted(these, key=lambda slo: slo.slo_id) if slo.slo_id not in there}


def _alike(gone: Iterable[Slo], new: Iterable[Slo]) -> Iterator[tuple[str, str]]:
    """Pairs of ids that count the same, the most alike first; in the same order whichever side is which."""
    by_generation: dict[str, list[Slo]] = {}
    for slo in new:
        by_generation.setdefault(slo.generation, []).append(slo)
    pairs = [
        (-_likeness(before, after), sorted((before.slo_id, after.slo_id)), before.slo_id, after.slo_id)
        for before in gone
        for after in by_generation.get(before.generation, ())
    ]
    return ((old, name) for *_, old, name in sorted(pairs))


def _likeness(one: Slo, other: Slo) -> int:
    """How much two SLOs that count the same have in common."""
    told = ("service", "name", "objective", "windows", "team", "description")
    return sum(getattr(one, name) == getattr(other, name) for name in told)


def under_new_names(base: Iterable[Slo], names: Mapping[str, str], head: Sequence[Slo]) -> list[Slo]:
    """
    The SLOs of *base* as they were, but for their names: they are called as in *head*, by which *names* them.

    Their earlier ids stay in ``was``, under which the ledger may have them. Composites name their parts likewise.
    """
    there = {slo.slo_id: slo for slo in head}
    return [_renamed(slo, names, there) for slo in base]


def _renamed(slo: Slo, names: Mapping[str, str], there: Mapping[str, Slo]) -> Slo:
    if isinstance(slo.sli, CompositeSli) and any(part.slo in names for part in slo.sli.of):
        parts = tuple(replace(part, slo=names.get(part.slo, part.slo)) for part in slo.sli.of)
        slo = replace(slo, sli=replace(slo.sli, of=parts))
    name = names.get(slo.slo_id)
    if name is None:
        return slo
    after = there[name]
    was = tuple(one for one in dict.fromkeys((slo.slo_id, *slo.was, *after.was)) if one != name)
    return replace(slo, service=after.service, name=after.name, was=was)
