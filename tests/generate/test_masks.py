"""Exclusions as PromQL: 1 where they say so, and nowhere else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.slos import make_slo
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.sli import ThresholdSli
from tallystick.core.timerange import TimeRange
from tallystick.generate.masks import mask_of, span_at
from tallystick.generate.resolved import resolve_one

AT = datetime(2026, 11, 28, 17, 30, tzinfo=UTC).timestamp()
DAY = 86_400

wall = datetime.fromisoformat
"""A time of a clock."""


def value(promql: str, at: int) -> int:
    """What *promql*, which is made of comparisons of time() alone, is at an instant."""
    inner = promql.removeprefix("vector(").removesuffix(" > bool 0").removesuffix(")")
    assert re.fullmatch(r"[\d\s()*+<>=%-]*", inner.replace("time()", "").replace("bool", "")), promql
    return int(
        eval(inner.replace("time()", str(at)).replace("bool ", "").replace("\n", " ")) > 0
    )  # digits and operators


def mask(*exclusions: Exclusion) -> str:
    """Of an SLO with these."""
    return mask_of(make_slo(exclusions=exclusions), exclusions, AT).promql


@st.composite
def agreed(draw: st.DrawFn) -> Exclusion:
    """Something that people agree: once, or every so often, on some clock."""
    starts = wall("2026-01-01 00:00") + timedelta(minutes=draw(st.integers(0, 600 * 24 * 60)))
    rule = draw(
        st.none()
        | st.sampled_from(
            [
                "FREQ=DAILY",
                "FREQ=WEEKLY;BYDAY=MO,TH",
                "FREQ=MONTHLY;BYDAY=1SU",
                "FREQ=HOURLY;INTERVAL=7",
                "FREQ=DAILY;COUNT=9",
            ]
        )
    )
    return Exclusion(
        reason="planned",
        starts=starts,
        lasts_seconds=60 * draw(st.integers(1, 300)),
        rrule=rule,
        zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])),
    )


@given(st.lists(agreed(), min_size=1, max_size=3), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_it_is_one_in_agreed_time_and_five_minutes_on(exclusions: list[Exclusion], seed: int) -> None:
    """Whatever recurs, on whatever clock: exactly the time that is excluded, each part of it five minutes longer."""
    promql, span = mask(*exclusions), span_at(AT)
    ranges = excluded(exclusions, span)
    instants = [
        edge + step for one in ranges[:40] for edge in (one.start, one.end, one.end + 300) for step in (-1, 0, 1)
    ]
    instants += [span.start + (seed * number) % span.seconds for number in range(200)]

    for at in instants:
        if span.start <= at < span.end:
            assert value(promql, at) == any(one.start <= at < one.end + 300 for one in ranges), at


def test_what_recurs_is_short() -> None:
    """A nightly backup of 17 months is one term for each change of the clock, not five hundred."""
    nightly = Exclusion(
        reason="backup", starts=wall("2026-01-01 02:00"), lasts_seconds=1_800, rrule="FREQ=DAILY", zone="Europe/Berlin"
    )

    assert mask(nightly).count("+") <= 6


def test_rules_are_the_same_all_month() -> None:
    """From the first instant of a month to its last; and other ones in the next."""
    weekly = Exclusion(reason="x", starts=wall("2026-01-01 02:00"), lasts_seconds=600, rrule="FREQ=WEEKLY;BYDAY=SU")
    slo = make_slo(exclusions=(weekly,))
    first, last = (datetime(2026, 11, day, tzinfo=UTC).timestamp() for day in (1, 30))

    assert resolve_one(slo, first) == resolve_one(slo, last + DAY - 1)
    assert resolve_one(slo, last + DAY - 1) != resolve_one(slo, last + DAY)


def test_the_horizon_is_fourteen_months_after_this_one() -> None:
    """And three before it are kept, for those who replay rules over the past; over the turn of a year, too."""
    ends = [datetime(year, month, 1, tzinfo=UTC) for year, month in ((2026, 8), (2028, 2))]

    assert span_at(AT) == TimeRange(*(int(end.timestamp()) for end in ends))
    assert span_at(0) == TimeRange(-92 * DAY, 455 * DAY)


@pytest.mark.parametrize(
    ("rule", "goes_on"),
    [("FREQ=DAILY", True), ("FREQ=DAILY;COUNT=10", False), ("FREQ=DAILY;UNTIL=20280131T000000Z", False),
     ("FREQ=DAILY;UNTIL=20280301T000000Z", True), (None, False)],
)  # fmt: skip
def test_only_what_goes_on_runs_out(rule: str | None, *, goes_on: bool) -> None:
    """What ends by itself within the horizon needs no rules to be made again."""
    once = Exclusion(reason="x", starts=wall("2026-11-29 02:00"), lasts_seconds=600, rrule=rule)

    ends = mask_of(make_slo(exclusions=(once,)), [once], AT).ends

    assert ends == (span_at(AT).end if goes_on else None)


def test_long_slices_are_left_out_for_longer() -> None:
    """A slice of a quarter of an hour is told until the next one, so its exclusion lasts so much longer in the rules."""
    once = Exclusion(reason="x", starts=wall("2026-11-29 02:00"), lasts_seconds=3_600)
    slo = make_slo(sli=ThresholdSli("x", "lt", 1, slice_seconds=900), exclusions=(once,))  # type: ignore[arg-type]  # a whole number
    end = int(datetime(2026, 11, 29, 3, tzinfo=UTC).timestamp())

    promql = mask_of(slo, [once], AT).promql

    assert [value(promql, end + after) for after in (-1, 0, 899, 900)] == [1, 1, 1, 0]


def test_nothing_in_reach_is_never() -> None:
    """An exclusion that is long over leaves a series that is always 0, so that dashboards have one."""
    past = Exclusion(reason="x", starts=wall("2020-01-01 00:00"), lasts_seconds=600)

    assert mask(past) == "vector(0)"
