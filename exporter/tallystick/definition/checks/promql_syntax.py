"""promql-syntax: a selector that is not PromQL."""

import re
from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, printable
from tallystick.definition.source import Span

RULE = Rule("promql-syntax")

_CHARACTER = re.compile(r"'(.)'$")
_LABEL_WITHOUT_QUOTES = re.compile(
    r"(?P<label>[a-zA-Z_]\w*)\s*(?P<op>=~|!~|!=|=)\s*(?P<value>[^\s\"'`,{}=~]+)\s*(?=[,}])"
)
_ODD_NAME = re.compile(r"\s*(?P<name>[a-zA-Z_:][\w:]*[-./][\w:./-]*)\s*(?:\{|$)", re.ASCII)
_DOUBLE_EQUALS = re.compile(r"(?P<label>[a-zA-Z_]\w*)\s*(?P<op>==)")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        yield from (_problem(site) for site in entry.sites if site.query.tree is None)


def _problem(site: Site) -> Problem:
    text, fault = site.node.text, site.query.fault
    if known := _common_mistake(site, text):
        return known
    if "non-empty matcher" in fault:
        message = f"`{site.field}` would select every series there is"
        return RULE.at(site.node.span, message, 'name the metric: http_requests_total{job="..."}')
    return RULE.at(_place(site, fault), f"not PromQL: {_words(fault)}", _hint(text))


def _common_mistake(site: Site, text: str) -> Problem | None:
    """The problem of *text* if it is a well-known one, which can be told better than the parser does."""
    if not text.strip():
        return RULE.at(site.node.span, f"`{site.field}` is empty", "write a selector, for example http_requests_total")
    if match := _DOUBLE_EQUALS.search(text):
        return RULE.at(site.node.part(*match.span("op")), "not PromQL: `==` compares numbers", "write `=`")
    if match := _LABEL_WITHOUT_QUOTES.search(text):
        value = f'{match["label"]}{match["op"]}"{match["value"]}"'
        return RULE.at(
            site.node.part(*match.span("value")), "not PromQL: a label's value needs quotes", f"write {value}"
        )
    if "{{" in text:
        message = "not PromQL: templates of other tools are not used here"
        return RULE.at(site.node.span, message, "write the selector alone; windows are put in where they are needed")
    if match := _ODD_NAME.match(text):
        message = "not PromQL: a metric's name has letters, digits, _ and :"
        hint = f'if that is its name, write {{"{match["name"]}", ...}}'
        return RULE.at(site.node.part(*match.span("name")), message, hint)
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


def _hint(text: str) -> str:
    if text.count("{") > text.count("}"):
        return "close the braces with `}`"
    if text.count('"') % 2:
        return "close the quotes"
    return 'write a selector, for example http_requests_total{job="shop"}'


CHECK = Check(RULE, _find)
