"""counter-selector: an events indicator counts something that is not a counter of events."""

import re
from collections.abc import Iterator

from tallystick.core.selector import Selector
from tallystick.core.sli import terms_of
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Site
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.source import Span

RULE = Rule("counter-selector", may_warn=True)

COUNTER_ENDINGS = ("_total", "_count", "_bucket")
_OTHER_COUNTERS = frozenset({"nginx_ingress_controller_requests"})
"""Counters of well-known programs that are not named like one."""

_GAUGES = re.compile(r"(up|probe_success|.*(_created|_timestamp|_timestamp_seconds|_info|_ratio|_percent))")
_RATE = re.compile(r".*:[a-z0-9_]*(rate|increase|ratio|delta)[a-z0-9_]*")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for site in entry.sites:
            if site.reduced and (site.kind == "events" or (site.kind, site.field) == ("latency", "total")):
                for term in terms_of(site.reduced.counters):
                    yield from _look_at(site, term.selector)


def _look_at(site: Site, selector: Selector) -> Iterator[Problem]:
    metric = selector.metric
    place = name_place(site.node, metric)
    shown = show(metric)
    if metric in ("up", "probe_success"):
        yield RULE.at(
            place, f"{shown} is a gauge of 0 or 1, not a counter", "use `up: {metric: ...}` instead of `events`"
        )
    elif _RATE.fullmatch(metric):
        message = f"{shown} looks like a recorded rate, not a counter"
        yield RULE.at(place, message, "write the counter it is made of")
    elif _GAUGES.fullmatch(metric):
        yield RULE.at(place, f"{shown} looks like a gauge, not a counter", "write a counter, for example ..._total")
    elif metric.endswith("_bucket") and not any(matcher.label == "le" for matcher in selector.matchers):
        message = f"{shown} counts every event once for each bucket"
        hint = f"write {show(metric.removesuffix('_bucket'))}_count, or choose a bucket with le"
        yield RULE.at(place, message, hint)
    elif metric.endswith("_sum"):
        message = f"{shown} adds up what was observed; it does not count events"
        yield RULE.at(place, message, f"write {show(metric.removesuffix('_sum'))}_count", severity="warning")
    elif not metric.endswith(COUNTER_ENDINGS) and metric not in _OTHER_COUNTERS:
        message = f"{shown} is not named like a counter"
        hint = f"is it {shown}_total or, of a histogram, {shown}_count?"
        yield RULE.at(place, message, hint, severity="warning")


def name_place(node: Scalar, metric: str) -> Span:
    """Where *metric* is named in *node*."""
    start = node.text.find(metric)
    return node.span if start < 0 else node.part(start, start + len(metric))


CHECK = Check(RULE, _find)
