"""The placeholder ``$window`` in PromQL."""

import pytest

from tallystick.core.windowed import fill_window, has_window, is_rate


@pytest.mark.parametrize(
    ("query", "filled"),
    [
        ("rate(x[$window])", "rate(x[5m])"),
        ("job:x:rate$window", "job:x:rate5m"),
        ("rate(x[$window:1m] offset $window)", "rate(x[5m:1m] offset 5m)"),
        ("x{a=\"$window\",b='$window',c=`$window`}[$window]", "x{a=\"$window\",b='$window',c=`$window`}[5m]"),
        (r'x{a="\"$window"}[$window]', r'x{a="\"$window"}[5m]'),
        ("# the user's $window\nx[$window]", "# the user's $window\nx[5m]"),
        ('x{a="#"}[$window]', 'x{a="#"}[5m]'),
        ("x[$windows]", "x[$windows]"),
        ("x[$window", "x[5m"),
        ("x", "x"),
    ],
)
def test_only_code_is_filled(query: str, filled: str) -> None:
    """The placeholder is replaced wherever it is code, and left where it is text."""
    assert fill_window(query, "5m") == filled
    assert has_window(query) == (filled != query)


@pytest.mark.parametrize(
    ("query", "rate"),
    [
        ("sum(rate(x[$window]))", True),
        ("irate (x[$window])", True),
        ("deriv(x[$window])", True),
        ("sum(job:x:rate5m)", True),
        ("sum(job:x:rate1h30m{a='b'})", True),
        ("sum(job:x:rate$window)", True),
        ("increase(x[$window])", False),
        ("sum(my_rate)", False),
        ("sum(job:x:ratio_rate5m)", False),
        ('x{a="rate(x)"} # rate(x)', False),
        ("count_over_time(x[$window]) by (rate)", False),
    ],
)
def test_what_is_per_second(query: str, rate: bool) -> None:  # noqa: FBT001  # a parameter of the table
    """A rate is told by its function, or by the name of the series that recorded it."""
    assert is_rate(query) is rate
