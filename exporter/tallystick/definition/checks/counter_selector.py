"""counter-selector: an events indicator counts something that is not a counter of events."""

import re
from collections.abc import Iterator

from tallystick.core.selector import Selector
from tallystick.core.sli import terms_of
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, Severity, show
from tallystick.definition.source import Span

RULE = Rule("counter-selector", may_warn=True)

_Fault = tuple[str, str, Severity]
"""Message, hint and severity."""

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
                    if fault := _fault(term.selector):
                        message, hint, severity = fault
                        place = name_place(site.node, term.selector.metric)
                        yield RULE.at(place, message, hint, severity=severity)


def _fault(selector: Selector) -> _Fault | None:
    """Why *selector* is no counter of events; None if it may be one."""
    metric = selector.metric
    if metric.endswith(("_total", "_count")) and ":" not in metric:
        return None  # nearly all
    return _is_gauge(metric) or _counts_else(selector, metric, show(metric))


def _is_gauge(metric: str) -> _Fault | None:
    shown = show(metric)
    if metric in ("up", "probe_success"):
        return f"{shown} is a gauge of 0 or 1, not a counter", "use `up: {metric: ...}` instead of `events`", "error"
    if _RATE.fullmatch(metric):
        return f"{shown} looks like a recorded rate, not a counter", "write the counter it is made of", "error"
    if _GAUGES.fullmatch(metric):
        return f"{shown} looks like a gauge, not a counter", "write a counter, for example ..._total", "error"
    return None


def _counts_else(selector: Selector, metric: str, shown: str) -> _Fault | None:
    if metric.endswith("_bucket") and not any(matcher.label == "le" for matcher in selector.matchers):
        hint = f"write {show(metric.removesuffix('_bucket'))}_count, or choose a bucket with le"
        return f"{shown} counts every event once for each bucket", hint, "error"
    if metric.endswith("_sum"):
        message = f"{shown} adds up what was observed; it does not count events"
        return message, f"write {show(metric.removesuffix('_sum'))}_count", "warning"
    if not metric.endswith(COUNTER_ENDINGS) and metric not in _OTHER_COUNTERS:
        return (
            f"{shown} is not named like a counter",
            f"is it {shown}_total or, of a histogram, {shown}_count?",
            "warning",
        )
    return None


def name_place(node: Scalar, metric: str) -> Span:
    """Where *metric* is named in *node*."""
    start = node.text.find(metric)
    return node.span if start < 0 else node.part(start, start + len(metric))


CHECK = Check(RULE, _find)
