"""OpenSLO's objects, read as they stand."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import CompositeSli, EventsSli, Part, QuerySli, RatioSli, Sum, Term, ThresholdSli
from tallystick.core.slo import OCCURRENCES, Budgeting, Slo
from tallystick.core.window import CalendarWindow, RollingWindow, Window
from tallystick.definition.load import Loaded, load_paths

Json = dict[str, Any]

TOTAL = Selector("http_requests_total", (Matcher("job", MatchOp.EQUAL, "a"),))
GOOD = TOTAL.having(Matcher("code", MatchOp.NOT_REGEX, "5.."))
ROLLING = [{"duration": "28d", "isRolling": True}]


def metric(query: str, **more: str) -> Json:
    """A metric source of Prometheus."""
    return {"metricSource": {"type": "Prometheus", **more, "spec": {"query": query}}}


def ratio(good: str, total: str, *, counter: bool = True) -> Json:
    """The spec of an SLI of good events and all."""
    return {"ratioMetric": {"counter": counter, "good": metric(good), "total": metric(total)}}


COUNTED = ratio('sum(http_requests_total{job="a",code!~"5.."})', 'sum(http_requests_total{job="a"})')


def slo(spec: Json | None = None, *, sli: Json | None = None, metadata: Json | None = None, drop: str = "") -> Json:
    """An SLO; *spec* and *metadata* win over what is usual, and *drop* is left out."""
    usual = {
        "service": "checkout",
        "indicator": {"metadata": {"name": "i"}, "spec": sli or COUNTED},
        "timeWindow": ROLLING,
        "budgetingMethod": "Occurrences",
        "objectives": [{"target": 0.99}],
    }
    inner = {key: value for key, value in {**usual, **(spec or {})}.items() if key != drop}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "availability", **(metadata or {})},
        "spec": inner,
    }


def other(kind: str, name: str, spec: Json, **metadata: Any) -> Json:
    """An object of another kind."""
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def read(folder: Path, *objects: Json) -> Loaded:
    """Load *objects*, a file each, so that they find one another across files."""
    for number, one in enumerate(objects):
        (folder / f"{number}.yaml").write_text(yaml.safe_dump(one, sort_keys=False), encoding="utf-8")
    return load_paths([folder])


def read_all(folder: Path, *objects: Json) -> tuple[Slo, ...]:
    """The SLOs in *objects*, which are right."""
    loaded = read(folder, *objects)
    assert loaded.errors == ()
    return loaded.slos


def told(loaded: Loaded) -> list[str]:
    """The problems, each with its code."""
    return [f"{problem.message} ({problem.code})" for problem in loaded.problems]


def noted(loaded: Loaded) -> set[str]:
    """The kinds of notes."""
    return {note.code for note in loaded.notes}


COUNTS = EventsSli(TOTAL, good=GOOD)


@pytest.mark.parametrize(
    ("sli", "expected"),
    [
        (COUNTED, COUNTS),
        (ratio('http_requests_total{job="a",code!~"5.."}', 'sum(http_requests_total{job="a"})'), COUNTS),
        (ratio('sum(rate(http_requests_total{job="a",code!~"5.."}[{{.window}}]))', 'sum(rate(http_requests_total{job="a"}[{{ .Window }}]))'), COUNTS),
        (ratio('sum(rate(http_requests_total{job="a",code!~"5.."}[5m]))', 'sum(rate(http_requests_total{job="a"}[5m]))', counter=False), COUNTS),
        (ratio('sum(rate(http_requests_total{job="a",code!~"5.."}[{{.window}}]))', 'sum(http_requests_total{job="a"})'), COUNTS),
        (ratio("sum(a_total) + sum(b_total) - sum(c_total)", "sum(d_total) or vector(0)"),
         EventsSli(Selector("d_total"), good=Sum((Term(1, Selector("a_total")), Term(1, Selector("b_total")), Term(-1, Selector("c_total")))))),
        (ratio("sum by (region) (a_total)", "sum(b_total) by (region)"), EventsSli(Selector("b_total"), good=Selector("a_total"), by=("region",))),
        (ratio("sum by (region) (a_total)", "b_total"), EventsSli(Selector("b_total"), good=Selector("a_total"), by=("region",))),
        (ratio("max(rate(a_total[{{.window}}]))", "max(rate(b_total[{{.window}}]))"),
         QuerySli("max(rate(b_total[$window]))", good="max(rate(a_total[$window]))")),
        (ratio("sum(good_last_minute)", "sum(all_last_minute)", counter=False),
         QuerySli("sum_over_time((sum(all_last_minute))[$window:1m])", good="sum_over_time((sum(good_last_minute))[$window:1m])")),
        (ratio("good_last_minute", "all_last_minute", counter=False),
         QuerySli("sum(sum_over_time((all_last_minute)[$window:1m]))", good="sum(sum_over_time((good_last_minute)[$window:1m]))")),
        ({"ratioMetric": {"counter": True, "bad": metric("sum(b_total)"), "total": metric("sum(a_total)")}},
         EventsSli(Selector("a_total"), bad=Selector("b_total"))),
        ({"ratioMetric": {"rawType": "success", "raw": metric("sum(rate(a_total[{{.window}}])) / sum(rate(b_total[{{.window}}]))")}},
         EventsSli(Selector("b_total"), good=Selector("a_total"))),
        ({"ratioMetric": {"rawType": "failure", "raw": metric("sum(rate(a_total[5m])) / sum(rate(b_total[5m]))")}},
         EventsSli(Selector("b_total"), bad=Selector("a_total"))),
        ({"ratioMetric": {"rawType": "failure", "raw": metric("avg(avg_over_time(r[{{.window}}]))")}},
         RatioSli("avg(avg_over_time(r[$window]))", "error")),
        ({"ratioMetric": {"rawType": "success", "raw": metric('job:success:ratio{job="a"}')}},
         RatioSli('avg(avg_over_time((job:success:ratio{job="a"})[$window:1m]))', "success")),
        ({"ratioMetric": {"counter": True, "good": {"metricSource": {"type": "PROMETHEUS", "spec": {"promql": "sum(a_total)", "dimensions": ["x"]}}}, "total": metric("sum(b_total)")}},
         EventsSli(Selector("b_total"), good=Selector("a_total"))),
    ],
)  # fmt: skip
def test_ratios(tmp_path: Path, sli: Json, expected: Any) -> None:
    """Counters are counted exactly, queries with a range are kept, and values without one are looked at once a minute."""
    (found,) = read_all(tmp_path, slo(sli=sli))

    assert found.sli == expected


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        (
            {},
            EventsSli,
            "http_requests_total is named like a counter, and `counter` is not written; it is read as one",
        ),
        (
            {"counter": False},
            QuerySli,
            "http_requests_total is named like a counter, and `counter` is false; its values are added up",
        ),
    ],
)
def test_counters_are_known_by_their_names(tmp_path: Path, said: Json, kind: type, message: str) -> None:
    """Where the file does not say that they are counters, their names do; where it denies it, that is told."""
    sli = ratio('sum(http_requests_total{job="a",code!~"5.."})', 'sum(http_requests_total{job="a"})')
    del sli["ratioMetric"]["counter"]
    sli["ratioMetric"] |= said

    loaded = read(tmp_path, slo(sli=sli))

    (found,) = loaded.slos
    assert type(found.sli) is kind
    assert told(loaded) == [f"{message} (counter-selector)"]


def test_a_threshold_is_a_value_a_minute(tmp_path: Path) -> None:
    """Each minute's value is an event; the objective says how it compares."""
    sli = {"thresholdMetric": metric("max(queue_length)")}

    (found,) = read_all(tmp_path, slo({"objectives": [{"op": "lt", "value": 500, "target": 0.99}]}, sli=sli))

    assert found.sli == ThresholdSli("max(queue_length)", "lt", Decimal(500))
    assert found.budgeting == OCCURRENCES


