"""Whether labels match a selector, judged here rather than by Prometheus."""

import re
from collections.abc import Mapping
from functools import lru_cache

from tallystick.core.selector import Matcher, MatchOp, Selector

_PLAIN = re.compile(r"(?:[^\\\[\]{}^$]|\\[dws.+*?()|\[\]{}^$\\/-]|\[\^?[\w\s.:/@-]+\])*", re.ASCII)
_WORDS = re.compile(r"[\w /:@-]+(?:\|[\w /:@-]+)*", re.ASCII)
_REPEATED_GROUP = re.compile(r"\)[*+]")
_REPETITION = re.compile(r"(?<!\\)[*+]")
_MOST_REPETITIONS = 2


@lru_cache(maxsize=16_384)
def decidable(matcher: Matcher) -> bool:
    """
    Whether what *matcher* matches can be told here as Prometheus tells it, and quickly.

    Its pattern is one that Python's engine and RE2 read alike, and without what makes the former go back over the text for ever.
    """
    if matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL):
        return True
    pattern = matcher.value
    if "(?" in pattern or _PLAIN.fullmatch(pattern) is None or _REPEATED_GROUP.search(pattern):
        return False
    return all(len(_REPETITION.findall(branch)) <= _MOST_REPETITIONS for branch in pattern.split("|"))


def alternatives(matcher: Matcher) -> tuple[str, ...]:
    """The only values that *matcher* lets through, where it names them: ``="a"``, ``=~"a|b"``; else nothing."""
    if matcher.op is MatchOp.EQUAL:
        return (matcher.value,)
    if matcher.op is MatchOp.REGEX and _WORDS.fullmatch(matcher.value):
        return tuple(matcher.value.split("|"))
    return ()


def may_match(selector: Selector, target_labels: Mapping[str, str]) -> bool:
    """
    Whether a target with *target_labels* may show series of *selector*.

    A matcher of a label that the target has not is taken to be about the metric's own labels, and left out; so is one whose
    pattern can't be judged here.
    """
    return all(
        holds(matcher, target_labels[matcher.label])
        for matcher in selector.matchers
        if matcher.label in target_labels and decidable(matcher)
    )


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a series of the selector's metric, with *labels*, is one of *selector*; an absent label is empty."""
    return all(holds(matcher, labels.get(matcher.label, "")) for matcher in selector.matchers)


def holds(matcher: Matcher, value: str) -> bool:
    """Whether a label of *value* is as *matcher* has it; of a pattern that can't be compiled here: yes."""
    match matcher.op:
        case MatchOp.EQUAL:
            return value == matcher.value
        case MatchOp.NOT_EQUAL:
            return value != matcher.value
        case MatchOp.REGEX | MatchOp.NOT_REGEX:
            pattern = _compiled(matcher.value)
            # It is `decidable`, unless the selector was never valid.
            return pattern is None or (pattern.fullmatch(value) is not None) == (matcher.op is MatchOp.REGEX)


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except re.error:
        return None
