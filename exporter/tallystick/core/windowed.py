"""PromQL with the placeholder ``$window``, which is a duration once it is known for how long to ask."""

import re

_TEXT_OR_WORD = re.compile(
    r"""
    (?P<text> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | \#[^\n]* )
    | \$window(?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.DOTALL,
)
"""Strings and comments, in which nothing is replaced, and the placeholder."""

_RATE = re.compile(r"(?<![A-Za-z0-9_:.])(?:rate|irate|deriv)\s*\(|:i?rate(?:[0-9]+(?:ms|[smhdwy]))+(?![A-Za-z0-9_:])")
"""A call that gives something per second, or a recorded series that its name says is one: ``job:requests:rate5m``."""


def fill_window(query: str, window: str) -> str:
    """
    *query* with *window* wherever it has the placeholder, except in its strings and comments.

    Args:
        query: any text; it need not be PromQL that we can parse.
        window: a duration: ``5m``.
    """
    return _TEXT_OR_WORD.sub(lambda match: match[0] if match["text"] else window, query)


def has_window(query: str) -> bool:
    """Whether *query* has the placeholder outside of strings and comments."""
    return any(not match["text"] for match in _TEXT_OR_WORD.finditer(query))


def is_rate(query: str) -> bool:
    """
    Whether *query* gives events per second rather than events.

    Args:
        query: PromQL; a placeholder in it is taken for a duration.
    """
    bare = _TEXT_OR_WORD.sub(lambda match: " " if match["text"] else "1m", query)
    return _RATE.search(bare) is not None
