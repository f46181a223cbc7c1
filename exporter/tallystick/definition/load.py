"""
Files of definitions to SLOs.

The one place that reads files: find them, read each as text, as YAML, as our format, look at it with every check, and build
the SLOs of the files without errors. A user's mistake is a value in what comes back, never an exception.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.core.exclusion import Exclusion
from tallystick.core.slo import Slo
from tallystick.definition.build import build_exclusions, build_slos
from tallystick.definition.catalogue import Catalogue, catalogue_of
from tallystick.definition.checks import (
    CHECKS,
    CHECKS_OF_ALL,
    api_version,
    composite,
    empty_document,
    other_format,
    too_large,
    wrong_type,
    yaml_syntax,
)
from tallystick.definition.checks import (
    path as path_check,
)
from tallystick.definition.compose import compose
from tallystick.definition.document import Document
from tallystick.definition.model import API_VERSION, DefinitionModel
from tallystick.definition.node import Mapping, Node, Scalar, describe
from tallystick.definition.problem import Problem
from tallystick.definition.shape import read_shape
from tallystick.definition.source import Source

MAX_BYTES = 10 * 1024**2
"""How large one file may be: some 20,000 SLOs."""

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
    """

    slos: tuple[Slo, ...]
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are no mere warnings."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


@dataclass(slots=True)
class _File:
    """One file, as far as it could be read."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    definitions: list[tuple[Document, DefinitionModel | None]] = field(default_factory=list)


def load_paths(paths: Sequence[Path]) -> Loaded:
    """
    Load all definitions in *paths*.

    Args:
        paths: files, and folders of which all ``*.yaml`` and ``*.yml`` are read, at any depth; what is hidden (starts with
            a dot) is not.

    Returns:
        The SLOs, the problems and the files. SLOs of a file with an error are left out: there is never half a file.
    """
    problems: list[Problem] = []
    found = list(dict.fromkeys(file for path in paths for file in _find_files(path, problems)))
    files = [_read_file(path) for path in found]
    catalogue = catalogue_of(document for file in files for document, _ in file.definitions)
    problems += (problem for find in CHECKS_OF_ALL for problem in find(catalogue))
    problems += (problem for file in files for problem in file.problems)
    wrong = _leave_out(catalogue, problems)
    slos = _build([file for file in files if file.name not in wrong], catalogue)
    return Loaded(
        tuple(sorted(slos, key=lambda slo: slo.slo_id)),
        tuple(sorted(set(problems), key=lambda problem: problem.order)),
        tuple(found),
    )


def _leave_out(catalogue: Catalogue, problems: list[Problem]) -> set[str]:
    """The names of the files with errors; what is made of SLOs in them becomes one of the *problems*."""
    wrong = {problem.file for problem in problems if problem.severity == "error"}
    while lost := list(composite.lost(catalogue, wrong)):
        problems += lost
        wrong |= {problem.file for problem in lost}
    return wrong


def _build(files: Iterable[_File], catalogue: Catalogue) -> list[Slo]:
    """The SLOs of *files*, with what any of them excludes for their services."""
    definitions = [(document, model) for file in files for document, model in file.definitions if model]
    exclusions: dict[str, list[Exclusion]] = defaultdict(list)
    for document, model in definitions:
        exclusions[model.service] += build_exclusions(document, model, catalogue)
    return [
        slo
        for document, model in definitions
        for slo in build_slos(document, model, catalogue, exclusions[model.service])
    ]


def _find_files(path: Path, problems: list[Problem]) -> Iterator[Path]:
    try:
        if not path.is_dir():
            if path.exists():
                yield path
            else:
                problems.append(path_check.missing(str(path)))
            return
        inside = sorted(file for file in path.rglob("*") if _is_definition(file.relative_to(path)) and file.is_file())
        if not inside:
            problems.append(path_check.empty(str(path)))
        yield from inside
    except OSError as fault:
        problems.append(path_check.unreadable(str(path), fault))


def _is_definition(path: Path) -> bool:
    return path.suffix in _SUFFIXES and not any(part.startswith(".") for part in path.parts)


def _read_file(path: Path) -> _File:
    file = _File(str(path))
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
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
    roots, file.problems = compose(source)
    documents = [root for root in roots if not (isinstance(root, Scalar) and root.kind == "null")]
    if not documents and not file.problems:
        file.problems.append(empty_document.problem(source.file))
    for root in documents:
        _read_document(file, root)


def _read_document(file: _File, root: Node) -> None:
    if not isinstance(root, Mapping):
        message = f"a definition must be a mapping, found {describe(root)}"
        file.problems.append(wrong_type.RULE.at(root.span, message, f"start it with apiVersion: {API_VERSION}"))
        return
    if other := other_format.problem(root):
        file.problems.append(other)
        return
    version = root.get("apiVersion")
    if isinstance(version, Scalar) and version.kind != "null" and version.text != API_VERSION:
        file.problems.append(api_version.problem(version))
        return
    document = Document(root)
    definition, problems = read_shape(root)
    file.definitions.append((document, definition))
    file.problems += problems
    file.problems += (problem for check in CHECKS for problem in check.find(document))
