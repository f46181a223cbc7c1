"""Values of labels that a matcher takes, and such that it does not take."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from random import Random
from typing import Any

from rstr import Rstr

from tallystick.core.matching import decidable
from tallystick.core.selector import Matcher, MatchOp

_VARIANTS = 4
"""How many values are made of one regular expression: enough for its first alternatives."""

_LONGEST = 24
"""Characters of a value that a pattern is tried on which may go back over it again and again."""

_PLAIN = ("other", "one", "two")
"""Values that hardly any matcher is about."""

_SUCCESS = "200"
"""What stands beside codes such as 500, for those who read the tests."""

_DIFFERENT = re.compile(
    r"""\\[QEpPCzZ0-9xuUN] | \[\[?:\^? | \[\^?\] | --|&&|\|\||~~ | \{, | \(\?(?!:|P<|i\)|i:|s\)|s:)""", re.VERBOSE
)
"""Where RE2 and Python read a pattern in different ways, or might."""


class CannotMakeError(ValueError):
    """There are no series, or none that can be found here, that behave as a test needs them to; the message says why."""


class _Nth(Random):
    """
    In place of chance, always the *n*-th of what there is: letters and digits before all else, short before long.

    So that the same pattern gives the same text, whatever the version of Python and the order of its sets.
    """

    def __init__(self, n: int) -> None:
        super().__init__(0)
        self._n = n

    def choice(self, seq: Any) -> Any:
        """The *n*-th of *seq*; characters in an order of ours."""
        found = sorted(set(seq), key=_by_looks) if all(isinstance(one, str) for one in seq) else seq
        return found[self._n % len(found)]

    def randint(self, a: int, b: int) -> int:
        """*n* more than the least."""
        return min(a + self._n, b)


def _by_looks(character: str) -> tuple[bool, bool, str]:
    return not (character.isascii() and character.isalnum()), character != " ", character


@lru_cache(maxsize=4_096)
def examples(pattern: str) -> tuple[str, ...]:
    """
    Some texts that *pattern* matches, short ones first; none of a pattern that is not understood.

    Each is tried on the pattern itself: the generator knows nothing of anchors or of flags.
    """
    compiled = _compiled(pattern)
    if compiled is None:
        return ()
    found = [_example(pattern, n) for n in range(_VARIANTS)]
    return tuple(dict.fromkeys(text for text in found if text is not None and compiled.fullmatch(text)))


def _example(pattern: str, n: int) -> str | None:
    try:
        return Rstr(_Nth(n)).xeger(pattern)
    except (re.error, KeyError, IndexError, OverflowError, RecursionError):
        return None  # a construct that the generator does not know


def understood(matcher: Matcher) -> bool:
    """Whether what *matcher* matches can be told here as Prometheus tells it."""
    return decidable(matcher) or _compiled(matcher.value) is not None


def holds(matcher: Matcher, value: str) -> bool | None:
    """Whether *matcher* is true of a label's *value*; None if it is not tried, as that might not end."""
    if matcher.op is MatchOp.EQUAL:
        return value == matcher.value
    if matcher.op is MatchOp.NOT_EQUAL:
        return value != matcher.value
    pattern = _compiled(matcher.value)
    if pattern is None or (len(value) > _LONGEST and not decidable(matcher)):
        return None
    if not value.isascii() and "(?i" in matcher.value:
        return None  # letters of other scripts are large and small to RE2
    return (pattern.fullmatch(value) is not None) == (matcher.op is MatchOp.REGEX)


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if _DIFFERENT.search(pattern) and not decidable(Matcher("", MatchOp.REGEX, pattern)):
        return None
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None


def candidates(matchers: Sequence[Matcher]) -> Iterator[str]:
    """Values of one label that tell its *matchers* apart, as a person would choose them; the absent label last."""
    named = [value for matcher in matchers for value in _of(matcher)]
    if any(value.isdecimal() for value in named):
        named.append(_SUCCESS)
    yield from dict.fromkeys([*filter(None, named), *_PLAIN, ""])


def _of(matcher: Matcher) -> Iterable[str]:
    return (matcher.value,) if matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL) else examples(matcher.value)


@lru_cache(maxsize=16_384)
def choices(matchers: tuple[Matcher, ...]) -> tuple[str, ...]:
    """
    One value for each combination of verdicts that the *matchers* of one label can give.

    Raises:
        CannotMakeError: one of them can't be judged here.
    """
    return tuple(of[0] for of in by_verdicts(matchers))


@lru_cache(maxsize=16_384)
def by_verdicts(matchers: tuple[Matcher, ...]) -> tuple[tuple[str, ...], ...]:
    """Values of one label, those together of which all *matchers* say the same; raises as `choices`."""
    for matcher in matchers:
        if not understood(matcher):
            raise CannotMakeError(f"the regular expression {matcher.promql} can't be judged here")
    found: dict[tuple[bool | None, ...], list[str]] = {}
    for value in candidates(matchers):
        verdicts = tuple(holds(matcher, value) for matcher in matchers)
        if None not in verdicts:
            found.setdefault(verdicts, []).append(value)
    return tuple(tuple(values) for values in found.values())
