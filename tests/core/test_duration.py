"""Durations as Prometheus writes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.core.duration import decimal_seconds, format_seconds, parse_milliseconds, parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d", 2_592_000), ("4w", 2_419_200), ("1h30m", 5_400), ("1y", 31_536_000), ("0s", 0)]
)
def test_units(text: str, seconds: int) -> None:
    """Each unit has the length it has in Prometheus."""
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "1.5h", "30 d", "-1h", "1m1h", "1h1h", "30D", "month"])
def test_what_is_no_duration(text: str) -> None:
    """Anything else is refused, and named."""
    with pytest.raises(ValueError, match="is not a duration"):
        parse_milliseconds(text)


def test_parts_of_a_second() -> None:
    """Thresholds keep them, windows refuse them."""
    assert decimal_seconds("300ms") == Decimal("0.3")
    with pytest.raises(ValueError, match="whole number of seconds"):
        parse_seconds("1500ms")


@given(st.integers(0, 10**9))
def test_written_and_read_again(seconds: int) -> None:
    """Every length has a text that means it."""
    assert parse_seconds(format_seconds(seconds)) == seconds
