"""The trend over months: what the days were, at whatever range the dashboard is looked at."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from dashboards.queries import AskOver, Json, asking, asking_over, panels, promql
from dashboards.synthetic import DAY
from support.servers import StartPrometheus

TODAY = 1_767_225_600
"""A midnight in UTC, at which Grafana's steps of a day end too."""
DAYS = 180
ALL = {"service": ".*", "team": ".*", "tier": ".*", "window": ".*"}
LEFT: dict[str, list[float | None]] = {
    "good": [0.9] * (DAYS + 1),
    "broken": [-0.5 if 100 <= ago < 130 else 0.6 for ago in range(DAYS + 1)],
    "young": [None if ago < 10 else 0.5 for ago in range(60)],
    "thin": [0.1 if ago == 0 else 0.8 for ago in range(DAYS + 1)],
}
"""What is left of the budget, by days ago; None where that is not known. The SLO is as old as the list is long."""
TEAMS = {"good": "payments", "broken": "payments", "young": "search"}


def history() -> str:
    """A sample at the end of each day of what the exporter tells."""
    families: dict[str, list[str]] = {
        name: []
        for name in ("slo_info", "slo_valid", "slo_met", "slo_error_budget_remaining_ratio", "slo_objective_ratio")
    }
    for name, lefts in LEFT.items():
        team = f',slo_team="{TEAMS[name]}"' if name in TEAMS else ""
        labels = f'slo="{name}",slo_service="shop"'
        for ago, left in reversed(list(enumerate(lefts))):
            at = TODAY - ago * DAY
            families["slo_info"].append(f"slo_info{{{labels}{team}}} 1 {at}")
            families["slo_objective_ratio"].append(f"slo_objective_ratio{{{labels}}} 0.99 {at}")
            windowed = f'{labels},window="30d"'
            families["slo_valid"].append(f"slo_valid{{{windowed}}} {int(left is not None)} {at}")
            if left is not None:
                families["slo_met"].append(f"slo_met{{{windowed}}} {int(left >= 0)} {at}")
                families["slo_error_budget_remaining_ratio"].append(
                    f"slo_error_budget_remaining_ratio{{{windowed}}} {left} {at}"
                )
    return "".join(f"# TYPE {name} gauge\n" + "\n".join(lines) + "\n" for name, lines in families.items())


@pytest.fixture(scope="module")
def url(start_prometheus_once: StartPrometheus) -> str:
    """A Prometheus that remembers half a year."""
    return start_prometheus_once(history=history()).url


@pytest.fixture(scope="module")
def over(url: str) -> AskOver:
    """Asks it over a time."""
    return asking_over(url)


def monthly(rendered: dict[str, Json]) -> Iterator[Json]:
    """Panels with a time of their own."""
    return (panel for panel in panels(rendered["tallystick-portfolio.json"]) if "timeFrom" in panel)


def days(rendered: dict[str, Json], title: str, letter: str, over: AskOver) -> dict[str, list[float | None]]:
    """Values of a query by day, the oldest first, for each of its labels."""
    (panel,) = [one for one in monthly(rendered) if one["title"] == title]
    (expr,) = [one["expr"] for one in panel["targets"] if one["refId"] == letter]
    found: dict[str, list[float | None]] = {}
    for series in over(promql(expr, ALL), TODAY - DAYS * DAY, TODAY, DAY):
        values = {int(at): float(value) for at, value in series["values"]}
        found[" ".join(series["metric"].values())] = [values.get(TODAY - ago * DAY) for ago in range(DAYS, -1, -1)]
    return found


def test_they_ask_for_a_day_at_a_time(rendered: dict[str, Json]) -> None:
    """Half a year is asked for in 180 steps, however wide the screen and however long the dashboard's own range is."""
    found = list(monthly(rendered))
    assert len(found) == 3
    for panel in found:
        assert (panel["timeFrom"], panel["interval"], panel["maxDataPoints"]) == ("180d", "1d", 400)
        assert not any("$__" in target["expr"] for target in panel["targets"])


