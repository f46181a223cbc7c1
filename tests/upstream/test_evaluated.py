"""SLIs that Prometheus evaluates: what is asked when, and what of the answers counts."""

from collections.abc import Sequence
from decimal import Decimal
from math import inf, nan

import numpy as np
import orjson
import pytest

from support.servers import StartPrometheus
from tallystick.core.evaluation import Evaluated
from tallystick.core.sli import EvaluatedSli, Op, QuerySli, RatioSli, ThresholdSli
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import connect
from tallystick.upstream.evaluated import read_evaluated
from tallystick.upstream.evidence import evidence_of
from upstream.faulty import Fault, faulty_server

MIDNIGHT = 1_764_547_200
MINUTES = 30
SPAN = TimeRange(MIDNIGHT, MIDNIGHT + 60 * MINUTES)


def gauge(name: str, values: Sequence[float | None], labels: str = "", second: int = 0) -> list[str]:
    """A sample a minute, *second* seconds into it; None is a minute without one."""
    stamps = [MIDNIGHT + 60 * minute + second for minute in range(len(values))]
    pairs = zip(values, stamps, strict=True)
    return [f"{name}{{{labels}}} {value} {stamp}" for value, stamp in pairs if value is not None]


def read(start_prometheus: StartPrometheus, sli: EvaluatedSli, *series: list[str], span: TimeRange = SPAN) -> Evaluated:
    """What *sli* is in *span* where there are *series*."""
    history = "\n".join(line for one in series for line in one)
    return read_evaluated(connect(start_prometheus(history=history).url), sli, span)


def alone(found: Evaluated) -> Slices:
    """The slices of an SLI without groups, of which nothing is doubted."""
    assert found.doubts == ()
    assert list(found.groups) == [()]
    return found.groups[()]


@pytest.mark.parametrize(
    ("op", "held"),
    [("lt", [1, 0, 0, 1, 0]), ("lte", [1, 1, 0, 1, 0]), ("gt", [0, 0, 1, 0, 1]), ("gte", [0, 1, 1, 0, 1])],
)
def test_threshold_compares_what_is_written(start_prometheus: StartPrometheus, op: Op, held: list[int]) -> None:
    """0.3 is not above 0.3, infinities compare as such, and NaN is no observation."""
    sli = ThresholdSli(query="size", op=op, value=Decimal("0.3"))
    values = [0.29999999999999993, 0.3, 0.30000000000000004, -inf, inf, nan]

    found = alone(read(start_prometheus, sli, gauge("size", values), span=TimeRange(MIDNIGHT, MIDNIGHT + 360)))

    assert found.observed.tolist() == [True] * 5 + [False]
    assert found.good.tolist() == [*held, 0]
    assert found.total.tolist() == [1] * 5 + [0]


def test_a_slice_holds_its_start_and_not_its_end(start_prometheus: StartPrometheus) -> None:
    """A sample right on an edge is of the slice that begins there, in every version."""
    sli = ThresholdSli(query="sum_over_time(size[5m])", op="gte", value=Decimal(5), slice_seconds=300)
    values: list[float | None] = [1.0] * 20 + [None] * 10

    found = alone(read(start_prometheus, sli, gauge("size", values)))

    assert found.good.tolist() == ([0, 0, 0, 0, 1] * 4 + [0] * 10)
    assert found.observed.tolist() == [True] * 20 + [False] * 10


def test_threshold_of_several_series(start_prometheus: StartPrometheus) -> None:
    """Slices in which a query gives several series are not observed, and a person is told to aggregate."""
    sli = ThresholdSli(query="size", op="lt", value=Decimal(2))
    twice: list[float | None] = [None] * 10 + [1.0] * 10

    found = read(start_prometheus, sli, gauge("size", [1.0] * MINUTES, 'pod="a"'), gauge("size", twice, 'pod="b"'))

    slices = found.groups[()]
    # The second one's last sample is believed for five minutes.
    assert slices.observed.tolist() == [True] * 10 + [False] * 14 + [True] * 6
    assert slices.good.sum() == slices.total.sum() == 16
    [doubt] = found.doubts
    assert (doubt.reason, doubt.slices) == ("ambiguous", 14)
    assert "sum(...)" in doubt.words


