"""Sloth's names on top of ours: what was built on its rules reads the right numbers from ours. Tried by both promtools."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from support.kinds import slos_of_all_kinds
from support.promtool import Sample, Trial
from support.rules import evaluated_groups
from support.servers import StartPrometheus
from support.slos import AT, counter, make_slo
from tallystick.core.alerting import Alerting, BurnPolicy, Notice
from tallystick.core.sli import CompositeSli, EventsSli, Part
from tallystick.core.slo import Slo
from tallystick.core.window import RollingWindow
from tallystick.generate.render import render
from tallystick.generate.resolved import resolve, resolve_one

GOOD = 'http_requests_total{job="checkout",code="200"}'
BAD = 'http_requests_total{job="checkout",code="500"}'
HOUR, DAY = 3_600, 86_400
STEP = 100
"""Seconds between scrapes and evaluations; three to each piece of five minutes."""

NAMED = {"names": "sloth"}
ID = 'sloth_id="checkout-availability"'
MINE = 'sloth_service="checkout",sloth_slo="availability"'
IDENTITY = {"sloth_id": "checkout-availability", "sloth_service": "checkout", "sloth_slo": "availability"}
OURS = {"slo": "checkout-availability", "slo_service": "checkout"}

PERIOD = 7 * HOUR
PERIOD_NAME = "7h"
UNTIL = 10 * HOUR
BUSY, BURNT, LOST = 900, 450, 900_000
"""Requests to a step, bad ones of an outage within the period, and of one before it."""


def shop() -> dict[str, str]:
    """An outage of two hours before the period, one of an hour within it, and a last hour of little traffic, half of it bad."""
    hour = HOUR // STEP
    return {
        GOOD: counter((5 * hour, BUSY), (hour, BUSY - BURNT), (3 * hour, BUSY), (hour, 1)),
        BAD: counter((2 * hour, LOST), (3 * hour, 0), (hour, BURNT), (3 * hour, 0), (hour, 1)),
    }


def expected_ratio() -> float:
    """Bad events among all of the period."""
    hour = HOUR // STEP
    return hour * (BURNT + 1) / (hour * (6 * BUSY + 2))


@pytest.fixture
def slo() -> Slo:
    """An SLO of seven hours, with alerts of its own pairs."""
    policies = tuple(BurnPolicy(severity, Fraction(1, 50), HOUR, 300) for severity in ("page", "ticket"))
    return make_slo(
        windows=(RollingWindow(PERIOD),),
        objective="0.99",
        labels={"env": "prod"},
        team="payments",
        alerting=Alerting(page=Notice(burn=policies[:1]), ticket=Notice(burn=policies[1:]), min_events=0),
    )


def test_what_dashboards_and_gates_ask_is_answered(promtool: Path, tmp_path: Path, slo: Slo) -> None:
    """Budget, burn rates, objective, information and alerts, asked by Sloth's labels, each once and to the digit."""
    ratio = expected_ratio()
    burn = ratio / 0.01
    trial = Trial(promtool, tmp_path, [slo], shop(), step_seconds=STEP, config=NAMED)

    def near(query: str, value: float, labels: Mapping[str, str]) -> tuple[str, int, list[Sample]]:
        return f"(({query}) / {value} > 0.999 < 1.001) ^ 0", UNTIL, [(labels, 1)]

    both = {**OURS, **IDENTITY}
    hours = f"sum_over_time((slo:sli_error:ratio_rate1h{{{MINE}}} * on () group_left () vector(1))[5h:1h])"
    budget = f"slo:error_budget:ratio{{{MINE}}}"
    trial.expect(
        near(f"slo:sli_error:ratio_rate{PERIOD_NAME}{{{MINE}}}", ratio, {**both, "sloth_window": PERIOD_NAME}),
        near(f"slo:period_burn_rate:ratio{{{ID}}}", burn, {**both, "sloth_window": PERIOD_NAME}),
        near(f"slo:period_error_budget_remaining:ratio{{{ID}}}", 1 - burn, {**both, "sloth_window": PERIOD_NAME}),
        near(f"slo:sli_error:ratio_rate5m{{{MINE}}}", 0.5, {**both, "sloth_window": "5m"}),
        near(f"slo:current_burn_rate:ratio{{{ID}}}", 50, {**both, "sloth_window": "5m"}),
        near(f"1 - max(slo:sli_error:ratio_rate1h{{{MINE}}})", 0.5, {}),
        near(f"sum(slo:objective:ratio{{{MINE}}})", 0.99, {}),
        near(f"sum(slo:error_budget:ratio{{{MINE}}})", 0.01, {}),
        near("max by (sloth_id) (slo:time_period:days)", 7 / 24, {"sloth_id": "checkout-availability"}),
        # As a burn-down chart of a month asks it: hours of ratios, beside the budget of as many.
        (
            f"count by (sloth_id) (1 - {hours} / on (sloth_id) ({budget} * on () group_left () vector(5)))",
            UNTIL,
            [({"sloth_id": "checkout-availability"}, 1)],
        ),
        ("count(sloth_slo_info)", UNTIL, [({}, 1)]),
        (
            f"count by (env, team, sloth_objective, sloth_spec) (sloth_slo_info{{{ID}}})",
            UNTIL,
            [({"env": "prod", "team": "payments", "sloth_objective": "99", "sloth_spec": "prometheus/v1"}, 1)],
        ),
        (
            'count by (sloth_id, sloth_slo) (ALERTS{sloth_service="checkout",sloth_severity="page",alertstate="firing"})',
            UNTIL,
            [({"sloth_id": "checkout-availability", "sloth_slo": "availability"}, 1)],
        ),
        (f'count(ALERTS{{{ID},sloth_window!=""}})', UNTIL, []),
    )


