"""What jsonnet gets of each kind of indicator."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.kinds import COUNTS, PARTS, SLIS, SUMS, THRESHOLD
from support.kinds import RATIO as WEIGHTED
from support.slos import AT, BAD_EVENTS, LATENCY, make_slo, selector
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import CompositeSli, EventsSli, Op, RatioSli, Sum, Term, ThresholdSli
from tallystick.core.window import CalendarWindow, Unit
from tallystick.generate.indicator import indicator, up_selector
from tallystick.generate.resolved import resolve_one


def test_counters_have_their_signs() -> None:
    """Several counters come as a list, one as its selector."""
    found = indicator(SUMS)

    assert [term["sign"] for term in found["total"]] == ["", "", "-"]
    assert found["total"][2]["selector"] == 'reads_total{job="store",path="/probe"}'
    assert indicator(BAD_EVENTS)["total"] == 'http_requests_total{job="checkout"}'


def test_queries_are_of_five_minutes() -> None:
    """The placeholder is a duration, strings and comments stay, and a rate is known as one."""
    found = indicator(COUNTS)

    assert found["total"] == {
        "query": 'sum(increase(http_requests_total{job="checkout"}[5m]))',
        "scalar": False,
        "rate": False,
    }
    assert found["bad"]["query"].endswith("[5m]))  # what went wrong")
    assert indicator(SLIS["query-rate-by"])["total"]["rate"]


@pytest.mark.parametrize(
    ("query", "scalar"),
    [
        ("1", True),
        ("time() - 5", True),
        ("-scalar(x)", True),
        ("(pi())", True),
        ("x", False),
        ("time() - x", False),
        ("sum(x)", False),
        ("hour()", False),
        ("x offset -$window or this is no PromQL", False),
    ],
)
def test_a_scalar_is_known_as_one(query: str, *, scalar: bool) -> None:
    """Whether a query gives a scalar decides how it becomes a vector; what can't be read is taken for a vector."""
    assert indicator(replace(THRESHOLD, query=query))["scalar"] is scalar


@pytest.mark.parametrize(("op", "fails"), [("lt", ">="), ("lte", ">"), ("gt", "<="), ("gte", "<")])
def test_a_comparison_fails_where_its_opposite_holds(op: Op, fails: str) -> None:
    """At the threshold itself exactly one of the two holds."""
    assert indicator(replace(THRESHOLD, op=op))["fails"] == fails


@pytest.mark.parametrize(
    ("seconds", "asked"),
    [
        (60, ("1m", "4m59s999ms", "300")),
        (240, ("4m", "4m59s999ms", "300")),
        (300, ("5m", "4m59s999ms", "300")),
        (900, ("15m", "14m59s999ms", "900")),
        (3_600, ("1h", "59m59s999ms", "3600")),
    ],
)
def test_a_range_holds_the_slices_that_ended_in_it(seconds: int, asked: tuple[str, str, str]) -> None:
    """Five minutes, or a slice that is longer; less a millisecond, for Prometheus 2 takes both ends."""
    found = indicator(replace(THRESHOLD, slice_seconds=seconds))

    assert (found["slice"], found["range"], found["range_seconds"]) == asked


def test_numbers_are_written_out() -> None:
    """Thresholds and weights are exact decimals, whatever their size."""
    small = indicator(ThresholdSli("x", "lt", Decimal("-1e-7")))
    parts = indicator(CompositeSli((replace(PARTS[0], weight=Decimal("1e9")),)))["parts"]

    assert small["value"] == "-0.0000001"
    assert parts == [{"matcher": '{slo="checkout-availability"}', "weight": "1000000000"}]


