"""Every kind of SLI, window and budgeting, from its text to the core's value."""

from decimal import Decimal
from pathlib import Path
from textwrap import indent

import pytest

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import (
    CompositeSli,
    EventsSli,
    LatencySli,
    Part,
    QuerySli,
    RatioSli,
    Sli,
    Sum,
    Term,
    ThresholdSli,
    UpSli,
)
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.window import CalendarWindow, RollingWindow
from tallystick.definition.load import load_paths

EVENTS = "events: {total: a_total, bad: b_total}"
A, B = Selector("a_total"), Selector("b_total")


def load_one(folder: Path, sli: str = EVENTS, more: str = "", *, window: str = "30d", head: str = "") -> Slo:
    """The SLO ``n`` of service ``s`` with *sli* and *more* of its keys, in a file with *head*."""
    text = f"apiVersion: tallystick/v1\nservice: s\n{head}slos:\n"
    text += "  - {name: other, objective: 99%, window: 30d, sli: {up: {metric: up}}}\n"
    text += f"  - name: n\n    objective: 99%\n    window: {window}\n{indent(more, '    ')}    sli:\n{indent(sli, '      ')}\n"
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    loaded = load_paths([folder])
    assert loaded.problems == ()
    return next(slo for slo in loaded.slos if slo.name == "n")


@pytest.mark.parametrize(
    ("written", "sli"),
    [
        ("events: {total: a_total - c_total, bad: b_total, by: [x, y]}", EventsSli(Sum((Term(1, A), Term(-1, Selector("c_total")))), bad=B, by=("x", "y"))),
        ("events: {total: a_total, good: b_total + c_total}", EventsSli(A, good=Sum((Term(1, B), Term(1, Selector("c_total")))))),
        ("events: {total: 'sum(rate(a_total[$window]))', bad: 'sum(rate(b_total[$window])) or vector(0)'}", EventsSli(A, bad=B)),
        ("events: {total: a_total, bad: 'sum(increase(b_total[$window]))'}", EventsSli(A, bad=B)),
        ("events: {total: 'sum by (y, x) (rate(a_total[$window]))', bad: 'sum by (x, y) (rate(b_total[$window]))', by: [x, y]}", EventsSli(A, bad=B, by=("x", "y"))),
        ("events:\n  total: sum(rate(a_total[$window])) # of all\n  bad: |\n    # errors\n    2 * sum(rate(b_total[$window]))\n", QuerySli("sum(rate(a_total[$window]))", bad="2 * sum(rate(b_total[$window]))")),
        ("events: {total: 'max by (x) (rate(a_total[$window]))', good: 'max by (x) (rate(b_total[$window]))', by: [x]}", QuerySli("max by (x) (rate(a_total[$window]))", good="max by (x) (rate(b_total[$window]))", by=("x",))),
        ("latency: {histogram: h_seconds, threshold: 300ms, total: a_total, by: [x]}", LatencySli(Selector("h_seconds"), Decimal("0.3"), A, ("x",))),
        ("up: {metric: up, by: [job]}", UpSli(Selector("up"), ("job",))),
        ("threshold: {query: 'max(q) # of all', op: gte, value: -1.50}", ThresholdSli("max(q)", "gte", Decimal("-1.5"))),
        ("threshold: {query: max(q), op: lt, value: 1e3, slice: 300s}", ThresholdSli("max(q)", "lt", Decimal(1000), 300)),
        ("ratio: {error: 'avg(avg_over_time(r[$window]))'}", RatioSli("avg(avg_over_time(r[$window]))", "error")),
        ("ratio: {success: 'avg(avg_over_time(r[$window]))', total: 'sum(rate(a_total[$window]))'}", RatioSli("avg(avg_over_time(r[$window]))", "success", "sum(rate(a_total[$window]))")),
        ("composite: {of: [{slo: other}]}", CompositeSli((Part("s-other"),))),
        ("composite: {of: [{slo: s-other, weight: 0.5}], no_data: bad}", CompositeSli((Part("s-other", Decimal("0.5")),), no_data="bad")),
        ("composite: {of: [{slo: other}], method: serial}", CompositeSli((Part("s-other"),), "serial")),
    ],
)  # fmt: skip
def test_indicators(tmp_path: Path, written: str, sli: Sli) -> None:
    """Each kind of SLI is the value it is written as; queries that only add up counters are counters, comments are gone."""
    assert load_one(tmp_path, written).sli == sli


