"""All definitions together: which SLOs there are, and which of them a name means."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice

from tallystick.definition.document import Document, Entry

_SEARCHED = 2_000
"""Names that are looked at for one that was meant; each takes longer than the whole check of a definition."""

_LONGEST = 127
"""Characters of an id."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """
    The SLOs of all files, right or wrong.

    Attributes:
        documents: where they are.
        ids: by id, the SLO; the first, if there are several.
        names: by service, the ids of its SLOs by their names.
    """

    documents: tuple[Document, ...]
    ids: dict[str, Entry] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def find(self, service: str, text: str) -> str | None:
        """The id that *text* means in *service*: that of an SLO of this name in it, else that of any service's."""
        return self._names(service).get(text) or (text if text in self.ids else None)

    def has(self, service: str) -> bool:
        """Whether there is any SLO of *service*."""
        return bool(self._names(service))

    def of_service(self, service: str, text: str) -> str | None:
        """The id of the SLO of *service* that *text* names, by its name or its id."""
        names = self._names(service)
        return names.get(text) or names.get(text.removeprefix(f"{service}-"))

    def meant(self, service: str, text: str, *, everywhere: bool) -> str:
        """What a reference that means nothing was meant to be: a name in *service*, or *everywhere* an id; or nothing."""
        word, names = text[:_LONGEST], self._names(service)
        ids = islice(self.ids, _SEARCHED) if everywhere else ()
        near = get_close_matches(word, islice(names, _SEARCHED), n=1) or get_close_matches(word, ids, n=1)
        return near[0] if near else ""

    def _names(self, service: str) -> dict[str, str]:
        return self.names.get(service, {})


def catalogue_of(documents: Iterable[Document]) -> Catalogue:
    """The catalogue of all *documents*."""
    found = Catalogue(tuple(documents))
    for document in found.documents:
        for entry in document.entries:
            if entry.slo_id is not None and entry.name and document.service:
                found.ids.setdefault(entry.slo_id, entry)
                found.names[document.service.text].setdefault(entry.name.text, entry.slo_id)
    return found
