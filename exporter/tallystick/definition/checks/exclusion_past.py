"""exclusion-past: exclusions that are over, and that no window reaches back to."""

from collections.abc import Iterator

from tallystick.core.exclusion import Exclusion
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange, floor_slice
from tallystick.definition.document import Entry
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("exclusion-past", "warning")

_PERIODS = 2
"""How many of an SLO's longest windows one looks back on: this month and the last."""


def find(slo: Slo, entry: Entry, at: float) -> Iterator[Problem]:
    """The exclusions of *slo*, written beside *entry*, that mean nothing any more at instant *at*, in seconds since 1970."""
    reach = _PERIODS * max(window.nominal_seconds for window in slo.windows)
    now = floor_slice(int(at))
    for exclusion in slo.exclusions:
        if exclusion.following(now) is None and not exclusion.occurrences(TimeRange(now - reach, now)):
            yield from _told(entry, exclusion)


def _told(entry: Entry, exclusion: Exclusion) -> Iterator[Problem]:
    for node in entry.document.exclusions:
        line, _ = node.source.position(node.start)
        if line == exclusion.line:
            key = next(iter(node.entries.values()))[0]
            message = f"this exclusion ({show(exclusion.reason)}) is over, and no window reaches back to it any more"
            yield RULE.at(key.span, message, "keep it for the record, or remove it")
