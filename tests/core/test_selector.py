"""Selectors as PromQL: whatever text comes in, it stays a value."""

from decimal import Decimal

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.core.matching import may_match
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.sli import EventsSli, LatencySli, generation, le_spellings

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXTS)
def test_values_are_quoted(text: str) -> None:
    """Quotes, braces, newlines and anything else in a value come back as that value."""
    parsed = promql_parser.parse(Selector("m", (Matcher("x", MatchOp.EQUAL, text),)).promql)

    assert isinstance(parsed, promql_parser.VectorSelector)
    assert [(matcher.name, matcher.value) for matcher in parsed.matchers.matchers] == [("x", text)]


def test_names_that_need_quoting() -> None:
    """A metric name beyond the classic ones is matched by its label."""
    assert Selector("my.metric").promql == '{__name__="my.metric"}'
    assert Selector("m", (Matcher("a b", MatchOp.EQUAL, "c"),)).promql == 'm{"a b"="c"}'


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_one_of_matches_them_and_nothing_else(texts: list[str]) -> None:
    """What is special in a pattern is escaped."""
    selector = Selector("m", (one_of("x", texts),))

    assert all(may_match(selector, {"x": text}) for text in texts)
    assert not may_match(selector, {"x": "".join(texts) + "?"}) or "".join(texts) + "?" in texts


def test_a_matcher_of_another_label_is_no_reason_to_leave_a_target_out() -> None:
    """A target has no ``code``; its series may."""
    selector = Selector("m", (Matcher("code", MatchOp.REGEX, "5.."), Matcher("app", MatchOp.NOT_REGEX, "test-.*")))

    assert may_match(selector, {"job": "j", "app": "shop"})
    assert not may_match(selector, {"job": "j", "app": "test-shop"})


@pytest.mark.parametrize(
    ("bound", "spellings"),
    [
        ("0.3", ["0.3"]),
        ("0.30", ["0.3"]),
        ("1", ["1", "1.0"]),
        ("10", ["10", "10.0"]),
        ("0.00001", ["0.00001", "1e-05", "1.0E-5"]),
        ("2500000", ["2500000", "2500000.0", "2.5e+06", "2.5E6"]),
    ],
)
def test_spellings_of_a_bound(bound: str, spellings: list[str]) -> None:
    """Clients and versions write one number in several ways."""
    assert le_spellings(Decimal(bound)) == spellings


def test_a_generation_is_the_meaning() -> None:
    """How a threshold or an objective is written does not matter, what is counted does."""
    histogram = Selector("h", (Matcher("job", MatchOp.EQUAL, "j"),))

    assert generation(LatencySli(histogram, Decimal("0.30"))) == generation(LatencySli(histogram, Decimal("0.3")))
    assert generation(LatencySli(histogram, Decimal("0.3"))) != generation(LatencySli(histogram, Decimal("0.4")))
    total, part = Selector("a"), Selector("b")
    assert generation(EventsSli(total=total, bad=part)) != generation(EventsSli(total=total, good=part))
