"""
Definitions of other tools, written anew in our format.

What is written is what the loader made of them, defaults included, so it means the same. Each note becomes a comment where it
belongs; nothing here looks at files.
"""

import re
import textwrap
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tallystick.definition.document import Document
from tallystick.definition.formats.base import Reading
from tallystick.definition.keys import KEYS
from tallystick.definition.load import Loaded
from tallystick.definition.node import Mapping, Node
from tallystick.definition.problem import Problem, printable
from tallystick.definition.source import Source
from tallystick.definition.yamltext import pair_text

_SLOS = "slos"
_ByOffset = dict[int, list[Problem]]
"""Problems by where they begin."""

_LEAD = re.compile(r"\s*(?:-\s+)?\Z")
"""What may stand before an entry of a list in its line."""


@dataclass(slots=True)
class _Promise:
    """An SLO, with the comments above it, and those above its keys."""

    node: Mapping
    above: list[str]
    at_keys: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Part:
    """One document of ours: what it says of its service, its SLOs, and comments."""

    head: dict[str, Node]
    files: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    at_keys: dict[str, list[str]] = field(default_factory=dict)
    promises: list[_Promise] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def rewrite(loaded: Loaded, without: Collection[str] = ()) -> dict[str, str]:
    """
    The definitions of other tools in *loaded*, in our format.

    SLOs with an error in them, and those of a document with one outside of its SLOs, are left out; where others are left, a
    comment tells so.

    Args:
        loaded: what some paths hold.
        without: services that are left out.

    Returns:
        By service, sorted, the text of its file: a document for all SLOs of which the same is said of owner, tier and labels.
    """
    parts: dict[str, _Part] = {}
    services: dict[str, list[_Part]] = {}
    for reading in loaded.readings:
        documents = [Document(root) for root in reading.documents]
        spans = _Spans([entry.node for document in documents for entry in document.entries])
        errors = _offsets(loaded.errors, reading.root)
        if not all(map(spans.at, errors)):
            continue
        errors_of = _parted(errors, documents, spans)
        notes_of = _parted(_offsets(dict.fromkeys(reading.notes), reading.root), documents, spans)
        for document, errors, notes in zip(documents, errors_of, notes_of, strict=True):
            if document.service is None or document.service.text in without:
                continue
            head = _head(document)
            same = "".join(pair_text(key, head[key]) for key in sorted(head))
            if same not in parts:
                parts[same] = _Part(head)
                services.setdefault(document.service.text, []).append(parts[same])
            _add(parts[same], reading, document, errors=errors, notes=notes)
    return {service: text for service, found in sorted(services.items()) if (text := _file(found))}


class _Spans:
    """Which of some mappings an offset is in; no two of them overlap unless they are at the same place."""

    def __init__(self, mappings: list[Mapping]) -> None:
        self.starts = sorted({mapping.start for mapping in mappings})
        self.by_start: dict[int, list[tuple[int, Mapping]]] = defaultdict(list)
        for number, mapping in enumerate(mappings):
            self.by_start[mapping.start].append((number, mapping))

    def at(self, offset: int) -> list[int]:
        """The numbers of those that *offset* is in."""
        before = bisect_right(self.starts, offset)
        found = self.by_start[self.starts[before - 1]] if before else []
        return [number for number, mapping in found if _is_in(offset, mapping)]


def _is_in(offset: int, node: Node) -> bool:
    return node.start <= offset < max(node.end, node.start + 1)


def _offsets(problems: Iterable[Problem], root: Mapping) -> _ByOffset:
    """By where they begin, the *problems* inside *root*."""
    found: dict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.file == root.source.file:
            offset = root.source.offset(problem.line, problem.column)
            if _is_in(offset, root):
                found[offset].append(problem)
    return found


def _parted(found: _ByOffset, documents: Sequence[Document], spans: _Spans) -> list[_ByOffset]:
    """
    Of each of *documents*, what was *found* that concerns it: in its SLOs, in what it says of its service, or in nobody's.

    *spans*: those of the SLOs of all of them. Where SLOs of one file have several owners, a document is made for each.
    """
    owner = [number for number, document in enumerate(documents) for _ in document.entries]
    parts: list[_ByOffset] = [{} for _ in documents]
    for offset, problems in found.items():
        concerned = {owner[slo] for slo in spans.at(offset)} or {
            number for number, document in enumerate(documents) if any(_in_head(offset, _head(document)))
        }
        for number in concerned or range(len(documents)):
            parts[number][offset] = problems
    return parts


def _head(document: Document) -> dict[str, Node]:
    """What *document* says of its service."""
    return {key: value for key, (_, value) in document.node.entries.items() if key != _SLOS}


