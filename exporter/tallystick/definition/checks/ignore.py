"""ignore: a warning that is ignored without a reason, that is none, or that is not there any more."""

from collections.abc import Iterator
from difflib import get_close_matches

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, text_of
from tallystick.definition.node import Mapping, Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("ignore", may_warn=True)

ONLINE_WARNINGS = frozenset(
    {
        "cardinality",
        "datasource",
        "exclusion-horizon",
        "low-traffic",
        "not-a-counter",
        "retention",
        "rule-health",
        "rules-loaded",
        "series-gone",
        "series-missing",
        "series-young",
        "too-many-groups",
        "unanswered",
    }
)
"""Codes of what takes a Prometheus to find, which are not among the checks here, as far as they are (also) warnings."""

ONLINE = ONLINE_WARNINGS | {"bucket-missing", "not-nested", "up-values"}
"""All that take one."""

KEY = "ignore"


def entries_of(mapping: Mapping) -> list[Mapping]:
    """What *mapping*, a document or an SLO, ignores."""
    found = mapping.get(KEY)
    return [node for node in found.items if isinstance(node, Mapping)] if isinstance(found, Sequence) else []


def find_in(mapping: Mapping) -> Iterator[Problem]:
    """The problems of what *mapping*, a document or an SLO, ignores."""
    for node in entries_of(mapping):
        code, reason = text_of(node, "check"), text_of(node, "reason")
        if code:
            yield from _look_at(code)
        if reason and not reason.text.strip():
            yield RULE.at(reason.span, "what is ignored needs a reason", "write why it may be")


def _find(document: Document) -> Iterator[Problem]:
    for mapping in document.mappings:
        yield from find_in(mapping)


CHECK = Check(RULE, _find)


def _look_at(code: Scalar) -> Iterator[Problem]:
    from tallystick.definition.checks import RULES  # noqa: PLC0415  # all of them, of which this is one

    warns = {rule.code: rule.warns for rule in RULES} | {code: code in ONLINE_WARNINGS for code in ONLINE}
    if code.text not in warns:
        near = get_close_matches(code.text, warns, n=1)
        hint = f"write {near[0]}" if near else "write the code that stands in parentheses behind the warning"
        yield RULE.at(code.span, f"there is no check {show(code.text)}", hint)
    elif not warns[code.text]:
        yield RULE.at(code.span, f"{code.text} is always an error, and only warnings can be ignored", "take this out")


def error(code: Scalar, line: int) -> Problem:
    """What *code* stands for is an error, in *line*."""
    message = f"{show(code.text)} in line {line} is an error, and only warnings can be ignored"
    return RULE.at(code.span, message, "mend what it tells, and take this out")


def unneeded(code: Scalar) -> Problem:
    """There is no warning *code*."""
    return RULE.at(
        code.span, f"nothing to ignore any more: {show(code.text)} is not told", "take it out", severity="warning"
    )
