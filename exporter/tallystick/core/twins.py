"""
A series that goes on under other labels.

When a target gets another label (or loses one) by a change of the scrape configuration, all of its series change their
identity, and none of its counters begins anew. What a series has of its target is told by ``up``, which carries the
target's labels and no others.
"""

import json
from collections.abc import Iterable, Mapping

from tallystick.core.memory import LastSample

Labels = frozenset[tuple[str, str]]


def predecessor(
    key: str, first_ms: int, ended: Iterable[tuple[str, LastSample]], target_labels: Labels
) -> LastSample | None:
    """
    The latest sample of the series that goes on as the one with *key*; None if there is none.

    Args:
        key: identity of the series, see `tallystick.core.series.Series.key`.
        first_ms: its first sample.
        ended: the target's other series, by key, with their latest samples.
        target_labels: labels that the target has, or had before.
    """
    stem = _stem(key, target_labels)
    found = [last for other, last in ended if last.time_ms < first_ms and _stem(other, target_labels) == stem]
    return max(found, key=lambda last: last.time_ms, default=None)


def _stem(key: str, target_labels: Labels) -> Mapping[str, str]:
    """The labels that *key* has of its own."""
    labels: dict[str, str] = json.loads(key)
    return {name: value for name, value in labels.items() if (name, value) not in target_labels}
