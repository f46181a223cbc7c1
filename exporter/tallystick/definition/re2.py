r"""
Whether Prometheus can compile a regular expression.

Prometheus has Go's ``regexp`` (RE2's syntax), promql-parser has Rust's: nearly one language. Where they differ, a pattern is
put in Rust's words, or refused here: Go has ``\Q...\E``, octal escapes and names that are there twice; it does not repeat a
repetition, has four flags and no set arithmetic in brackets. RE2 itself would be the better judge, but has no package for
musl. A test compares the verdicts with both promtools'.
"""

import re
from functools import lru_cache
from itertools import accumulate

import promql_parser

from tallystick.core.selector import escape_regex, quote

_TOKEN = re.compile(
    r"""
      \\Q(?P<literal>.*?)(?:\\E|$)
    | (?P<octal>\\0[0-7]{0,2}|\\[1-7][0-7]{1,2})
    | (?P<escape>\\(?:[pP]\{[^}]*\}|x\{[0-9a-fA-F]*\}|.))
    | (?P<class>\[\^?\]?(?:\\.|\[:\^?\w*:\]|[^\]\\])*\])
    | (?P<count>\{[0-9]+(?:,[0-9]*)?\})
    | (?P<name>\(\?P?<\w+>)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REPETITION = r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})"
_TWICE = re.compile(rf"{_REPETITION}\??+{_REPETITION}")
_COUNT = re.compile(r"\{([0-9]+)(?:,([0-9]*))?\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z-]+)[:)]")
_POSIX = re.compile(r"\[:\^?(\w*):\]")
_PLAIN_IN_CLASS = re.compile(r"(?<!\\)(?:\[(?!:\^?\w*:\])|[&~])")
_POSIX_NAMES = frozenset(
    "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit".split()  # noqa: SIM905  # a list of words
)
_MOST = 1_000


@lru_cache(maxsize=4_096)
def compiles(pattern: str) -> bool:
    """Whether Go's ``regexp`` takes *pattern*."""
    tokens = [(match.lastgroup, match) for match in _TOKEN.finditer(pattern)]
    if any(_is_refused(kind, match[0]) for kind, match in tokens):
        return False
    # What repeats and groups, with everything else made one letter.
    skeleton = "".join(match[0] if kind in ("other", "name", "count") else "x" for kind, match in tokens)
    if _closes_too_early(skeleton) or _TWICE.search(skeleton):
        return False
    if any(set(flags) - set("imsU-") for flags in _FLAGS.findall(skeleton)):
        return False
    if any(int(count or 0) > _MOST for pair in _COUNT.findall(skeleton) for count in pair):
        return False
    try:
        promql_parser.parse(f"x{{a=~{quote(''.join(_in_rust(kind, match) for kind, match in tokens))}}}")
    except ValueError:
        return False
    return True


def _is_refused(kind: str | None, text: str) -> bool:
    if kind == "escape":
        return text[1] in "uUC"
    if kind == "class":
        return "--" in text[2:-1] or "\\Q" in text or not _POSIX_NAMES.issuperset(_POSIX.findall(text))
    return False


def _closes_too_early(skeleton: str) -> bool:
    """Whether a parenthesis closes before one opens; the parser would not see it, as it puts a pair around the whole."""
    depths = accumulate({"(": 1, ")": -1}.get(character, 0) for character in skeleton)
    return min(depths, default=0) < 0


def _in_rust(kind: str | None, match: re.Match[str]) -> str:
    if kind == "literal":
        return escape_regex(match["literal"])
    if kind == "octal":
        return "x"
    if kind == "class":
        # Brackets, & and ~ inside brackets are plain characters to Go.
        return match[0][0] + _PLAIN_IN_CLASS.sub(r"\\\g<0>", match[0][1:-1]) + "]"
    if match[0] == "{":
        return r"\{"
    return "(" if kind == "name" else match[0]
