"""regex: a matcher's regular expression that Prometheus can't compile."""

import re
from collections.abc import Iterator

from tallystick.core.selector import Matcher, MatchOp
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.re2 import compiles

RULE = Rule("regex")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            for matcher in _matchers(site):
                if matcher.op not in (MatchOp.REGEX, MatchOp.NOT_REGEX) or compiles(matcher.value):
                    continue
                message = f"{show(matcher.value)} is not a regular expression of Prometheus (RE2)"
                yield RULE.at(site.node.part(*site.query.place(matcher)), message, _hint(matcher.value))


def _matchers(site: Site) -> Iterator[Matcher]:
    for selected in site.query.selected:
        yield from selected.matchers


def _hint(pattern: str) -> str:
    if re.search(r"\(\?<?[=!]", pattern):
        return "RE2 looks neither ahead nor behind; use a second matcher with !~"
    if re.search(r"\\[1-9]", pattern):
        return "RE2 knows no back references"
    if pattern.startswith(("*", "+", "?")):
        return f"write .{pattern[:50]}" if pattern.startswith("*") else "there is nothing before it to repeat"
    if pattern.count("(") > pattern.count(")"):
        return "close the parenthesis, or write \\\\( for a plain one"
    if pattern.count("[") > pattern.count("]"):
        return "close the bracket, or write \\\\[ for a plain one"
    return "see https://github.com/google/re2/wiki/Syntax"


CHECK = Check(RULE, _find)
