"""SLIs that Prometheus evaluates: what is asked when, and what of the answers counts."""

import time
from collections.abc import Sequence
from decimal import Decimal
from math import inf, nan

import numpy as np
import orjson
import pytest

from support.servers import StartPrometheus
from tallystick.core.evaluation import Evaluated
from tallystick.core.memory import Memory
from tallystick.core.sli import EvaluatedSli, Op, QuerySli, RatioSli, ThresholdSli
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import connect
from tallystick.upstream.evaluated import read_evaluated
from tallystick.upstream.evidence import answers_alone
from tallystick.upstream.reader import Reader
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
        # Half of the events are bad while there are any, and time without them is good.
        (RatioSli("(sum(rate(bad_total[$window])) / sum(rate(all_total[$window]))) or vector(0)", "error"), 0.75),
        (
            QuerySli(
                total="sum by () (rate(all_total[$window]) > -1) or vector(0)", bad="sum(rate(bad_total[$window]))"
            ),
            0.5,
        ),
        (ThresholdSli(query="(max(size) or vector(0)) + 0", op="lte", value=Decimal(1)), 0.75),
        # There is such a series only while something is wrong.
        (ThresholdSli(query="count(wrong) or vector(0)", op="lte", value=Decimal(0)), 0.75),
        (ThresholdSli(query="sum(absent(size)) or vector(0)", op="gte", value=Decimal(1)), 0.5),
    ],
    ids=["ratio", "events", "threshold", "born with an error", "absent"],
)
def test_an_answer_without_samples(start_prometheus: StartPrometheus, sli: EvaluatedSli, good: float) -> None:
    """What a query says by itself of a time in which nothing was scraped was not observed; while Prometheus was there it was."""
    span = TimeRange(MIDNIGHT, MIDNIGHT + 3_600)
    up: list[float | None] = [*[None] * 20, *[1.0] * 20]
    here: list[float | None] = [*[None] * 30, *(60.0 * minute for minute in range(11))]
    half = [None if one is None else one / 2 for one in here]
    size: list[float | None] = [*[None] * 30, *[1.0] * 5, *[2.0] * 5]
    wrong: list[float | None] = [*[None] * 35, *[1.0] * 5]
    series = [gauge("up", up), gauge("all_total", here), gauge("bad_total", half)]
    history = [*series, gauge("size", size), gauge("wrong", wrong)]
    prometheus = connect(start_prometheus(history="\n".join(line for one in history for line in one)).url)

    assert answers_alone(sli)
    slices = Reader(prometheus).read(sli, span, Memory()).slices

    assert slices.observed[20:40].all()
    assert not slices.observed[:20].any()
    assert not slices.observed[45:].any()  # a range at an end has the last samples
    assert slices.good[20:40].sum() / slices.total[20:40].sum() == pytest.approx(good, rel=0.1)
    assert slices.total[45:].sum() == 0


def test_where_nothing_is_scraped_answers_are_believed(start_prometheus: StartPrometheus) -> None:
    """Samples that are sent bring no `up` with them, so nothing tells that there was none."""
    sli = ThresholdSli(query="max(size) or vector(0)", op="lte", value=Decimal(1))
    prometheus = connect(start_prometheus(history="\n".join(gauge("size", [None] * 10 + [2.0] * 5))).url)

    slices = Reader(prometheus).read(sli, SPAN, Memory()).slices

    assert slices.observed.all()
    assert slices.good.tolist()[:15] == [1] * 10 + [0] * 5


def test_times_before_the_first_scrape(start_prometheus: StartPrometheus) -> None:
    """A stretch of time in which there is no `up` is told from a place where there never is one by the present."""
    now = int(time.time()) // 60 * 60
    sli = ThresholdSli(query="max(size) or vector(0)", op="lte", value=Decimal(1))
    history = "".join(f"up {1} {at}\n" for at in range(now - 1_800, now + 1, 60))
    reader = Reader(connect(start_prometheus(history=history).url))

    early = reader.read(sli, TimeRange(now - 7_200, now - 3_600), Memory()).slices
    late = reader.read(sli, TimeRange(now - 1_200, now - 600), Memory()).slices

    assert not early.observed.any()
    assert late.observed.all()


@pytest.mark.parametrize(
    ("query", "alone"),
    [
        ("sum(rate(a[$window]))", False),
        ("sum(rate(a[$window])) or vector(0)", True),
        ("(sum(rate(a[$window])) or vector(0)) / sum(rate(b[$window]))", False),
        ("sum(rate(b[$window])) / (sum(rate(a[$window])) or vector(1))", False),
        ("clamp_max(max(a) or vector(0), 1)", True),
        ("(max(a) or vector(0)) unless on () c", True),
        ("label_replace(max(a) or vector(0), 'x', '$1', 'y', '(.*)')", True),
        ("max_over_time((max(a) or vector(0))[$window:1m])", True),
        ("sum(rate(a{code=~`5\\d\\d`}[$window])) or vector(0)", True),
        ("time() - max(a)", False),
        ("vector(scalar(a) > bool 0)", True),
        ("absent(a)", True),
        ("vector(1)", True),
    ],
)
def test_queries_that_answer_alone(query: str, alone: bool) -> None:  # noqa: FBT001  # a column of the table
    """They are told by their syntax; of a ratio with a total, and of counts, by that."""
    assert answers_alone(RatioSli(query, "error")) is alone
    assert answers_alone(RatioSli("sum(x)", "error", query)) is alone
    assert answers_alone(QuerySli(query, bad="sum(x) or vector(0)")) is alone


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