@pytest.mark.parametrize(
    ("method", "objective", "expected"),
    [
        ("Occurrences", {}, OCCURRENCES),
        ("Timeslices", {"timeSliceTarget": 0.95, "timeSliceWindow": "5m"}, Budgeting(method="timeslices", slice_seconds=300, slice_target=Decimal("0.95"))),
        ("Timeslices", {"timeSliceTarget": 1, "timeSliceWindow": 10}, Budgeting(method="timeslices", slice_seconds=600, slice_target=Decimal(1))),
        ("RatioTimeslices", {"timeSliceWindow": "1h"}, Budgeting(method="ratio_timeslices", slice_seconds=3_600)),
    ],
)  # fmt: skip
def test_budgets(tmp_path: Path, method: str, objective: Json, expected: Budgeting) -> None:
    """A slice's length without a unit is in minutes."""
    (found,) = read_all(tmp_path, slo({"budgetingMethod": method, "objectives": [{"target": 0.99, **objective}]}))

    assert found.budgeting == expected


def calendar(duration: str, start: str, zone: str = "Europe/Berlin") -> list[Json]:
    """A calendar window."""
    return [{"duration": duration, "isRolling": False, "calendar": {"startTime": start, "timeZone": zone}}]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (ROLLING, RollingWindow(28 * 86_400)),
        ([{"duration": "4w", "isRolling": True}], RollingWindow(28 * 86_400)),
        ([{"duration": "90m", "isRolling": True}], RollingWindow(5_400)),
        ([{"duration": "1M", "isRolling": True}], RollingWindow(30 * 86_400)),
        ([{"duration": "1Y", "isRolling": True}], RollingWindow(365 * 86_400)),
        (calendar("1d", "2026-03-05 00:00:00"), CalendarWindow("day", "Europe/Berlin")),
        (calendar("1w", "2026-03-02 00:00:00"), CalendarWindow("week", "Europe/Berlin")),
        (calendar("1M", "2026-03-01 00:00:00"), CalendarWindow("month", "Europe/Berlin")),
        (calendar("3M", "2026-02-15 00:00:00"), CalendarWindow("quarter", "Europe/Berlin", (2, 15))),
        (calendar("1Q", "2026-01-01 00:00:00"), CalendarWindow("quarter", "Europe/Berlin")),
        (calendar("1Y", "2026-04-06 00:00:00", "Europe/London"), CalendarWindow("year", "Europe/London", (4, 6))),
    ],
)
def test_windows(tmp_path: Path, window: list[Json], expected: Window) -> None:
    """Periods of the calendar that begin where the calendar's own do are kept; m is minutes and M months."""
    (found,) = read_all(tmp_path, slo({"timeWindow": window}))

    assert found.windows == (expected,)


