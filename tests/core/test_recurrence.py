"""Recurrence rules: what RFC 5545 says of them, and what is refused."""

from datetime import datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.core.recurrence import check_rule, parse_rule

NEW_YORK = "America/New_York"


def when(text: str) -> datetime:
    """A time of the clock: ``1997-09-02`` is 9 o'clock on that day, as in the RFC's examples."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T09:00")


def turns(rule: str, first: str, *, zone: str = NEW_YORK, since: str = "1900-01-01", most: int = 100) -> list[str]:
    """When *rule* names, up to *most* times, written as `when` reads them."""
    found = islice(parse_rule(rule).walls(when(first), zone, when(since)), most)
    return [wall.isoformat(timespec="minutes").removesuffix("T09:00") for wall in found]


def days(text: str) -> list[str]:
    """``1997-09: 2 4, 1997-10: 2`` as dates."""
    months = (part.split(":") for part in text.split(", "))
    return [f"{month}-{int(day):02}" for month, listed in months for day in listed.split()]


@pytest.mark.parametrize(
    ("first", "rule", "named"),
    [
        ("1997-09-02", "FREQ=DAILY;COUNT=10", "1997-09: 2 3 4 5 6 7 8 9 10 11"),
        ("1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09: 2 12 22, 1997-10: 2 12"),
        ("1997-09-02", "FREQ=WEEKLY;COUNT=10", "1997-09: 2 9 16 23 30, 1997-10: 7 14 21 28, 1997-11: 4"),
        (
            "1997-09-02",
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "1997-09: 2 4 9 11 16 18 23 25 30, 1997-10: 2",
        ),
        (
            "1997-09-01",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "1997-09: 1 3 5 15 17 19 29, 1997-10: 1 3 13 15 17 27 29 31, 1997-11: 10 12 14 24 26 28, 1997-12: 8 10 12 22",
        ),
        ("1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08: 5 10 19 24"),
        ("1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08: 5 17 19 31"),
        (
            "1997-09-07",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997-09: 7 28, 1997-11: 2 30, 1998-01: 4 25, 1998-03: 1 29, 1998-05: 3 31",
        ),
        (
            "1997-09-22",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "1997-09: 22, 1997-10: 20, 1997-11: 17, 1997-12: 22, 1998-01: 19, 1998-02: 16",
        ),
        (
            "1997-09-28",
            "FREQ=MONTHLY;COUNT=6;BYMONTHDAY=-3",
            "1997-09: 28, 1997-10: 29, 1997-11: 28, 1997-12: 29, 1998-01: 29, 1998-02: 26",
        ),
        (
            "1997-09-10",
            "FREQ=MONTHLY;INTERVAL=18;COUNT=8;BYMONTHDAY=10,11,12,13",
            "1997-09: 10 11 12 13, 1999-03: 10 11 12 13",
        ),
        ("2007-01-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01: 15 30, 2007-02: 15, 2007-03: 15 30"),
        (
            "1997-09-02",
            "FREQ=MONTHLY;COUNT=5;BYDAY=FR;BYMONTHDAY=13",
            "1998-02: 13, 1998-03: 13, 1998-11: 13, 1999-08: 13, 2000-10: 13",
        ),
        ("1997-09-04", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09: 4, 1997-10: 7, 1997-11: 6"),
        (
            "1997-09-29",
            "FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09: 29, 1997-10: 30, 1997-11: 27, 1997-12: 30",
        ),
        (
            "1997-01-01",
            "FREQ=YEARLY;INTERVAL=3;COUNT=7;BYYEARDAY=1,100,200",
            "1997-01: 1, 1997-04: 10, 1997-07: 19, 2000-01: 1, 2000-04: 9, 2000-07: 18, 2003-01: 1",
        ),
        ("1997-05-19", "FREQ=YEARLY;COUNT=3;BYDAY=20MO", "1997-05: 19, 1998-05: 18, 1999-05: 17"),
        ("1997-05-12", "FREQ=YEARLY;COUNT=3;BYWEEKNO=20;BYDAY=MO", "1997-05: 12, 1998-05: 11, 1999-05: 17"),
        (
            "1996-11-05",
            "FREQ=YEARLY;INTERVAL=4;COUNT=3;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11: 5, 2000-11: 7, 2004-11: 2",
        ),
    ],
)
def test_rules_name_what_the_standard_says(first: str, rule: str, named: str) -> None:
    """RFC 5545's own examples give the dates that it lists."""
    assert turns(rule, first) == days(named)


