"""A user's mistake, as a value: where it is, what it is, and what to write instead."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tallystick.definition.source import Row, Span

Severity = Literal["error", "warning", "note"]

_SHOWN = 60
"""How much of a user's text a message repeats, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    One mistake in one place.

    Attributes:
        file: where it is.
        line: likewise, from 1.
        column: its first character in that line, from 1.
        end_column: the column after its last character there; at least *column*.
        code: its kind, stable, in kebab-case; each has a page in ``docs/checks``, or an entry in ``docs/formats.md``.
        severity: an error makes the definition unusable, a warning does not; a note is no mistake at all, and tells where a
            definition of another tool means something other here.
        message: what is wrong, in one line that reads well after ``file:line:column:``.
        hint: what to write instead; empty where the message says it.
        excerpt: the whole line; empty where there is no text to show.
        row: of which row of a template it is; None once the message says it (`told`), or where there is none.
        about: of which SLO it is, where its place does not tell; likewise.
    """

    file: str
    line: int
    column: int
    end_column: int
    code: str
    severity: Severity
    message: str
    hint: str = ""
    excerpt: str = ""
    row: Row | None = None
    about: str = ""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """What problems are sorted by."""
        return self.file, self.line, self.column, self.code, self.message


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A kind of problem.

    Attributes:
        code: its name, in kebab-case.
        severity: how bad it is, mostly.
        may_warn: whether some of its problems are mere warnings.
    """

    code: str
    severity: Severity = "error"
    may_warn: bool = False

    @property
    def warns(self) -> bool:
        """Whether a problem of this kind can be a warning."""
        return self.may_warn or self.severity == "warning"

    def at(
        self, span: Span, message: str, hint: str = "", *, severity: Severity | None = None, about: str = ""
    ) -> Problem:
        """A problem of this kind at *span*, of the SLO *about*; of several lines the first is underlined."""
        source = span.source
        line, column = source.position(span.start)
        excerpt = source.line(line)
        end = min(column + max(span.end - span.start, 0), len(excerpt) + 1)
        return Problem(
            file=source.file,
            line=line,
            column=column,
            end_column=max(end, column),
            code=self.code,
            severity=severity or self.severity,
            message=message,
            hint=hint,
            excerpt=excerpt,
            row=source.row,
            about=about,
        )

    def of_file(self, file: str, message: str, hint: str = "") -> Problem:
        """A problem of this kind with *file* as a whole."""
        return Problem(
            file=file,
            line=1,
            column=1,
            end_column=1,
            code=self.code,
            severity=self.severity,
            message=message,
            hint=hint,
        )


def printable(text: str) -> str:
    """*text* with everything that could move a terminal's cursor, or hide, written as its code point."""
    if text.isprintable():
        return text
    # Python's idea of it leaves out controls, bidirectional marks, what has no width, and blanks other than the usual one.
    return "".join(character if character.isprintable() else f"<U+{ord(character):04X}>" for character in text)


def show(text: str) -> str:
    """*text* of a user, fit for a message: in one line, printable, shortened, and not nothing."""
    flat = " ".join(text.split()) or '""'
    return printable(flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…")


def quoted(text: str) -> str:
    """*text* of a user as `show` gives it, in quotes."""
    return f'"{show(text)}"' if text else show(text)


def reworded(problems: Iterable[Problem], words: Mapping[str, str]) -> list[Problem]:
    """*problems* with the keys that they name, `in backticks`, called as *words* call them; and `$window` likewise."""
    problems = list(problems)
    if not words or not problems:
        return problems
    pattern = re.compile("`(" + "|".join(map(re.escape, words)) + r")`|\$window\b")

    def other(match: re.Match[str]) -> str:
        return f"`{words[match[1]]}`" if match[1] else words.get("$window", match[0])

    return [
        replace(problem, message=pattern.sub(other, problem.message), hint=pattern.sub(other, problem.hint))
        for problem in problems
    ]
