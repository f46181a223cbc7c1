"""
What holds for several services: documents of tiers and of defaults, laid under what the services say themselves.

The most specific wins: the SLO, the defaults of its file, its tier, the defaults of its folder, those of the folders above.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from tallystick.definition.checks import defaults as defaults_check
from tallystick.definition.checks import tier
from tallystick.definition.document import Document, mapping_of, value_of
from tallystick.definition.keys import FOLDER, KEYS
from tallystick.definition.layers import drop_idle, lay_under
from tallystick.definition.node import Mapping, Scalar, Sequence
from tallystick.definition.problem import Problem

TIERS, DEFAULTS = "tiers", "defaults"

OF_DOCUMENTS = frozenset({"team", "tier", "timezone", "year_start", "labels", "links"})
"""Keys that a service has itself, so that what is said for several services is laid under it, and not under its SLOs."""

_OF_SLOS = frozenset(KEYS[(DEFAULTS,)])


def is_shared(root: Mapping) -> bool:
    """Whether *root* is a document of tiers or defaults, and not of a service."""
    shared = TIERS in root.entries or DEFAULTS in root.entries
    return shared and not {"service", "slos"} & root.entries.keys()


def partial(said: Mapping) -> Document:
    """*said*, which is what may be said for SLOs, as a document of one SLO that says nothing else."""
    key = next((key for key, _ in said.entries.values()), None)
    place = key or Scalar(said.source, said.start, said.start, "", "text")
    slos = Sequence(said.source, said.start, said.end, [said])
    return Document(Mapping(said.source, said.start, said.end, {"slos": (place, slos)}), is_partial=True)


def parts_of(root: Mapping) -> Iterator[Mapping]:
    """All that *root*, a document of tiers or defaults, says."""
    tiers = mapping_of(root, TIERS)
    yield from (value for _, value in tiers.entries.values() if isinstance(value, Mapping)) if tiers else ()
    if found := mapping_of(root, DEFAULTS):
        yield found


@dataclass(frozen=True, slots=True)
class Shared:
    """
    What is said for several services.

    Attributes:
        tiers: by its name, each tier's key and what it says.
        folders: by folder, what holds in it and below.
        asked: the tiers that services have.
    """

    tiers: dict[str, tuple[Scalar, Mapping]] = field(default_factory=dict)
    folders: dict[Path, Mapping] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def lay_under(self, document: Document) -> None:
        """Give *document* and its SLOs what they do not say themselves."""
        folders = [*self._above(document)]
        for said in folders:
            lay_under(document.node, said, {"team", "tier"})
        layers = [*self._tier(document), *folders]
        for said in layers:
            lay_under(document.node, said, OF_DOCUMENTS)
        own_defaults = mapping_of(document.node, DEFAULTS)
        for entry in document.entries:
            own = set(entry.node.entries)
            if own_defaults:
                lay_under(entry.node, own_defaults, _OF_SLOS)
            for said in layers:
                lay_under(entry.node, said, _OF_SLOS - OF_DOCUMENTS)
            drop_idle(entry.node, own)

    def _above(self, document: Document) -> Iterator[Mapping]:
        """What the folders of *document* say, the nearest first."""
        if self.folders:
            folder = folder_of(document.node)
            yield from (self.folders[above] for above in (folder, *folder.parents) if above in self.folders)

    def _tier(self, document: Document) -> Iterator[Mapping]:
        name = value_of(document.node, "tier")
        if name is not None:
            self.asked.add(name.text)
            if name.text in self.tiers:
                yield self.tiers[name.text][1]

    def misspelt(self) -> list[Problem]:
        """Tiers that no service has, while one has nearly the same: `Gold` and `gold`, `1.0` and `1`."""
        unknown = {_plain(name): name for name in self.asked - self.tiers.keys()}
        unused = {name: key for name, (key, _) in self.tiers.items() if name not in self.asked}
        near = {name: get_close_matches(_plain(name), unknown, n=1, cutoff=0.75) for name in unused}
        return [tier.of_nobody(unused[name], unknown[found[0]]) for name, found in near.items() if found]


def _plain(name: str) -> str:
    return name.lower().removesuffix(".0").strip()


def folder_of(root: Mapping) -> Path:
    """The folder of the file that *root* is in, however that file was named."""
    return Path(os.path.abspath(root.source.file)).parent  # noqa: PTH100  # `resolve` would follow links, and read the disk


def read_shared(roots: Iterable[Mapping]) -> tuple[Shared, list[Problem]]:
    """All documents *roots* together; a tier, or a folder's defaults, that is there twice is a problem: the first counts."""
    shared, problems = Shared(), []
    for root in roots:
        tiers = mapping_of(root, TIERS)
        for name, (key, value) in tiers.entries.items() if tiers else ():
            if name in shared.tiers:
                problems.append(tier.twice(key, shared.tiers[name][0]))
            elif isinstance(value, Mapping):
                shared.tiers[name] = (key, value)
                problems += tier.for_both(value)
        if said := mapping_of(root, DEFAULTS):
            folder, key = folder_of(root), root.key(DEFAULTS)
            if folder in shared.folders:
                problems.append(defaults_check.twice(key, shared.folders[folder]))
            else:
                shared.folders[folder] = said
                problems += defaults_check.for_both(said)
    return shared, problems


assert frozenset(KEYS[(FOLDER,)]) == _OF_SLOS | {"team", "tier"}
