"""The text of a file, and places in it."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, eq=False)
class Source:
    """
    One file's text.

    Attributes:
        file: its name, as given on the command line or found from it.
        text: what it holds, without a byte order mark.
    """

    file: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        """Offset of each line's first character, as editors count lines (YAML 1.1 knows more breaks than they do)."""
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at *offset*, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Text of line *number* (from 1), without its break."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """
    A part of a file's text.

    Attributes:
        source: the file.
        start: offset of its first character.
        end: offset after its last character.
    """

    source: Source
    start: int
    end: int
