"""Problems as text for people, and as JSON; what other programs want is in `render_ci`."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from rich.cells import cell_len

from tallystick.definition.ignoring import Silenced
from tallystick.definition.problem import Problem, printable

Paint = Callable[[str, str], str]
"""Gives a text (first) in a style (second): error, warning, note, place, code, gutter, hint."""

LINE_CELLS = 100
"""How much of a line is shown, in columns of a terminal."""

_NEAR = 4 * LINE_CELLS
"""How many characters before and after a place are looked at: a line may have millions, and as many problems."""

_TAB = "    "


def unpainted(text: str, style: str) -> str:  # noqa: ARG001  # one of several ways to paint
    """*text* as it is."""
    return text


def text_of(problem: Problem, paint: Paint = unpainted, *, word: str = "") -> str:
    """
    *problem* for a person: where, what and which kind; the line with the place underlined; what to write instead.

    It ends with a newline. No line has anything in it that could move a cursor. What is no error is called *word*, by default what it is.
    """
    place = f"{printable(problem.file)}:{problem.line}:{problem.column}:"
    lead = "" if problem.severity == "error" else paint(f"{word or problem.severity}: ", problem.severity)
    lines = [
        f"{paint(place, 'place')} {lead}{paint(printable(problem.message), problem.severity)} {paint(f'({problem.code})', 'code')}"
    ]
    if problem.excerpt:
        lines += _underlined(problem, paint)
    elif problem.hint:
        lines.append(f"  {paint(printable(problem.hint), 'hint')}")
    return "\n".join(lines) + "\n"


def silenced_text_of(silenced: Silenced, paint: Paint = unpainted) -> str:
    """*silenced* for a person: the warning, with the reason in place of what to write instead."""
    reason = f"ignored in line {silenced.ignore.line}: {silenced.ignore.reason}"
    return text_of(replace(silenced.problem, hint=reason), paint, word="ignored")


def _underlined(problem: Problem, paint: Paint) -> list[str]:
    number = str(problem.line)
    shown, before, width = _cut(problem.excerpt, problem.column - 1, problem.end_column - 1)
    carets = paint("^" * width, problem.severity)
    hint = f" {paint(printable(problem.hint), 'hint')}" if problem.hint else ""
    return [
        f"  {paint(f'{number} |', 'gutter')} {shown}",
        f"  {paint(' ' * len(number) + ' |', 'gutter')} {' ' * before}{carets}{hint}",
    ]


def _cut(line: str, start: int, end: int) -> tuple[str, int, int]:
    """
    The part of *line* to show, around ``line[start:end]``.

    Returns:
        The part; how many columns of the terminal are before the place; and how many it takes, at least one.
    """
    skipped, rest = max(start - _NEAR, 0), len(line) > start + _NEAR
    cells = [_shown(character) for character in line[skipped : start + _NEAR]]
    start, end = start - skipped, max(end, start + 1) - skipped
    first, last = 0, len(cells)
    if cell_len("".join(cells)) > LINE_CELLS:
        # The place comes first, what leads to it second: the end of a long place is the least of the three.
        first = min(start, len(cells))
        while first and cell_len("".join(cells[first - 1 : start])) <= LINE_CELLS // 3:
            first -= 1
        last = first
        while last < len(cells) and cell_len("".join(cells[first : last + 1])) <= LINE_CELLS:
            last += 1
    lead = "…" if first or skipped else ""
    before = cell_len(lead + "".join(cells[first:start]))
    width = cell_len("".join(cells[start : min(end, last)]))
    return lead + "".join(cells[first:last]) + ("…" if last < len(cells) or rest else ""), before, max(width, 1)


def _shown(character: str) -> str:
    return _TAB if character == "\t" else printable(character)


def json_of(problems: Iterable[Problem], silenced: Iterable[Silenced] = ()) -> str:
    """*problems* as a list of objects; what is *silenced* is behind them, and has a key ``ignored``."""
    listed = [_object(problem) for problem in problems]
    for one in silenced:
        by = {"reason": one.ignore.reason, "file": one.ignore.file, "line": one.ignore.line}
        listed.append({**_object(one.problem), "ignored": by})
    return json.dumps(listed, indent=2)


def _object(problem: Problem) -> dict[str, Any]:
    keys = ("file", "line", "column", "end_column", "severity", "code", "message", "hint")
    return {key: getattr(problem, key) for key in keys}
