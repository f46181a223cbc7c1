"""budgeting: keys that do not go with the way in which the budget is reckoned."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry, text_of, value_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, read_share

RULE = Rule("budgeting")

_METHODS = ("occurrences", "timeslices", "ratio_timeslices")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        if not document.is_partial:
            yield from _method(entry)
        yield from _target(entry)


def _method(entry: Entry) -> Iterator[Problem]:
    node = text_of(entry.node, "budgeting")
    method = node.text if node else "occurrences"
    if method not in _METHODS:
        return
    if node and method != "occurrences" and "composite" in entry.slis:
        yield RULE.at(node.span, "a composite has no slices of its own", "write `budgeting` at its parts")
        return
    if method == "timeslices" and node and "slice_target" not in entry.node.entries:
        hint = "add slice_target: 95%, the share of good events that makes a slice good"
        yield RULE.at(node.span, "budgeting by timeslices has no `slice_target`", hint)
    for key, methods in (("slice", _METHODS[1:]), ("slice_target", _METHODS[1:2])):
        if key in entry.node.entries and method not in methods:
            wanted = " or ".join(methods)
            message = f"`{key}` means nothing with budgeting by {method}"
            yield RULE.at(entry.node.key(key).span, message, f"leave it out, or write budgeting: {wanted}")


def _target(entry: Entry) -> Iterator[Problem]:
    node = value_of(entry.node, "slice_target")
    if node is None:
        return
    try:
        share = read_share(node.text)
    except ValueFault as fault:
        yield RULE.at(node.span, f"slice_target {show(node.text)} {fault}", fault.hint)
        return
    if not share:
        yield RULE.at(node.span, f"slice_target {show(node.text)} makes every slice good", "write for example 95%")


CHECK = Check(RULE, _find)
