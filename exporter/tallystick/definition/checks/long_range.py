"""long-range: a query that looks back further than the SLO promises anything about."""

from collections.abc import Iterator
from contextlib import suppress

from tallystick.core.duration import format_seconds
from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry, Site
from tallystick.definition.lengths import read_window
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.promql import WINDOW_LENGTH
from tallystick.definition.values import ValueFault
from tallystick.definition.zones import UTC

RULE = Rule("long-range", "warning")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        longest = _longest(entry)
        for site in entry.sites if longest else ():
            seconds = _looks_back(site)
            if longest and seconds > longest:
                message = (
                    f"`{site.field}` looks back {format_seconds(seconds)}, "
                    f"longer than the SLO's window of {format_seconds(longest)}"
                )
                hint = "each reading would repeat what many before it held; write a range of minutes"
                yield RULE.at(site.node.span, message, hint)


def _longest(entry: Entry) -> int:
    """Seconds of the SLO's longest window; 0 if none can be read."""
    lengths = [0]
    for node in entry.windows:
        with suppress(ValueFault):
            lengths.append(read_window(node.text, UTC, (1, 1)).nominal_seconds)
    return max(lengths)


def _looks_back(site: Site) -> int:
    """Seconds of the longest range that is written in a query; ``$window`` is none."""
    return max((int(one.total_seconds()) for one in site.query.ranges if one != WINDOW_LENGTH), default=0)


CHECK = Check(RULE, _find)