def test_a_scalar_and_a_constant(start_prometheus: StartPrometheus) -> None:
    """Queries that give a number rather than a series are compared as well."""
    sli = ThresholdSli(query='scalar(size) + count(size{note="$window"} or size) * 1', op="lt", value=Decimal(3))

    found = alone(read(start_prometheus, sli, gauge("size", [1.0] * MINUTES)))

    assert found.good.tolist() == [1] * MINUTES


def test_counts_of_a_query(start_prometheus: StartPrometheus) -> None:
    """A rate times the slice's seconds, in thousandths of an event, stands in the slice's last minute."""
    requests = [1e6 + 600.0 * minute for minute in range(MINUTES)]
    errors = [1e4 + 6.0 * minute for minute in range(MINUTES)]
    sli = QuerySli(
        total="sum(rate(requests_total[$window]))",
        bad='sum(rate(requests_total{code=~"5..", note!="$window"}[$window]))',
    )
    series = [
        gauge("requests_total", requests, 'code="200"', 17),
        gauge("requests_total", errors, 'code="500"', 17),
    ]

    found = alone(read(start_prometheus, sli, *series))

    assert found.observed.all()
    # Five samples, four increments, stretched to five minutes.
    assert found.total.tolist() == [0, 0, 0, 0, 3_030_000] * 6
    assert (found.total - found.good).tolist() == [0, 0, 0, 0, 30_000] * 6


def test_a_query_without_errors(start_prometheus: StartPrometheus) -> None:
    """Without a series of bad events there are none; without one of events nothing is known."""
    sli = QuerySli(total="increase(requests_total[$window])", bad='increase(requests_total{code="500"}[$window])')
    requests = [1e4 + 60.0 * minute if minute < 10 else None for minute in range(MINUTES)]

    found = alone(read(start_prometheus, sli, gauge("requests_total", requests, 'code="200"', 17)))

    assert found.observed.tolist() == [True] * 10 + [False] * 20
    assert found.good.tolist() == found.total.tolist() == [0, 0, 0, 0, 300_000] * 2 + [0] * 20


def test_groups_of_a_query(start_prometheus: StartPrometheus) -> None:
    """Each value of the labels has slices of its own; other labels are added up."""
    sli = QuerySli(
        total="sum_over_time(hits[$window])", good='sum_over_time(hits{ok="1"}[$window])', by=("zone", "route")
    )
    series = [
        gauge("hits", [2.0] * MINUTES, 'route="/a",zone="z",ok="1"', 9),
        gauge("hits", [1.0] * MINUTES, 'route="/a",zone="z",ok="0"', 9),
        gauge("hits", [4.0] * 10, 'route="/b",zone="z",ok="0"', 9),
    ]

    found = read(start_prometheus, sli, *series)

    first, second = (("zone", "z"), ("route", "/a")), (("zone", "z"), ("route", "/b"))
    assert list(found.groups) == [first, second]
    assert found.groups[first].total.tolist() == [0, 0, 0, 0, 15_000] * 6
    assert found.groups[first].good.tolist() == [0, 0, 0, 0, 10_000] * 6
    assert found.groups[second].total.tolist() == [0, 0, 0, 0, 20_000] * 2 + [0] * 20
    assert found.groups[second].good.sum() == 0
    assert found.groups[second].observed.tolist() == [True] * 10 + [False] * 20


def test_more_errors_than_requests(start_prometheus: StartPrometheus) -> None:
    """Such slices are not observed, and told."""
    sli = QuerySli(total="max_over_time(all[$window])", bad="max_over_time(errors[$window])")
    series = [gauge("all", [5.0] * MINUTES, second=9), gauge("errors", [9.0] * 10 + [5.0] * 20, second=9)]

    found = read(start_prometheus, sli, *series)

    slices = found.groups[()]
    assert slices.observed.tolist() == [False] * 10 + [True] * 20
    assert (slices.good.sum(), slices.total.sum()) == (0, 20_000)
    assert [(doubt.reason, doubt.slices) for doubt in found.doubts] == [("not_nested", 2)]


