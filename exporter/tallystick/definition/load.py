"""
Files of definitions to SLOs.

The one place that reads files: find them, read each as text, as YAML, as our format, look at it with every check, and build
the SLOs of the files without errors. A user's mistake is a value in what comes back, never an exception.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field, replace
from pathlib import Path

from tallystick.core.slo import Slo
from tallystick.definition.apart import Names, names_of
from tallystick.definition.build import Terms, build_slos, build_terms
from tallystick.definition.catalogue import Catalogue, catalogue_of
from tallystick.definition.checks import (
    CHECKS,
    CHECKS_OF_ALL,
    RULES,
    api_version,
    composite,
    defaults,
    empty_document,
    exclusion_past,
    ignore,
    interval,
    missing_key,
    one_of,
    other_format,
    too_large,
    wrong_type,
    yaml_syntax,
)
from tallystick.definition.checks import (
    path as path_check,
)
from tallystick.definition.compose import compose
from tallystick.definition.document import Document, Entry, mapping_of
from tallystick.definition.expand import expand
from tallystick.definition.formats import format_of, nodes, notes, read_foreign
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.sloth_text import without_comments
from tallystick.definition.ignoring import Ignore, Silenced, read_ignores, silence, unneeded
from tallystick.definition.layers import lay_under
from tallystick.definition.model import API_VERSION, DefinitionModel
from tallystick.definition.node import Mapping, Node, Scalar, Sequence, describe
from tallystick.definition.outcome import labels_of_text
from tallystick.definition.problem import Problem, reworded
from tallystick.definition.promql import read_query
from tallystick.definition.reduce import reduce_text
from tallystick.definition.shape import look_at_shared, read_shape
from tallystick.definition.shared import DEFAULTS, Shared, is_shared, partial, parts_of, read_shared
from tallystick.definition.source import Source
from tallystick.definition.told import told
from tallystick.halves import Apart, in_halves

MAX_BYTES = 10 * 1024**2
"""How large one file may be: some 20,000 SLOs."""

_USUAL_BYTES = 64 * 1024
"""What most files are smaller than: to ask for as much as there may be takes that much memory each time."""

_ALWAYS = frozenset(rule.code for rule in RULES) - {exclusion_past.RULE.code, interval.RULE.code}
"""Kinds of problems that are looked for whenever definitions are loaded; the others take the time, intervals, or a Prometheus."""

_WORTH_TWO = 100
"""Files from which on two processes are faster than one."""

_MISSING = (missing_key.RULE.code, one_of.RULE.code)
"""Problems that come of parts that could not be read."""

_OF_THE_FILE_SYSTEM = "lost+found"
"""Where a volume is mounted this is in it, for nobody but root to read."""

_SUFFIXES = (".yaml", ".yml")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    What some paths hold.

    Attributes:
        slos: the SLOs of all files without errors, by id.
        problems: what is wrong, by file and line.
        files: the files that were read, as they were found.
        entries: by id, where the SLOs are written: for what is only known once they are built.
        readings: the documents of other tools, as they were read.
        ignores: what the files say is not to be told.
        silenced: what is not told for that.
    """

    slos: tuple[Slo, ...]
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]
    entries: MappingOf[str, Entry] = field(default_factory=dict, repr=False, compare=False)
    ignores: tuple[Ignore, ...] = field(default=(), repr=False, compare=False)
    silenced: tuple[Silenced, ...] = ()
    readings: tuple[Reading, ...] = field(default=(), repr=False, compare=False)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Where definitions of other tools mean something other here."""
        return told(note for reading in self.readings for note in reading.notes)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are no mere warnings."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def with_problems(self, found: Iterable[Problem]) -> "Loaded":
        """The same, with what was *found* later, but for what is ignored of it."""
        kept, silenced = silence(told(found), self.ignores)
        return replace(self, problems=told([*self.problems, *kept]), silenced=(*self.silenced, *silenced))

    def judged(self, codes: Collection[str]) -> "Loaded":
        """The same, now that *codes* were looked for: with the warnings that are ignored and are not there."""
        found = unneeded(self.ignores, self.problems, self.silenced, codes)
        return replace(self, problems=told([*self.problems, *found]))


@dataclass(slots=True)
class _File:
    """
    One file, as far as it could be read.

    *problems* are those of what it defines; what it takes from a tier or a folder's defaults may be written elsewhere.
    """

    path: Path
    problems: list[Problem] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    definitions: list[tuple[Document, DefinitionModel | None]] = field(default_factory=list)
    shared: list[Mapping] = field(default_factory=list)
    foreign: list[Mapping] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return str(self.path)

    @property
    def is_wrong(self) -> bool:
        """Whether any of it has an error."""
        return any(problem.severity == "error" for problem in self.problems)


def load_paths(paths: SequenceOf[Path]) -> Loaded:
    """
    Load all definitions in *paths*.

    Args:
        paths: files, and folders of which all ``*.yaml`` and ``*.yml`` are read, at any depth; what is hidden (starts with
            a dot) is not.

    Returns:
        The SLOs, the problems and the files. SLOs of a file with an error are left out: there is never half a file.
    """
    found, problems = find_files(paths)
    return _load([_read_file(path) for path in found], problems)


def find_files(paths: SequenceOf[Path]) -> tuple[list[Path], list[Problem]]:
    """The files that *paths* mean, as `load_paths` has it, and why there are none."""
    problems: list[Problem] = []
    return list(dict.fromkeys(file for path in paths for file in _find_files(path, problems))), problems


def load_apart(some: SequenceOf[Path], meet: Callable[[Names | None], Names | None]) -> Loaded:
    """
    Load *some* files of many without the others, which another process loads, if neither has to do with the other.

    Args:
        some: the files.
        meet: is told which names are taken by them, and gives those of the others.

    Returns:
        What `load_paths` gives of these files.

    Raises:
        Apart: they have to be loaded together.
    """
    files = [_read_file(path) for path in some]
    has_shared = any(file.shared for file in files)
    own = (document.node for file in files for document in file.documents)
    taken = None if has_shared else names_of(own, (root for file in files for root in file.foreign))
    theirs = meet(taken)
    if taken is None or theirs is None or not taken.isdisjoint(theirs):
        raise Apart
    return _load(files, [])


def _load(files: SequenceOf[_File], problems: list[Problem]) -> Loaded:
    """What *files* hold, which were read; *problems* were found before."""
    shared, of_shared = read_shared(root for file in files for root in file.shared)
    problems += of_shared
    readings = _read_foreign(files)
    for file in files:
        _lay_under(file, shared)
    problems += shared.misspelt()
    for reading in readings:
        _drop_idle_notes(reading)
    catalogue = catalogue_of(document for file in files for document in file.documents)
    problems += (problem for find in CHECKS_OF_ALL for problem in find(catalogue))
    slos = _look_at_all(files, catalogue, {problem.file for problem in problems if problem.severity == "error"})
    problems += (problem for file in files for problem in file.problems)
    wrong = _leave_out(catalogue, problems, {file.name for file in files if file.is_wrong})
    if wrong:
        slos = _build([file for file in files if file.name not in wrong], catalogue)
    mappings = [mapping for document in catalogue.documents for mapping in document.mappings]
    loaded = Loaded(
        tuple(sorted(slos, key=lambda slo: slo.slo_id)),
        (),
        tuple(file.path for file in files),
        {slo.slo_id: catalogue.ids[slo.slo_id] for slo in slos},
        read_ignores([*mappings, *(root for file in files for root in file.shared)]),
        readings=tuple(readings),
    )
    read_query.cache_clear()
    reduce_text.cache_clear()
    labels_of_text.cache_clear()
    return loaded.with_problems(problems).judged(_ALWAYS)


def _read_foreign(files: Iterable[_File]) -> list[Reading]:
    """Read what is written for other tools, and make it documents of its files."""
    by_name = {file.name: file for file in files}
    readings = read_foreign(root for file in files for root in file.foreign)
    for reading in readings:
        file = by_name[reading.root.source.file]
        file.problems += reading.problems
        is_partial = any(problem.severity == "error" for problem in reading.problems)
        file.documents += [Document(node, reading.words, reading.fallback, is_partial) for node in reading.documents]
    return readings


def _leave_out(catalogue: Catalogue, problems: list[Problem], wrong: set[str]) -> set[str]:
    """The names of the files with errors, of which some are known; what is made of SLOs in them becomes one of the *problems*."""
    wrong |= {problem.file for problem in problems if problem.severity == "error"}
    while lost := list(composite.lost(catalogue, wrong)):
        problems += lost
        wrong |= {problem.file for problem in lost}
    return wrong


def _look_at_all(files: Iterable[_File], catalogue: Catalogue, wrong: Container[str]) -> list[Slo]:
    """
    Look at *files*, and build what they hold as if none of them had an error.

    Both are done at once, so that another process can do half of it and hand over SLOs, not what they are made of.

    Returns:
        The SLOs; without those of files that are *wrong*, or that turn out to be.
    """
    # What is agreed for a service counts in all its files, so it must be known before.
    agreeing, others = _parted(files)
    for file in agreeing:
        _look_at(file)
    right = [file for file in agreeing if file.name not in wrong and not file.is_wrong]
    terms = _terms(right, catalogue)

    def look_at(some: Iterable[_File]) -> list[tuple[list[Problem], list[Slo]]]:
        found = []
        for file in some:
            _look_at(file)
            is_right = file.name not in wrong and not file.is_wrong
            found.append((file.problems, _slos(file, catalogue, terms) if is_right else []))
        return found

    slos = [slo for file in right for slo in _slos(file, catalogue, terms)]
    looked_at = [one for half in in_halves(look_at, others, _WORTH_TWO) for one in half]
    for file, (problems, of_file) in zip(others, looked_at, strict=True):
        file.problems = problems
        slos += of_file
    return slos


def _parted(files: Iterable[_File]) -> tuple[list[_File], list[_File]]:
    """Those of *files* that agree on something for a service, and the others."""
    parts: tuple[list[_File], list[_File]] = [], []
    for file in files:
        parts[not any(document.agrees for document in file.documents)].append(file)
    return parts


def _build(files: SequenceOf[_File], catalogue: Catalogue) -> list[Slo]:
    """The SLOs of *files*, which have no errors, with what any of them agrees for their services."""
    for file in files:
        if len(file.definitions) < len(file.documents):  # another process has looked at it
            file.definitions = [(document, read_shape(document.node)[0]) for document in file.documents]
    terms = _terms(files, catalogue)
    return [slo for file in files for slo in _slos(file, catalogue, terms)]


def _terms(files: Iterable[_File], catalogue: Catalogue) -> MappingOf[str, Terms]:
    """What *files* agree for each service."""
    found: dict[str, Terms] = defaultdict(Terms)
    for file in files:
        for document, model in file.definitions:
            if model and document.agrees:
                more = build_terms(document, model, catalogue)
                found[model.service].exclusions += more.exclusions
                found[model.service].agreements += more.agreements
    return found


def _slos(file: _File, catalogue: Catalogue, terms: MappingOf[str, Terms]) -> list[Slo]:
    return [
        slo
        for document, model in file.definitions
        if model
        for slo in build_slos(document, model, catalogue, terms.get(model.service, Terms()))
    ]


def _find_files(path: Path, problems: list[Problem]) -> Iterator[Path]:
    try:
        if not path.is_dir():
            if path.exists():
                yield path
            else:
                problems.append(path_check.missing(str(path)))
            return
        unread: list[Problem] = []
        inside = sorted(_files_in(path, unread))
        if not inside and not unread:
            problems.append(path_check.empty(str(path)))
        problems += unread
        yield from inside
    except OSError as fault:
        problems.append(path_check.unreadable(str(path), fault))


def _files_in(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """
    The definitions in *folder*; folders in it that can't be read become *problems*.

    `Path.rglob` says nothing of such, and of thousands of files it takes five times as long.
    """
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as fault:
        problems.append(path_check.unreadable(str(folder), fault))
        return
    for entry in found:
        if entry.name.startswith(".") or entry.name == _OF_THE_FILE_SYSTEM:
            continue
        place = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files_in(place, problems)
        elif entry.name.endswith(_SUFFIXES) and (
            place.is_file() if entry.is_symlink() else entry.is_file(follow_symlinks=False)
        ):
            yield place


def _read_file(path: Path) -> _File:
    file = _File(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(_USUAL_BYTES)
            if len(data) == _USUAL_BYTES:
                data += stream.read(MAX_BYTES + 1 - _USUAL_BYTES)
    except OSError as fault:
        file.problems.append(path_check.unreadable(file.name, fault))
        return file
    if len(data) > MAX_BYTES:
        file.problems.append(too_large.too_many_bytes(file.name, MAX_BYTES))
        return file
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        _read_text(file, Source(file.name, data.decode()))
    except UnicodeDecodeError as fault:
        source = Source(file.name, data.decode(errors="replace"))
        offset = len(data[: fault.start].decode(errors="replace"))
        file.problems.append(yaml_syntax.not_utf8(source, offset, data[fault.start]))
    return file


def _read_text(file: _File, source: Source) -> None:
    roots, file.problems = compose(source, without_comments(source.text))
    documents = [root for root in roots if not (isinstance(root, Scalar) and root.kind == "null")]
    if not documents and not file.problems:
        file.problems.append(empty_document.problem(source.file))
    for root in documents:
        for one in _objects(root):
            _read_document(file, one)


def _objects(root: Node) -> Iterator[Node]:
    """The definitions in *root*: itself, or, as Kubernetes and OpenSLO have it, the entries of a list."""
    items: Node | None = root
    if isinstance(root, Mapping) and (nodes.said(root.get("kind")) or "").endswith("List"):
        items = root.get("items")
    if isinstance(items, Sequence) and any(isinstance(item, Mapping) and _is_foreign(item) for item in items.items):
        yield from items.items
    else:
        yield root


def _is_foreign(item: Mapping) -> bool:
    return format_of(item) is not None or other_format.problem(item) is not None


def _read_document(file: _File, root: Node) -> None:
    if not isinstance(root, Mapping):
        message = f"a definition must be a mapping, found {describe(root)}"
        file.problems.append(wrong_type.RULE.at(root.span, message, f"start it with apiVersion: {API_VERSION}"))
        return
    if format_of(root):
        file.foreign.append(root)
        return
    if other := other_format.problem(root):
        file.problems.append(other)
        return
    version = root.get("apiVersion")
    if isinstance(version, Scalar) and version.kind != "null" and version.text != API_VERSION:
        file.problems.append(api_version.problem(version))
        return
    if is_shared(root):
        file.shared.append(root)
        file.problems += look_at_shared(root)
        file.problems += ignore.find_in(root)
        file.problems += (problem for part in parts_of(root) for problem in _values_of(partial(part)))
    else:
        made, problems = expand(root, is_whole=not file.problems)
        file.documents += map(Document, made)
        file.problems += problems


def _lay_under(file: _File, shared: Shared) -> None:
    """Give the documents of *file* what is said for them elsewhere, and look at what they say for their own SLOs."""
    for document in file.documents:
        if said := mapping_of(document.node, DEFAULTS):
            file.problems += defaults.for_both(said)
            file.problems += _values_of(partial(said))  # whether or not an SLO takes them
        shared.lay_under(document)
        _lay_fallback(document)


def _look_at(file: _File) -> None:
    """Everything that can be said of what *file* defines, on top of what is said for it elsewhere."""
    for document in file.documents:
        definition, problems = read_shape(document.node)
        file.definitions.append((document, definition))
        problems += _values_of(document)
        if document.is_partial:  # why it is missing is told already
            problems = [problem for problem in problems if problem.code not in _MISSING]
        file.problems += reworded(problems, document.words)


def _lay_fallback(document: Document) -> None:
    """Give the SLOs of *document* what neither they nor any defaults say."""
    said = nodes.mapping(document.node, document.fallback)
    for entry in document.entries:
        lay_under(entry.node, said, document.fallback)


def _drop_idle_notes(reading: Reading) -> None:
    """Take back what was noted of a period that comes from elsewhere after all."""
    period = reading.fallback.get("window")
    slos = [slo for root in reading.documents for slo in nodes.items_of(root.get("slos"))]
    if period is not None and not any(slo.get("window") is period for slo in slos):
        reading.notes = [note for note in reading.notes if note.code != notes.PERIOD.code]


def _values_of(document: Document) -> Iterator[Problem]:
    return (problem for check in CHECKS for problem in check.find(document))