def test_generation_is_that_of_the_counters(tmp_path: Path) -> None:
    """Counters and the queries that mean them are one generation: going from the one to the other keeps history."""
    plain = load_one(tmp_path)
    query = load_one(
        tmp_path, "events: {total: 'sum(rate(a_total[$window]))', bad: 'sum(rate(b_total[$window])) or vector(0)'}"
    )

    assert plain.generation == query.generation
    assert plain.revision == query.revision


def test_regexes_that_only_go_knows_are_kept(tmp_path: Path) -> None:
    """A regular expression that the parser can't read is the one that is written, in sums and queries too."""
    slo = load_one(
        tmp_path, """events: {total: 'a_total{x=~"\\\\Q.\\\\E",y="p"} + b_total{x!~"\\\\Qa\\\\E"}', bad: c_total}"""
    )

    assert isinstance(slo.sli, EventsSli)
    assert slo.sli.total == Sum(
        (
            Term(1, A.having(Matcher("x", MatchOp.REGEX, "\\Q.\\E"), Matcher("y", MatchOp.EQUAL, "p"))),
            Term(1, B.having(Matcher("x", MatchOp.NOT_REGEX, "\\Qa\\E"))),
        )
    )


@pytest.mark.parametrize(
    ("window", "head", "more", "windows"),
    [
        ("[30d, month]", "", "", (RollingWindow(30 * 86_400), CalendarWindow("month"))),
        ("[day, week]", "timezone: Europe/Berlin\n", "", (CalendarWindow("day", "Europe/Berlin"), CalendarWindow("week", "Europe/Berlin"))),
        ("month", "timezone: Europe/Berlin\n", "timezone: UTC\n", (CalendarWindow("month"),)),
        ("[quarter, year]", "year_start: 04-01\n", "", (CalendarWindow("quarter", "UTC", (4, 1)), CalendarWindow("year", "UTC", (4, 1)))),
        ("year", "year_start: 04-01\n", "year_start: 10-01\n", (CalendarWindow("year", "UTC", (10, 1)),)),
        ("[month, 24h, day]", "year_start: 04-01\n", "", (CalendarWindow("month"), RollingWindow(86_400), CalendarWindow("day"))),
    ],
)  # fmt: skip
def test_windows(tmp_path: Path, window: str, head: str, more: str, windows: tuple[object, ...]) -> None:
    """Rolling and calendar windows go together; zone and year's start are the SLO's, else the file's, where they matter."""
    assert load_one(tmp_path, more=more, window=window, head=head).windows == windows


@pytest.mark.parametrize(
    ("more", "sli", "budgeting"),
    [
        ("", EVENTS, Budgeting()),
        ("budgeting: occurrences\n", EVENTS, Budgeting()),
        ("budgeting: timeslices\nslice_target: 95%\n", EVENTS, Budgeting(method="timeslices", slice_target=Decimal("0.95"))),
        ("budgeting: timeslices\nslice: 1h\nslice_target: 1\n", EVENTS, Budgeting(method="timeslices", slice_seconds=3600, slice_target=Decimal(1))),
        ("budgeting: ratio_timeslices\n", "ratio: {error: 'avg(avg_over_time(r[$window]))'}", Budgeting(method="ratio_timeslices", slice_seconds=300)),
        ("budgeting: ratio_timeslices\nslice: 30m\n", "threshold: {query: q, op: lt, value: 1, slice: 10m}", Budgeting(method="ratio_timeslices", slice_seconds=1800)),
        ("budgeting: ratio_timeslices\n", "events: {total: '2 * sum(rate(a[$window]))', bad: 'sum(rate(b_total[$window]))'}", Budgeting(method="ratio_timeslices", slice_seconds=300)),
    ],
)  # fmt: skip
def test_budgeting(tmp_path: Path, more: str, sli: str, budgeting: Budgeting) -> None:
    """What is written of slices is in the value; else they are as long as what the SLI is read in."""
    assert load_one(tmp_path, sli, more).budgeting == budgeting


