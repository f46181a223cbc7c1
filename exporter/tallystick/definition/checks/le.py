"""le: a matcher of a bucket's bound that can't match, or that counts events more than once."""

from collections.abc import Iterator
from decimal import Decimal

from tallystick.core.duration import decimal_seconds
from tallystick.core.selector import Matcher, MatchOp
from tallystick.core.sli import le_spellings, terms_of
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, Severity, show
from tallystick.definition.values import plain, read_decimal

RULE = Rule("le", may_warn=True)

_Fault = tuple[str, str, Severity]
"""Message, hint and severity."""

_INFINITY = "+Inf"
_LONGEST = 40
"""Digits of a bound; floats have fewer, and exact arithmetic on 1e999999 has no end."""


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            for term in terms_of(site.reduced.counters) if site.reduced else ():
                for matcher in term.selector.matchers:
                    if matcher.label == "le" and (fault := _fault(site, term.selector.metric, matcher)):
                        message, hint, severity = fault
                        yield RULE.at(site.node.part(*site.query.place(matcher)), message, hint, severity=severity)


def _fault(site: Site, metric: str, matcher: Matcher) -> _Fault | None:
    """What is wrong with *matcher* of *metric*; None if it is well."""
    if site.field == "histogram":
        return "the buckets of a latency SLI are chosen by its threshold", "leave le out", "error"
    if not metric.endswith("_bucket"):
        return f"{show(metric)} has no label le; only the series that end in _bucket have", "leave le out", "error"
    if matcher.op is MatchOp.REGEX:
        return None
    if matcher.op is not MatchOp.EQUAL:
        return "several buckets: they would count an event more than once", 'choose one bucket: le="0.3"', "error"
    return _fault_of_bound(matcher.value)


def _fault_of_bound(text: str) -> _Fault | None:
    if text == _INFINITY:
        return None
    bound = read_decimal(text)
    if bound is None:
        return f"le {show(text)} can't match: a bucket's bound is a number", _number_hint(text), "error"
    if len(text) > _LONGEST or (bound and not Decimal(10) ** -_LONGEST < abs(bound) < Decimal(10) ** _LONGEST):
        return f"le {show(text)} is out of range", "write a bound of one of the metric's buckets", "error"
    if text not in le_spellings(bound):
        return f"le {show(text)} can't match: bounds are compared as text", f'write le="{plain(bound)}"', "error"
    if bound == bound.to_integral_value():
        message = f"le {show(text)} matches in Prometheus 2 or in 3, which makes integers {plain(bound)}.0, not in both"
        spellings = "|".join(le_spellings(bound)).replace(".", "[.]").replace("+", "[+]")
        return message, f'use `latency`, or write le=~"{spellings}"', "warning"
    return None


def _number_hint(text: str) -> str:
    if text.lower().lstrip("+") in ("inf", "infinity"):
        return f'write le="{_INFINITY}"'
    try:
        return f'write le="{plain(decimal_seconds(text))}", if the histogram is in seconds'
    except ValueError:
        return 'write a bound of one of its buckets, for example le="0.3"'


CHECK = Check(RULE, _find)
