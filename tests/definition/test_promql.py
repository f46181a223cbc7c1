"""Selectors: read by the parser, placed in the text, and their regular expressions judged as Prometheus does."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.servers import Binaries
from tallystick.core.selector import Matcher, MatchOp, Selector, quote
from tallystick.definition.promql import read_query
from tallystick.definition.re2 import compiles

LABELS = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,6}", fullmatch=True).filter(lambda name: not name.startswith("__"))
MATCHERS = st.builds(
    Matcher, LABELS, st.sampled_from([MatchOp.EQUAL, MatchOp.NOT_EQUAL]), st.text(min_size=1, max_size=8)
)


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("up", Selector("up")),
        (" up { } # comment", Selector("up")),
        ('{__name__="up"}', Selector("up")),
        ('{"http.requests", a!="b"}', Selector("http.requests", (Matcher("a", MatchOp.NOT_EQUAL, "b"),))),
        (
            "up{a='it\\'s', b=`\\d`}",
            Selector("up", (Matcher("a", MatchOp.EQUAL, "it's"), Matcher("b", MatchOp.EQUAL, "\\d"))),
        ),
        (
            'up{a=~"\\\\Q.\\\\E",b="x"}',
            Selector("up", (Matcher("a", MatchOp.REGEX, "\\Q.\\E"), Matcher("b", MatchOp.EQUAL, "x"))),
        ),
        ('up{a="1",a="2",}', Selector("up", (Matcher("a", MatchOp.EQUAL, "1"), Matcher("a", MatchOp.EQUAL, "2")))),
    ],
)
def test_selectors_are_read(text: str, selector: Selector) -> None:
    """A plain selector, in any of PromQL's spellings, is the selector it means."""
    assert read_query(text).selector == selector


@pytest.mark.parametrize(
    "text",
    ["", "{}", "up[5m]", "up offset 1m", "up @ 0", "(up)", "-up", "1", '"up"', "sum(up)", "a + b", "up{", 'up{a="1" or b="2"}',
     '{a="b"}', '{__name__=~"a.*"}', '{"a","b"}', '{__name__!="a",b="c"}', "up or up", "rate(up[5m])"],
)  # fmt: skip
def test_anything_else_is_no_selector(text: str) -> None:
    """What is more than a selector of one metric, or less, is none."""
    assert read_query(text).selector is None


@given(LABELS, st.lists(MATCHERS, max_size=4))
def test_selectors_survive_being_written(metric: str, matchers: list[Matcher]) -> None:
    """A selector's text is read back as the same selector, and each matcher is placed where its text is."""
    selector = Selector(metric, tuple(matchers))

    query = read_query(selector.promql)

    assert query.selector == selector
    for matcher in set(matchers):
        start, end = query.place(matcher)
        assert selector.promql[start:end] == matcher.promql


def test_matchers_inside_values_are_not_taken_for_matchers() -> None:
    """A value that looks like matchers does not move the place of the real ones."""
    text = "up{a=\"b=~'c',le='1'\", le='2'}"
    query = read_query(text)

    start, end = query.place(Matcher("le", MatchOp.EQUAL, "2"))

    assert text[start:end] == "le='2'"


REGEXES = [
    "", "5..", "5(0|1)", ".*", "a|b|", "(?i)error", "(?:a)", "(?P<n>a)", "[[:alpha:]]", r"\pL", r"\p{Greek}", r"\Qa.b\E", r"\Qa.b", r"\x41",
    r"\x{10FFFF}", r"\d\w\s\b", "^a$", "a{2}", "a{2,}", "a{1000}", "a{,3}", r"a\{1001\}", "[a&&b]", "é", "(", ")", "[", "]", "{", "}", "*", "a**",
    "a{1001}", "a(?=b)", "a(?!b)", "(?<=a)b", r"(.)\1", r"\u0041", r"\\u0041", r"\C", r"\Z", r"\z", r"\A", r"\h", "[z-a]", "(?x)a b", "[a--b]", "[a~~b]",
    "(?P<n>a)(?P<n>b)", r"\8", r"\07", r"\_", r"\-", r"[\Q]\E]", "x{2}{3}", "(?s).", "(?U)a+", "(?u)a", "(?-i)a", "a++", "a*?", "a??", "[[:nope:]]", r"\p{Nope}", "(?", "(?P<1>a)",
]  # fmt: skip


def test_regexes_are_judged_as_prometheus_does(binaries: Binaries, tmp_path: Path) -> None:
    """Whether a pattern compiles is what promtool says of a rule with it, for every corner of the syntax."""
    verdicts = {}
    for number, pattern in enumerate(REGEXES):
        rules = tmp_path / f"{number}.yaml"
        expr = f"up{{a=~{quote(pattern)}}}".replace("'", "''")
        rules.write_text(f"groups: [{{name: a, rules: [{{record: a, expr: '{expr}'}}]}}]\n", encoding="utf-8")
        run = subprocess.run([binaries.promtool, "check", "rules", rules], check=False, capture_output=True)
        verdicts[pattern] = run.returncode == 0

    if binaries.version == "2.x":
        # Go's older library wanted a literal closed.
        verdicts[r"\Qa.b"] = True
    assert {pattern: compiles(pattern) for pattern in REGEXES} == verdicts