def test_unquoted_times_are_text(tmp_path: Path) -> None:
    """A start that YAML 1.1 would take for a date is read as it is written."""
    text = yaml.safe_dump(slo({"timeWindow": calendar("1M", "START")})).replace("START", "2026-01-01 00:00:00")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    assert load_paths([tmp_path]).slos[0].windows == (CalendarWindow("month", "Europe/Berlin"),)


def test_several_objectives_are_several_slos(tmp_path: Path) -> None:
    """They are called by what they are displayed as; where that does not tell them apart, by their number."""
    objectives = [
        {"displayName": "Internal goal", "target": 0.995},
        {"displayName": "Same", "target": 0.99},
        {"displayName": "same!", "targetPercent": 98},
        {"targetPercent": 97.5},
    ]

    found = read_all(tmp_path, slo({"objectives": objectives}))

    assert {one.slo_id: str(one.objective) for one in found} == {
        "checkout-availability-internal-goal": "0.995",
        "checkout-availability-1": "0.99",
        "checkout-availability-2": "0.98",
        "checkout-availability-3": "0.975",
    }


def test_objects_find_one_another_across_files(tmp_path: Path) -> None:
    """Names lead to objects in other files; lists and both names of the version are read."""
    sli = other("SLI", "requests", COUNTED)
    named = slo({"indicatorRef": "requests"}, drop="indicator")
    service = other("Service", "checkout", {"description": "Takes money."}, labels={"team": ["payments"], "tier": "1"})
    (tmp_path / "list.yaml").write_text(
        yaml.safe_dump([{**sli, "apiVersion": "openslo.com/v1"}, service]), encoding="utf-8"
    )

    (found,) = read_all(tmp_path, named)

    assert (found.sli, found.team, found.tier) == (COUNTS, "payments", "1")


