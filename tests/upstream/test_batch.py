"""Many selectors in few requests: each gets what it would get if it were asked for alone."""

import itertools
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest
import requests

from support.servers import StartPrometheus
from tallystick.core.increments import merge
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.series import Scraped
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError, Reason
from tallystick.upstream import batch
from tallystick.upstream.batch import Batcher
from tallystick.upstream.client import Prometheus, connect
from tallystick.upstream.samples import raw_samples

MIDNIGHT = 1_764_547_200
SPAN = TimeRange(MIDNIGHT + 60, MIDNIGHT + 180)

METRICS = ["requests_total", "errors_total", "up", "process_start_time_seconds"]
JOBS = ["shop", "cart", "a.b", "x|y", "back\\slash", 'quo"te', "new\nline", "Ünï", "a+b", "", "shop2", "٣"]
CODES = ["200", "500", "503", "", "5..", "200\n"]


def history() -> str:
    """Every metric with every job and code, and values that tell them apart."""
    lines = []
    for number, (metric, job, code) in enumerate(itertools.product(METRICS, JOBS, CODES)):
        labels = ",".join(
            f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in (("job", job), ("code", code)) if value
        )
        lines += [f"{metric}{{{labels}}} {number * 10 + at} {MIDNIGHT + 30 * at}" for at in range(8)]
    return "\n".join(["# TYPE x unknown", *_by_family(lines)]) + "\n"


def _by_family(lines: Iterable[str]) -> list[str]:
    """*lines* with each series' samples together, each once: two spellings of no label are one series."""
    seen: dict[str, str] = {}
    for line in lines:
        series, _, at = line.rsplit(" ", 2)
        seen.setdefault(f"{series} {at}", line)
    return list(seen.values())


PATTERNS = [
    "shop|cart", "shop.*", ".*", ".+", "5..", "[a-z.]+", "a\\\\.b", "a\\.b", "x\\|y", "(?i)SHOP", "\\d+", "[[:alpha:]]+",
    "\\w+", "[^5]*", "sh?op", "(shop|cart)2?", "new\nline", "new.line", "back\\\\slash", "\\pL+", "a\\+b", "200|", "^shop$",
    "\\D*", "200\\s?", "s{1}hop", "\\x73hop", "shop|cart|a\\.b", "\\Qa.b\\E",
]  # fmt: skip


def draw_selector(draw: random.Random) -> Selector:
    """Any selector."""
    matchers = []
    for label, values in (("job", JOBS), ("code", CODES), ("none", ["", "x"])):
        while draw.random() < (0.8 if label == "job" else 0.35):
            op = draw.choice([MatchOp.EQUAL, MatchOp.EQUAL, MatchOp.EQUAL, *MatchOp])
            matchers.append(Matcher(label, op, draw.choice(PATTERNS if op in ("=~", "!~") else values)))
            if draw.random() < 0.7:
                break
    if not any(matcher.op is MatchOp.EQUAL and matcher.value for matcher in matchers) and draw.random() < 0.3:
        matchers.append(Matcher("job", MatchOp.EQUAL, draw.choice(JOBS[:4])))
    return Selector(draw.choice(METRICS), tuple(dict.fromkeys(matchers)))


def plain(found: Iterable[Scraped]) -> list[tuple[str, list[int], list[float]]]:
    """*found* to compare."""
    return sorted((one.identity.key, one.times, one.values) for one in found)


def alone(prometheus: Prometheus, selector: Selector) -> list[tuple[str, list[int], list[float]]]:
    """What Prometheus says of *selector* by itself."""
    found = raw_samples(prometheus, selector, SPAN)
    return sorted((one.key, one.times.tolist(), one.values.tolist()) for one in found)


