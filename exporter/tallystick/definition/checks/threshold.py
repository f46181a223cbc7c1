"""threshold: a latency threshold that is no bound a bucket can have, or a value out of all range."""

from collections.abc import Iterator
from decimal import Decimal

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry, value_of
from tallystick.definition.lengths import is_duration, read_threshold
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, plain, read_decimal

RULE = Rule("threshold")

_PER_SECOND = {"_milliseconds": 1_000, "_millis": 1_000, "_ms": 1_000, "_microseconds": 10**6, "_us": 10**6}
_LARGEST, _SMALLEST = Decimal(10) ** 30, Decimal(10) ** -30
"""Values of a query; what is beyond would be written with more digits than anybody reads."""
_OTHER_UNITS = ("_bytes", "_ratio", "_percent", "_celsius", "_meters", "_items")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        yield from _value(entry)
        latency = entry.slis.get("latency")
        node = value_of(latency, "threshold") if latency else None
        if node is None:
            continue
        try:
            read_threshold(node.text)
        except ValueFault as fault:
            yield RULE.at(node.span, f"threshold {show(node.text)} {fault}", fault.hint)
            continue
        yield from _unit(entry, node)


def _value(entry: Entry) -> Iterator[Problem]:
    node = value_of(entry.slis["threshold"], "value") if "threshold" in entry.slis else None
    value = read_decimal(node.text) if node else None
    if node and value and not _SMALLEST <= abs(value) <= _LARGEST:
        yield RULE.at(node.span, f"value {show(node.text)} is out of range", "write a number that is nearer to 0 or 1")


def _unit(entry: Entry, node: Scalar) -> Iterator[Problem]:
    """A duration is in seconds; a histogram may be in another unit, as its name tells."""
    selector = next((site.query.selector for site in entry.sites if site.field == "histogram"), None)
    if selector is None or not is_duration(node.text):
        return
    name = selector.metric.removesuffix("_bucket")
    for ending, factor in _PER_SECOND.items():
        if name.endswith(ending):
            hint = f"write {plain(read_threshold(node.text) * factor)}"
            yield RULE.at(node.span, f"{show(name)} is not in seconds, which a duration is", hint)
    if name.endswith(_OTHER_UNITS):
        message = f"{show(name)} is not a histogram of time, and {show(node.text)} is a duration"
        yield RULE.at(node.span, message, "write a number in its unit")


CHECK = Check(RULE, _find)
