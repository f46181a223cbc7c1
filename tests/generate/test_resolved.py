"""What jsonnet gets: exact numbers, quoted queries, finished labels."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.slos import AT, BAD_EVENTS, GOOD_EVENTS, LATENCY, PROBE, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import EventsSli, LatencySli
from tallystick.generate.decimals import decimal_text, short_text
from tallystick.generate.resolved import resolve, resolve_one


@given(st.integers(0, 10**12), st.integers(0, 40), st.integers(0, 20))
def test_finite_decimals_are_exact(numerator: int, twos: int, fives: int) -> None:
    """A number with a finite decimal form keeps every digit of it."""
    value = Fraction(numerator, 2**twos * 5**fives)

    assert Fraction(decimal_text(value)) == value


@given(st.fractions(min_value=Fraction(1, 10**9), max_value=10**9))
def test_other_numbers_are_the_same_double(value: Fraction) -> None:
    """Whatever the digits, Prometheus reads the double that is nearest to the true value."""
    assert float(decimal_text(value)) == value.numerator / value.denominator


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction("0.0144"), "0.0144"),
        (Fraction("0.000001"), "0.000001"),
        (Fraction(10**7), "10000000"),
        (Fraction(0), "0"),
        (Fraction(4, 3), "1.3333333333333333333"),
        (Fraction(2, 3), "0.66666666666666666667"),
    ],
)
def test_decimals_have_no_exponent(value: Fraction, text: str) -> None:
    """Numbers are written out, 20 digits at most where they have no end."""
    assert decimal_text(value) == text


def test_text_for_people_is_short() -> None:
    """Four digits, and no zeros that say nothing."""
    assert [short_text(Fraction(4, 3)), short_text(Fraction("14.4")), short_text(Fraction(43))] == [
        "1.333",
        "14.4",
        "43",
    ]


@pytest.mark.parametrize(
    ("days", "factors"),
    [
        (7, ["3.36", "1.4", "1", "1"]),
        (14, ["6.72", "2.8", "1.4", "1"]),
        (28, ["13.44", "5.6", "2.8", "1"]),
        (30, ["14.4", "6", "3", "1"]),
        (90, ["43.2", "18", "9", "3"]),
    ],
)
def test_factors_follow_the_period(days: int, factors: list[str]) -> None:
    """Share of the budget x period / window, raised to 1 where a kept promise would alert."""
    assert [burn["factor"] for burn in resolve_one(make_slo(days=days), at=AT)["burn"]] == factors


@pytest.mark.parametrize(
    ("objective", "thresholds"),
    [
        ("0.999", ["0.0144", "0.006", "0.003", "0.001"]),
        ("0.99999", ["0.000144", "0.00006", "0.00003", "0.00001"]),
        ("0.999999", ["0.0000144", "0.000006", "0.000003", "0.000001"]),
        ("0.9", ["0.75", "0.6", "0.3", "0.1"]),
    ],
)
def test_thresholds_are_exact(objective: str, thresholds: list[str]) -> None:
    """Factor x budget without a rounding error, at any objective; never a threshold of 0, or over 1."""
    assert [burn["threshold"] for burn in resolve_one(make_slo(objective=objective), at=AT)["burn"]] == thresholds


def test_events_that_a_page_needs_are_rounded_up() -> None:
    """69.4 events are needed for one of them to be less than 14.4 times the budget: 69 are too few."""
    needed = [burn["min_events"] for burn in resolve_one(make_slo(), at=AT)["burn"]]

    assert needed == ["70", "167", None, None]


@pytest.mark.parametrize(("asked", "needed"), [(50, ["50", "50", None, None]), (0, [None] * 4)])
def test_a_written_minimum_of_events_is_taken(asked: int, needed: list[str | None]) -> None:
    """A person's number goes before ours, and 0 asks for none."""
    slo = make_slo(alerting=Alerting(min_events=asked))

    assert [burn["min_events"] for burn in resolve_one(slo, at=AT)["burn"]] == needed


def test_shares_say_what_a_raised_factor_means() -> None:
    """At 28 days a factor of 1 over 3 days is 10.7 % of the budget, not 10."""
    assert [burn["share_percent"] for burn in resolve_one(make_slo(days=28), at=AT)["burn"]] == ["2", "5", "10", "10.7"]


def test_every_number_is_text() -> None:
    """No float anywhere: jsonnet and its engines print those in ways of their own."""
    kinds = {BAD_EVENTS, GOOD_EVENTS, LATENCY, PROBE}

    text = json.dumps([resolve_one(make_slo(sli=sli, objective="0.999999"), at=AT) for sli in kinds])

    def refuse(number: str) -> None:
        raise AssertionError(number)

    json.loads(text, parse_int=refuse, parse_float=refuse)


def test_labels_closer_to_the_alert_win() -> None:
    """Team, then labels of the SLO, then of the severity; who the SLO is can't be overwritten."""
    slo = make_slo(
        team="payments",
        labels={"env": "prod", "channel": "all", "slo": "other"},
        alerting=Alerting(page=Notice(labels={"channel": "oncall", "severity": "critical"})),
    )

    notices = resolve_one(slo, at=AT)["notices"]

    assert notices["page"]["labels"] == {
        "team": "payments",
        "env": "prod",
        "channel": "oncall",
        "severity": "critical",
        "slo": "checkout-availability",
        "slo_service": "checkout",
    }
    assert notices["ticket"]["labels"]["severity"] == "ticket"


def test_without_a_team_there_is_no_label() -> None:
    """An empty label is the same as none to Prometheus; it is left out."""
    resolved = resolve_one(make_slo(), at=AT)

    assert "team" not in resolved["notices"]["page"]["labels"]
    assert "slo_team" not in resolved["info_labels"]


@pytest.mark.parametrize(
    ("total", "up"),
    [
        (selector("a", job="x"), 'up{job="x"}'),
        (selector("a", job="~x.*", code="200"), 'up{job=~"x.*"}'),
        (selector("a", instance="h:1", path="/"), 'up{instance="h:1"}'),
        (selector("a", code="200"), None),
        (selector("a"), None),
    ],
)
def test_targets_are_found_by_their_own_labels(total: object, up: str | None) -> None:
    """`job` and `instance` are on `up` too; without them no target is named."""
    sli = EventsSli(total=total, bad=selector("b"))  # type: ignore[arg-type]  # all are selectors

    assert resolve_one(make_slo(sli=sli), at=AT)["up"] == up


@pytest.mark.parametrize(("threshold", "respelled"), [("0.3", False), ("1", True), ("1000000", True)])
def test_bounds_of_several_spellings_are_marked(threshold: str, *, respelled: bool) -> None:
    """Only a bound that clients write in different ways needs the guard against a change of them."""
    sli = LatencySli(LATENCY.histogram, Decimal(threshold))

    assert resolve_one(make_slo(sli=sli), at=AT)["sli"]["respelled"] is respelled


def test_order_does_not_depend_on_the_files() -> None:
    """The same SLOs give the same value, in whatever order they were read."""
    slos = [make_slo(service=service, name=name) for service in ("b", "a") for name in ("y", "x")]

    assert resolve(slos, at=AT) == resolve(reversed(slos), at=AT)
    ids = [slo["id"] for slo in resolve(slos, at=AT)]
    assert all(left < right for left, right in pairwise(ids))
