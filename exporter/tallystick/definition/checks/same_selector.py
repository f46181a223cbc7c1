"""same-selector: good or bad events are all events."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.promql import bare

RULE = Rule("same-selector")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        sites = {site.field: site for site in entry.sites if site.kind == "events"}
        total = sites.get("total")
        for field in ("good", "bad"):
            site = sites.get(field)
            if site and total and _same(site, total):
                same = "selects the same series as" if site.selector else "counts the same as"
                message = f"`{field}` {same} `total`: every event would be {field}"
                hint = f"narrow it to the {field} events, for example with code" + (
                    '=~"5.."' if field == "bad" else '!~"5.."'
                )
                yield RULE.at(site.node.span, message, hint)


def _same(one: Site, other: Site) -> bool:
    if one.reduced and other.reduced:
        return one.reduced.counters.normal == other.reduced.counters.normal
    return one.query.tree is not None and bare(one.query.text) == bare(other.query.text)


CHECK = Check(RULE, _find)
