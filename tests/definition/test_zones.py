"""Time zones, moments and days of the year, from their text."""

from datetime import datetime

import pytest

from tallystick.core.civil import zone_info
from tallystick.definition.values import ValueFault
from tallystick.definition.zones import oddity_of, read_moment, read_year_start, read_zone


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Etc/GMT-5", "America/Argentina/Buenos_Aires"],
)
def test_zones_are_known_by_their_names(name: str) -> None:
    """A name of the IANA database is taken as it is, and can be reckoned with."""
    assert zone_info(read_zone(name)).key == name


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("new york", "America/New_York"),
        ("utc", "UTC"), ("CEST", "Europe/Berlin"), ("+02:00", "Europe/Berlin"), ("UTC+2", "Europe/Berlin"),
        ("localtime", "IANA"), ("Factory", "IANA"), ("../../etc/passwd", "IANA"), ("", "IANA"), ("x" * 5_000, "IANA"), ("\x00", "IANA"),
    ],
)  # fmt: skip
def test_other_names_are_refused_with_what_was_meant(text: str, meant: str) -> None:
    """A name that is nearly one is told; an offset, an abbreviation, a path and this machine's own time are no zones."""
    with pytest.raises(ValueFault) as raised:
        read_zone(text)

    assert meant in raised.value.hint


@pytest.mark.parametrize("text", ["2026-12-05 22:00", "2026-12-05T22:00", "2026-12-05 22:00:00"])
def test_moments(text: str) -> None:
    """A date and a time are read as the clock shows them, without any zone."""
    assert read_moment(text) == datetime(2026, 12, 5, 22, 0)  # noqa: DTZ001  # a clock's time


@pytest.mark.parametrize(
    "text",
    ["2026-12-05", "2026-12-05 22", "05.12.2026 22:00", "2026-12-05 22:00Z", "2026-12-05 22:00+01:00", "2026-12-05 22:00 UTC", "2026-12-05 22:00:01",
     "2026-12-05 22:00:00.5", "2026-02-30 22:00", "2026-12-05 24:00", "2026-12-05 22:60", "1969-12-05 22:00", "2200-01-01 00:00", "now", "", "2026-12-05 22:00\n"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    """Half a time, one with seconds or an offset, and one that does not exist are refused with a hint."""
    with pytest.raises(ValueFault) as raised:
        read_moment(text)

    assert raised.value.hint


@pytest.mark.parametrize(
    ("moment", "zone", "odd"),
    [
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29 03:30 is taken"),
        ("2026-03-29 01:59", "Europe/Berlin", ""),
        ("2026-03-29 03:00", "Europe/Berlin", ""),
        ("2026-10-25 02:30", "Europe/Berlin", "twice"),
        ("2026-10-25 03:00", "Europe/Berlin", ""),
        ("2026-03-08 02:15", "America/New_York", "2026-03-08 03:15 is taken"),
        ("2026-10-04 02:10", "Australia/Lord_Howe", "2026-10-04 02:40 is taken"),
        ("2011-12-30 12:00", "Pacific/Apia", "2011-12-31 12:00 is taken"),
        ("2026-03-29 02:30", "UTC", ""),
    ],
)
def test_odd_times_are_told(moment: str, zone: str, odd: str) -> None:
    """A time that a zone's clock never shows, or shows twice, is told with what is taken; any other one is not."""
    found = oddity_of(read_moment(moment), zone)

    assert odd in found
    assert bool(odd) is bool(found)


@pytest.mark.parametrize(
    ("text", "day"), [("01-01", (1, 1)), ("04-01", (4, 1)), ("12-31", (12, 31)), ("02-28", (2, 28))]
)
def test_days_of_the_year(text: str, day: tuple[int, int]) -> None:
    """Month and day are read as such."""
    assert read_year_start(text) == day


@pytest.mark.parametrize(
    "text", ["02-29", "02-30", "04-31", "00-01", "13-01", "01-00", "4-1", "0401", "April", "", "2026-04-01"]
)
def test_days_that_not_every_year_has_are_refused(text: str) -> None:
    """No year begins on a day that it does not have."""
    with pytest.raises(ValueFault):
        read_year_start(text)
