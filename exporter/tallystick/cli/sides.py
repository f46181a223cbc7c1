"""The two sides of ``tallystick diff``: folders and files, or revisions of them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from tallystick.cli.record import paths_or_default
from tallystick.cli.words import count
from tallystick.core.slo import Slo
from tallystick.definition.checks import path as path_check
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.problem import Problem
from tallystick.definition.render import text_of
from tallystick.definition.revisions import Repository, repository
from tallystick.errors import RevisionError, TallystickError

USAGE = (
    "name two folders (or files), or two revisions and perhaps the folder: tallystick diff main HEAD slo-definitions"
)

_SHORT = 12
"""Digits of a commit's hash."""


@dataclass(frozen=True, slots=True)
class Side:
    """
    Definitions before or after.

    Attributes:
        label: what a person calls it: a path, or a revision.
        slos: what it defines.
        errors: what is wrong with it; then it is not compared.
    """

    label: str
    slos: Sequence[Slo]
    errors: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class _Asked:
    """
    What was asked for on one side.

    Attributes:
        paths: which.
        revision: of which revision; None: as they are now.
        parted_from: of where that revision parted from this one; None: of itself.
    """

    paths: Sequence[Path]
    revision: str | None = None
    parted_from: str | None = None


def load_sides(arguments: Sequence[str]) -> tuple[Side, Side]:
    """
    Both sides, as the command's arguments name them.

    Raises:
        click.UsageError: they name none.
        RevisionError: git does not know them.
        TallystickError: definitions have errors, which are told by then; or there is no SLO on either side.
    """
    asked = _asked(arguments)
    revisions = [one.revision for one in asked if one.revision is not None]
    git = _repository(revisions) if revisions else None
    base, head = (_load(one, git) for one in asked)
    for name, side in (("the base", base), ("the head", head)):
        if side.errors:
            click.echo(f"{name} ({side.label}) has {count(len(side.errors), 'error')}:", err=True)
            for problem in side.errors:
                click.echo(text_of(problem), err=True, nl=False)
    if base.errors or head.errors:
        raise TallystickError("definitions with errors can't be compared; `tallystick check` tells more")
    if not base.slos and not head.slos:
        raise TallystickError(f"there is no SLO in {base.label}, nor in {head.label}")
    return base, head


def _repository(revisions: Sequence[str]) -> Repository:
    try:
        return repository()
    except RevisionError as fault:
        raise RevisionError(
            f"{', '.join(revisions)}: no file or folder, and no revision can be read here: {fault}"
        ) from fault


def _asked(arguments: Sequence[str]) -> tuple[_Asked, _Asked]:
    if not arguments:
        raise click.UsageError(USAGE)
    first, *rest = arguments
    if ".." in first and not Path(first).exists() and "/.." not in first and "../" not in first:
        return _range(first, paths_or_default([Path(one) for one in rest]))
    if not rest:
        raise click.UsageError(USAGE)
    second, *paths = rest
    if paths:
        folders = [Path(one) for one in paths]
        return _Asked(folders, first), _Asked(folders, second)
    there = [Path(one).exists() for one in (first, second)]
    match there:
        case [True, True]:
            return _Asked([Path(first)]), _Asked([Path(second)])
        case [True, False]:
            return _Asked([Path(first)]), _Asked([Path(first)], second)
        case [False, True]:
            return _Asked([Path(second)], first), _Asked([Path(second)])
    folders = list(paths_or_default(()))
    return _Asked(folders, first), _Asked(folders, second)


def _range(text: str, paths: Sequence[Path]) -> tuple[_Asked, _Asked]:
    """``one..other`` or ``one...other``, as git has them; HEAD where nothing is named."""
    dots = "..." if "..." in text else ".."
    first, _, second = text.partition(dots)
    first, second = first or "HEAD", second or "HEAD"
    return _Asked(paths, first, second if dots == "..." else None), _Asked(paths, second)


def _load(asked: _Asked, git: Repository | None) -> Side:
    if asked.revision is None:
        loaded = load_paths(asked.paths)
        return _side(", ".join(map(str, asked.paths)), loaded, "", "")
    assert git is not None
    commit, label = git.revision(asked.revision), asked.revision
    if asked.parted_from is not None:
        commit = git.parted(commit, git.revision(asked.parted_from))
        label = commit[:_SHORT]
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        top = Path(folder)
        copied = git.copy(commit, [git.inside(path) for path in asked.paths], top)
        loaded = load_paths(copied) if copied else Loaded((), (), ())
    return _side(label, loaded, f"{top}/", f"{label}:")


def _side(label: str, loaded: Loaded, folder: str, revision: str) -> Side:
    """*folder* in names of files is where the *revision* was copied to for a moment."""

    def named(text: str) -> str:
        return text.replace(folder, revision) if folder else text

    # A folder without definitions is one from which all were removed, or to which none were added yet.
    errors = [
        replace(problem, file=named(problem.file), message=named(problem.message), hint=named(problem.hint))
        for problem in loaded.errors
        if problem != path_check.empty(problem.file)
    ]
    return Side(label, [replace(slo, file=named(slo.file)) for slo in loaded.slos], errors)
