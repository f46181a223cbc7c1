"""slo-generator's files: what each field is here, and what is told of what is not read."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tallystick.core.sli import EventsSli, LatencySli, QuerySli, RatioSli, Sum
from tallystick.core.slo import Slo
from tallystick.definition.load import Loaded, load_paths

STEPS = [
    {"name": "1 hour", "window": 3_600, "burn_rate_threshold": 9, "alert": True, "message_alert": "Page", "message_ok": "Fine"},
    {"name": "7 days", "window": 604_800, "burn_rate_threshold": 1.5, "alert": False, "message_alert": "Plan less", "message_ok": "Fine"},
    {"name": "28 days", "window": 2_419_200, "burn_rate_threshold": 1, "alert": False, "message_alert": "Freeze\nreleases", "message_ok": "Fine"},
]  # fmt: skip
CONFIG = {
    "default_exporters": ["prometheus"],
    "backends": {"prometheus": {"url": "${PROMETHEUS_URL}"}},
    "exporters": {"prometheus": {"url": "${PUSHGATEWAY_URL}"}},
    "error_budget_policies": {"default": {"steps": STEPS}, "day": {"steps": [{"name": "day", "window": 86_400}]}},
}
RATIO = {"filter_good": 'requests_total{code!~"5.."}', "filter_valid": "requests_total"}
HISTOGRAM = {"expression": 'request_seconds_bucket{job="a"}', "threshold_bucket": 0.25}


def objective(
    method: str = "good_bad_ratio",
    sli: Mapping[str, Any] = RATIO,
    name: str = "shop-web-availability",
    labels: Mapping[str, Any] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """An SLO file."""
    metadata: dict[str, Any] = {"name": name}
    metadata |= {"labels": {"service_name": "shop", "feature_name": "web"} if labels is None else dict(labels)}
    given = {"description": "What", "goal": 0.999, "backend": "prometheus", "method": method, **spec}
    whole = {**given, "service_level_indicator": dict(sli)}
    return {"apiVersion": "sre.google.com/v2", "kind": "ServiceLevelObjective", "metadata": metadata, "spec": whole}


def load(folder: Path, *documents: Mapping[str, Any]) -> Loaded:
    """What *documents* give, each in a file."""
    for number, document in enumerate(documents):
        (folder / f"{number}.yaml").write_text(yaml.safe_dump(dict(document), sort_keys=False), encoding="utf-8")
    return load_paths([folder])


def only(folder: Path, *documents: Mapping[str, Any]) -> Slo:
    """The one SLO of *documents*, which have no problem."""
    loaded = load(folder, *documents)
    assert loaded.problems == ()
    (slo,) = loaded.slos
    return slo


def notes_of(loaded: Loaded) -> dict[str, str]:
    """What is told, by its kind."""
    return {note.code: note.message for note in loaded.notes}


def test_what_is_promised(tmp_path: Path) -> None:
    """Names, goal, description and labels are what the file says; the id is the object's name."""
    labels = {"service_name": "shop", "feature_name": "web", "team": "payments", "tier": 1, "version": "1.10"}
    slo = only(tmp_path, objective(labels=labels), CONFIG)

    assert (slo.slo_id, slo.service, slo.name) == ("shop-web-availability", "shop", "web-availability")
    assert (slo.objective, slo.description, slo.team, slo.tier) == (Decimal("0.999"), "What", "payments", "1")
    assert slo.labels == {"feature_name": "web", "tier": "1", "version": "1.10"}


def test_names_without_labels(tmp_path: Path) -> None:
    """Without `service_name` the service is what stands before the first dash, and a note tells so."""
    loaded = load(tmp_path, objective(labels={}), objective(name="alone", labels={}))

    assert [slo.slo_id for slo in loaded.slos] == ["alone-alone", "shop-web-availability"]
    assert {note.message for note in loaded.notes if note.code == "service"} == {
        "service shop, by the name: there is no label `service_name`",
        "service alone, by the name: there is no label `service_name`",
    }


def test_a_name_that_does_not_begin_with_the_service(tmp_path: Path) -> None:
    """The whole name is the SLO's."""
    assert only(tmp_path, objective(name="web"), CONFIG).slo_id == "shop-web"


def test_policy_gives_the_windows(tmp_path: Path) -> None:
    """Steps of a day and more are windows, the longest first; what else they say is told."""
    loaded = load(tmp_path, objective(), CONFIG)

    assert [window.name for window in loaded.slos[0].windows] == ["28d", "7d"]
    assert notes_of(loaded) == {
        "alert-windows": "alerts follow from the budget, not from the policy's steps; its steps of 1h are left out",
        "policy": "what policy default asks for at which burn rates is not read (over 1 in 28d: Freeze releases; over 1.5 in 7d: Plan less; over 9 in 1h: Page)",
    }


