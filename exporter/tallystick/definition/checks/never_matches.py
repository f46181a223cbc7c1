"""never-matches: matchers of one selector contradict one another."""

from collections.abc import Iterator

from tallystick.core.selector import MatchOp
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("never-matches")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            if site.query.selector is not None:
                yield from _look_at(site)


def _look_at(site: Site) -> Iterator[Problem]:
    equal: dict[str, str] = {}
    for matcher in site.query.matchers:
        if matcher.op is not MatchOp.EQUAL:
            continue
        first = equal.setdefault(matcher.label, matcher.value)
        if first != matcher.value:
            message = f"no series has {show(matcher.label)} {show(first)} and {show(matcher.value)} at once"
            hint = f'for either of them write {show(matcher.label)}=~"{show(first)}|{show(matcher.value)}"'
            yield RULE.at(site.node.part(*site.query.place(matcher)), message, hint)


CHECK = Check(RULE, _find)