@pytest.mark.parametrize("narrow", [False, True], ids=["together", "by metric"])
def test_a_batch_brings_what_each_alone_brings(
    start_prometheus: StartPrometheus,
    monkeypatch: pytest.MonkeyPatch,
    narrow: bool,  # noqa: FBT001
) -> None:
    """Selectors of all shapes, with the oddest values and patterns, asked twice: when series are new and when they are known."""
    if narrow:
        monkeypatch.setattr(batch, "WASTE", 0)
        monkeypatch.setattr(batch, "SMALL", 0)
    prometheus = connect(start_prometheus(history=history()).url)
    draw = random.Random(5)
    selectors = list(dict.fromkeys(draw_selector(draw) for _ in range(250)))
    wanted = {one: one for one in selectors}
    batcher, asked = Batcher(prometheus), []
    expected = {one: alone(prometheus, one) for one in selectors}
    for _ in range(2 if not narrow else 4):
        before = prometheus.sent
        found = batcher.fetch(wanted, SPAN)
        asked.append(prometheus.sent - before)
        assert {one: plain(found.series(one)) for one in selectors} == expected

    assert asked[0] < len(selectors) / 2
    assert sum(map(bool, expected.values())) > len(selectors) / 4


def test_a_part_of_a_wider_selector_costs_no_request_more(start_prometheus: StartPrometheus) -> None:
    """The groups of one SLO are dealt out of what all of it brings."""
    prometheus = connect(start_prometheus(history=history()).url)
    whole = Selector("requests_total", (Matcher("job", MatchOp.EQUAL, "shop"),))
    parts = [whole.having(Matcher("code", MatchOp.EQUAL, code)) for code in CODES]
    batcher = Batcher(prometheus)
    before = prometheus.sent

    found = batcher.fetch({whole: whole, **dict.fromkeys(parts, whole)}, SPAN)

    assert prometheus.sent - before == 1
    assert [plain(found.series(part)) for part in parts] == [alone(prometheus, part) for part in parts]
    assert all(found.series(part) for part in parts)


class Moody(Prometheus):
    """Answers as *answer* does: a query's text to series, or a fault."""

    def __init__(self, answer: Callable[[str], Sequence[Mapping[str, Any]]]) -> None:
        super().__init__("http://prometheus", requests.Session())
        self.answer = answer
        self.asked: list[str] = []

    def query(self, promql: str, at_ms: int) -> Any:  # noqa: ARG002  # it is always the same time
        """An answer."""
        self.asked.append(promql)
        return self.answer(promql)


def of_job(job: str) -> Selector:
    """The requests of *job*."""
    return Selector("requests_total", (Matcher("job", MatchOp.EQUAL, job),))


def sample(job: str) -> Mapping[str, Any]:
    """A series of *job*."""
    return {"metric": {"__name__": "requests_total", "job": job}, "values": [[SPAN.start, "1"]]}


JOB_NAMES = [f"job-{number}" for number in range(40)]


@pytest.mark.parametrize("reason", ["rejected", "too_large", "timeout", "bad_answer"])
def test_one_odd_selector_spoils_no_other(reason: Reason) -> None:
    """A request that fails is cut until the selector stands alone that it fails for, and from then on that is asked apart."""

    def answer(promql: str) -> Sequence[Mapping[str, Any]]:
        if re.search(r"job-7\b", promql):
            raise PrometheusError(reason, "no")
        return [sample(job) for job in JOB_NAMES if f"{job}|" in promql or f'{job}"' in promql]

    prometheus = Moody(answer)
    batcher = Batcher(prometheus)
    wanted = {of_job(job): of_job(job) for job in JOB_NAMES}
    for turn in range(3):
        prometheus.asked.clear()
        found = batcher.fetch(wanted, SPAN)
        for job in JOB_NAMES if turn or reason != "timeout" else ():  # the first time not all is waited for
            if job == "job-7":
                with pytest.raises(PrometheusError, match="no"):
                    found.series(of_job(job))
            else:
                assert len(found.series(of_job(job))) == 1, job

    assert len(prometheus.asked) <= (
        5 if reason != "timeout" else 11
    )  # the last few are not told apart, and all asked alone


