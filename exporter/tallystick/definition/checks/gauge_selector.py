"""gauge-selector: an up indicator looks at something that is not a gauge of 0 or 1."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.checks.counter_selector import name_place
from tallystick.definition.document import Document
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("gauge-selector")

_COUNTERS = ("_total", "_count", "_sum", "_bucket")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            selector = site.query.selector if site.kind == "up" else None
            if selector is not None and selector.metric.endswith(_COUNTERS):
                message = f"{show(selector.metric)} is a counter, not a gauge of 0 or 1"
                yield RULE.at(name_place(site.node, selector.metric), message, "use `events` for counters")


CHECK = Check(RULE, _find)
