"""
Warnings that an owner looked at and left as they are, each with the reason.

A document, or an SLO, ignores what is told of a place in it. What is told elsewhere, as in a tier, is ignored there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tallystick.definition.checks import ignore
from tallystick.definition.document import text_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem

Place = tuple[int, int]
"""Line and column, from 1."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """
    One entry of ``ignore``.

    Attributes:
        code: what is ignored.
        reason: why.
        start: where the document or SLO begins.
        end: behind its end.
    """

    code: Scalar
    reason: str
    start: Place
    end: Place

    @property
    def file(self) -> str:
        """The file it is in."""
        return self.code.source.file

    @property
    def line(self) -> int:
        """The line it is in."""
        return self.code.source.position(self.code.start)[0]

    def covers(self, problem: Problem) -> bool:
        """Whether *problem* is of its kind, and in its place."""
        here = problem.code == self.code.text and problem.file == self.file
        return here and self.start <= (problem.line, problem.column) < self.end


@dataclass(frozen=True, slots=True)
class Silenced:
    """A warning that is not told, and by whose word."""

    problem: Problem
    ignore: Ignore


def read_ignores(mappings: Iterable[Mapping]) -> tuple[Ignore, ...]:
    """What *mappings*, documents and SLOs, ignore; what rows make of one template is one."""
    found: dict[tuple[str, int, str, Place], Ignore] = {}
    for mapping in mappings:
        for node in ignore.entries_of(mapping):
            code, reason = text_of(node, "check"), text_of(node, "reason")
            if code and reason and reason.text.strip():
                source = mapping.source
                made = Ignore(code, reason.text, source.position(mapping.start), source.position(mapping.end))
                found.setdefault((made.file, code.start, code.text, made.start), made)
    return tuple(found.values())


def silence(problems: Iterable[Problem], ignores: Iterable[Ignore]) -> tuple[list[Problem], list[Silenced]]:
    """
    Take out of *problems* the warnings that *ignores* cover; of several the innermost does.

    Returns:
        What is told: the rest, and that errors can't be ignored. And what is not.
    """
    listed: dict[tuple[str, str], list[Ignore]] = defaultdict(list)
    for one in ignores:
        listed[one.file, one.code.text].append(one)
    kept: list[Problem] = []
    silenced: list[Silenced] = []
    errors: dict[int, tuple[Ignore, Problem]] = {}
    for problem in problems:
        by = max((one for one in listed[problem.file, problem.code] if one.covers(problem)), key=_start, default=None)
        if by and problem.severity == "warning":
            silenced.append(Silenced(problem, by))
            continue
        kept.append(problem)
        if by and problem.severity == "error":
            errors.setdefault(id(by), (by, problem))
    used = {id(one.ignore) for one in silenced}
    kept += (ignore.error(by.code, problem.line) for key, (by, problem) in errors.items() if key not in used)
    return kept, silenced


def _start(one: Ignore) -> Place:
    return one.start


def unneeded(
    ignores: Iterable[Ignore], problems: Collection[Problem], silenced: Iterable[Silenced], codes: Collection[str]
) -> Iterator[Problem]:
    """
    What of *ignores* has nothing to ignore.

    Args:
        ignores: all of them.
        problems: what is told; a file with errors was not looked at to the end, nor an SLO with an open question.
        silenced: what they cover.
        codes: the kinds that were looked for.
    """
    used = {id(one.ignore) for one in silenced}
    wrong = {problem.file for problem in problems if problem.severity == "error"}
    told = [*problems, *(one.problem for one in silenced)]
    unanswered = [(problem.file, (problem.line, problem.column)) for problem in told if problem.code == "unanswered"]
    for one in ignores:
        is_open = one.code.text in ignore.ONLINE and any(
            file == one.file and one.start <= place < one.end for file, place in unanswered
        )
        if id(one) not in used and one.code.text in codes and one.file not in wrong and not is_open:
            yield ignore.unneeded(one.code)