def test_other_policy(tmp_path: Path) -> None:
    """An SLO may name a policy; one of short steps alone gives its longest."""
    policies = {"short": {"steps": [{"name": "a", "window": 3_600}, {"name": "b", "window": 43_200.0}]}}
    loaded = load(
        tmp_path,
        objective(error_budget_policy="day"),
        objective(name="shop-b", error_budget_policy="short"),
        CONFIG,
        {"error_budget_policies": policies},
    )

    assert loaded.problems == ()
    assert {slo.name: [window.name for window in slo.windows] for slo in loaded.slos} == {
        "web-availability": ["1d"],
        "b": ["12h"],
    }


def test_no_policy(tmp_path: Path) -> None:
    """Without a configuration the window is that of the tool's own sample, and a note tells so."""
    loaded = load(tmp_path, objective(error_budget_policy="whatever"))

    assert [window.name for window in loaded.slos[0].windows] == ["28d"]
    assert notes_of(loaded).keys() == {"period"}


def test_the_same_policy_twice(tmp_path: Path) -> None:
    """A configuration that is there in two copies is no problem, as long as they say the same."""
    assert only(tmp_path, objective(), CONFIG, {"exporters": {}}, CONFIG).windows[0].name == "28d"


@pytest.mark.parametrize("operators", [None, ["increase", "sum"], ["rate", "sum"]])
@pytest.mark.parametrize("window", ["", "[window]"])
def test_good_and_valid(tmp_path: Path, operators: list[str] | None, window: str) -> None:
    """Filters are the counters that they select, with `[window]` or without."""
    sli: dict[str, Any] = {key: text + window for key, text in RATIO.items()}
    slo = only(tmp_path, objective(sli=sli | ({"operators": operators} if operators else {})), CONFIG)

    assert isinstance(slo.sli, EventsSli)
    assert slo.sli.good
    assert not slo.sli.bad
    assert slo.sli.total.promql == "requests_total"  # type: ignore[union-attr]
    assert slo.sli.good.promql == 'requests_total{code!~"5.."}'  # type: ignore[union-attr]


def test_good_and_bad(tmp_path: Path) -> None:
    """The total is the sum of both."""
    slo = only(tmp_path, objective(sli={"filter_good": "good_total", "filter_bad": "bad_total"}), CONFIG)

    assert isinstance(slo.sli, EventsSli)
    assert slo.sli.bad
    assert isinstance(slo.sli.total, Sum)
    assert [(term.sign, term.selector.metric) for term in slo.sli.total.terms] == [(1, "good_total"), (1, "bad_total")]


def test_comments_of_filters_end_nothing(tmp_path: Path) -> None:
    """What comes behind a comment in a filter is no part of the other one, nor of what it is put into."""
    sli = {"filter_good": "good_total # the good ones", "filter_bad": "bad_total # the others"}
    slo = only(tmp_path, objective(sli=sli), CONFIG)
    assert isinstance(slo.sli, EventsSli)
    assert isinstance(slo.sli.total, Sum)
    assert [term.selector.metric for term in slo.sli.total.terms] == ["good_total", "bad_total"]

    slo = only(tmp_path, objective(sli={**sli, "operators": ["increase", "max"]}), CONFIG)
    assert isinstance(slo.sli, QuerySli)
    assert slo.sli.bad == "max(increase(bad_total[$window]))"


def test_queries_as_filters(tmp_path: Path) -> None:
    """What is more than a selector is asked of Prometheus, as the tool puts it together; a side may not be there."""
    sli = {"filter_good": "a_total[window:1m]", "filter_bad": "b_total offset 5m", "operators": ["increase", "sum"]}
    loaded = load(tmp_path, objective(sli=sli), CONFIG)
    assert [problem.code for problem in loaded.problems] == ["promql-syntax"]  # a range goes before an offset

    sli = {"filter_good": "a_total[window:1m]", "filter_bad": "b_total", "operators": ["increase", "max"]}
    slo = only(tmp_path, objective(sli=sli), CONFIG)

    assert isinstance(slo.sli, QuerySli)
    good, bad = "max(increase(a_total[$window:1m]))", "max(increase(b_total[$window]))"
    assert slo.sli.bad == bad
    assert slo.sli.total == f"({good}) + ({bad}) or ({good}) or ({bad})"