@pytest.mark.parametrize(
    ("sli", "up"),
    [
        (SUMS, 'up{job="store"}'),
        (
            EventsSli(
                total=Sum((Term(1, selector("a", job="x")), Term(1, selector("b", job="y")))),
                bad=selector("c", job="z"),
            ),
            '(up{job="x"} or up{job="y"})',
        ),
        (
            EventsSli(total=Sum((Term(1, selector("a", job="x")), Term(-1, selector("b")))), bad=selector("c")),
            'up{job="x"}',
        ),
        (EventsSli(total=Sum((Term(1, selector("a", job="x")), Term(1, selector("b")))), bad=selector("c")), None),
        (replace(LATENCY, own_total=selector("requests_total", job="gateway")), 'up{job="gateway"}'),
        (COUNTS, None),
        (THRESHOLD, None),
        (WEIGHTED, None),
        (RatioSli("x[$window]", "error"), None),
        (CompositeSli(PARTS), None),
    ],
)
def test_targets_are_those_of_the_total(sli: EventsSli, up: str | None) -> None:
    """All targets that the total is read from, if all are named; queries and composites name none."""
    assert up_selector(sli) == up


@pytest.mark.parametrize(
    ("unit", "days"), [("day", "1"), ("week", "7"), ("month", "30"), ("quarter", "90"), ("year", "365")]
)
def test_calendar_windows_have_nominal_lengths(unit: Unit, days: str) -> None:
    """Factors do not depend on the date."""
    resolved = resolve_one(make_slo(windows=(CalendarWindow(unit, "Europe/Berlin"),)), at=AT)

    assert resolved["windows"][0]["days"] == days
    assert resolved["literal"]["window"] == f"a {unit}"
    factor = min(Decimal(days) * 24 * Decimal("0.02"), Decimal(750))
    assert Decimal(resolved["burn"][0]["factor"]) == max(factor, 1)


@pytest.mark.parametrize(
    ("name", "asked", "events", "bad"),
    [
        ("events-bad", None, "70", None),
        ("ratio", None, "70", None),
        ("threshold", None, None, "2"),
        ("composite-serial", None, None, "2"),
        ("threshold", 30, "30", None),
        ("composite-serial", 30, "30", None),
        ("threshold", 0, None, None),
    ],
)
def test_a_page_asks_for_what_there_can_be(name: str, asked: int | None, events: str | None, bad: str | None) -> None:
    """Events, or bad events where there are few events by nature; a written number is always one of events."""
    burn = resolve_one(make_slo(sli=SLIS[name], alerting=Alerting(min_events=asked)), at=AT)["burn"]

    assert (burn[0]["min_events"], burn[0]["min_bad"]) == (events, bad)
    assert (burn[2]["min_events"], burn[2]["min_bad"]) == (None, None)


def test_alerts_are_shorter_than_their_window() -> None:
    """Of a day's promise only what is told within a day is made; a week has no alert over a week."""
    of_day = resolve_one(make_slo(windows=(CalendarWindow("day"),)), at=AT)
    of_week = resolve_one(make_slo(windows=(CalendarWindow("week"),)), at=AT)

    assert [burn["long"] for burn in of_day["burn"]] == ["1h", "6h"]
    assert [burn["long"] for burn in of_week["burn"]] == ["1h", "6h", "1d", "3d"]


def test_a_group_keeps_its_labels() -> None:
    """Neither the definition's labels, nor those of a severity, nor the team hide what an alert is of."""
    slo = make_slo(
        sli=replace(BAD_EVENTS, by=("region", "team")),
        team="payments",
        labels={"region": "all", "env": "prod"},
        alerting=Alerting(page=Notice(labels={"region": "x", "channel": "y"})),
    )

    labels = resolve_one(slo, at=AT)["notices"]["page"]["labels"]

    assert labels.keys() == {"env", "severity", "channel", "slo", "slo_service"}


def test_templates_get_the_values_of_their_group() -> None:
    """The matchers are a format of printf, in which a per cent sign of a name is none."""
    literal = resolve_one(make_slo(service="100%", sli=replace(BAD_EVENTS, by=("region", "zone"))), at=AT)["literal"]

    assert literal["matcher"] == r"{slo=\"100%%-availability\",region=%[1]q,zone=%[2]q}"
    assert literal["group"] == ["$labels.region", "$labels.zone"]
    assert literal["title"] == "100%-availability (region={{ $labels.region }}, zone={{ $labels.zone }})"


def test_without_groups_matchers_are_no_format() -> None:
    """A per cent sign stays one where nothing is put in."""
    literal = resolve_one(make_slo(service="100%"), at=AT)["literal"]

    assert literal["matcher"] == r"{slo=\"100%-availability\"}"
    assert literal["group"] == []
