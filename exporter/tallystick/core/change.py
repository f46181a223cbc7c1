"""What differs between two catalogues of SLOs, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from tallystick.core.facts import facts
from tallystick.core.renaming import renamed, under_new_names
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo

Kind = Literal["new", "gone", "renamed", "changed"]
KINDS: tuple[Kind, ...] = ("new", "gone", "renamed", "changed")


class Effect(StrEnum):
    """What follows of a change."""

    BEGINS = "begins"
    ENDS = "ends"
    RENAMED = "renamed"
    LOOKS_RENAMED = "looks_renamed"
    GENERATION = "generation"
    RECOMPUTED = "recomputed"
    HISTORY = "history"
    PARTS = "parts"
    OBJECTIVE = "objective"
    WINDOW = "window"
    COUNTED_AS = "counted_as"
    AGREED = "agreed"
    ALERTS = "alerts"
    ROUTING = "routing"
    INFORMATION = "information"


_OF_FACTS = {
    "objective": Effect.OBJECTIVE,
    "window": Effect.WINDOW,
    "was": Effect.HISTORY,
    # These are applied to what the ledger holds, when it is read.
    **dict.fromkeys(("budgeting", "slice", "slice_target", "no_data", "min_coverage", "exclusions"), Effect.COUNTED_AS),
    "agreements": Effect.AGREED,
    "team": Effect.ROUTING,
    "labels": Effect.ROUTING,
}
"""What follows by the first part of a fact's name; of any other, that people are told something else."""

_OF_ALERTS = {".labels.": Effect.ROUTING, ".annotations.": Effect.INFORMATION}
"""The same for facts of alerts, by a part of their names."""

