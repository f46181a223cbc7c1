"""SLOs of openslo/v1alpha, as Sloth reads them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, QuerySli
from tallystick.core.slo import OCCURRENCES
from tallystick.core.window import RollingWindow
from tallystick.definition.load import Loaded, load_paths

Json = dict[str, Any]


def metric(query: str, **more: str) -> Json:
    """A query as that version has it."""
    return {"source": "prometheus", "queryType": "promql", "query": query, **more}


def objective(good: str = 'sum(rate(a_total{code="200"}[{{.window}}]))', **more: Any) -> Json:
    """A promise of good events."""
    return {
        "ratioMetrics": {"good": metric(good), "total": metric("sum(rate(a_total[{{.window}}]))")},
        "target": 0.99,
        **more,
    }


def read(folder: Path, *objectives: Json, **more: Any) -> Loaded:
    """Load an SLO with *objectives*; *more* wins over what is usual."""
    usual = {
        "service": "shop",
        "budgetingMethod": "Occurrences",
        "timeWindows": [{"unit": "Day", "count": 28}],
        "objectives": list(objectives),
    }
    spec = {key: value for key, value in {**usual, **more}.items() if value is not None}
    document = {"apiVersion": "openslo/v1alpha", "kind": "SLO", "metadata": {"name": "requests"}, "spec": spec}
    (folder / "a.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return load_paths([folder])


def test_objectives_are_numbered_and_do_not_alert(tmp_path: Path) -> None:
    """Each is an SLO with its number, be it the only one; there are no alerts, as from Sloth, which is told."""
    loaded = read(tmp_path, objective(), objective("max(rate(a_total[{{.window}}]))"))

    assert loaded.problems == ()
    first, second = loaded.slos
    assert (first.slo_id, second.slo_id) == ("shop-requests-0", "shop-requests-1")
    total = Selector("a_total")
    assert first.sli == EventsSli(total, good=total.having(Matcher("code", MatchOp.EQUAL, "200")))
    assert second.sli == QuerySli("sum(rate(a_total[$window]))", good="max(rate(a_total[$window]))")
    assert first.windows == (RollingWindow(28 * 86_400),)
    assert not any(notice.enabled for slo in loaded.slos for notice in (slo.alerting.page, slo.alerting.ticket))
    assert {note.code for note in loaded.notes} == {"alerts", "counted"}


def test_what_sloth_passes_over_is_passed_over(tmp_path: Path) -> None:
    """Slices, calendars and what else Sloth does not look at change nothing, and are told."""
    window = [{"unit": "day", "count": "30", "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}}]

    loaded = read(tmp_path, objective(op="lt", timeSliceTarget=0.9), budgetingMethod="Timeslices", timeWindows=window)

    (slo,) = loaded.slos
    assert (slo.budgeting, slo.windows) == (OCCURRENCES, (RollingWindow(30 * 86_400),))
    assert sorted(note.code for note in loaded.notes) == ["alerts", "counted", *["passed-over"] * 4]


def test_without_a_window_it_is_sloths(tmp_path: Path) -> None:
    """Sloth's default period is 30 days."""
    loaded = read(tmp_path, objective(), timeWindows=None)

    assert loaded.slos[0].windows == (RollingWindow(30 * 86_400),)
    assert "period" in {note.code for note in loaded.notes}


def test_groups_are_slos_of_their_own(tmp_path: Path) -> None:
    """Queries that keep labels make one for each value."""
    by = "sum by (region) (rate(a_total[{{.window}}]))"
    one = {"ratioMetrics": {"good": metric(by), "total": metric(by.replace("a_", "b_"))}, "target": 0.9}

    assert read(tmp_path, one).slos[0].sli.by == ("region",)


def test_other_objects_are_passed_over(tmp_path: Path) -> None:
    """Sloth knows SLOs alone."""
    service = {
        "apiVersion": "openslo/v1alpha",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"description": "b"},
    }
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(service), encoding="utf-8")

    loaded = load_paths([tmp_path])

    assert (loaded.problems, [note.code for note in loaded.notes]) == ((), ["passed-over"])


@pytest.mark.parametrize(
    ("objectives", "more", "message"),
    [
        ([objective("sum(rate(a_total[5m]))")], {}, "`query` has no {{.window}}"),
        ([{**objective(), "ratioMetrics": {"good": metric("a", source="datadog"), "total": metric("b[{{.window}}]")}}], {}, "source datadog is none that Sloth reads"),
        ([{"target": 0.9}], {}, "`objectives` has no `ratioMetrics`"),
        ([], {}, "there is no objective"),
        ([objective(target=1.5)], {}, "target 1.5 is not a ratio between 0 and 1"),
        ([objective()], {"timeWindows": [{"unit": "Month", "count": 1}]}, "a window of 1 Month is none that Sloth reads"),
        ([objective()], {"timeWindows": [{"unit": "Day", "count": 1}, {"unit": "Day", "count": 2}]}, "there are several windows, where there may be one"),
    ],
)  # fmt: skip
def test_what_sloth_refuses_is_refused(tmp_path: Path, objectives: list[Json], more: Json, message: str) -> None:
    """What would be read otherwise, or not at all, is a problem."""
    loaded = read(tmp_path, *objectives, **more)

    assert message in [problem.message for problem in loaded.errors]
    assert loaded.slos == ()
