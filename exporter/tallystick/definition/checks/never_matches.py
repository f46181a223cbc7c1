"""never-matches: matchers of one selector contradict one another."""

from collections.abc import Iterable, Iterator

from tallystick.core.selector import Matcher, MatchOp
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("never-matches")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            for selected in site.query.selected:
                yield from _look_at(site, selected.matchers)


def _look_at(site: Site, matchers: Iterable[Matcher]) -> Iterator[Problem]:
    equal: dict[str, str] = {}
    for matcher in matchers:
        if matcher.op is not MatchOp.EQUAL:
            continue
        first = equal.setdefault(matcher.label, matcher.value)
        if first != matcher.value:
            message = f"no series has {show(matcher.label)} {show(first)} and {show(matcher.value)} at once"
            hint = f'for either of them write {show(matcher.label)}=~"{show(first)}|{show(matcher.value)}"'
            yield RULE.at(site.node.part(*site.query.place(matcher)), message, hint)


CHECK = Check(RULE, _find)
