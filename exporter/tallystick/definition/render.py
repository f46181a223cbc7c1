"""Problems as text for people, as JSON, and as annotations of a merge request."""

import json
from collections.abc import Callable, Iterable

from rich.cells import cell_len

from tallystick.definition.problem import Problem, printable

Paint = Callable[[str, str], str]
"""Gives a text (first) in a style (second): error, warning, place, code, gutter, hint."""

LINE_CELLS = 100
"""How much of a line is shown, in columns of a terminal."""

_TAB = "    "


def unpainted(text: str, style: str) -> str:  # noqa: ARG001  # one of several ways to paint
    """*text* as it is."""
    return text


def text_of(problem: Problem, paint: Paint = unpainted) -> str:
    """
    *problem* for a person: where, what and which kind; the line with the place underlined; what to write instead.

    It ends with a newline. No line has anything in it that could move a cursor.
    """
    place = f"{printable(problem.file)}:{problem.line}:{problem.column}:"
    warning = paint("warning: ", "warning") if problem.severity == "warning" else ""
    lines = [
        f"{paint(place, 'place')} {warning}{paint(printable(problem.message), problem.severity)} {paint(f'({problem.code})', 'code')}"
    ]
    if problem.excerpt:
        lines += _underlined(problem, paint)
    elif problem.hint:
        lines.append(f"  {paint(printable(problem.hint), 'hint')}")
    return "\n".join(lines) + "\n"


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
    cells = [_shown(character) for character in line]
    end = max(end, start + 1)
    first, last = 0, len(cells)
    if cell_len("".join(cells)) > LINE_CELLS:
        # The place comes first, what leads to it second: the end of a long place is the least of the three.
        first = min(start, len(cells))
        while first and cell_len("".join(cells[first - 1 : start])) <= LINE_CELLS // 3:
            first -= 1
        last = first
        while last < len(cells) and cell_len("".join(cells[first : last + 1])) <= LINE_CELLS:
            last += 1
    lead = "…" if first else ""
    before = cell_len(lead + "".join(cells[first:start]))
    width = cell_len("".join(cells[start : min(end, last)]))
    return lead + "".join(cells[first:last]) + ("…" if last < len(cells) else ""), before, max(width, 1)


def _shown(character: str) -> str:
    return _TAB if character == "\t" else printable(character)


def json_of(problems: Iterable[Problem]) -> str:
    """*problems* as a list of objects."""
    keys = ("file", "line", "column", "end_column", "severity", "code", "message", "hint")
    return json.dumps([{key: getattr(problem, key) for key in keys} for problem in problems], indent=2)


def github_of(problem: Problem) -> str:
    """
    *problem* as a GitHub workflow command, which shows it beside the changed line.

    Source: GitHub's "Workflow commands for GitHub Actions", "Setting an error message", and its toolkit for what is escaped.
    """
    properties = {
        "file": problem.file,
        "line": problem.line,
        "endLine": problem.line,
        "col": problem.column,
        "endColumn": problem.end_column,
        "title": problem.code,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = problem.message + (f": {problem.hint}" if problem.hint else "")
    return f"::{problem.severity} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
