"""yaml-syntax: the file is not YAML, or holds characters or YAML features that a definition can't."""

from typing import Any

import yaml

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, printable, show
from tallystick.definition.source import Source, Span

RULE = Rule("yaml-syntax")

_HINTS = (
    ("mapping values are not allowed", "a `:` too many: put the value in quotes, or mend the indentation"),
    ("unexpected end of stream", "close the quotes"),
    ("unknown escape", "write \\\\ for a backslash in double quotes, or use single quotes"),
    ("expected '-' indicator", "indent it, or start it with `-`"),
    ("expected key", "mend the indentation, or put the value in quotes"),
    ("expected <block end>", "mend the indentation, or put the value in quotes"),
)
_NO_START = "@`%&*|>"


def from_yaml_error(source: Source, fault: yaml.YAMLError, last: Scalar | None) -> Problem:
    """What PyYAML says, in words and at a place that tell what to do; *last* is the value before it."""
    said = " ".join(str(getattr(fault, "problem", None) or fault).split())
    offset = _offset(source, getattr(fault, "problem_mark", None))
    context = _offset(source, getattr(fault, "context_mark", None))
    opened = source.text[context : context + 1]
    here = source.text[offset : offset + 1]
    if "expected ':'" in said:
        end = source.text.find("\n", context)
        span = Span(source, context, end if end >= 0 else len(source.text))
        return RULE.at(span, "not YAML: a key without `:`", "write `key: value`")
    if "expected ','" in said and opened in ("[", "{"):
        kind, closing = ("list", "]") if opened == "[" else ("mapping", "}")
        message = f"not YAML: this {kind} is not closed, or a comma is missing in it"
        return RULE.at(Span(source, context, context + 1), message, f"close it with `{closing}`")
    if quotes := _quotes(source, last, offset):
        return quotes
    span = Span(source, offset, offset + 1)
    if here == "\t":
        return RULE.at(span, "not YAML: a tab can't indent", "write spaces")
    if "cannot start any token" in said and here in _NO_START:
        return RULE.at(span, f"not YAML: a value can't start with `{here}`", "put the value in quotes")
    return RULE.at(span, f"not YAML: {printable(said)}", next((hint for part, hint in _HINTS if part in said), ""))


def _offset(source: Source, mark: Any) -> int:
    """Where *mark* is; what is missing at the end of the text is told at its last character."""
    return min(mark.index, max(len(source.text.rstrip()) - 1, 0)) if mark else 0


def _quotes(source: Source, last: Scalar | None, offset: int) -> Problem | None:
    """The problem of quotes that end too late or too early, if *last* had some and the text goes wrong right after it."""
    if last is None or source.text[last.start] not in "\"'" or source.text[last.end : offset].strip():
        return None
    if "\n" in source.text[last.start : last.end]:
        line, _ = source.position(offset)
        message = f"not YAML: quotes that are not closed before line {line}"
        return RULE.at(Span(source, last.start, last.start + 1), message, "close them where the value ends")
    if source.position(last.end)[0] == source.position(offset)[0]:
        return RULE.at(
            Span(source, offset, offset + 1), "not YAML: text after the quotes", "put the whole value in quotes"
        )
    return None


def not_utf8(source: Source, offset: int, byte: int) -> Problem:
    """A byte that can't be where it is in UTF-8."""
    span = Span(source, offset, offset + 1)
    return RULE.at(span, f"not UTF-8: byte 0x{byte:02x}", "save the file as UTF-8")


def forbidden_character(span: Span, character: str) -> Problem:
    """A character that YAML does not allow anywhere."""
    return RULE.at(span, f"not YAML: the character U+{ord(character):04X}", "leave it out")


def tag(span: Span) -> Problem:
    """A tag that would make something else of a value."""
    text = span.source.text[span.start : span.end]
    return RULE.at(span, f"tags are not supported: {show(text)}", "leave it out")


def unknown_anchor(span: Span, name: str) -> Problem:
    """An alias of nothing."""
    return RULE.at(
        span, f"no anchor `&{show(name)}` before this alias", f"put `&{show(name)}` on the value that is meant"
    )


def recursive_alias(span: Span, name: str) -> Problem:
    """An alias inside what it stands for."""
    return RULE.at(span, f"`*{show(name)}` stands for a value that it is a part of", "write the value out")