_MEASURED = frozenset(
    (
        Effect.BEGINS,
        Effect.ENDS,
        Effect.GENERATION,
        Effect.RECOMPUTED,
        Effect.PARTS,
        Effect.OBJECTIVE,
        Effect.WINDOW,
        Effect.COUNTED_AS,
        Effect.AGREED,
        Effect.ALERTS,
    )
)
"""Effects by which figures or alerts of the past would have been others."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """
    One thing that an SLO says otherwise.

    Attributes:
        name: what, as `tallystick.core.facts.Facts` names it.
        before: what it said; None: nothing.
        after: what it says; None: nothing.
    """

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One SLO that is not the same in two catalogues.

    Attributes:
        before: as it was; None: it is new.
        after: as it is; None: it is gone.
        facts: what it says otherwise; nothing if it is new or gone.
        parts: of a composite, ids of those that count otherwise.
    """

    before: Slo | None
    after: Slo | None
    facts: Sequence[FactChange] = ()
    parts: Sequence[str] = ()

    @property
    def slo(self) -> Slo:
        """As it is, or was."""
        slo = self.after or self.before
        assert slo is not None
        return slo

    @property
    def kind(self) -> Kind:
        """What became of it."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "changed" if self.before.slo_id == self.after.slo_id else "renamed"

    @property
    def effects(self) -> list[Effect]:
        """What follows, the gravest first."""
        found = {Effect.BEGINS} if self.before is None else {Effect.ENDS} if self.after is None else set()
        if self.before and self.after:
            found |= self._of_names(self.before, self.after)
            found |= {effect_of(self.after, one.name) for one in self.facts}
        if self.parts:
            found.add(Effect.PARTS)
        return [effect for effect in Effect if effect in found]

    def _of_names(self, before: Slo, after: Slo) -> set[Effect]:
        if before.slo_id == after.slo_id:
            return set()
        is_told = before.slo_id in after.was or isinstance(after.sli, CompositeSli)
        return {Effect.RENAMED if is_told else Effect.LOOKS_RENAMED}

    @property
    def is_measured(self) -> bool:
        """Whether its figures or its alerts would have been others."""
        return any(effect in _MEASURED for effect in self.effects)

    @property
    def counts_otherwise(self) -> bool:
        """Whether compliance would have been another, and so that of a composite that it is a part of."""
        otherwise = {Effect.GENERATION, Effect.RECOMPUTED, Effect.PARTS, Effect.COUNTED_AS}
        return bool(otherwise.intersection(self.effects))


def effect_of(after: Slo, fact: str) -> Effect:
    """What follows if an SLO, which is *after* now, says *fact* otherwise."""
    first = fact.split(".", maxsplit=1)[0]
    if first == "sli":
        return Effect.RECOMPUTED if isinstance(after.sli, CompositeSli) else Effect.GENERATION
    if first == "alerts":
        return next((effect for part, effect in _OF_ALERTS.items() if part in fact), Effect.ALERTS)
    return _OF_FACTS.get(first, Effect.INFORMATION)


@dataclass(frozen=True, slots=True)
class Diff:
    """
    Two catalogues.

    Attributes:
        changes: every SLO that is not the same, by id.
        same: how many are.
        base: the SLOs of the one as they were, but under the names that they have in the other.
        head: the SLOs of the other; what has another name knows the former one, so that its history is found.
    """

    changes: Sequence[Change]
    same: int
    base: Sequence[Slo]
    head: Sequence[Slo]


def compare(base: Sequence[Slo], head: Sequence[Slo]) -> Diff:
    """What became of the SLOs of *base* in *head*; ids are unique in either."""
    names = renamed(base, head)
    called = {slo.slo_id: slo for slo in under_new_names(base, names, head)}
    former = {names.get(slo.slo_id, slo.slo_id): slo for slo in base}
    there = {slo.slo_id: slo for slo in head}
    found: dict[str, Change] = {}
    for slo_id in sorted({*called, *there}):
        change = _change(former.get(slo_id), called.get(slo_id), there.get(slo_id))
        if change:
            found[slo_id] = change
    _tell_composites(found, former, there)
    changes = [found[slo_id] for slo_id in sorted(found)]
    same = len(former.keys() & there.keys()) - sum(change.kind in {"renamed", "changed"} for change in changes)
    heirs = {name: old for old, name in names.items()}
    return Diff(changes, same, list(called.values()), [_heir(slo, heirs.get(slo.slo_id)) for slo in head])


def _heir(slo: Slo, former: str | None) -> Slo:
    return replace(slo, was=tuple(dict.fromkeys((*slo.was, former)))) if former else slo


def _change(before: Slo | None, called: Slo | None, after: Slo | None) -> Change | None:
    if before is None or called is None or after is None:
        return Change(before=before, after=after)
    if before.slo_id != after.slo_id:
        # Earlier names are a matter of the renaming itself.
        return Change(before=before, after=after, facts=_facts(facts(called), facts(replace(after, was=called.was))))
    if _without_place(called) == _without_place(after):  # most are; what was agreed elsewhere takes a closer look
        return None
    changed = _facts(facts(called), facts(after))
    return Change(before=before, after=after, facts=changed) if changed else None


def _without_place(slo: Slo) -> Slo:
    return replace(slo, file="", line=0, revision="")


def _facts(before: Mapping[str, str], after: Mapping[str, str]) -> list[FactChange]:
    """What differs, in the order of *before*, what is only in *after* beside what it stands with there."""
    order = list(before)
    at = 0
    for name in after:
        if name in before:
            at = order.index(name) + 1
        else:
            order.insert(at, name)
            at += 1
    return [
        FactChange(name, before.get(name), after.get(name)) for name in order if before.get(name) != after.get(name)
    ]


def _tell_composites(found: dict[str, Change], former: Mapping[str, Slo], there: Mapping[str, Slo]) -> None:
    """Add the composites whose parts count otherwise, and theirs: they are others although they say the same."""
    wholes = [slo for slo in there.values() if isinstance(slo.sli, CompositeSli) and slo.slo_id in former]
    grows = True
    while grows:
        grows = False
        for slo in wholes:
            assert isinstance(slo.sli, CompositeSli)
            parts = tuple(part.slo for part in slo.sli.of if part.slo in found and found[part.slo].counts_otherwise)
            known = found.get(slo.slo_id, Change(before=former[slo.slo_id], after=slo))
            if parts and parts != known.parts:
                found[slo.slo_id] = Change(before=known.before, after=slo, facts=known.facts, parts=parts)
                grows = True
