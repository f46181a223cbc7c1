"""Matching judged here: only where Prometheus would say the same, and soon."""

import time

import pytest

from tallystick.core.matching import decidable, matches, may_match
from tallystick.core.selector import Matcher, MatchOp, Selector


def requests(pattern: str, op: MatchOp = MatchOp.REGEX) -> Selector:
    """Requests of the jobs that *pattern* takes."""
    return Selector("requests_total", (Matcher("job", op, pattern),))


@pytest.mark.parametrize(
    "pattern", ["[[:alpha:]]+", "(?i)API", "\\pL+", "\\x61pi", "(a|p|i)+", "((a)*)*", ".*a.*p.*i", "^api$"]
)
def test_what_is_doubtful_stays_in(pattern: str) -> None:
    """A target whose job can't be judged may show the counter: its scrapes tell that a counter was born."""
    assert not decidable(requests(pattern).matchers[0])
    assert may_match(requests(pattern), {"job": "api"})
    assert may_match(requests(pattern, MatchOp.NOT_REGEX), {"job": "api"})


@pytest.mark.parametrize(
    ("pattern", "job", "taken"),
    [
        ("api|shop", "api", True),
        ("api|shop", "apis", False),
        ("a.*", "api", True),
        (".*-api-.*", "a-api-b", True),
        ("a\\.b", "axb", False),
        ("\\d+", "٣", False),
        ("", "api", False),
        (".+", "", False),
    ],
)
def test_what_is_plain_is_judged(pattern: str, job: str, taken: bool) -> None:  # noqa: FBT001
    """Plain patterns are anchored and know ASCII's classes, as RE2's."""
    assert decidable(requests(pattern).matchers[0])
    assert matches(requests(pattern), {"job": job}) is taken
    assert matches(requests(pattern, MatchOp.NOT_REGEX), {"job": job}) is not taken


def test_no_pattern_goes_back_and_forth_for_ever() -> None:
    """Patterns that are quick in RE2 and take for ever in Python are left to Prometheus."""
    started = time.process_time()
    for pattern in ("(a+)+b", "(a|aa)+b", "(a*)*b", ".*.*.*.*.*b", "(x+x+)+y"):
        may_match(requests(pattern), {"job": "a" * 2_000})
    for pattern in ("a*a*b", "a+b", "a*|a*b|a*c"):
        may_match(requests(pattern), {"job": "a" * 2_000})

    assert time.process_time() - started < 1