def test_a_prometheus_that_is_away_is_asked_once() -> None:
    """What all requests would meet is met by one, and told to all."""

    def answer(_: str) -> Sequence[Mapping[str, Any]]:
        raise PrometheusError("unreachable", "gone")

    prometheus = Moody(answer)
    wanted = [of_job(job) for job in JOB_NAMES] + [Selector("up", (Matcher("job", MatchOp.REGEX, "a.*"),))]

    found = Batcher(prometheus).fetch({one: one for one in wanted}, SPAN)

    assert len(prometheus.asked) == 1
    for one in wanted:
        with pytest.raises(PrometheusError, match="gone"):
            found.series(one)


def test_nonsense_everywhere_ends() -> None:
    """A server that answers nothing of use is not asked for ever."""

    def answer(_: str) -> Sequence[Mapping[str, Any]]:
        return [{"odd": 1}]

    prometheus = Moody(answer)
    wanted = [of_job(f"job-{number}") for number in range(1_000)]

    found = Batcher(prometheus).fetch({one: one for one in wanted}, SPAN)

    assert len(prometheus.asked) <= 70
    assert set(found.failed) == set(wanted)


def test_series_that_are_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pods come and go, and what is remembered of them does not grow."""
    monkeypatch.setattr(batch, "KEPT_BATCHES", 5)
    number = itertools.count()
    prometheus = Moody(
        lambda _: [
            {**sample("job-1"), "metric": {"__name__": "requests_total", "job": "job-1", "pod": str(next(number))}}
        ]
    )
    batcher = Batcher(prometheus)
    wanted = {of_job(job): of_job(job) for job in JOB_NAMES[:2]}
    for _ in range(50):
        batcher.fetch(wanted, SPAN)

    assert sum(len(request.routes) for plan in batcher._plans.values() for request in plan) <= 10


def test_odd_samples_are_no_counts() -> None:
    """What is no number is left out, and a series that comes twice is one for who reads it."""
    series = {"__name__": "requests_total", "job": "job-1"}
    odd = [
        [SPAN.start, "1"],
        [SPAN.start + 10, "NaN"],
        [SPAN.start + 20, "+Inf"],
        [SPAN.start + 30, "-Inf"],
        [SPAN.end, "9"],
    ]
    prometheus = Moody(
        lambda _: [{"metric": series, "values": odd}, {"metric": series, "values": [[SPAN.start + 40, "2"]]}]
    )
    selector = of_job("job-1")

    found = Batcher(prometheus).fetch({selector: selector, of_job("job-2"): of_job("job-2")}, SPAN)

    joined = merge([one.series() for one in found.series(selector)])
    ((times, values),) = [(one.times.tolist(), one.values.tolist()) for one in joined.values()]
    assert times == [SPAN.start * 1_000, SPAN.start * 1_000 + 40_000]
    assert values == [1, 2]
    assert found.series(of_job("job-2")) == []


def test_a_silent_prometheus_is_waited_for_a_few_times() -> None:
    """One answer that takes too long is asked for in parts; when those do so too, nobody waits for all the others."""

    def answer(_: str) -> Sequence[Mapping[str, Any]]:
        raise PrometheusError("timeout", "no answer in 30 s")

    prometheus = Moody(answer)
    wanted = [of_job(f"job-{number}") for number in range(1_000)]

    found = Batcher(prometheus).fetch({one: one for one in wanted}, SPAN)

    assert len(prometheus.asked) <= 4
    assert set(found.failed) == set(wanted)


def test_plans_of_several_batches_are_kept() -> None:
    """Those who fail are asked for apart, which makes nobody's series be looked at anew."""
    prometheus = Moody(lambda promql: [sample(job) for job in JOB_NAMES if f"{job}|" in promql or f'{job}"' in promql])
    batcher = Batcher(prometheus)
    many, few = ({of_job(job): of_job(job) for job in names} for names in (JOB_NAMES[2:], JOB_NAMES[:2]))
    batcher.fetch(many, SPAN)
    batcher.fetch(few, SPAN)
    routes = {id(route) for plan in batcher._plans.values() for request in plan for route in request.routes.values()}
    for wanted in (many, few, many, few):
        assert all(batcher.fetch(wanted, SPAN).series(one) for one in wanted)

    kept = {id(route) for plan in batcher._plans.values() for request in plan for route in request.routes.values()}
    assert kept == routes
    assert len(kept) == len(JOB_NAMES)
