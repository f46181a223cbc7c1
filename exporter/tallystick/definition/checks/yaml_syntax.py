"""yaml-syntax: the file is not YAML, or holds characters or YAML features that a definition can't."""

import re

import yaml

from tallystick.definition.problem import Problem, Rule, printable, show
from tallystick.definition.source import Source, Span

RULE = Rule("yaml-syntax")

_HINTS = (
    ("mapping values are not allowed", "a `:` too many: put the value in quotes, or mend the indentation"),
    ("could not find expected ':'", "write `key: value`"),
    ("expected ',' or ']'", "close the list with `]`"),
    ("expected ',' or '}'", "close the mapping with `}`"),
    ("unexpected end of stream", "close the quotes"),
    ("unknown escape", "write \\\\ for a backslash in double quotes, or use single quotes"),
    ("expected '-' indicator", "indent it, or start it with `-`"),
    ("expected <block end>", "mend the indentation, or close the quotes around the whole value"),
    ("did not find expected key", "mend the indentation, or close the quotes around the whole value"),
)


def from_yaml_error(source: Source, fault: yaml.YAMLError) -> Problem:
    """What PyYAML says, where it says it."""
    mark = getattr(fault, "problem_mark", None)
    said = getattr(fault, "problem", None) or str(fault).splitlines()[0]
    # What is missing at the end of the text is told at its last character, not in a line that is not there.
    offset = min(mark.index if mark else 0, max(len(source.text.rstrip()) - 1, 0))
    span = Span(source, offset, offset + 1)
    if source.text[offset : offset + 1] == "\t":
        return RULE.at(span, "not YAML: a tab can't indent", "write spaces")
    if source.text[offset : offset + 1] in ("@", "`", "%", "&", "*"):
        message = f"not YAML: a value can't start with `{source.text[offset]}`"
        return RULE.at(span, message, "put the value in quotes")
    message = f"not YAML: {_words(said)}{_context(fault)}"
    return RULE.at(span, message, next((hint for part, hint in _HINTS if part in said), ""))


def _words(said: str) -> str:
    return printable(re.sub(r"\s+", " ", said))


def _context(fault: yaml.YAMLError) -> str:
    context, mark = getattr(fault, "context", None), getattr(fault, "context_mark", None)
    if not context or mark is None:
        return ""
    return f" ({_words(context)} that starts in line {mark.line + 1})"


def not_utf8(source: Source, offset: int, byte: int) -> Problem:
    """A byte that can't be where it is in UTF-8."""
    span = Span(source, offset, offset + 1)
    return RULE.at(span, f"not UTF-8: byte 0x{byte:02x}", "save the file as UTF-8")


def forbidden_character(span: Span, character: str) -> Problem:
    """A character that YAML does not allow anywhere."""
    return RULE.at(
        span, f"not YAML: character U+{ord(character):04X}", "leave it out; in double quotes it is an escape"
    )


def tag(span: Span, name: str) -> Problem:
    """A tag that would make something else of a value."""
    return RULE.at(span, f"tags are not supported: {show(name)}", "leave it out")


def unknown_anchor(span: Span, name: str) -> Problem:
    """An alias of nothing."""
    return RULE.at(
        span, f"no anchor `&{show(name)}` before this alias", f"put `&{show(name)}` on the value that is meant"
    )


def recursive_alias(span: Span, name: str) -> Problem:
    """An alias inside what it stands for."""
    return RULE.at(span, f"`*{show(name)}` stands for a value that it is a part of", "write the value out")
