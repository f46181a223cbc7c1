"""same-selector: good or bad events are all events."""

from collections.abc import Iterator

from tallystick.core.selector import Selector
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document
from tallystick.definition.problem import Problem, Rule

RULE = Rule("same-selector")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        sites = {site.field: site for site in entry.sites if site.kind == "events"}
        total = sites.get("total")
        if total is None or total.query.selector is None:
            continue
        for field in ("good", "bad"):
            site = sites.get(field)
            if site and site.query.selector and _same(site.query.selector, total.query.selector):
                message = f"`{field}` selects the same series as `total`: every event would be {field}"
                hint = f"narrow it to the {field} events, for example with code" + (
                    '=~"5.."' if field == "bad" else '!~"5.."'
                )
                yield RULE.at(site.node.span, message, hint)


def _same(one: Selector, other: Selector) -> bool:
    return one.metric == other.metric and set(one.matchers) == set(other.matchers)


CHECK = Check(RULE, _find)
