"""window: a window that is no duration, or one that can't be kept."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import CALENDAR_WINDOWS, ValueFault, read_window

RULE = Rule("window")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        window = entry.node.get("window")
        if isinstance(window, Sequence) and not window.items:
            yield RULE.at(window.span, "`window` is an empty list", "write for example 30d")
        yield from _find_in(entry)


def _find_in(entry: Entry) -> Iterator[Problem]:
    seen: dict[int, Scalar] = {}
    for node in entry.windows:
        try:
            window = read_window(node.text)
        except ValueFault as fault:
            rule = RULE if node.text not in CALENDAR_WINDOWS else Rule("not-supported")
            yield rule.at(node.span, f"window {show(node.text)} {fault}", fault.hint)
            continue
        if window.seconds in seen:
            first = seen[window.seconds]
            same = "twice" if first.text == node.text else f"the same as {show(first.text)}"
            yield RULE.at(node.span, f"window {show(node.text)} is there {same}", "keep one of the two")
        seen.setdefault(window.seconds, node)


CHECK = Check(RULE, _find)