def test_there_is_one_series_of_each_name(promtool: Path, tmp_path: Path, slo: Slo) -> None:
    """No sum over Sloth's labels, and none over ours, is doubled: a name is one series, under both."""
    trial = Trial(promtool, tmp_path, [slo], shop(), step_seconds=STEP, config=NAMED)
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", PERIOD_NAME)
    names = [f"slo:sli_error:ratio_rate{window}" for window in windows]
    names += [f"slo:{name}:ratio" for name in ("objective", "error_budget", "current_burn_rate", "period_burn_rate")]
    names += ["slo:period_error_budget_remaining:ratio", "slo:time_period:days", "sloth_slo_info"]

    trial.expect(
        (f'count({{__name__!~"ALERTS.*",{ID}}})', UNTIL, [({}, len(names))]),
        *(
            (f"count({name}{{{matcher}}})", UNTIL, [({}, 1)])
            for name in names
            for matcher in (ID, 'slo_service="checkout"')
        ),
    )


def test_groups_and_composites_have_periods_too(promtool: Path, tmp_path: Path) -> None:
    """Of groups each has its own; a composite is made of what its parts kept in its own period."""
    assert isinstance(make_slo().sli, EventsSli)
    grouped = make_slo(windows=(RollingWindow(PERIOD),), objective="0.9", sli=replace(make_slo().sli, by=("code",)))  # type: ignore[arg-type]
    part = make_slo(name="part", windows=(RollingWindow(PERIOD),), objective="0.9")
    whole = make_slo(
        name="whole",
        windows=(RollingWindow(6 * HOUR + 30 * 60),),
        objective="0.9",
        sli=CompositeSli((Part(part.slo_id),)),
    )
    steps = UNTIL // STEP
    given = {GOOD: counter((steps, 95)), BAD: counter((steps, 5))}

    Trial(promtool, tmp_path, [grouped, part, whole], given, step_seconds=STEP, config=NAMED).expect(
        (
            'round(sum by (code) (slo:period_burn_rate:ratio{sloth_slo="availability"}), 0.001)',
            UNTIL,
            [({"code": "200"}, 0), ({"code": "500"}, 10)],
        ),
        ('round(sum(slo:period_burn_rate:ratio{sloth_slo="whole"}), 0.001)', UNTIL, [({}, 0.5)]),
    )