@pytest.mark.parametrize(("means", "good"), [("error", 225.0), ("success", 75.0)])
def test_ratio_weighted_by_time(start_prometheus: StartPrometheus, means: str, good: float) -> None:
    """Without a total each second weighs the same; a ratio outside 0 to 1 or NaN is no observation."""
    sli = RatioSli(query="avg_over_time(share[$window])", means="error" if means == "error" else "success")
    values: list[float | None] = [*[0.25] * 5, *[nan] * 5, *[1.5] * 5, *[0.25] * 5, *[None] * 5, *[-0.1] * 5]

    found = read(start_prometheus, sli, gauge("share", values, second=9))

    slices = found.groups[()]
    assert slices.observed.tolist() == [True] * 5 + [False] * 10 + [True] * 5 + [False] * 10
    assert slices.total.sum() == 600_000
    assert slices.good.sum() == good * 2 * 1_000
    assert [(doubt.reason, doubt.slices) for doubt in found.doubts] == [("not_nested", 2)]


def test_ratio_weighted_by_traffic(start_prometheus: StartPrometheus) -> None:
    """A slice weighs what its total says; 0/0 without traffic is an observation of no traffic."""
    sli = RatioSli(
        query="sum_over_time(errors[$window]) / sum_over_time(hits[$window])",
        means="error",
        total="sum_over_time(hits[$window])",
    )
    hits = [10.0] * 10 + [0.0] * 10 + [None] * 10
    errors = [1.0] * 5 + [0.0] * 25

    found = alone(read(start_prometheus, sli, gauge("hits", hits, second=9), gauge("errors", errors, second=9)))

    assert found.observed.tolist() == [True] * 20 + [False] * 10
    assert found.total.tolist() == [0, 0, 0, 0, 50_000] * 2 + [0] * 20
    assert (found.total - found.good).tolist() == [0, 0, 0, 0, 5_000] + [0] * 25


@pytest.mark.parametrize(
    ("sli", "good"),
    [
        # Half of the events, or of the seconds, are good while there are samples, which is for ten minutes.
        (RatioSli("(sum(rate(bad_total[$window])) / sum(rate(all_total[$window]))) or vector(0)", "error"), 300_000),
        (
            QuerySli(
                total="sum by () (rate(all_total[$window]) > -1) or vector(0)", bad="sum(rate(bad_total[$window]))"
            ),
            0,
        ),
        (ThresholdSli(query="(max(size) or vector(0)) + 0", op="lte", value=Decimal(1)), 5),
    ],
    ids=["ratio", "events", "threshold"],
)
def test_an_answer_without_samples(start_prometheus: StartPrometheus, sli: EvaluatedSli, good: float) -> None:
    """What a query says by itself, of a time of which there is nothing, was not observed, whatever it says."""
    span = TimeRange(MIDNIGHT, MIDNIGHT + 3_600)
    here = [None] * 20 + [60.0 * minute for minute in range(11)]
    half = [None if one is None else one / 2 for one in here]
    size = [None] * 20 + [1.0] * 5 + [2.0] * 6
    series = [gauge("all_total", here), gauge("bad_total", half), gauge("size", size)]

    found = alone(read(start_prometheus, sli, *series, span=span))

    # A sample is believed for five minutes, and is in ranges for as long.
    assert not found.observed[:20].any()
    assert found.observed[20:30].all()
    assert not found.observed[40:].any()
    assert found.total[found.observed].sum() > 0 == found.total[~found.observed].sum()
    if good:
        assert found.good[:30].sum() == pytest.approx(good, rel=0.01)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("sum(rate(a[$window]))", None),
        ("sum(rate(a[$window])) or vector(0)", "count(present_over_time(a[5m]))"),
        ("(sum(rate(a[$window])) or vector(0)) / sum(rate(b[$window]))", None),
        ("sum(rate(b[$window])) / (sum(rate(a[$window])) or vector(1))", None),
        ("clamp_max(max(a) or vector(0), 1)", "count(a)"),
        ("(max(a) or vector(0)) unless on () c", "count(a) or count(c)"),
        ("label_replace(max(a) or vector(0), 'x', '$1', 'y', '(.*)')", "count(a)"),
        ("max_over_time((max(a) or vector(0))[$window:1m])", "count(present_over_time((a)[5m:1m]))"),
        ('a{x="\\"$window"} offset 1h or vector(0)', 'count(a{x="\\"$window"} offset 1h)'),
        ("time() - max(a)", None),
        ("vector(scalar(a))", None),  # NaN, where there is no such series
        ("absent(a)", None),
        ("vector(1)", None),
        ("max_over_time((max(a) or vector(0))[$window:1m] offset 1h)", None),
        ("no PromQL or vector(0)", None),
    ],
)
def test_what_is_asked_beside(query: str, asked: str | None) -> None:
    """Only queries that answer of their own accord are doubted, by the series that they look at."""
    assert evidence_of(RatioSli(query, "error")) == asked
    assert evidence_of(RatioSli("sum(x)", "error", query)) == asked
    assert evidence_of(QuerySli(query, bad="sum(x) or vector(0)")) == asked


