"""latency-histogram: what is named is not a histogram as a whole."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.checks.counter_selector import name_place
from tallystick.definition.document import Document, Site
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("latency-histogram")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            if site.field == "histogram" and site.query.selector is not None:
                yield from _look_at(site, site.query.selector.metric)


def _look_at(site: Site, metric: str) -> Iterator[Problem]:
    place = name_place(site.node, metric)
    for ending in ("_count", "_sum"):
        if metric.endswith(ending):
            base = show(metric.removesuffix(ending))
            yield RULE.at(place, f"{show(metric)} is only a part of a histogram", f"write its base name, {base}")
    if metric.endswith("_total"):
        yield RULE.at(place, f"{show(metric)} is a counter, not a histogram", "use `events` for counters")
    if metric == "_bucket":
        yield RULE.at(
            place, "a histogram needs a name", "write its base name, for example http_request_duration_seconds"
        )


CHECK = Check(RULE, _find)