def test_missing_time_and_coverage(tmp_path: Path) -> None:
    """What missing time counts as, and how much must have been seen, are in the value; else nothing is asked."""
    written, plain = load_one(tmp_path, more="no_data: bad\nmin_coverage: 90%\n"), load_one(tmp_path)

    assert (written.no_data, written.min_coverage) == ("bad", Decimal("0.9"))
    assert (plain.no_data, plain.min_coverage) == ("ignore", Decimal(0))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("min_coverage: 90%\n", "min_coverage: 0.900\n"),
        ("budgeting: timeslices\nslice_target: 95%\n", "budgeting: timeslices\nslice: 60s\nslice_target: 0.95\n"),
        ("was: [x, y]\n", "was: [y, x]\n"),
        ("was: x\n", "was: [s-x]\n"),
        ("timezone: Europe/Berlin\n", ""),
        ("year_start: 04-01\n", ""),
        ("no_data: ignore\n", ""),
    ],
)
def test_equal_meanings_have_one_revision(tmp_path: Path, one: str, other: str) -> None:
    """Another spelling, another order and what has no effect leave the revision as it is."""
    assert load_one(tmp_path, more=one).revision == load_one(tmp_path, more=other).revision


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("min_coverage: 90%\n", "min_coverage: 91%\n"),
        ("no_data: bad\n", "no_data: good\n"),
        ("budgeting: ratio_timeslices\n", "budgeting: ratio_timeslices\nslice: 5m\n"),
        ("budgeting: timeslices\nslice_target: 95%\n", "budgeting: timeslices\nslice_target: 96%\n"),
        ("budgeting: ratio_timeslices\n", ""),
        ("was: x\n", "was: y\n"),
    ],
)
def test_other_meanings_have_another_revision(tmp_path: Path, one: str, other: str) -> None:
    """Whatever an SLO says beside its indicator is in its revision, and not in its generation."""
    before, after = load_one(tmp_path, more=one), load_one(tmp_path, more=other)

    assert before.revision != after.revision
    assert before.generation == after.generation


@pytest.mark.parametrize(
    ("window", "one", "other"),
    [
        ("month", "timezone: Europe/Berlin\n", "timezone: Europe/Paris\n"),
        ("year", "year_start: 04-01\n", "year_start: 04-02\n"),
    ],
)
def test_calendars_are_in_the_revision(tmp_path: Path, window: str, one: str, other: str) -> None:
    """Where a window follows a zone or a year's start, they are a part of the meaning."""
    before, after = load_one(tmp_path, window=window, head=one), load_one(tmp_path, window=window, head=other)

    assert before.revision != after.revision


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EVENTS, EVENTS.replace("}", ", by: [x]}")),
        ("threshold: {query: q, op: lt, value: 1}", "threshold: {query: q, op: lte, value: 1}"),
        ("threshold: {query: q, op: lt, value: 1}", "threshold: {query: q, op: lt, value: 1, slice: 2m}"),
        ("ratio: {error: 'avg(avg_over_time(r[$window]))'}", "ratio: {success: 'avg(avg_over_time(r[$window]))'}"),
        ("composite: {of: [{slo: other}]}", "composite: {of: [{slo: other}], method: worst}"),
        ("latency: {histogram: h, threshold: 1}", "latency: {histogram: h, threshold: 1, total: a_total}"),
    ],
)
def test_another_indicator_is_another_generation(tmp_path: Path, one: str, other: str) -> None:
    """What is counted, and in which groups, makes generation and revision."""
    before, after = load_one(tmp_path, one), load_one(tmp_path, other)

    assert before.generation != after.generation
    assert before.revision != after.revision