def test_objects_of_a_cluster_are_read(tmp_path: Path) -> None:
    """What Kubernetes adds to an object is passed over; elsewhere such keys are unknown."""
    kept = slo(metadata={"namespace": "shop", "uid": "1-2-3"}) | {"status": {"ready": True}}

    assert len(read_all(tmp_path, kept | {"apiVersion": "openslo.com/v1"})) == 1
    assert {problem.code for problem in read(tmp_path, kept).errors} == {"unknown-key"}


def test_labels_and_addresses(tmp_path: Path) -> None:
    """Labels get names that Prometheus takes; several values are one; addresses in annotations are links."""
    metadata = {
        "labels": {
            "cost-centre": "12",
            "env": ["prod", "dev"],
            "owner": "payments",
            "severity": "x",
            "1st": "y",
            "empty": "",
        },
        "annotations": {"example.com/runbook": "https://runbooks.example.com/a", "example.com/other": "no address"},
    }

    loaded = read(tmp_path, slo(metadata=metadata))

    (found,) = loaded.slos
    assert found.labels == {
        "cost_centre": "12", "env": "prod,dev", "owner": "payments", "label_severity": "x", "_1st": "y",
    }  # fmt: skip
    assert (found.team, found.links) == ("payments", {"runbook": "https://runbooks.example.com/a"})
    assert noted(loaded) == {"alerts", "label-name", "passed-over", "team"}


def test_a_data_source_says_what_is_asked(tmp_path: Path) -> None:
    """Its type stands for the query's; its address is told, without what may be secret."""
    details = [{"url": "https://user:secret@prom.example.com:9090/api?token=secret"}, {"password": "secret"}]
    source = other("DataSource", "prom", {"type": "prometheus", "connectionDetails": details})
    sli = ratio("sum(a_total)", "sum(b_total)")
    for side in ("good", "total"):
        sli["ratioMetric"][side]["metricSource"] = {"metricSourceRef": "prom", "spec": {"query": f"sum({side}_total)"}}

    loaded = read(tmp_path, slo(sli=sli), source)

    assert len(loaded.slos) == 1
    messages = [note.message for note in loaded.notes if note.code == "data-source"]
    assert messages == ["asked of the Prometheus of --prometheus.url; the file names https://prom.example.com:9090"] * 2
    assert not any("secret" in note.message for note in loaded.notes)


def test_what_is_left_out_is_told_and_read(tmp_path: Path) -> None:
    """Without a window or a method the meaning is clear enough; a warning tells it."""
    bare = slo({"alertPolicies": None}, drop="timeWindow")
    del bare["spec"]["budgetingMethod"]

    loaded = read(tmp_path, bare)

    (found,) = loaded.slos
    assert (found.windows, found.budgeting) == ((RollingWindow(30 * 86_400),), OCCURRENCES)
    assert told(loaded) == [
        "there is no `budgetingMethod`; it is Occurrences (missing-key)",
        "there is no `timeWindow`; it is the last 30d, unless defaults say otherwise (missing-key)",
    ]


def test_op_on_a_ratio_is_passed_over(tmp_path: Path) -> None:
    """The specification's own examples have it, and it means nothing."""
    loaded = read(tmp_path, slo({"objectives": [{"op": "gt", "target": 0.99}]}))

    assert len(loaded.slos) == 1
    assert "passed-over" in noted(loaded)


