"""
Definitions as they were in a revision of a git repository.

Git's own program is asked, and only for names and contents: nothing is checked out, and nothing in the repository or its
work tree changes.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tallystick.errors import RevisionError

PATIENCE_SECONDS = 120
"""How long git may take for one answer."""

_WORDS = 300
"""How much of what git says a message takes over, in characters."""

_SUFFIXES = (".yaml", ".yml")
_FILE_MODES = ("100644", "100755", "120000")
"""Of files and of links; a submodule is neither."""


@dataclass(frozen=True, slots=True)
class Repository:
    """
    A git repository with a work tree.

    Attributes:
        root: the top of its work tree.
        git: where git's program is.
    """

    root: Path
    git: str

    def revision(self, name: str) -> str:
        """
        The commit that *name* means: a branch, a tag, a hash or whatever git takes for one.

        Raises:
            RevisionError: there is none.
        """
        if name.startswith("-") or "\0" in name:
            raise RevisionError(f"{name!r} can't be a revision")
        found = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", strict=False)
        if not found.strip():
            raise RevisionError(
                f"git knows no revision {name!r} here; a shallow clone may lack it (git fetch --unshallow, or fetch-depth: 0)"
            )
        return found.decode().strip()

    def parted(self, one: str, other: str) -> str:
        """
        The latest commit that *one* and *other*, two commits, have in common.

        Raises:
            RevisionError: they have none.
        """
        found = self._run("merge-base", one, other, strict=False).decode().split()
        if not found:
            raise RevisionError(
                f"{one[:12]} and {other[:12]} have no commit in common here; a shallow clone may lack it"
            )
        return found[0]

    def inside(self, path: Path) -> PurePosixPath:
        """
        *path* as seen from the root; it need not exist.

        Raises:
            RevisionError: it is somewhere else.
        """
        whole = Path(os.path.normpath(Path.cwd() / path))
        for candidate in (whole, whole.parent.resolve() / whole.name):
            if candidate.is_relative_to(self.root):
                return PurePosixPath(candidate.relative_to(self.root).as_posix())
        raise RevisionError(f"{path} is not in the repository {self.root}")

    def copy(self, commit: str, paths: Sequence[PurePosixPath], into: Path) -> list[Path]:
        """
        Write what definitions there are in *paths* of *commit* under the folder *into*, each where it was.

        Returns:
            Those of *paths* that are there, under *into*.

        Raises:
            RevisionError: git failed, or a link leads out of the repository.
        """
        names = sorted({name for path in paths for name in self._names(commit, path)})
        for name, content in zip(names, self._contents(commit, names), strict=True):
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return [into / path for path in paths if (into / path).exists()]

    def _names(self, commit: str, path: PurePosixPath) -> Iterator[str]:
        """The files in *path* that may hold definitions; *path* itself, if it is a file, whatever its name."""
        where = [] if path == PurePosixPath() else [str(path)]
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *where)
        for entry in listed.split(b"\0"):
            about, _, name = entry.partition(b"\t")
            if about and about.split()[0].decode() in _FILE_MODES:
                text = os.fsdecode(name)
                if text == str(path) or text.endswith(_SUFFIXES):
                    yield text

    def _contents(self, commit: str, names: Sequence[str]) -> list[bytes]:
        if odd := next((name for name in names if "\n" in name), None):
            raise RevisionError(f"{odd!r} has a line break in its name, and can't be read")
        asked = b"".join(os.fsencode(f"{commit}:{name}\n") for name in names)
        answer = memoryview(self._run("cat-file", "--batch", "--follow-symlinks", given=asked))
        found, at = [], 0
        for name in names:
            line = bytes(answer[at : at + 8_192]).split(b"\n", maxsplit=1)[0]
            about = line.split()
            if len(about) != 3 or about[1] != b"blob":  # noqa: PLR2004  # hash, type, size
                raise RevisionError(f"{name} in {commit[:12]} is a link to nothing that is in the repository")
            start = at + len(line) + 1
            end = start + int(about[2])
            found.append(bytes(answer[start:end]))
            at = end + 1
        return found

    def _run(self, *arguments: str, given: bytes = b"", strict: bool = True) -> bytes:
        return _run(self.git, ["-C", str(self.root), *arguments], given=given, strict=strict)


def repository() -> Repository:
    """
    The repository that the current folder is in.

    Raises:
        RevisionError: it is in none, or there is no git.
    """
    git = shutil.which("git")
    if git is None:
        raise RevisionError("git is not installed, and revisions can't be read without it")
    root = os.fsdecode(_run(git, ["rev-parse", "--show-toplevel"]).rstrip(b"\n"))
    return Repository(Path(root).resolve(), git)


def _run(git: str, arguments: Sequence[str], *, given: bytes = b"", strict: bool = True) -> bytes:
    """What git prints; without *strict*, whatever its exit code says."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
    try:
        done = subprocess.run(  # noqa: S603  # no shell; names that users give come after --end-of-options or --
            [git, *arguments], input=given, capture_output=True, env=environment, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as fault:
        raise RevisionError(f"git {arguments[-1]} took more than {PATIENCE_SECONDS} s") from fault
    except OSError as fault:
        raise RevisionError(f"git can't be run: {fault.strerror}") from fault
    if done.returncode and strict:
        told = " ".join(done.stderr.decode(errors="replace").split())[:_WORDS]
        raise RevisionError(f"git failed: {told or done.returncode}")
    return done.stdout
