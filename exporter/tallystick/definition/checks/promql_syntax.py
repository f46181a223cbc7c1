"""promql-syntax: a selector or query that is not PromQL."""

import re
from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site, Takes
from tallystick.definition.problem import Problem, Rule, printable, show
from tallystick.definition.promql import TOO_LONG
from tallystick.definition.source import Span

RULE = Rule("promql-syntax")

_INSTEAD: dict[Takes, str] = {
    "selector": "the selector alone; windows are put in where they are needed",
    "counters": "$window, or the selector alone",
    "windowed": "$window",
    "number": "a range, for example 5m",
}
_EXAMPLES: dict[Takes, str] = {
    "selector": 'write a selector, for example http_requests_total{job="shop"}',
    "counters": 'write a selector, for example http_requests_total{job="shop"}',
    "windowed": "write a query, for example avg(avg_over_time(errors:ratio[$window]))",
    "number": "write a query, for example max(queue_length)",
}
_CHARACTER = re.compile(r"'(.)'$")
_MISTAKES = (
    (re.compile(r"[{,]\s*[a-zA-Z_]\w*\s*(?P<here>==)"), "`==` compares numbers", "write `=`"),
    (
        re.compile(r"\b(?P<label>[a-zA-Z_]\w*+)\s*+(?P<op>=~|!~|!=|=)\s*(?P<here>[^\s\"'`,{}=~]+)\s*(?=[,}])"),
        "a label's value needs quotes",
        'write {label}{op}"{here}"',
    ),
    (re.compile(r"(?P<here>\{\{(?:[^}]*\}\})?)"), "templates of other tools are not used here", "write {instead}"),
    (re.compile(r"(?P<here>\$(?!window\b)\{?\w+\}?)"), "{} is no variable here", "write {instead}"),
    (
        re.compile(r"^\s*(?P<here>[a-zA-Z_:][\w:]*[-./][\w:./-]*)\s*(?:\{|$)", re.ASCII),
        "a metric's name has letters, digits, _ and :",
        'if that is its name, write {{"{here}", ...}}',
    ),
)
"""What is looked for, in this order; what is said of it; and what to write instead."""


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        yield from (_problem(site) for site in entry.sites if site.query.tree is None)


def _problem(site: Site) -> Problem:
    text, fault = site.node.text, site.query.fault
    if fault.startswith(TOO_LONG):  # so nothing is looked for in it either
        hint = "record a part of it with a rule, and write what that records"
        return RULE.at(site.node.span, f"`{site.field}` is too long: {fault}", hint)
    if known := _common_mistake(site, text):
        return known
    if "non-empty matcher" in fault:
        message = f"`{site.field}` would select every series there is"
        return RULE.at(site.node.span, message, 'name the metric: http_requests_total{job="..."}')
    return RULE.at(_place(site, fault), f"not PromQL: {_words(fault)}", _hint(site))


def _common_mistake(site: Site, text: str) -> Problem | None:
    """The problem of *text* if it is a well-known one, which can be told better than the parser does."""
    if not text.strip():
        return RULE.at(site.node.span, f"`{site.field}` is empty", _EXAMPLES[site.takes])
    for pattern, message, hint in _MISTAKES:
        if match := pattern.search(text):
            place = site.node.part(*match.span("here"))
            told = hint.format(**match.groupdict(), instead=_INSTEAD[site.takes])
            return RULE.at(place, f"not PromQL: {message.format(show(match['here']))}", told)
    return None


def _place(site: Site, fault: str) -> Span:
    """The character that the parser complains about, if there is only one of it; else the whole text."""
    match = _CHARACTER.search(fault)
    if match and site.node.text.count(match[1]) == 1:
        start = site.node.text.index(match[1])
        return site.node.part(start, start + 1)
    return site.node.span


def _words(fault: str) -> str:
    said = "it can't be read as a query" if fault == "invalid promql query" else fault
    return printable(" ".join(said.split()))[:200]


def _hint(site: Site) -> str:
    text = site.node.text
    if text.count("{") > text.count("}"):
        return "close the braces with `}`"
    if text.count('"') % 2:
        return "close the quotes"
    return _EXAMPLES[site.takes]


CHECK = Check(RULE, _find)
