"""regex: a matcher's regular expression that Prometheus can't compile."""

import re
from collections.abc import Iterator
from functools import lru_cache

import promql_parser

from tallystick.core.selector import MatchOp, quote
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("regex")

_LITERAL = re.compile(r"\\Q(.*?)(?:\\E|$)", re.DOTALL)
_GO_HAS_NO = re.compile(r"(?<!\\)(?:\\\\)*\\([uU]|p\{[^}]*=)")
_REPETITION = re.compile(r"\{([0-9]+)(?:,([0-9]*))?\}")
_MOST_REPETITIONS = 1_000


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            for matcher in site.query.matchers:
                if matcher.op not in (MatchOp.REGEX, MatchOp.NOT_REGEX) or compiles(matcher.value):
                    continue
                message = f"{show(matcher.value)} is not a regular expression of Prometheus (RE2)"
                yield RULE.at(site.node.part(*site.query.place(matcher)), message, _hint(matcher.value))


@lru_cache(maxsize=4_096)
def compiles(pattern: str) -> bool:
    r"""
    Whether Go's ``regexp`` takes *pattern*.

    promql-parser compiles it with Rust's ``regex``: the same language but for a few corners, which are seen to here. Go
    has ``\Q...\E``; it has no ``\u`` and no repetition above 1000.
    """
    if _GO_HAS_NO.search(pattern):
        return False
    without_literals = _LITERAL.sub(lambda match: re.escape(match[1]), pattern)
    if any(int(count or 0) > _MOST_REPETITIONS for pair in _REPETITION.findall(without_literals) for count in pair):
        return False
    try:
        promql_parser.parse(f"x{{a=~{quote(without_literals)}}}")
    except ValueError:
        return False
    return True


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
