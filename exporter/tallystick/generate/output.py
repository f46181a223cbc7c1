"""
Writing generated files into a folder that people also use.

All files are staged beside their places and then renamed, so that a reader sees the old file or the new one and a full
disk changes nothing. A manifest in the folder tells which files are ours: what is not in it is never overwritten or
removed, and of what is in it only what still holds what we wrote is removed.
"""

import hashlib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from tallystick.errors import GenerateError
from tallystick.generate.ruletext import MARK

MANIFEST = ".tallystick.json"
"""The manifest's name in the output folder; it belongs with the files, in git too if they are kept there."""

_OWN = re.compile(r"(?:rules|dashboards)/[^/\x00]+")

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


def write(folder: Path, files: Mapping[str, bytes], trees: Collection[str]) -> Outcome:
    """
    Make *folder* hold *files*.

    Args:
        folder: is made if it is not there.
        files: path under *folder* -> contents.
        trees: the sub-folders that *files* is the whole of; our other files in them are removed.

    Raises:
        GenerateError: a file that is not ours is in the way, or the manifest can't be read.
        OSError: a file could not be written; nothing was changed.
    """
    ours = _read_manifest(folder)
    outcome = _compare(folder, files, ours)
    others = {path: digest for path, digest in ours.items() if path.split("/")[0] not in trees}
    _find_orphans(folder, ours.keys() - files.keys() - others.keys(), ours, outcome)
    planned = {path: _digest(content) for path, content in files.items()}
    staged = _stage(folder, {path: files[path] for path in [*outcome.new, *outcome.changed]})
    # Known before they are there: should this end half-way, the next run still knows its own files.
    _write_manifest(folder, ours | planned)
    for temporary, path in staged:
        temporary.replace(path)
    for name in outcome.removed:
        (folder / name).unlink()
    _write_manifest(folder, others | planned)
    return outcome


def _compare(folder: Path, files: Mapping[str, bytes], ours: Digests) -> Outcome:
    """Which of *files* are new, changed and the same; refuse to overwrite what is not ours."""
    outcome = Outcome()
    foreign = []
    for path, content in sorted(files.items()):
        present = _read(folder / path)
        if present is None:
            outcome.new.append(path)
        elif present == content:
            outcome.same.append(path)
        elif path in ours or present.startswith(MARK.encode()):
            outcome.changed.append(path)
        else:
            foreign.append(path)
    if foreign:
        raise GenerateError(
            f"{folder / foreign[0]} is there and was not made by tallystick; move it away, or choose another --out"
            + (f" (and {len(foreign) - 1} more)" if len(foreign) > 1 else "")
        )
    return outcome


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
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
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
