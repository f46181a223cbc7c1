"""What a query gives, as far as its text tells: how many numbers, and with which labels."""

import pytest

from tallystick.definition.outcome import gives, is_scattered, labels_of
from tallystick.definition.promql import read_query


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("1", ""),
        ("time()", ""),
        ("vector(1)", ""),
        ("scalar(a)", ""),
        ("sum(a)", ""),
        ("-(sum(a))", ""),
        ("sum by (x, y) (a)", "x y"),
        ("max(a) by (x)", "x"),
        ("sum without (x) (sum by (x, y) (a))", "y"),
        ("topk(3, sum by (x) (a))", "x"),
        ('count_values("v", a)', "v"),
        ('count_values by (x) ("v", a)', "v x"),
        ("rate(sum by (x) (a)[5m:])", "x"),
        ("rate(a[5m:])", None),
        ("absent_over_time(sum by (x) (a)[5m:])", None),
        ("abs(sum by (x) (a))", "x"),
        ("clamp_max(sum by (x) (a), 1)", "x"),
        ("histogram_quantile(0.9, sum by (le, x) (a))", "x"),
        ('label_replace(sum by (x) (a), "y", "$1", "x", "(.*)")', "x y"),
        ('label_join(sum(a), "y", ",", "x")', "y"),
        ("2 * sum by (x) (a)", "x"),
        ("sum by (x) (a) / 2", "x"),
        ("sum by (x) (a) / sum by (x) (b)", "x"),
        ("sum by (x) (a) / on () group_left sum(b)", "x"),
        ("sum(a) / on () group_right sum by (x) (b)", "x"),
        ("sum by (x) (a) * on (x) group_left (y) info", "x y"),
        ("sum by (x, y) (a) / on (x) sum by (x, y) (b)", "x"),
        ("sum by (x, y) (a) / ignoring (y) sum by (x, y) (b)", "x"),
        ("sum by (x) (a) or vector(0)", "x"),
        ("sum by (x) (a) or sum by (y) (b)", None),
        ("sum by (x) (a) and b", "x"),
        ("sum by (x) (a) unless b", "x"),
        ("a", None),
        ("rate(a[5m])", None),
        ("sum without (x) (a)", None),
        ("absent(a)", None),
    ],
)
def test_labels_are_followed_through_a_query(text: str, labels: str | None) -> None:
    """The labels of a query's answer are known once something aggregates, and not before."""
    assert labels_of(read_query(text).tree) == (None if labels is None else frozenset(labels.split()))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", "number"),
        ("1", "number"),
        ("(a[5m])", "range"),
        ("a[5m:1m]", "range"),
        ('"x"', "text"),
        ("sum(a)", "number"),
    ],
)
def test_kinds_of_answers(text: str, kind: str) -> None:
    """A range or a text is no number."""
    assert gives(read_query(text).tree) == kind


@pytest.mark.parametrize(
    ("text", "scattered"),
    [
        ("rate(a[5m])", True),
        ("(rate(a[5m])) or vector(0)", True),
        ("rate(a[5m]) / rate(b[5m])", True),
        ("2 * increase(a[5m])", True),
        ("sum(rate(a[5m]))", False),
        ("avg_over_time(recorded[5m])", False),
        ("recorded", False),
    ],
)
def test_rates_that_nothing_adds_up(text: str, scattered: bool) -> None:  # noqa: FBT001  # one of a table
    """The rate of a counter alone is as many numbers as there are series."""
    assert is_scattered(read_query(text).tree) is scattered
