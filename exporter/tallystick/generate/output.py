"""
Writing generated files into a folder that people also use.

All files are staged beside their places and then renamed, so that a reader sees the old file or the new one and a full
disk changes nothing. A manifest in the folder tells which files are ours: what is not in it is never overwritten or
removed, and of what is in it only what still holds what we wrote is removed.
"""

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import orjson

from tallystick.errors import GenerateError
from tallystick.generate.ruletext import MARK

MANIFEST = ".tallystick.json"
"""The manifest's name in the output folder; it belongs with the files, in git too if they are kept there."""

_OWN = re.compile(
    r"(?:rules|tests|tests/rules|dashboards|provisioning|team-dashboards/[^/\x00]+)/[^/\x00]+|alertmanager\.yaml"
)
_PARTS = {"team-dashboards": "dashboards", "provisioning": "dashboards"}
"""Folders that are made with another one."""

Digests = dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of each file, as sorted paths under the folder.

    Attributes:
        new: files that were not there.
        changed: files that hold something else now.
        removed: files of definitions that are gone.
        kept: likewise, but somebody changed them, so they were left.
        same: files that already held what they should, and were not touched.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def write(folder: Path, files: Mapping[str, bytes], parts: Collection[str]) -> Outcome:
    """
    Make *folder* hold *files*.

    Args:
        folder: is made if it is not there.
        files: path under *folder* -> contents.
        parts: the sub-folders that *files* is the whole of, and files at the top without their ending; our other files
            among them are removed.

    Raises:
        GenerateError: a file that is not ours is in the way, or the manifest can't be read.
        OSError: a file could not be written; nothing was changed.
    """
    writing = Writing(folder)
    batch = writing.batch(files)
    writing.refuse([batch])
    writing.stage(batch, files)
    return writing.finish([batch], parts)


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Some of the files that a folder is to hold.

    Attributes:
        outcome: which are new, changed and the same.
        digests: path -> SHA-256.
        foreign: those in whose place there is what we did not write.
        staged: what lies beside its place, and the place.
    """

    outcome: Outcome
    digests: Digests
    foreign: list[str]
    staged: list[tuple[Path, Path]] = field(default_factory=list)


class Writing:
    """
    What `write` does, step by step, so that two processes can write a batch each.

    Nothing changes before `finish`; who does not come so far has to `discard` what was staged.
    """

    def __init__(self, folder: Path) -> None:
        """Into *folder*, of which nothing is read yet."""
        self._folder = folder

    @cached_property
    def _ours(self) -> Digests:
        return _read_manifest(self._folder)

    def batch(self, files: Mapping[str, bytes]) -> Batch:
        """
        Compare *files*, path under the folder -> contents, with what is there.

        Raises:
            GenerateError: the manifest can't be read.
        """
        outcome, foreign = _compare(self._folder, files, self._ours)
        return Batch(outcome, {path: _digest(content) for path, content in files.items()}, foreign)

    def refuse(self, batches: Iterable[Batch]) -> None:
        """
        See to it that nothing of somebody else's is written over.

        Raises:
            GenerateError: a file that is not ours is in the way.
        """
        foreign = sorted(path for batch in batches for path in batch.foreign)
        if foreign:
            raise GenerateError(
                f"{self._folder / foreign[0]} is there and was not made by tallystick; move it away, or choose another --out"
                + (f" (and {len(foreign) - 1} more)" if len(foreign) > 1 else "")
            )

    def stage(self, batch: Batch, files: Mapping[str, bytes]) -> None:
        """
        Write the new and changed ones of *files*, of which *batch* was made, beside their places.

        Raises:
            OSError: one could not be written, and none is left.
        """
        new = {path: files[path] for path in [*batch.outcome.new, *batch.outcome.changed]}
        batch.staged.extend(_stage(self._folder, new))

    def finish(self, batches: Sequence[Batch], parts: Collection[str]) -> Outcome:
        """Put all *batches*, which were staged and are the whole of *parts*, in place; what is gone is removed."""
        outcome = _merged([batch.outcome for batch in batches])
        planned = {path: digest for batch in batches for path, digest in batch.digests.items()}
        others = {path: digest for path, digest in self._ours.items() if _part(path) not in parts}
        _find_orphans(self._folder, self._ours.keys() - planned.keys() - others.keys(), self._ours, outcome)
        # Known before they are there: should this end half-way, the next run still knows its own files.
        _write_manifest(self._folder, self._ours | planned)
        for batch in batches:
            for temporary, path in batch.staged:
                temporary.replace(path)
        for name in outcome.removed:
            (self._folder / name).unlink()
        _write_manifest(self._folder, others | planned)
        return outcome


def discard(batch: Batch) -> None:
    """Take away what of *batch* was staged."""
    for temporary, _ in batch.staged:
        temporary.unlink(missing_ok=True)


def _merged(outcomes: Sequence[Outcome]) -> Outcome:
    """What became of all files of several batches."""
    new, changed, same = (
        sorted(path for outcome in outcomes for path in getattr(outcome, name)) for name in ("new", "changed", "same")
    )
    return Outcome(new=new, changed=changed, same=same)


def put(files: Mapping[Path, bytes], *, force: bool) -> None:
    """
    Write *files*, all of them or none.

    Args:
        files: path -> contents.
        force: whether to write over files that hold something else.

    Raises:
        GenerateError: one is there already.
        OSError: one could not be written.
    """
    there = [path for path, content in files.items() if _read(path) not in (None, content)]
    if there and not force:
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise GenerateError(f"{there[0]} is there already{more}; --force writes over it")
    for temporary, path in _stage(Path(), {str(path): content for path, content in files.items()}):
        temporary.replace(path)


def _part(path: str) -> str:
    """What is made as a whole: ``rules`` of ``rules/checkout.yaml``, ``alertmanager`` of ``alertmanager.yaml``."""
    top = path.split("/", maxsplit=1)[0].removesuffix(".yaml")
    return _PARTS.get(top, top)


def _compare(folder: Path, files: Mapping[str, bytes], ours: Digests) -> tuple[Outcome, list[str]]:
    """Which of *files* are new, changed and the same; and in whose place there is something that is not ours."""
    outcome = Outcome()
    foreign = []
    there = {parent: _names_in(folder / parent) for parent in {path.rpartition("/")[0] for path in files}}
    for path, content in sorted(files.items()):
        parent, _, name = path.rpartition("/")
        names = there[parent]
        present = _read(folder / path) if names is None or name.casefold() in names else None
        if present is None:
            outcome.new.append(path)
        elif present == content:
            outcome.same.append(path)
        elif path in ours or present.startswith(MARK.encode()):
            outcome.changed.append(path)
        else:
            foreign.append(path)
    return outcome, foreign


def _names_in(folder: Path) -> frozenset[str] | None:
    """
    What is in *folder*, without regard to case, which not all file systems have; None if it may not be listed.

    To ask for each of thousands of files that are not there takes longer.
    """
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name.casefold() for entry in entries)
    except FileNotFoundError:
        return frozenset()
    except PermissionError:
        return None


def _find_orphans(folder: Path, orphans: Collection[str], ours: Digests, outcome: Outcome) -> None:
    """Sort *orphans* into those that hold what we wrote, to be removed, and those that somebody changed."""
    for path in sorted(orphans):
        present = _read(folder / path)
        if present is not None:
            (outcome.removed if _digest(present) == ours[path] else outcome.kept).append(path)


def _stage(folder: Path, files: Mapping[str, bytes]) -> list[tuple[Path, Path]]:
    """Write *files* beside their places; all of them, or none is left."""
    staged: list[tuple[Path, Path]] = []
    try:
        for parent in {(folder / name).parent for name in files}:
            parent.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            staged.append((temporary, path))
            temporary.write_bytes(content)
    except OSError:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        raise
    return staged


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_manifest(folder: Path) -> Digests:
    """What we wrote: path -> SHA-256; only paths that we could have written, whatever the manifest says."""
    content = _read(folder / MANIFEST)
    if content is None:
        return {}
    try:
        files = orjson.loads(content)["files"]
        return {str(path): str(digest) for path, digest in files.items() if _OWN.fullmatch(path)}
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise GenerateError(f"{folder / MANIFEST} is not a manifest of tallystick: {fault}") from fault


def _write_manifest(folder: Path, files: Digests) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    content = orjson.dumps({"version": 1, "files": files}, option=options)
    if _read(folder / MANIFEST) != content:
        for temporary, path in _stage(folder, {MANIFEST: content}):
            temporary.replace(path)
