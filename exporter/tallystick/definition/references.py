"""
References such as ``{{ job }}`` in a template's texts, and how a value is put there.

Only a bare name is a reference. ``{{ $labels.slo }}``, ``{{ $value | humanize }}`` and ``{{ end }}`` belong to Prometheus, and
``{{{{ job }}}}`` is the text ``{{ job }}``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.core.selector import quote

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_PIECE = re.compile(
    rf"\{{\{{(?P<literal>\{{\{{[^{{}}]*\}}\}})\}}\}}|\{{\{{\s*(?P<name>{_NAME})\s*(?:\|\s*(?P<filter>{_NAME})\s*)?\}}\}}"
)
_IDENTIFIER = re.compile(_NAME)
_KEYWORDS = frozenset(
    {"block", "break", "continue", "define", "else", "end", "false", "if", "nil", "range", "template", "true", "with"}
)
"""What Go's templates, of which annotations are made, keep for themselves."""

_PLAIN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9]+(?:\.[0-9]+)?|(?:[0-9]+(?:ms|[smhdwy]))+")
_OPERATORS = frozenset(
    {"and", "atan2", "bool", "by", "group_left", "group_right", "ignoring", "offset", "on", "or", "unless", "without"}
)
_SWAPPED = str.maketrans("\"'", "'\"")

REFERENCE_SCHEMA = {"type": "string", "pattern": rf"\{{\{{\s*{_NAME}\s*(\|\s*{_NAME}\s*)?\}}\}}"}
"""For the JSON Schema: a text with a reference."""


@dataclass(frozen=True, slots=True)
class Reference:
    """
    A reference in a text.

    Attributes:
        start: offset of its first brace.
        end: offset after its last.
        name: what it refers to; empty for braces that are meant as such.
        filter: what is done to the value first; empty if nothing is.
        literal: the text that is meant, if it refers to nothing.
    """

    start: int
    end: int
    name: str
    filter: str = ""
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """
    What is around a reference in PromQL.

    Attributes:
        quote: the quotes it is between; empty if it is not.
        is_pattern: whether that string is a regular expression.
        is_escaped: whether a backslash before it would take the value's first character.
    """

    quote: str = ""
    is_pattern: bool = False
    is_escaped: bool = False


def is_name(text: str) -> bool:
    """Whether something can refer to *text*."""
    return _IDENTIFIER.fullmatch(text) is not None and text not in _KEYWORDS


def references_in(text: str) -> Iterator[Reference]:
    """All references in *text*, and braces that are meant as such."""
    for match in _PIECE.finditer(text):
        if match["literal"]:
            yield Reference(*match.span(), "", literal=match["literal"])
        elif match["name"] not in _KEYWORDS:
            yield Reference(*match.span(), match["name"], match["filter"] or "")


def places_in(text: str, references: list[Reference]) -> list[Place]:
    """What is around each of *references* in *text*, which is PromQL but for them."""
    ends = {reference.start: reference.end for reference in references}
    found, quoted, pattern, before, at = [], "", False, "", 0
    escape = False
    while at < len(text):
        if at in ends:
            found.append(Place("", False) if quoted in ("", "#") else Place(quoted, pattern, escape))
            before, escape, at = "", False, ends[at]
            continue
        character = text[at]
        if escape:
            escape = False
        elif quoted:
            escape = quoted in "\"'" and character == "\\"
            quoted = "" if character == ("\n" if quoted == "#" else quoted) else quoted
        elif character in "\"'`#":
            quoted, pattern, before = character, before in ("=~", "!~"), ""
        elif not character.isspace():
            before = before[-1:] + character
        at += 1
    return found


def escaped(value: str, quotes: str) -> str | None:
    """*value* as a part of a PromQL string between *quotes*; None if it can't be one."""
    if quotes == "`":
        return value if value.isprintable() and "`" not in value else None
    if quotes == "'":
        return quote(value.translate(_SWAPPED))[1:-1].translate(_SWAPPED)
    return quote(value)[1:-1]


def is_plain(value: str) -> bool:
    """Whether *value* is one word of PromQL wherever it stands: a name that is no operator, a number, a duration."""
    return _PLAIN.fullmatch(value) is not None and value.lower() not in _OPERATORS
