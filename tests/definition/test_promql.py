"""Selectors: read by the parser, placed in the text, and their regular expressions judged as Prometheus does."""

import subprocess
from pathlib import Path

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.servers import Binaries
from tallystick.core.selector import Matcher, MatchOp, Selector, quote
from tallystick.definition.outcome import is_scattered, labels_of
from tallystick.definition.promql import MAX_OPERATORS, TOO_LONG, bare, in_strings, read_query
from tallystick.definition.re2 import compiles
from tallystick.definition.reduce import reduce_query

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


@pytest.mark.parametrize(
    ("text", "windowed"),
    [
        ("rate(a[$window])", True),
        ("rate(a[$window:1m])", True),
        ("a offset $window", True),
        ('a{x="$window"}', False),
        ("a # $window", False),
        ("rate(a[5m])", False),
    ],
)
def test_windows_are_seen_where_they_stand(text: str, windowed: bool) -> None:  # noqa: FBT001  # one of a table
    """`$window` is a range of its own; in a label's value or a comment it is a part of that."""
    query = read_query(text)

    assert query.tree is not None
    assert query.windowed is windowed


def test_windows_in_strings_are_placed() -> None:
    """Each string with `$window` in it is told with its place."""
    text = 'a{x="$window", y=\'in $window\'} # "$window"'

    assert [text[start:end] for start, end in in_strings(text)] == ["$window", "$window"]
    assert [start for start, _ in in_strings(text)] == [5, 21]


@pytest.mark.parametrize(
    "text", ["a[$windows]", "a[$window1]", "a[${window}]", "a[$__range]", "a[{{.window}}]", "$window"]
)
def test_other_variables_are_not_promql(text: str) -> None:
    """Nothing but `$window` itself is put in, and it is no query alone."""
    assert read_query(text).tree is None or not isinstance(read_query(text).tree, promql_parser.Call)
    assert read_query(text).selector is None


@pytest.mark.parametrize(
    ("text", "without"),
    [
        (" a # all\n", "a"),
        ("# all\na # b", "a"),
        ('a{x="#"} # b', 'a{x="#"}'),
        ("a{x=`#`}\n+ b", "a{x=`#`}\n+ b"),
        ("a #", "a"),
    ],
)
def test_comments_are_taken_away(text: str, without: str) -> None:
    """What stands in another query must not comment out the rest of it; strings are left alone."""
    assert bare(text) == without


def test_all_selectors_of_a_query_are_placed() -> None:
    """Matchers of several selectors are told apart by where they stand, also where the parser can't read a pattern."""
    text = 'sum(a{x="1"}) / quantile(scalar(b{x="2",y=~"\\\\Q.\\\\E"}), c{y=~"(?=x)"}) + d{x="pattern 0"}'

    query = read_query(text)

    found = [matcher for selected in query.selected for matcher in selected.matchers]
    assert [(one.label, one.op.value, one.value) for one in found] == [
        ("x", "=", "1"), ("x", "=", "2"), ("y", "=~", "\\Q.\\E"), ("y", "=~", "(?=x)"), ("x", "=", "pattern 0"),
    ]  # fmt: skip
    assert [text[slice(*query.place(one))] for one in found] == [
        'x="1"', 'x="2"', 'y=~"\\\\Q.\\\\E"', 'y=~"(?=x)"', 'x="pattern 0"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["(" * 100_000 + "a" + ")" * 100_000, "+".join(["a"] * 100_000), "-" * 100_000 + "a", "a" * 100_000, "a[5m:]" + "[5m:]" * 5_000]
)  # fmt: skip
def test_endless_queries_are_refused(text: str) -> None:
    """A query that would overflow the parser's stack is not given to it."""
    query = read_query(text)

    assert query.tree is None
    assert query.fault.startswith(TOO_LONG)


@pytest.mark.parametrize("part", ["(", "-", "abs(", "a + ", "a and ", "sum(rate(a[5m:1m])) + "])
def test_queries_at_the_limit_are_read(part: str) -> None:
    """The longest query that is let through is read and walked without running out of stack."""
    operators = {"sum(rate(a[5m:1m])) + ": 4}.get(part, 1)
    times = MAX_OPERATORS // operators
    text = part * times + "a" + ")" * (times if part.endswith("(") else 0)

    query = read_query(text)

    assert query.tree is not None
    assert query.selected
    assert reduce_query(query) is None or part in ("(", "-", "a + ")
    labels_of(query.tree)
    is_scattered(query.tree)


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_a_string_that_is_never_closed(quote: str) -> None:
    """It is no PromQL, whatever is behind it, and however many there are."""
    assert read_query(f"up{{a={quote}b}} # c").tree is None
    assert read_query(f"up{{a={quote}" + "\\" * 9_000).tree is None
