"""slice-length: slices that do not fit into an hour, or that the indicator can't be read in."""

from collections.abc import Iterator

from tallystick.core.duration import format_seconds
from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.document import Document, Entry, text_of
from tallystick.definition.lengths import read_slice
from tallystick.definition.places import about
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("slice-length")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        if "threshold" in entry.slis:
            yield from look_at(RULE, text_of(entry.slis["threshold"], "slice"), "slice", read_slice)
        found = list(look_at(RULE, text_of(entry.node, "slice"), "slice", read_slice))
        yield from found or _beside_indicator(entry)


def _beside_indicator(entry: Entry) -> Iterator[Problem]:
    """A slice is judged as a whole, so it must be made of whole readings."""
    node, own = text_of(entry.node, "slice"), entry.slice_seconds
    if node and own and read_slice(node.text) % own:
        message = f"slice {show(node.text)} is not a multiple of {format_seconds(own)}, in which this SLI is read"
        yield RULE.at(node.span, message, f"write {format_seconds(own)}", about=about(entry, node))


CHECK = Check(RULE, _find)