def test_each_day_has_its_states(rendered: dict[str, Json], over: AskOver) -> None:
    """Every SLO that there was is in one state, and what was not known is a state of its own."""
    found = days(rendered, "States, day by day", "A", over)
    assert set(found) == {"Met", "At risk", "Breached", "Unknown"}
    at = {ago: {state: values[DAYS - ago] for state, values in found.items()} for ago in (0, 5, 50, 110, 150)}
    none = dict.fromkeys(found)
    assert at[0] == none | {"Met": 2, "At risk": 1, "Unknown": 1}
    assert at[5] == none | {"Met": 3, "Unknown": 1}
    assert at[50] == none | {"Met": 4}
    assert at[110] == none | {"Met": 2, "Breached": 1}
    assert at[150] == none | {"Met": 3}


def test_unknown_is_neither_kept_nor_broken(rendered: dict[str, Json], over: AskOver) -> None:
    """The share of promises kept is of those that are known, and how many are not is told beside it."""
    (kept,) = days(rendered, "Promises kept, day by day", "B", over).values()
    (unknown,) = days(rendered, "Promises kept, day by day", "C", over).values()
    assert [kept[DAYS - ago] for ago in (0, 5, 50)] == [1, 1, 1]
    assert kept[DAYS - 110] == pytest.approx(2 / 3)
    assert [unknown[DAYS - ago] for ago in (0, 5, 50, 110)] == [0.25, 0.25, 0, 0]


def test_teams_are_told_apart(rendered: dict[str, Json], over: AskOver) -> None:
    """Each team has its line, those without a team have one too, and it stops where nothing of theirs is known."""
    found = days(rendered, "Promises kept, day by day", "A", over)
    assert set(found) == {"payments", "search", "no team"}
    assert found["payments"][DAYS - 110] == 0.5
    assert [found["search"][DAYS - ago] for ago in (70, 50, 5)] == [None, 1, None]
    assert set(found["no team"]) == {1}


def test_the_lowest_keep_their_past(rendered: dict[str, Json], over: AskOver) -> None:
    """The states of those with least of their budget now go back as far as they do."""
    found = days(rendered, "States of the lowest, day by day", "A", over)
    broken = found["broken shop"]
    assert [broken[DAYS - ago] for ago in (0, 99, 100, 129, 130)] == [0, 0, 3, 3, 0]


def test_a_table_has_what_was_left_each_month(rendered: dict[str, Json], url: str) -> None:
    """Every 30 days what was left, the oldest first, and nothing where there was no SLO or no verdict."""
    ask = asking(url)
    (panel,) = [
        one for one in panels(rendered["tallystick-portfolio.json"]) if one["title"] == "Budget left, month by month"
    ]
    columns = [
        {found["metric"]["slo"]: float(found["value"][1]) for found in ask(promql(target["expr"], ALL), TODAY)}
        for target in panel["targets"]
    ]
    assert [one.get("broken") for one in columns] == [0.99, 0.6, 0.6, -0.5, 0.6, 0.6, 0.6, 0.6]
    assert [one.get("thin") for one in columns] == [0.99, *[0.8] * 6, 0.1]
    names = panel["transformations"][1]["options"]["renameByName"].values()
    shown = [name for name in names if name.endswith("ago") or name == "Now"]
    assert sorted(shown) == sorted(["Now", *(f"{days} days ago" for days in range(30, 181, 30))])


def test_nothing_is_made_up_where_nothing_was(rendered: dict[str, Json], over: AskOver) -> None:
    """Days before the first sample have no value: neither 0 nor 1."""
    for panel in monthly(rendered):
        for target in panel["targets"]:
            before = over(promql(target["expr"], ALL), TODAY - (DAYS + 30) * DAY, TODAY - (DAYS + 1) * DAY, DAY)
            assert before == [], panel["title"]


def test_grafana_draws_days_in_order(rendered: dict[str, Json]) -> None:
    """The columns of the months are in the order of time."""
    (panel,) = [
        one for one in panels(rendered["tallystick-portfolio.json"]) if one["title"] == "Budget left, month by month"
    ]
    options = panel["transformations"][1]["options"]
    order = sorted(options["indexByName"], key=options["indexByName"].__getitem__)
    ages = [int(name.split()[0]) for key in order if (name := options["renameByName"][key]).endswith("ago")]
    assert len(ages) == 6
    assert all(older > newer for older, newer in pairwise(ages))
