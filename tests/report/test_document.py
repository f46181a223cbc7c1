"""Standings as JSON: the contract's keys, and unknown as null."""

import json
from fractions import Fraction

import pytest

from tallystick.report.document import number, standing_document, standings_json
from web.fake_view import FakeView

BY_ID = {(made.slo.slo_id, made.window.name): made for made in FakeView().standings()}


def test_keys_and_values() -> None:
    """An object has exactly the agreed keys, whole counts as integers, and times in UTC."""
    document = standing_document(BY_ID["checkout-availability", "30d"])

    assert document == {
        "slo": "checkout-availability",
        "service": "checkout",
        "group": {},
        "window": "30d",
        "start": "2026-10-31T12:00:00Z",
        "end": "2026-11-30T12:00:00Z",
        "objective": 0.999,
        "good": 219_970_098,
        "total": 220_320_000,
        "bad": 349_902,
        "compliance": 219_970_098 / 220_320_000,
        "budget_remaining": float(1 - Fraction(349_902, 220_320)),
        "coverage": 1,
        "state": "breached",
        "burn_rates": {
            name: float(rate) for name, rate in BY_ID["checkout-availability", "30d"].burn_rates.items() if rate
        },
        "excluded_seconds": 0,
        "gross": {"good": 219_970_098, "total": 220_320_000, "compliance": 219_970_098 / 220_320_000},
    }


def test_no_data_is_null() -> None:
    """Without any observation there are no counts and no ratios; the coverage of 0 is known."""
    document = standing_document(BY_ID["mail-delivery", "30d"])

    unknown = ("good", "total", "bad", "compliance", "budget_remaining")
    assert dict.fromkeys(unknown) == {key: document[key] for key in unknown}
    assert document["gross"] == {"good": None, "total": None, "compliance": None}
    assert dict.fromkeys(("5m", "30m", "1h", "2h", "6h", "1d", "3d")) == document["burn_rates"]
    assert (document["state"], document["coverage"]) == ("no_data", 0)


def test_no_traffic_is_zero_events() -> None:
    """Observed time without events has counts of 0 and no compliance."""
    document = standing_document(BY_ID["inventory-stock", "30d"])

    assert tuple(document[key] for key in ("good", "total", "bad", "compliance", "state")) == (
        0,
        0,
        0,
        None,
        "no_traffic",
    )


def test_the_text_is_json() -> None:
    """What is printed parses, in the order of the standings."""
    found = FakeView().standings()

    assert [standing_document(made) for made in found] == json.loads(standings_json(found))
    assert standings_json([]) == "[]"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "null"), (3.0, "3"), (59.5, "59.5"), (Fraction(1, 4), "0.25"), (Fraction(2, 1), "2")]
)
def test_numbers(value: float | Fraction | None, text: str) -> None:
    """A whole number has no decimals, others keep them, and unknown is null."""
    assert json.dumps(number(value)) == text
