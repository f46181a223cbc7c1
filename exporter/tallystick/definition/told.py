"""
Problems as they are told: sorted, each once.

What is said in one place reaches many SLOs: a template all that its rows make, a default all that take it. What is wrong
with all of them is wrong with the place, and is told once; else the message names whom it concerns.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from tallystick.definition.problem import Problem, show
from tallystick.definition.source import Row


def told(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """*problems* as they are told."""
    found = _of_slos(_of_rows(problems))
    return tuple(sorted(found, key=lambda problem: problem.order))


def _of_rows(problems: Iterable[Problem]) -> set[Problem]:
    """*problems*, with the rows in their messages; those of inner rows before those around them."""
    done: set[Problem] = set()
    todo = set(problems)
    while todo:
        groups: dict[tuple[Problem, int, Row | None], set[Row]] = defaultdict(set)
        for problem in todo:
            if problem.row is None:
                done.add(problem)
            else:
                groups[replace(problem, row=None), problem.row.template, problem.row.outer].add(problem.row)
        todo = {
            replace(problem, message=problem.message + _in(rows), row=outer)
            for (problem, _, outer), rows in groups.items()
        }
    return done


def _in(rows: set[Row]) -> str:
    first = min(rows, key=lambda row: row.number)
    if len(rows) == first.of:
        return ""
    return f", in {first.text}{_more(len(rows), ', and in {} more')}"


def _of_slos(problems: Iterable[Problem]) -> set[Problem]:
    """*problems*, with the SLOs in their messages."""
    groups: dict[Problem, set[str]] = defaultdict(set)
    for problem in problems:
        groups[replace(problem, about="") if problem.about else problem].add(problem.about)
    return {
        problem
        if "" in slos
        else replace(problem, message=f"{problem.message} (of {show(min(slos))}{_more(len(slos), ' and {} more')})")
        for problem, slos in groups.items()
    }


def _more(number: int, words: str) -> str:
    return words.format(f"{number - 1:,}") if number > 1 else ""
