"""What is said of a week's traffic: pages that one bad event sends, and pages that nothing can send."""

from pathlib import Path

import pytest

from online.pages import Hourly, as_shown, at_night, judged

ROOT = Path(__file__).parents[2]
ALWAYS = range(24)
PAGE = (ROOT / "docs" / "checks" / "low-traffic.md").read_text(encoding="utf-8")


def told(folder: Path, alerting: str, hourly: Hourly, **other: str) -> str:
    """All that is said of an SLO without groups."""
    return "\n".join(as_shown(one, folder) for one in judged(folder, alerting, {"": hourly}, **other))


@pytest.mark.parametrize(
    ("alerting", "hourly"), [("min_events: 0", at_night(600, 12)), ("", at_night(100, 30, range(6, 20)))]
)
def test_examples_on_the_page(tmp_path: Path, alerting: str, hourly: Hourly) -> None:
    """The page shows what the check says, to the letter."""
    assert f"```text\n{told(tmp_path, alerting, hourly)}\n```" in PAGE


@pytest.mark.parametrize(
    ("alerting", "hourly"),
    [
        ("", at_night(600, 12)),  # auto keeps the quiet from paging, for three hours of the day
        ("min_events: 0", at_night(600, 70)),  # 1 of 70 is not above 14.4 x 0.1 %
        ("min_events: 0", at_night(0, 0)),
        ("min_events: 0\nmin_bad: 2", at_night(600, 12)),
        ("min_events: 0\npage: {enabled: false}", at_night(600, 12)),
        ("min_events: 0\nburn: [{severity: ticket, budget: 10%, in: 1d}]", at_night(600, 12)),
        ("weigh: traffic", at_night(600, 12)),
        ("weigh: traffic\nmin_bad: 1", at_night(600, 12)),
        ("", at_night(100, 0, range(20))),  # most hours have no events at all; the others have enough
        ("", at_night(100, 30, range(12))),  # off for half of the time, and not more
    ],
)
def test_nothing_to_tell(tmp_path: Path, alerting: str, hourly: Hourly) -> None:
    """Where one bad event does not page, and pages can be sent most of the time, nothing is said."""
    assert told(tmp_path, alerting, hourly) == ""


def test_one_event_under_the_bound_is_told(tmp_path: Path) -> None:
    """69 events an hour are too few by one: 1/69 is above 14.4 x 0.1 %, 1/70 is not."""
    text = told(tmp_path, "min_events: 0", at_night(600, 69))

    assert "(69 events in 1h from Sun 04:00 UTC) one bad event alone would page" in text
    assert "in 12 % of the 1h windows" in text
    assert "min_events: auto (here 70)" in text


def test_a_number_that_is_too_low_is_told_where_it_is_written(tmp_path: Path) -> None:
    """With min_events: 50, hours of 50 to 69 events page for one; the quietest of these is named, not a quieter one."""
    (problem,) = judged(tmp_path, "min_events: 50", {"": lambda hour: {2: 40, 3: 55, 4: 60}.get(hour, 600)})

    assert "(55 events in 1h from Sun 03:00 UTC)" in problem.message
    assert (problem.line, problem.column, problem.end_column) == (12, 19, 21)


def test_a_longer_window_is_offered_where_it_would_do(tmp_path: Path) -> None:
    """A quiet night in a busy day is bridged by six hours; a week that is quiet throughout by none."""
    assert "a longer window (in: 6h)" in told(tmp_path, "min_events: 0", at_night(600, 12))
    assert "a longer window" not in told(tmp_path, "min_events: 0", at_night(12, 12))


def test_an_objective_that_is_offered_would_do(tmp_path: Path) -> None:
    """With the objective of the hint, the same traffic has no problem any more."""
    first = told(tmp_path, "min_events: 0", at_night(600, 12))
    offered = first.rpartition("an objective of ")[2]

    assert offered == "99.42%"
    assert told(tmp_path, "min_events: 0", at_night(600, 12), objective=offered) == ""
    assert "12 events" in told(tmp_path, "min_events: 0", at_night(600, 12), objective="99.43%")


def test_the_worst_group_is_told(tmp_path: Path) -> None:
    """Of several groups the one that is quiet the longest is named, with how many others there are."""
    groups = {"ap": at_night(600, 12), "eu": at_night(600, 20, range(8)), "us": at_night(600, 600)}

    (problem,) = judged(tmp_path, "min_events: 0", groups)

    assert '(20 events in 1h from Sun 07:00 UTC for region="eu")' in problem.message
    assert "in 33 % of the 1h windows" in problem.message
    assert problem.message.endswith("(likewise the 6h page and 1 more group)")


def test_each_group_is_judged_by_itself(tmp_path: Path) -> None:
    """Groups that are quiet do not hide behind a busy one."""
    (problem,) = judged(tmp_path, "", {"eu": at_night(5_000, 5_000), "us": at_night(30, 30)})

    assert 'for region="us" the 1h page was off: it asks for 70 events, and the median was 30' in problem.message


@pytest.mark.parametrize(
    ("alerting", "hourly", "seen"),
    [
        ("", at_night(30, 30), "by the 6h page"),
        ("", at_night(2, 2), "by tickets alone"),
        ("ticket: {enabled: false}", at_night(2, 2), "by nobody"),
    ],
)
def test_who_would_see_an_outage(tmp_path: Path, alerting: str, hourly: Hourly, seen: str) -> None:
    """It is said what is left while a page is off: another page, tickets, or nothing."""
    assert f"an outage then is seen {seen}" in told(tmp_path, alerting, hourly)


def test_a_number_that_is_too_high(tmp_path: Path) -> None:
    """Who asks for 500 events and has 300 is told that auto would ask for 70."""
    text = told(tmp_path, "min_events: 500", at_night(300, 300))

    assert "the 1h page was off: it asks for 500 events, and the median was 300" in text
    assert "write min_events: auto (here 70)," in text
    assert "objective" not in text  # a looser one would not help


def test_bad_events_that_there_can_not_be(tmp_path: Path) -> None:
    """With min_bad: 40 and 20 events an hour even a total outage does not page; it is told at min_bad."""
    (problem,) = judged(tmp_path, "min_events: 0\nmin_bad: 40", {"": at_night(20, 20)})

    assert "the 1h page was off: it asks for 40 bad events, and the median was 20" in problem.message
    assert problem.line == 13
    assert "min_bad: 3" in problem.hint
    assert "weigh" not in problem.hint


def test_little_traffic_in_the_whole_period(tmp_path: Path) -> None:
    """Weighed by traffic, one bad event pages if 2 % of the period's budget is less than an event, at any hour."""
    text = told(tmp_path, "weigh: traffic\nmin_bad: 0", at_night(60, 60))

    assert "at last week's traffic one bad event alone would page: 2 % of the budget of 30d is 0.86 events" in text
    assert "write min_bad: 2" in text
    assert told(tmp_path, "weigh: traffic\nmin_bad: 0", at_night(70, 70)) == ""  # 1.008 events


def test_a_default_that_was_lowered(tmp_path: Path) -> None:
    """At 90 % the one-hour page asks for an error ratio of 75 %: only an hour of a single event pages for one."""
    text = told(tmp_path, "min_events: 0", at_night(600, 1), objective="90%")

    assert "(1 event in 1h from Sun 04:00 UTC)" in text
    assert "objective of" not in text
    assert told(tmp_path, "min_events: 0", at_night(600, 2), objective="90%") == ""
