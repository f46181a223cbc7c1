"""window: a window that is neither a duration nor a part of the calendar, or one that can't be kept."""

from collections.abc import Iterator

from tallystick.core.window import Window
from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.document import Document, Entry, text_of
from tallystick.definition.lengths import read_window
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault

RULE = Rule("window")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        window = entry.node.get("window")
        if isinstance(window, Sequence) and not window.items:
            yield RULE.at(window.span, "`window` is an empty list", "write for example 30d")
        yield from _find_in(entry)
    for agreement in document.agreements:
        yield from look_at(RULE, text_of(agreement, "window"), "window", read_window)


def _find_in(entry: Entry) -> Iterator[Problem]:
    seen: dict[Window, Scalar] = {}
    for node in entry.windows:
        try:
            window = read_window(node.text)
        except ValueFault as fault:
            yield RULE.at(node.span, f"window {show(node.text)} {fault}", fault.hint)
            continue
        if window in seen:
            first = seen[window]
            same = "twice" if first.text == node.text else f"the same as {show(first.text)}"
            yield RULE.at(node.span, f"window {show(node.text)} is there {same}", "keep one of the two")
        seen.setdefault(window, node)


CHECK = Check(RULE, _find)