def test_pieces_equal_the_whole(start_prometheus: StartPrometheus) -> None:
    """Slices do not depend on the piece in which they are read."""
    random = np.random.default_rng(5)
    counts = np.cumsum(random.integers(0, 9, MINUTES)).astype(float).tolist()
    history = "\n".join(gauge("requests_total", counts, 'code="200"') + gauge("requests_total", counts, 'code="500"'))
    prometheus = connect(start_prometheus(history=history).url)
    sli = QuerySli(total="sum(rate(requests_total[$window]))", bad='sum(rate(requests_total{code="500"}[$window]))')

    whole = alone(read_evaluated(prometheus, sli, SPAN))

    for start in range(SPAN.start, SPAN.end, 300):
        part = TimeRange(start, start + 300)
        found, same = alone(read_evaluated(prometheus, sli, part)), whole.clip(part)
        assert found.total.tolist() == same.total.tolist()
        assert found.good.tolist() == same.good.tolist()
        assert found.observed.tolist() == same.observed.tolist()
    assert whole.total.sum() > 0


def test_long_spans_are_asked_in_pieces(start_prometheus: StartPrometheus) -> None:
    """More instants than Prometheus answers at once are asked for one piece after the other."""
    days = TimeRange(MIDNIGHT - 8 * 86_400, MIDNIGHT + 60 * MINUTES)
    sli = ThresholdSli(query="size", op="lt", value=Decimal(2))

    found = alone(read(start_prometheus, sli, gauge("size", [1.0] * MINUTES), span=days))

    assert found.span == days
    assert found.good.sum() == found.observed.sum() == MINUTES
    assert found.observed[-MINUTES:].all()


def test_a_query_that_prometheus_refuses(start_prometheus: StartPrometheus) -> None:
    """What is no PromQL is told in Prometheus' own words."""
    sli = ThresholdSli(query="sum(", op="lt", value=Decimal(2))

    with pytest.raises(PrometheusError, match="parse error") as caught:
        read(start_prometheus, sli, gauge("size", [1.0]))

    assert caught.value.reason == "rejected"


@pytest.mark.parametrize(
    ("series", "reason", "words"),
    [
        ({"metric": {}, "values": [[MIDNIGHT + 60, "1"]]}, "bad_answer", "at other times"),
        (
            {"metric": {}, "values": [[MIDNIGHT + 119.999, "1"], [MIDNIGHT + 3_659.999, "1"]]},
            "bad_answer",
            "other times",
        ),
        ({"metric": {}, "values": [[MIDNIGHT + 59.999, "much"]]}, "bad_answer", "can't be read"),
        ({"metric": {}, "histograms": [[MIDNIGHT + 59.999, {"count": "1"}]]}, "ambiguous", "histogram_count"),
        ("series", "bad_answer", "can't be read"),
    ],
)
def test_answers_that_are_none(series: object, reason: str, words: str) -> None:
    """Values of other instants are not taken for those asked for, and what is no number is told."""
    body = orjson.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}})
    sli = ThresholdSli(query="size", op="lt", value=Decimal(2))

    with faulty_server(Fault(body=body)) as url, pytest.raises(PrometheusError, match=words) as caught:
        read_evaluated(connect(url), sli, SPAN)

    assert caught.value.reason == reason
