"""for-each: rows that can't be filled in, or a reference to what they do not have."""

from collections.abc import Iterable
from difflib import get_close_matches

from tallystick.definition.node import Mapping, Node, Scalar, Sequence, describe
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.source import Row, Span

RULE = Rule("for-each")

_ROWS = "write a list of rows: [{service: checkout, job: checkout-api}]"


def no_rows(key: Scalar, node: Node) -> Problem:
    """What `for_each` has is no list of rows."""
    found = "an empty list" if isinstance(node, Sequence) else describe(node)
    return RULE.at(key.span, f"`for_each` must be a list of rows, found {found}", _ROWS)


def too_many_rows(key: Scalar, rows: int, most: int) -> Problem:
    """More rows than anybody reads."""
    return RULE.at(key.span, f"`for_each` has {rows:,} rows", f"write at most {most:,}, and more files")


def no_row(node: Node) -> Problem:
    """An entry of `for_each` is no row."""
    found = "an empty one" if isinstance(node, Mapping) else describe(node)
    return RULE.at(node.span, f"a row must be a mapping of names to values, found {found}", "write {job: checkout-api}")


def no_name(key: Scalar) -> Problem:
    """A row's key to which nothing can refer."""
    message = f"`{show(key.text)}` can't be the name of a value"
    return RULE.at(key.span, message, "write letters, digits and _, no digit first, and no word of Go's templates")


def taken(key: Scalar) -> Problem:
    """A key of an inner row that is one of the outer row too."""
    return RULE.at(key.span, f"`{key.text}` is in the rows around these already", "choose another name")


def unused(key: Scalar) -> Problem:
    """A value that goes nowhere."""
    hint = f"leave it out, or write {{{{ {key.text} }}}} where it belongs"
    return RULE.at(key.span, f"nothing refers to `{key.text}`", hint)


def unknown(span: Span, name: str, names: Iterable[str]) -> Problem:
    """A reference to what no row has."""
    known = list(names)
    near = get_close_matches(name, known, n=1)
    hint = f"write {{{{ {near[0]} }}}}" if near else f"the rows have {', '.join(known)}"
    return RULE.at(span, f"unknown reference {{{{ {name} }}}}", hint)


def missing(node: Mapping, row: Row, name: str, line: int) -> Problem:
    """A row without a value that is referred to."""
    key = next(key for key, _ in node.entries.values())
    message = f"row {row.number} ({row.label}) has no `{name}`, which line {line} refers to"
    return RULE.at(key.span, message, f"add {name}:")


def in_key(key: Scalar) -> Problem:
    """A reference in a key."""
    return RULE.at(key.span, "a key can't have a reference", "write it in a value")


def no_text(span: Span, name: str, value: Node) -> Problem:
    """Something that has no text, in the middle of one."""
    message = f"{{{{ {name} }}}} is {describe(value)}, which can't be a part of a text"
    return RULE.at(span, message, "let it be the whole value, or write text in the row")


def unknown_filter(span: Span, name: str) -> Problem:
    """A filter that is none."""
    return RULE.at(span, f"unknown filter {show(name)}", "there is one: {{ name | regex }}")


def regex_elsewhere(span: Span) -> Problem:
    """The filter for regular expressions where there is none."""
    message = "`regex` is for a value inside the quotes after =~ or !~"
    return RULE.at(span, message, 'leave it out, or write for example job=~"{{ job | regex }}-.*"')


def not_plain(span: Span, name: str, text: str) -> Problem:
    """A value outside of quotes that would be more than one word there."""
    message = f"{{{{ {name} }}}} is {show(text)}, and outside of quotes PromQL takes a plain name or a number alone"
    return RULE.at(span, message, f'for a label\'s value write quotes: job="{{{{ {name} }}}}"')


def not_raw(span: Span, name: str, text: str) -> Problem:
    """A value that a string in backticks can't have."""
    message = f"{{{{ {name} }}}} is {show(text)}, which can't stand between backticks"
    return RULE.at(span, message, 'write "double quotes" there')


def after_backslash(span: Span, name: str) -> Problem:
    """A reference whose first character would be taken for something else."""
    message = f"a backslash before {{{{ {name} }}}} would change what the value says"
    return RULE.at(span, message, "leave it out, or write it twice for a backslash")


def in_row(key: Scalar) -> Problem:
    """Rows that came from a row."""
    return RULE.at(key.span, "a row can't have a `for_each` for SLOs", "write it in the template")
