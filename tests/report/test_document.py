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


def test_net_beside_gross() -> None:
    """Counts are net; the gross ones are beside them, with how much is excluded."""
    document = standing_document(BY_ID["travel-booking", "30d"])

    assert (document["excluded_seconds"], document["coverage"]) == (4 * 3_600, 1)
    assert (document["total"], document["bad"], document["compliance"]) == (25_776_000, 25_776, 0.999)
    assert document["gross"] == {
        "good": 25_750_224 + 14_400,
        "total": 25_920_000,
        "compliance": (25_750_224 + 14_400) / 25_920_000,
    }


def test_a_calendar_window_begins_with_its_period() -> None:
    """The month began at midnight in its own zone, and there is a group."""
    (document,) = [
        standing_document(made)
        for made in FakeView().standings()
        if made.slo.slo_id == "travel-gateway" and made.group == {"region": "eu"}
    ]

    assert (document["window"], document["start"], document["group"]) == (
        "month",
        "2026-10-31T23:00:00Z",
        {"region": "eu"},
    )


def test_too_little_observation_has_figures_and_no_verdict() -> None:
    """Coverage under its floor leaves the counts as they are; only the verdict is unknown."""
    document = standing_document(BY_ID["travel-index", "7d"])

    assert (document["state"], document["total"], document["compliance"]) == ("no_data", 1_440, 1)


def test_a_composite_is_exact() -> None:
    """Its total is that of its parts, and its counts make its compliance."""
    document = standing_document(BY_ID["travel-journey", "30d"])

    assert document["total"] == 25_776_000 + 28 * 288
    assert document["compliance"] == 0.999
    assert document["state"] == "met"


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