def test_hours() -> None:
    """A rule may name several times a day; UNTIL with Z is an instant, here 17:00 in New York."""
    rule = "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z"
    assert turns(rule, "1997-09-02") == ["1997-09-02", "1997-09-02T12:00", "1997-09-02T15:00"]
    rule = "RRULE:freq=daily;byhour=9,16;byminute=0,40;count=5"
    named = ["1997-09-02", "1997-09-02T09:40", "1997-09-02T16:00", "1997-09-02T16:40", "1997-09-03"]
    assert turns(rule, "1997-09-02") == named


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261109T220000", 9),  # by the clock, the last one included
        ("20261109T215959", 8),
        ("20261110T030000Z", 9),  # that is 22:00 in New York
        ("20261110T025959Z", 8),
        ("20261109T220000Z", 8),
        ("20261109", 9),  # all of that day
    ],
)
def test_end_of_a_rule(until: str, last: int) -> None:
    """UNTIL includes what it names: with Z an instant, without one a time of the clock, and a date is all of its day."""
    assert turns(f"FREQ=DAILY;UNTIL={until}", "2026-11-05T22:00")[-1] == f"2026-11-{last:02}T22:00"


def test_an_end_in_the_hour_that_comes_twice() -> None:
    """An UNTIL in UTC is exact in the hour that the clock shows twice: a start is its first, so both are before it."""
    rule = "FREQ=HOURLY;BYMINUTE=0,45;UNTIL=20261025T013000Z"  # 02:30 in Berlin, for the second time
    assert turns(rule, "2026-10-25T01:00", zone="Europe/Berlin")[-1] == "2026-10-25T02:45"
    rule = "FREQ=HOURLY;BYMINUTE=0,45;UNTIL=20261025T003000Z"  # for the first time
    assert turns(rule, "2026-10-25T01:00", zone="Europe/Berlin")[-1] == "2026-10-25T02:00"


def test_a_beginning_that_the_rule_does_not_name() -> None:
    """The beginning is an occurrence only if the rule names it: from a Tuesday on, Mondays are the following ones."""
    assert turns("FREQ=WEEKLY;BYDAY=MO;COUNT=2", "1997-09-02") == ["1997-09-08", "1997-09-15"]


RULES = st.builds(
    lambda frequency, interval, more, days: ";".join(
        filter(None, [f"FREQ={frequency}", f"INTERVAL={interval}", more, days and "BYDAY=" + ",".join(sorted(days))])
    ),
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 40),
    st.sampled_from(["", "BYMONTH=3,10,11", "BYHOUR=2,14;BYMINUTE=0,30", "COUNT=50", "WKST=SU"]),
    st.frozensets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])),
)


