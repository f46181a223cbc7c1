"""within: good or bad events that are not among all events, as far as the labels of their selectors tell."""

from collections.abc import Iterator

from tallystick.core.matching import alternatives, decidable, holds
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import terms_of
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("within", "warning")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        sites = {site.field: site for site in entry.sites if site.kind == "events" and site.reduced}
        total = sites.get("total")
        for field in ("good", "bad"):
            if total and field in sites:
                yield from _look_at(sites[field], total)


def _look_at(site: Site, total: Site) -> Iterator[Problem]:
    assert site.reduced
    assert total.reduced
    of_all = [term.selector for term in terms_of(total.reduced.counters)]
    if len(of_all) > 1:
        return  # which of them a counter belongs to is not known
    for term in terms_of(site.reduced.counters):
        problem = next(_apart(site, term.selector, of_all[0]), None)
        if problem:
            yield problem
            return


def _apart(site: Site, part: Selector, total: Selector) -> Iterator[Problem]:
    """Matchers of *total* that do not hold for *part*, or that nothing makes hold."""
    for wanted in total.matchers:
        same = [matcher for matcher in part.matchers if matcher.label == wanted.label]
        values = next((values for matcher in same if (values := alternatives(matcher))), ())
        if wanted in same or not decidable(wanted):
            continue
        if values and not any(holds(wanted, value) for value in values):
            yield _never(site, next(matcher for matcher in same if alternatives(matcher)), wanted)
        elif values and not all(holds(wanted, value) for value in values):
            yield _partly(site, wanted)
        elif not same and wanted.op is MatchOp.EQUAL and wanted.value:
            yield _wider(site, wanted)


def _never(site: Site, matcher: Matcher, wanted: Matcher) -> Problem:
    place = site.node.part(*site.query.place(matcher)) if site.selector else site.node.span
    message = f"no `{site.field}` event is among all events, which have {show(wanted.promql)}"
    return RULE.at(place, message, f"write {show(wanted.promql)} in both, or in neither")


def _partly(site: Site, wanted: Matcher) -> Problem:
    message = f"some `{site.field}` events are not among all events, which have {show(wanted.promql)}"
    return RULE.at(site.node.span, message, "choose values that both have")


def _wider(site: Site, wanted: Matcher) -> Problem:
    message = f"`{site.field}` counts other events too: `total` has {show(wanted.promql)}, `{site.field}` has not"
    return RULE.at(site.node.span, message, f"add {show(wanted.promql)}")


CHECK = Check(RULE, _find)