def test_objects_that_nobody_refers_to_are_fine(tmp_path: Path) -> None:
    """Even ones of other tools: they are asked by nobody."""
    sli = other(
        "SLI", "elsewhere", {"ratioMetric": {"good": metric("x", type="Datadog"), "total": metric("y", type="Datadog")}}
    )
    source = other("DataSource", "dd", {"type": "Datadog", "connectionDetails": {"apiKey": "x"}})
    target = other("AlertNotificationTarget", "OnCallMail", {"target": "email"})

    assert told(read(tmp_path, sli, source, target)) == []


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([slo({"indicatorRef": "reqests"}, drop="indicator"), other("SLI", "requests", COUNTED)], "there is no SLI reqests"),
        ([slo({"indicatorRef": "requests"}, drop="indicator"), {**other("SLI", "requests", {}), "spec": {"rationMetric": {}}}], "SLI requests is left out: .* has errors"),
        ([slo({"indicatorRef": "requests"}), other("SLI", "requests", COUNTED)], "there are both `indicator` and `indicatorRef`"),
        ([slo(drop="indicator")], "this SLO has no `indicator`"),
        ([slo(sli={"description": "x"})], "an SLI has neither of `thresholdMetric` and `ratioMetric`"),
        ([slo(sli={"thresholdMetric": metric("max(q)")})], "an objective of a thresholdMetric has no `value`"),
        ([slo(sli={"ratioMetric": {"total": metric("a_total")}})], "a ratio has neither of `good` and `bad`"),
        ([slo(sli={"ratioMetric": {"good": metric("a_total")}})], "a ratio has no `total`"),
        ([slo(sli={"ratioMetric": {"raw": metric("a")}})], "a raw ratio has no `rawType`"),
        ([slo(sli={"ratioMetric": {"raw": metric("a"), "rawType": "good"}})], "`rawType` must be success or failure, found good"),
        ([slo(sli=ratio("sum(a_total)", "sum(rate(b_total[$__rate_interval]))"))], r"nothing fills in \$__rate_interval here"),
        ([slo(sli=ratio("sum(a_total)", "sum(b_total{{.labels}})"))], r"nothing fills in \{\{.labels\}\} here"),
        ([slo(sli=ratio("sum(a_total) / 2", "sum(b_total)"))], "`good` is no sum of counters"),
        ([slo(sli=ratio("sum by (x) (a_total)", "sum(b_total)"))], "the two queries keep different labels: x, and no label"),
        ([slo(sli=ratio("sum(a_total", "sum(b_total)"))], r"\(promql-syntax\)"),
        ([slo({"objectives": [{"target": 1}]})], "target 1 leaves no error budget"),
        ([slo({"objectives": [{"targetPercent": 100}]})], "targetPercent 100 leaves no error budget"),
        ([slo({"objectives": [{"target": 0}]})], "target 0 promises nothing"),
        ([slo({"objectives": [{"target": 0.9, "targetPercent": 90}]})], "there are both `target` and `targetPercent`"),
        ([slo({"objectives": []})], "there is no objective"),
        ([slo({"budgetingMethod": "TimeSlices"})], "there is no budgeting method TimeSlices"),
        ([slo({"budgetingMethod": "Timeslices"})], "an objective of slices of time has no `timeSliceTarget`"),
        ([slo({"objectives": [{"target": 0.9, "timeSliceWindow": "1m"}]})], "`timeSliceWindow` means nothing with budgeting by occurrences"),
        ([slo({"budgetingMethod": "RatioTimeslices", "objectives": [{"target": 0.9, "timeSliceWindow": "7m"}]})], "slice 7m is not a number of minutes"),
        ([slo({"timeWindow": calendar("1w", "2022-01-01 12:00:00")})], "a week that begins on Saturday, 2022-01-01 at 12:00 is not kept"),
        ([slo({"timeWindow": calendar("1M", "2022-01-01 12:00:00")})], "a month that begins on Saturday, 2022-01-01 at 12:00"),
        ([slo({"timeWindow": calendar("2M", "2022-01-01 00:00:00")})], "calendar periods of 2M are not kept"),
        ([slo({"timeWindow": calendar("1M", "01.01.2022")})], "startTime 01.01.2022 is no date and time"),
        ([slo({"timeWindow": calendar("1M", "2022-01-01 00:00:00", "Europe/Berlim")})], r"\(timezone\)"),
        ([slo({"timeWindow": [{"duration": "1m", "isRolling": True}]})], "1m is 1 minute, and a window takes an hour at least"),
        ([slo({"timeWindow": [{"duration": "30 days", "isRolling": True}]})], "duration 30 days is not a duration"),
        ([slo({"timeWindow": [{"duration": "28d", "isRolling": False}]})], "a window that does not roll has no `calendar`"),
        ([slo({"timeWindow": [ROLLING[0], ROLLING[0]]})], "there are several windows"),
        ([slo({"timeWindow": [{**calendar("1M", "2022-01-01 00:00:00")[0], "isRolling": True}]})], "a rolling window has no calendar"),
        ([slo(), slo()], "SLO availability is there already, in "),
        ([other("Service", "a", {}), other("Service", "a", {})], "Service a is there already, in "),
        ([{**slo(), "kind": "Slo"}], "OpenSLO has no kind Slo"),
        ([slo({"colour": "blue"})], "unknown key `colour`"),
        ([slo(sli=ratio("a_total", "b_total") | {"x": 1})], "unknown key `x`"),
        ([slo(metadata={"labels": {"a": {"b": "c"}}})], "label a must be text or a list of texts"),
        ([slo(metadata={"annotations": {"tallystick/slo": "no_data"}})], "tallystick/slo must be a mapping, found text"),
        ([slo(metadata={"annotations": {"tallystick/slo": "{nodata: good}"}})], "unknown key `nodata`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, objects: list[Json], message: str) -> None:
    """Each mistake is told in OpenSLO's words, and gives no SLO."""
    loaded = read(tmp_path, *objects)

    assert [one for one in told(loaded) if re.search(message, one)], told(loaded)
    assert loaded.errors


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"type": "Datadog"}, "this is asked of Datadog, and tallystick asks Prometheus alone (data-source)"),
        ({}, "nothing tells what this is asked of (data-source)"),
        (
            {"metricSourceRef": "dd"},
            "this is asked of dd, by DataSource dd, and tallystick asks Prometheus alone (data-source)",
        ),
        ({"metricSourceRef": "ddd"}, "there is no DataSource ddd (reference)"),
    ],
)
def test_what_prometheus_is_not_asked(tmp_path: Path, source: Json, message: str) -> None:
    """A query for another tool is a problem, and never dropped."""
    sli = {"thresholdMetric": {"metricSource": {**source, "spec": {"query": "x"}}}}
    source_object = other("DataSource", "dd", {"type": "Datadog"})

    loaded = read(tmp_path, slo({"objectives": [{"op": "lt", "value": 1, "target": 0.9}]}, sli=sli), source_object)

    assert told(loaded) == [message]


