"""Whether labels match a selector, judged here rather than by Prometheus."""

import re
from collections.abc import Mapping
from functools import lru_cache

from tallystick.core.selector import Matcher, MatchOp, Selector


def may_match(selector: Selector, target_labels: Mapping[str, str]) -> bool:
    """
    Whether a target with *target_labels* may show series of *selector*.

    A matcher of a label that the target has not is taken to be about the metric's own labels, and left out.
    """
    return all(
        _holds(matcher, target_labels[matcher.label]) for matcher in selector.matchers if matcher.label in target_labels
    )


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a series of the selector's metric, with *labels*, is one of *selector*; an absent label is empty."""
    return all(_holds(matcher, labels.get(matcher.label, "")) for matcher in selector.matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    match matcher.op:
        case MatchOp.EQUAL:
            return value == matcher.value
        case MatchOp.NOT_EQUAL:
            return value != matcher.value
        case MatchOp.REGEX | MatchOp.NOT_REGEX:
            pattern = _compiled(matcher.value)
            # A pattern that RE2 knows and Python does not (there are few) can't be judged: the target stays in.
            return pattern is None or (pattern.fullmatch(value) is not None) == (matcher.op is MatchOp.REGEX)


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except re.error:
        return None
