"""counter-sum: counters that are added up to something else than a count of events."""

from collections.abc import Iterator

from tallystick.core.sli import Sum
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("counter-sum")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            if site.reduced and isinstance(site.reduced.counters, Sum):
                yield from _look_at(site, site.reduced.counters)


def _look_at(site: Site, counters: Sum) -> Iterator[Problem]:
    if all(term.sign < 0 for term in counters.terms):
        yield RULE.at(site.node.span, f"`{site.field}` only subtracts", "write first what it is subtracted from")
        return
    signs: dict[str, int] = {}
    for term in counters.terms:
        before = signs.setdefault(term.selector.normal, term.sign)
        if before is not term.sign:
            yield RULE.at(
                site.node.span, f"{show(term.selector.promql)} is both added and subtracted", "leave both out"
            )
            return
        if term is not next(one for one in counters.terms if one.selector.normal == term.selector.normal):
            what = "added" if term.sign > 0 else "subtracted"
            yield RULE.at(site.node.span, f"{show(term.selector.promql)} is {what} twice", "keep one of the two")
            return


CHECK = Check(RULE, _find)
