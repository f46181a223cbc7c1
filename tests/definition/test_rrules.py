"""Recurrence rules: what an exclusion may have, and that none keeps anybody waiting."""

import time
from datetime import datetime, timedelta
from itertools import islice, pairwise

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.definition.rrules import read_rrule
from tallystick.definition.values import ValueFault

STARTS = datetime(2026, 12, 5, 22, 0)  # noqa: DTZ001  # a clock's time; a Saturday
ZONE = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("FREQ=MONTHLY;BYDAY=1SU", "FREQ=MONTHLY;BYDAY=1SU"),
        ("RRULE:FREQ=daily;", "FREQ=DAILY"),
        ("FREQ=HOURLY;INTERVAL=2", "FREQ=HOURLY;INTERVAL=2"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=3", "FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=3"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        ("FREQ=YEARLY;BYWEEKNO=53", "FREQ=YEARLY;BYWEEKNO=53"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ("FREQ=DAILY;UNTIL=20271231T235900", "FREQ=DAILY;UNTIL=20271231T235900"),
        ("FREQ=DAILY;BYHOUR=1,2;BYMINUTE=15;BYSECOND=0", "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=15;BYSECOND=0"),
        ("FREQ=YEARLY;INTERVAL=100", "FREQ=YEARLY;INTERVAL=100"),
        ("FREQ=DAILY;UNTIL=20261205", "FREQ=DAILY;UNTIL=20261205"),
        ("FREQ=DAILY;UNTIL=20261205T210000Z", "FREQ=DAILY;UNTIL=20261205T210000Z"),
    ],
)
def test_rules_are_taken(text: str, rule: str) -> None:
    """A rule is taken in capitals, without what may stand around it."""
    assert read_rrule(text, STARTS, ZONE) == rule


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FREQ=MINUTELY", "hourly"), ("FREQ=SECONDLY;INTERVAL=7200", "hourly"), ("FREQ=HOURLY;BYMINUTE=0,30", "hourly"),
        ("FREQ=DAILY;BYSECOND=30", "BYSECOND"), ("DTSTART:20261205T220000\nRRULE:FREQ=DAILY", "DTSTART"),
        ("FREQ=DAILY;DTSTART=20261205T220000", "DTSTART"), ("FREQ=DAILY\nEXDATE:20261206T220000", "can't be worked out"), ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;UNTIL=20279931", "UNTIL"), ("FREQ=DAILY;UNTIL=20200101", "over"), ("FREQ=DAILY;UNTIL=20261204", "over"), ("FREQ=DAILY;UNTIL=20261205T205900Z", "over"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20271231", "both"), ("FREQ=DAILY;FREQ=WEEKLY", "twice"), ("BYDAY=MO", "FREQ"), ("FREQ=FORTNIGHTLY", "FREQ"),
        ("FREQ=HOURLY;BYHOUR=25", "BYHOUR"), ("FREQ=DAILY;BYMONTH=13", "BYMONTH"), ("FREQ=HOURLY;BYSETPOS=2;BYHOUR=1", "BYSETPOS"), ("", "no recurrence"),
        ("FREQ=WEEKLY;BYDAY=MO,-1FR", "BYDAY=-1FR"), ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"), ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("weekly", "no recurrence"), ("FREQ=DAILY;COUNT=", "COUNT"), ("FREQ=DAILY;=", "NAME=VALUE"),
    ],
)  # fmt: skip
def test_other_rules_are_refused(text: str, told: str) -> None:
    """What is no rule, happens too often, brings its own beginning or is over already is refused with the reason."""
    with pytest.raises(ValueFault) as raised:
        read_rrule(text, STARTS, ZONE)

    assert told in str(raised.value)
    assert raised.value.hint


@pytest.mark.parametrize(
    "text",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31", "FREQ=YEARLY;BYYEARDAY=999", "FREQ=DAILY;BYSETPOS=2",
     "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=HOURLY;INTERVAL=168;BYDAY=MO", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=1", "FREQ=HOURLY;INTERVAL=24;BYHOUR=1"],
)  # fmt: skip
def test_what_never_happens_is_refused_at_once(text: str) -> None:
    """A rule without occurrences is refused, within a second or two: dateutil alone would look for minutes."""
    began = time.monotonic()

    with pytest.raises(ValueFault):
        read_rrule(text, STARTS, ZONE)

    assert time.monotonic() - began < 5


PARTS = st.dictionaries(
    st.sampled_from(["INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS", "WKST", "X"]),
    st.sampled_from(["0", "1", "2", "-1", "3,5", "12", "29", "31", "53", "99", "366", "MO", "1SU,FR", "20270101", "20270101T010203", "MO,2", "", ",", "é"]),
    max_size=3,
)  # fmt: skip


@given(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]), PARTS)
@settings(deadline=4_000, max_examples=150)
def test_a_rule_that_is_taken_happens_hourly_at_most(freq: str, parts: dict[str, str]) -> None:
    """Any rule is refused as such, or has occurrences, which are an hour apart at least and at whole minutes."""
    text = ";".join([f"FREQ={freq}", *(f"{name}={value}" for name, value in parts.items())])
    try:
        rule = read_rrule(text, STARTS, ZONE)
    except ValueFault:
        return

    found = list(islice(rrulestr(rule, dtstart=STARTS), 5))

    assert found
    assert all(moment.second == 0 for moment in found)
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in pairwise(found))


@given(st.text(max_size=40) | st.text("FREQ=DAILY;BY10MOSU,-T", max_size=40))
@settings(deadline=4_000)
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    """No text makes anything but a rule or a refusal."""
    try:
        assert read_rrule(text, STARTS, ZONE)
    except ValueFault as fault:
        assert str(fault)  # noqa: PT017  # either outcome is right