def _in_head(offset: int, head: dict[str, Node]) -> Iterator[tuple[str, Node]]:
    """The keys in *head* that *offset* is in; where our own apiVersion stands there is nothing to say of it."""
    return ((key, value) for key, value in head.items() if key != "apiVersion" and _is_in(offset, value))


def _add(part: _Part, reading: Reading, document: Document, *, errors: _ByOffset, notes: _ByOffset) -> None:
    """Add the SLOs of *document*, which *reading* gave, to *part*; with what there is to say of it."""
    entries = document.entries
    spans = _Spans([entry.node for entry in entries])
    file = reading.root.source.file
    if file not in part.files:
        part.files.append(file)
    wrong: dict[int, list[Problem]] = defaultdict(list)
    for offset, found in errors.items():
        for number in spans.at(offset):
            wrong[number] += found
    promises: dict[int, _Promise] = {}
    for number, entry in enumerate(entries):
        name = entry.name.text if entry.name else "an SLO without a name"
        part.missing += [f"Not imported: {name}: {one.message} ({one.code})" for one in wrong.get(number, [])]
        if number not in wrong:
            alone = len(entries) == len(reading.documents) == 1
            above = _comments_above(entry.node) or (_comments_above(reading.root) if alone else [])
            promises[number] = _Promise(entry.node, above)
    for offset, found in notes.items():
        inside = spans.at(offset)
        if inside and not any(number in promises for number in inside):
            continue  # of an SLO that is left out
        if inside or _is_in(offset, document.node) or len(reading.documents) == 1:
            near = [promises[number] for number in inside if number in promises]
            _place_of(part, near, offset).extend(f"note: {note.message} ({note.code})" for note in found)
    part.promises += promises.values()


def _place_of(part: _Part, promises: list[_Promise], offset: int) -> list[str]:
    """Where a comment on *offset* goes: above the smallest that it is in, a key of the document or of an SLO, or an SLO."""
    places: list[tuple[int, list[str]]] = [
        (value.end - value.start, part.at_keys.setdefault(key, [])) for key, value in _in_head(offset, part.head)
    ]
    for promise in promises:
        places += (
            (value.end - value.start, promise.at_keys.setdefault(key, []))
            for key, (_, value) in promise.node.entries.items()
            if _is_in(offset, value)
        )
        places.append((promise.node.end - promise.node.start, promise.above))
    return min(places, key=lambda place: place[0], default=(0, part.above))[1]


def _comments_above(node: Node) -> list[str]:
    """The comments in the lines directly above *node*, if nothing but a dash stands before it in its own."""
    source: Source = node.source
    number, column = source.position(node.start)
    if not _LEAD.fullmatch(source.line(number)[: column - 1]):
        return []
    found: list[str] = []
    while number > 1 and (line := source.line(number - 1).strip()).startswith("#"):
        found.append(line.removeprefix("#").strip())
        number -= 1
    return "\n".join(reversed(found)).strip("\n").split("\n") if found else []


def _file(parts: Iterable[_Part]) -> str:
    """The file of a service; what is missing where nothing is left is told in what there is."""
    parts = list(parts)
    written = [part for part in parts if part.promises]
    if written:
        written[-1].missing += [line for part in parts if not part.promises for line in part.missing]
    return "---\n".join(map(_text, written))


def _text(part: _Part) -> str:
    return "".join(chain.from_iterable([_head_lines(part), *map(_promise_lines, part.promises), _missing_lines(part)]))


def _head_lines(part: _Part) -> Iterator[str]:
    yield from _comments([f"Imported by tallystick from {', '.join(part.files)}.", *part.above])
    for key in _ordered(part.head, ()):
        yield from _comments(list(dict.fromkeys(part.at_keys.get(key, []))))  # of several files
        yield pair_text(key, part.head[key])
    yield f"{_SLOS}:\n"


def _promise_lines(promise: _Promise) -> Iterator[str]:
    yield from _comments(promise.above, "  ")
    lead = "  - "
    for key in _ordered(promise.node.entries, (_SLOS,)):
        # Those of the first key stand above the dash, where comments on the SLO do.
        yield from _comments(promise.at_keys.get(key, []), "    " if lead.isspace() else "  ")
        text = pair_text(key, promise.node.entries[key][1], (_SLOS,))
        yield lead + textwrap.indent(text, "    ", lambda line: line != "\n").removeprefix("    ")
        lead = "    "


def _missing_lines(part: _Part) -> Iterator[str]:
    return _comments(list(dict.fromkeys(part.missing)), "  ")


def _ordered(keys: Collection[str], level: tuple[str, ...]) -> list[str]:
    """*keys* as the documentation has them."""
    return [key for key in KEYS[level] if key in keys]


def _comments(texts: list[str], indent: str = "") -> Iterator[str]:
    """*texts* as comments, each in a line, with nothing in it that could end the line or hide."""
    return (f"{indent}# {printable(text)}".rstrip() + "\n" for text in texts)