def test_few_slices_are_a_warning(tmp_path: Path) -> None:
    """A window of minutes where months were meant has hardly any slices."""
    spec: Mapping[str, Any] = {
        "timeWindow": [{"duration": "60m", "isRolling": True}],
        "budgetingMethod": "RatioTimeslices",
        "objectives": [{"target": 0.9, "timeSliceWindow": "5m"}],
        "alertPolicies": [],
    }

    loaded = read(tmp_path, slo(dict(spec)))

    assert told(loaded) == ["60m has only 12 slices of 5m (window)"]
    assert len(loaded.slos) == 1


def composite(method: str, *objectives: Json) -> Json:
    """A composite of counters."""
    made = [
        {"displayName": f"part {n}", "indicator": {"metadata": {"name": "i"}, "spec": COUNTED}, **one}
        for n, one in enumerate(objectives)
    ]
    return slo({"budgetingMethod": method, "objectives": made}, drop="indicator")


@pytest.mark.parametrize(
    ("whole", "sli", "objective"),
    [
        (composite("Occurrences", {"target": 0.99}, {"target": 0.99}), (1, 1, "weighted"), "0.995"),
        (composite("Occurrences", {"target": 0.99}, {"target": 0.9, "compositeWeight": 2}), (5, 1, "weighted"), "0.991666666667"),
        (composite("Occurrences", {"target": 0.97}, {"target": 0.99}), (1, 3, "weighted"), "0.9925"),
        (composite("RatioTimeslices", {"target": 0.95, "timeSliceWindow": "1m"}, {"target": 0.95, "timeSliceWindow": "1m"}), (1, 1, "weighted"), "0.95"),
        (composite("RatioTimeslices", {"target": 0.9, "timeSliceWindow": "1m", "compositeWeight": 3}, {"target": 0.98, "timeSliceWindow": "1m"}), (3, 1, "weighted"), "0.92"),
        (composite("Timeslices", {"target": 0.9, "timeSliceTarget": 0.9, "timeSliceWindow": "1m"}, {"target": 0.98, "timeSliceTarget": 0.9, "timeSliceWindow": "1m"}), (1, 1, "serial"), "0.882"),
    ],
)  # fmt: skip
def test_composites(tmp_path: Path, whole: Json, sli: tuple[int, int, str], objective: str) -> None:
    """A composite is an SLO of its parts, which are SLOs that do not alert; what it means is told."""
    loaded = read(tmp_path, whole)

    assert loaded.errors == ()
    found = {one.name: one for one in loaded.slos}
    first, second, method = sli
    parts = tuple(Part(f"checkout-availability-part-{n}", Decimal(weight)) for n, weight in enumerate((first, second)))
    assert found["availability"].sli == CompositeSli(parts, method, "good")  # type: ignore[arg-type]  # one of three
    assert str(found["availability"].objective) == objective
    assert sorted(found) == ["availability", "availability-part-0", "availability-part-1"]
    assert not found["availability-part-0"].alerting.page.enabled
    assert "put-together" in noted(loaded)