@settings(deadline=None)
@given(
    rule=RULES,
    first=st.datetimes(when("2016-01-01"), when("2026-01-01")),
    skipped=st.timedeltas(timedelta(days=-30), timedelta(days=4_000)),
)
def test_skipping_years_skips_no_occurrence(rule: str, first: datetime, skipped: timedelta) -> None:
    """Whenever one starts to look, what follows is what python-dateutil finds by walking from the beginning."""
    first, since = first.replace(microsecond=0), first.replace(microsecond=0) + skipped
    try:
        check_rule(rule, first, "UTC")
    except ValueError:
        return
    end = since + timedelta(days=400)
    walked = rrulestr(rule, dtstart=first).between(since, end, inc=True)[:50]
    found = parse_rule(rule).walls(first, "UTC", since)
    assert [wall for wall in islice(found, len(walked) + 1) if wall <= end][:50] == walked


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "'' is not NAME=VALUE, as in FREQ=WEEKLY;BYDAY=SU"),
        ("weekly", "'WEEKLY' is not NAME=VALUE, as in FREQ=WEEKLY;BYDAY=SU"),
        ("FREQ=DAILY;;BYHOUR=2", "'' is not NAME=VALUE, as in FREQ=WEEKLY;BYDAY=SU"),
        ("FREQ=DAILY;BYHOUR=", "'BYHOUR=' is not NAME=VALUE, as in FREQ=WEEKLY;BYDAY=SU"),
        ("BYDAY=SU", "a rule says how often, with FREQ: one of HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=MINUTELY", "FREQ=MINUTELY is not one of HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND=1 is not 0"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER is not a part of a rule that is known here"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not a number from 1 to 9999"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL is one number, and not 1,2"),
        ("FREQ=DAILY;COUNT=1000000", "COUNT=1000000 is not a number from 1 to 999999"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24 is not a number from 0 to 23"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0 is not a number from -31 to 31 but 0"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32 is not a number from -31 to 31 but 0"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY has no meaning with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO has no meaning with FREQ=MONTHLY"),
        ("FREQ=HOURLY;BYMINUTE=1;BYSETPOS=1", "BYSETPOS has no meaning with FREQ=HOURLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS picks from what another BY... part names, and there is none"),
        ("FREQ=WEEKLY;BYDAY=Sunday", "BYDAY=SUNDAY is not a day such as MO, 1MO or -1MO"),
        ("FREQ=MONTHLY;BYDAY=0SU", "BYDAY=0SU is not a day such as MO, 1MO or -1MO"),
        ("FREQ=WEEKLY;BYDAY=1SU", "BYDAY=1SU: only with FREQ=MONTHLY or YEARLY days have numbers"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "with BYWEEKNO days have no numbers"),
        ("FREQ=WEEKLY;WKST=1MO", "WKST=1MO is not a day such as MO"),
        ("FREQ=DAILY;UNTIL=2026-12-31", "UNTIL=2026-12-31 is not a time such as 20261231T235959Z or 20261231T235959"),
        ("FREQ=DAILY;UNTIL=20261331", "UNTIL=20261331 is not a time such as 20261231T235959Z or 20261231T235959"),
        ("FREQ=DAILY;UNTIL=20261231;COUNT=2", "a rule ends with UNTIL or with COUNT, not with both"),
        ("FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=31", "no month of BYMONTH=2,4 has a day of BYMONTHDAY=31"),
    ],
)
def test_wrong_rules_are_refused(rule: str, message: str) -> None:
    """What can't be read, has no meaning, or is not known here is told, and never read as something else."""
    with pytest.raises(ValueError, match=r".") as raised:
        parse_rule(rule)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;UNTIL=20261122T235959Z",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=YEARLY;BYMONTH=2;BYDAY=5MO,5TU,5WE,5TH,5FR;BYMONTHDAY=1",
    ],
)
def test_rules_by_which_nothing_happens_are_refused(rule: str) -> None:
    """A rule that is over before it begins, or that names no day ever, is a mistake, and told as one."""
    with pytest.raises(ValueError, match="by this rule it never happens"):
        check_rule(rule, when("2026-11-23T22:00"), "UTC")


@settings(deadline=None)
@given(
    st.one_of(
        st.text(),
        st.lists(
            st.builds(
                "{}={}".format,
                st.sampled_from(
                    ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYHOUR", "WKST", "BYSETPOS"]
                ),
                st.one_of(st.text(max_size=5), st.sampled_from(["DAILY", "MONTHLY", "1", "-1", "SU", "1MO,2TU", "١"])),
            )
        ).map(";".join),
    )
)
def test_nothing_but_a_value_error_is_raised(text: str) -> None:
    """Whatever a file says is either a rule that dateutil can work out, or refused in words."""
    try:
        rule = parse_rule(text)
    except ValueError:
        return
    next(rule.walls(when("2026-11-23"), "UTC", when("2026-11-23")), None)