@pytest.mark.parametrize(
    ("days", "period", "recorded"),
    [
        (30, "30d", ["30d"]),
        (28, "4w", ["4w"]),
        (365, "1y", ["30d", "1y"]),
        (90, "90d", ["30d", "90d"]),
        (3, "3d", []),
    ],
)
def test_periods_are_called_as_sloth_calls_them(days: int, period: str, recorded: list[str]) -> None:
    """Prometheus' own words for a time; long ones are put together of months, and what is recorded already is not again."""
    told = resolve_one(make_slo(days=days), AT)["sloth"]

    assert told["period"] == period
    assert [one["name"] for one in told["periods"]] == recorded


def test_thirty_days_are_thirty_days() -> None:
    """Each once, from now backwards; ninety are three times thirty."""
    files = render([make_slo(days=30), make_slo(service="long", days=90)], ["rules"], NAMED, at=AT)
    rules = {name: content.decode() for name, content in files.items()}

    for name, period, unit, times in (("checkout", "30d", "1d", 30), ("long", "90d", "30d", 3)):
        (expr,) = re.findall(
            rf"record: slo:sli_bad:increase{period}\n +expr: \|-\n(.*?)\n +labels:",
            rules[f"rules/{name}.yaml"],
            re.DOTALL,
        )
        offsets = re.findall(rf"slo:sli_bad:increase{unit}{{[^}}]*}}(?: offset (\d+)h)?", expr)
        hours = 24 if unit == "1d" else 720
        assert sorted(int(offset or 0) for offset in offsets) == [hours * place for place in range(times)]


def test_parts_record_the_period_of_their_composites() -> None:
    """However deep: also a part of a part."""
    part = make_slo(days=7)
    middle = make_slo(service="middle", name="journey", sli=CompositeSli((Part(part.slo_id),)), days=14)
    whole = replace(
        middle, service="whole", sli=CompositeSli((Part(middle.slo_id),)), windows=(RollingWindow(28 * DAY),)
    )

    told = {
        one["id"]: [period["name"] for period in one["sloth"]["periods"]] for one in resolve([part, middle, whole], AT)
    }

    assert told == {
        "checkout-availability": ["1w", "2w", "4w"],
        "middle-journey": ["2w", "4w"],
        "whole-journey": ["4w"],
    }


def test_without_the_flag_nothing_of_it_is_there() -> None:
    """Rules are those they always were."""
    files = render(slos_of_all_kinds(), ["rules"], at=AT)

    assert all(b"sloth" not in content and b"increase30d" not in content for content in files.values())


@pytest.fixture(scope="module")
def named_files() -> Mapping[str, str]:
    """Rules and tests of all kinds of SLOs."""
    made = render(slos_of_all_kinds(), ["rules", "tests"], NAMED, at=AT)
    return {name: content.decode() for name, content in made.items()}


def test_both_promtools_accept_all_kinds(named_files: Mapping[str, str], promtool: Path, tmp_path: Path) -> None:
    """Nothing is wrong with the rules, and the tests that are generated beside them pass."""
    for name, content in named_files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    rules = [name for name in named_files if name.startswith("rules/")]
    tests = [name for name in named_files if name.startswith("tests/") and name.count("/") == 1]

    for command in (["check", "rules", *rules], ["test", "rules", *tests]):
        done = subprocess.run([promtool, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
        assert "duplicate" not in done.stdout + done.stderr


def test_prometheus_evaluates_all_kinds(named_files: Mapping[str, str], start_prometheus: StartPrometheus) -> None:
    """A real Prometheus of either version evaluates every rule without an error."""
    rules = {
        name.removeprefix("rules/"): content.replace("interval: 2m", "interval: 1s")
        for name, content in named_files.items()
        if name.startswith("rules/")
    }
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": sorted(rules)}

    groups = evaluated_groups(start_prometheus(files=rules, config=config).url)

    assert {rule["name"] for group in groups for rule in group["rules"]} >= {
        "sloth_slo_info",
        "slo:period_burn_rate:ratio",
    }
    assert not {rule["lastError"] for group in groups for rule in group["rules"] if rule["health"] != "ok"}