def test_weights_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    """Weights are above 0, and so large that the whole can fail."""
    small = composite(
        "Occurrences", {"target": 0.99, "compositeWeight": 0.001}, {"target": 0.9, "compositeWeight": 0.01}
    )
    none = composite("Occurrences", {"target": 0.99, "compositeWeight": 0})

    assert told(read(tmp_path, small)) == [
        "by these weights all parts may fail without spending the budget of the whole (composite)"
    ]
    assert told(read(tmp_path, none)) == ["compositeWeight 0 is not above 0 (composite)"]


def test_an_indicator_above_and_inside_is_refused(tmp_path: Path) -> None:
    """It is either a composite or not."""
    whole = composite("Occurrences", {"target": 0.99})
    whole["spec"]["indicator"] = {"metadata": {"name": "i"}, "spec": COUNTED}

    assert told(read(tmp_path, whole)) == ["the indicator is both of the SLO and of its objectives (one-of)"]


def test_other_versions_are_told(tmp_path: Path) -> None:
    """Objects of v2alpha are not read, alone or in a list, and do not keep others from being read."""
    later = {"apiVersion": "openslo.com/v2alpha", "kind": "Service", "metadata": {"name": "a"}, "spec": {}}
    (tmp_path / "list.yaml").write_text(yaml.safe_dump([later, later | {"kind": "SLO"}]), encoding="utf-8")

    loaded = read(tmp_path, later)

    assert told(loaded) == ["this is a definition for another version of OpenSLO, which is not read (other-format)"] * 3