def test_operators_that_are_none(tmp_path: Path) -> None:
    """Each is told where it is written, whatever the filters are."""
    loaded = load(
        tmp_path, objective(sli=RATIO | {"operators": ["rates", "sum", "su{m", "sum by (a)", "quantile"]}), CONFIG
    )

    assert {problem.code for problem in loaded.problems} == {"promql-syntax"}
    assert [problem.message.split(" aggregation ")[1] for problem in loaded.problems] == [
        f"{name} of one query" for name in ("rates", "su{m", "quantile")
    ]
    assert len({(problem.line, problem.column) for problem in loaded.problems}) == 3


def test_filters_that_keep_labels(tmp_path: Path) -> None:
    """They make an SLO for each of their values, where the tool takes one series of them."""
    loaded = load(tmp_path, objective(sli=RATIO | {"operators": ["rate", "sum by (region)"]}), CONFIG)

    assert loaded.problems == ()
    assert loaded.slos[0].sli.by == ("region",)
    assert "one SLO for each region" in notes_of(loaded)["grouped"]


@pytest.mark.parametrize("bound", [0.25, "0.25"])
def test_distribution_cut(tmp_path: Path, bound: object) -> None:
    """A histogram by its buckets, and a bound in its unit."""
    slo = only(tmp_path, objective("distribution_cut", HISTOGRAM | {"threshold_bucket": bound}), CONFIG)

    assert isinstance(slo.sli, LatencySli)
    assert slo.sli.histogram.promql == 'request_seconds{job="a"}'
    assert slo.sli.threshold == Decimal("0.25")


def test_query_sli_of_counters(tmp_path: Path) -> None:
    """A ratio of counters is counted, whatever order its matchers are in; one of bad events is turned."""
    good = 'sum(rate(a_total{job="x", code="200"}[window])) / sum(rate(a_total[window]))\n'
    bad = "1 - sum(increase(b_total[window])) / sum(increase(a_total[window]))"
    loaded = load(
        tmp_path,
        objective("query_sli", {"expression": good}),
        objective("query_sli", {"expression": bad}, name="shop-b"),
        CONFIG,
    )

    assert loaded.problems == ()
    slis = {slo.name: slo.sli for slo in loaded.slos}
    assert all(isinstance(sli, EventsSli) for sli in slis.values())
    assert slis["web-availability"].good  # type: ignore[union-attr]
    assert slis["b"].bad  # type: ignore[union-attr]


def test_query_sli_of_anything(tmp_path: Path) -> None:
    """Any other query is a ratio, in which every second weighs the same; that is told."""
    loaded = load(tmp_path, objective("query_sli", {"expression": "avg(avg_over_time(ok[window]))"}), CONFIG)

    assert isinstance(loaded.slos[0].sli, RatioSli)
    assert loaded.slos[0].sli == RatioSli("avg(avg_over_time(ok[$window]))", "success")
    assert "timed" in notes_of(loaded)


def test_owner_is_told(tmp_path: Path) -> None:
    """A label `owner` names the team where there is no `team`."""
    loaded = load(tmp_path, objective(labels={"service_name": "shop", "owner": "ops"}), CONFIG)

    assert loaded.slos[0].team == "ops"
    assert notes_of(loaded)["team"] == "team ops owns this, by the label `owner`"


def test_environment_of_what_is_not_read(tmp_path: Path) -> None:
    """Variables in backends and exporters are nobody's business here; those in policies and SLOs are problems."""
    assert load(tmp_path, objective(), CONFIG).problems == ()

    windows = {"default": {"steps": [{"name": "a", "window": 86_400, "message_alert": "call ${WHOM}"}]}}
    loaded = load(tmp_path, objective(description="${WHAT}"), {"error_budget_policies": windows})

    assert [problem.code for problem in loaded.problems] == ["environment", "environment"]


def test_what_another_backend_takes_is_not_looked_at(tmp_path: Path) -> None:
    """There is one problem, which names it, whatever else is in the file."""
    loaded = load(tmp_path, objective("mql", {"project": "${ID}", "x": [1]}, backend="acme.Own"))

    assert [(problem.code, "acme.Own" in problem.message) for problem in loaded.problems] == [("backend", True)]


def test_a_configuration_is_no_definition(tmp_path: Path) -> None:
    """It gives nothing and is no problem; what only looks like one is looked at as ours."""
    assert load(tmp_path, CONFIG, {"exporters": {"a": {}}, "default_exporters": ["a"]}).problems == ()

    loaded = load(tmp_path, {"exporters": [], "alert": True})
    assert "missing-key" in {problem.code for problem in loaded.problems}
