"""
From paths of definitions to generated files.

Where files have nothing to do with one another, two processes share all of the work, from reading them to writing what is made
of them: what is halved only later has to be handed over, or copied.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tallystick.cli.definitions import leave_if_wrong, load_or_exit, no_slos
from tallystick.core.slo import Slo
from tallystick.definition.checks.interval import Told
from tallystick.definition.load import find_files, load_apart
from tallystick.definition.problem import Problem
from tallystick.definition.told import told as in_order
from tallystick.errors import GenerateError
from tallystick.generate.gist import telling
from tallystick.generate.notes import notes
from tallystick.generate.output import Batch, Outcome, Writing, discard
from tallystick.generate.render import Making, Report, services_of
from tallystick.halves import Meet, in_two

WORTH_TWO = 100
"""Files from which on two processes are faster than one."""

_Key = tuple[str, str]
"""Service and name of an SLO, by which everything that is made of all of them is in order."""


class Wanted(NamedTuple):
    """
    What is to be made.

    Attributes:
        begin: gives what makes the files of some SLOs.
        folder: where they go.
        parts: see `tallystick.generate.output.write`.
        at: when they are made, in seconds since 1970.
        report: is told about progress.
    """

    begin: Callable[[Iterable[Slo]], Making]
    folder: Path
    parts: Sequence[str]
    at: float
    report: Report


class _Half(NamedTuple):
    """
    What became of half of the files.

    Attributes:
        problems: what is wrong with them; if one is an error, nothing was made.
        batch: the files that were made; None if there are errors.
        slos: what they define, as far as that is asked for.
        gists: those that tell more than others do, of what `Making.of` tells.
        notes: by an SLO's id, what there is to say of it.
        fault: why they could not be written.
    """

    problems: Sequence[Problem]
    batch: Batch | None = None
    slos: Sequence[Slo] = ()
    gists: Sequence[tuple[_Key, Any]] = ()
    notes: Sequence[tuple[str, str]] = ()
    fault: OSError | None = None


def make(paths: Sequence[Path], told: Told, wanted: Wanted) -> tuple[Outcome, list[str]]:
    """
    Make and write the files of all definitions in *paths*; if anything is wrong with them, tell it and exit with 1.

    Args:
        paths: files and folders.
        told: how often is scraped and evaluated, as far as somebody said.
        wanted: what is to be made.

    Returns:
        What became of the files; and what there is to say of them.

    Raises:
        TallystickError: there is no SLO in *paths*, jsonnet failed, or a file is in the way.
        OSError: a file could not be written; nothing was changed.
    """
    writing = Writing(wanted.folder)
    halves = None if told.pace else _in_two(paths, wanted, writing)
    if halves:
        return _together(paths, halves, wanted, writing)
    slos = load_or_exit(paths, told)
    files = wanted.begin(slos).files(wanted.report)
    return _written(files, [], wanted, writing), list(notes(slos, wanted.at))


def _in_two(paths: Sequence[Path], wanted: Wanted, writing: Writing) -> list[_Half] | None:
    """What becomes of half of the files in each of two processes; None if they have to be taken together, or one is enough."""
    staged: list[Batch] = []  # by this process, whatever becomes of the other

    def work(some: Sequence[Path], meet: Meet) -> _Half:
        loaded = load_apart(some, meet)
        if loaded.errors:
            meet(False)
            return _Half(loaded.problems)
        making = wanted.begin(loaded.slos)
        services = services_of(loaded.slos)
        files, gists = making.of(services, wanted.report)
        batch = writing.batch(files)
        fault = None
        is_ready = not batch.foreign
        if meet(is_ready) and is_ready:  # nothing is written where only one of them could
            try:
                writing.stage(batch, files)
                staged.append(batch)
            except OSError as fault_:
                fault = fault_
        keys = {slo.slo_id: (slo.service, slo.name) for slo in loaded.slos}
        telling_ = [(keys[gist["id"]], gist) for gist in telling(gists)]
        told = [(slo.slo_id, note) for slo in loaded.slos for note in notes([slo], wanted.at)]
        slos = loaded.slos if making.asks_for_slos else ()  # to hand them over takes longer than to make rules of them
        return _Half(loaded.problems, batch, slos, telling_, told, fault)

    found, problems = find_files(paths)
    halves = None
    try:
        halves = None if problems else in_two(work, found, WORTH_TWO)
    except GenerateError:
        pass  # told in its place where all is done in order
    finally:
        for batch in staged if halves is None else ():
            discard(batch)
    return halves


def _together(
    paths: Sequence[Path], halves: Sequence[_Half], wanted: Wanted, writing: Writing
) -> tuple[Outcome, list[str]]:
    """Put in place what *halves* made, and what is made of all SLOs at once."""
    batches = [half.batch for half in halves if half.batch]
    try:
        _look_at(paths, halves)
        gists = sorted((one for half in halves for one in half.gists), key=lambda one: one[0])
        slos = [slo for half in halves for slo in half.slos]
        files = wanted.begin(()).of_all([gist for _, gist in gists], slos)
        outcome = _written(files, batches, wanted, writing)
    except BaseException:
        for batch in batches:
            discard(batch)
        raise
    told = sorted((one for half in halves for one in half.notes), key=lambda one: one[0])
    return outcome, [note for _, note in told]


def _look_at(paths: Sequence[Path], halves: Sequence[_Half]) -> None:
    """Leave it at this, in the order of one process, where something is wrong with *halves*."""
    leave_if_wrong(in_order(problem for half in halves for problem in half.problems))
    if not any(half.gists for half in halves):
        raise no_slos(paths)
    for half in halves:
        if half.fault:
            raise half.fault


def _written(files: Mapping[str, bytes], others: Sequence[Batch], wanted: Wanted, writing: Writing) -> Outcome:
    """Write *files* and put them in place, together with *others* that are written."""
    batches = [*others, writing.batch(files)]
    writing.refuse(batches)
    writing.stage(batches[-1], files)
    return writing.finish(batches, wanted.parts)
