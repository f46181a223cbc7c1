"""Metrics: what each family says, when it says nothing, and that Prometheus accepts it."""

import math
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tallystick.core.window import CalendarWindow
from tallystick.errors import REASONS
from tallystick.metrics import FAMILIES, Exposition
from web.fake_view import DAY, NIGHT, NOW, FakeView, Life, slo

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(view: FakeView) -> Series:
    """All samples of a scrape, by name and labels; fails on two of one name and labels."""
    body, _ = Exposition(view).render("")
    found: Series = {}
    for family in parse_text(body.decode()):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, key
            found[key] = sample.value
    return found


def of(series: Series, name: str, labels: Mapping[str, str]) -> list[float]:
    """The values of *name* whose labels include *labels*."""
    return [value for (found, has), value in series.items() if found == name and labels.items() <= dict(has).items()]


@pytest.fixture(scope="module")
def shop() -> Series:
    """A scrape of the shop, in which there is an SLO in every state."""
    return scrape(FakeView())


def test_promtool_finds_nothing_to_mend(promtool: Path) -> None:
    """Names, types, help and format are as Prometheus wants them."""
    body, _ = Exposition(FakeView()).render("")

    checked = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False)

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_families_are_as_described() -> None:
    """Each family of `FAMILIES` is there with its type and help, in order, and its series carry its labels."""
    body, content_type = Exposition(FakeView()).render("")
    found = [family for family in parse_text(body.decode()) if family.name.startswith(("slo", "tallystick"))]
    types = {"info": "gauge"}

    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert [family.name for family in FAMILIES] == [
        family.name + ("_total" if family.type == "counter" else "") for family in found
    ]
    for described, family in zip(FAMILIES, found, strict=True):
        assert described.help == family.documentation
        assert types.get(described.type, described.type) == family.type
        assert family.samples, described.name
        assert all(set(described.labels) <= set(sample.labels) for sample in family.samples)


def test_openmetrics_says_the_same() -> None:
    """A scraper that asks for OpenMetrics gets valid OpenMetrics with the same samples."""
    view = FakeView()
    body, content_type = Exposition(view).render(OPENMETRICS)
    ours = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse_openmetrics(body.decode())  # type: ignore[no-untyped-call]  # the library's own has no types
        for sample in family.samples
        if sample.name.startswith(("slo", "tallystick"))
    }

    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")
    assert ours == {key: value for key, value in scrape(view).items() if key[0].startswith(("slo", "tallystick"))}


def test_process_and_python_are_told(shop: Series) -> None:
    """The client library's own families on the process and on Python are there."""
    names = {name for name, _ in shop}

    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "python_info"} <= names


def test_values_of_a_breached_slo(shop: Series) -> None:
    """Each figure is the ledger's, in its own unit, with the SLO's labels and the window's."""
    labels = {"slo": "checkout-availability", "slo_service": "checkout", "window": "30d"}

    assert of(shop, "slo_objective_ratio", {"slo": "checkout-availability"}) == [0.999]
    assert of(shop, "slo_error_budget_ratio", {"slo": "checkout-availability"}) == [0.001]
    assert of(shop, "slo_window_seconds", labels) == [30 * DAY]
    assert [pytest.approx(1 - 349_902 / 220_320_000, abs=1e-12)] == of(shop, "slo_compliance_ratio", labels)
    assert [pytest.approx(1 - 349_902 / 220_320, abs=1e-12)] == of(shop, "slo_error_budget_remaining_ratio", labels)
    assert of(shop, "slo_coverage_ratio", labels) == [1]
    assert of(shop, "slo_met", labels) == [0]
    assert of(shop, "slo_valid", labels) == [1]
    assert of(shop, "slo_error_budget_exhaustion_timestamp_seconds", labels) == [NOW]
    assert of(shop, "slo_events_total", {"slo": "checkout-availability"}) == [660_960_000]
    assert of(shop, "slo_good_events_total", {"slo": "checkout-availability"}) == [660_960_000 - 481_362]
    assert of(shop, "slo_ledger_start_timestamp_seconds", {"slo": "checkout-availability"}) == [NOW - 90 * DAY]
    assert of(shop, "slo_ledger_end_timestamp_seconds", {"slo": "checkout-availability"}) == [NOW]


def test_burn_rates_come_once_however_many_windows(shop: Series) -> None:
    """An SLO with two windows has one burn rate for each burn window."""
    labels = {"slo": "checkout-availability"}
    windows = {dict(has)["window"] for name, has in shop if name == "slo_burn_rate" and labels.items() <= has}

    assert {"5m", "30m", "1h", "2h", "6h", "1d", "3d"} == windows
    assert len(of(shop, "slo_burn_rate", labels)) == 7


@pytest.mark.parametrize("slo_id", ["mail-delivery", "inventory-stock"])
def test_the_unknown_is_absent(shop: Series, slo_id: str) -> None:
    """Without data, and without traffic, there is no figure and no verdict, and this is told by ``slo_valid``."""
    labels = {"slo": slo_id}
    absent = (
        "slo_compliance_ratio",
        "slo_error_budget_remaining_ratio",
        "slo_met",
        "slo_burn_rate",
        "slo_error_budget_exhaustion_timestamp_seconds",
    )

    assert {name: [] for name in absent} == {name: of(shop, name, labels) for name in absent}
    assert of(shop, "slo_valid", labels) == [0]
    assert of(shop, "slo_info", labels) == [1]
    assert len(of(shop, "slo_objective_ratio", labels)) == 1
    assert len(of(shop, "slo_coverage_ratio", labels)) == 1


def test_nothing_recorded_is_no_count(shop: Series) -> None:
    """An SLO without a first slice has no counters and no ends of its ledger: 0 would be an answer."""
    for name in ("slo_events_total", "slo_good_events_total", "slo_ledger_end_timestamp_seconds"):
        assert of(shop, name, {"slo": "mail-delivery"}) == []
    assert of(shop, "slo_events_total", {"slo": "inventory-stock"}) == [0]


def test_an_old_verdict_is_none(shop: Series) -> None:
    """Where the ledger is behind, figures stay and the verdict goes."""
    labels = {"slo": "website-homepage"}

    assert of(shop, "slo_met", labels) == []
    assert of(shop, "slo_valid", labels) == [0]
    assert [pytest.approx(0.999)] == of(shop, "slo_compliance_ratio", labels)


def test_no_sample_is_a_placeholder(shop: Series) -> None:
    """No value is NaN or infinite, and a negative one is an overspent budget."""
    assert all(math.isfinite(value) for value in shop.values())
    negative = {name for (name, _), value in shop.items() if value < 0}
    assert negative == {"slo_error_budget_remaining_ratio", "slo_agreement_error_budget_remaining_ratio"}


def test_failures_exist_from_the_start(shop: Series) -> None:
    """Every SLO has a count for every reason, 0 before the first failure, so that an increase is seen."""
    for reason in REASONS:
        assert len(of(shop, "tallystick_query_failures_total", {"reason": reason})) == 16
    assert of(shop, "tallystick_query_failures_total", {"slo": "mail-delivery", "reason": "rejected"}) == [17]
    assert of(shop, "tallystick_query_failures_total", {"slo": "mail-delivery", "reason": "timeout"}) == [0]


def test_a_removed_slo_leaves_no_series() -> None:
    """The scrape after an SLO is gone knows nothing of it."""
    view = FakeView()
    exposition = Exposition(view)
    before, _ = exposition.render("")
    view.change(health=[health for health in view.exporter.health if health.slo.slo_id != "cart-latency"])

    after, _ = exposition.render("")

    assert b"cart-latency" in before
    assert b"cart-latency" not in after


def test_an_slo_without_standings_is_defined_and_not_valid() -> None:
    """Between its definition and its first reading an SLO has its objective, its window, and ``slo_valid`` 0."""
    view = FakeView([Life(slo("checkout", "availability", days=(30, 7)))])
    view._standings = []

    series = scrape(view)

    assert of(series, "slo_valid", {"slo": "checkout-availability"}) == [0, 0]
    assert of(series, "slo_window_seconds", {"slo": "checkout-availability"}) == [30 * DAY, 7 * DAY]
    assert of(series, "slo_coverage_ratio", {"slo": "checkout-availability"}) == []
    assert of(series, "slo_window_elapsed_ratio", {"slo": "checkout-availability"}) == []


def test_prometheus_is_neither_up_nor_down_before_it_was_asked() -> None:
    """``tallystick_up`` and the round's figures are absent before the first request and round."""
    view = FakeView()
    view.change(prometheus_up=None, round_seconds=None, round_ended_at=None)
    asked, down = scrape(view), FakeView()
    down.change(prometheus_up=False, config_ok=False)

    assert of(asked, "tallystick_up", {}) == []
    assert of(asked, "tallystick_round_duration_seconds", {}) == []
    assert of(asked, "tallystick_round_end_timestamp_seconds", {}) == []
    assert of(scrape(down), "tallystick_up", {}) == [0]
    assert of(scrape(down), "tallystick_config_last_reload_successful", {}) == [0]


def test_the_exporter_tells_of_itself(shop: Series) -> None:
    """Each figure of the exporter's own state is the state's."""
    figures = {
        "tallystick_up": 1,
        "tallystick_config_last_reload_successful": 1,
        "tallystick_config_last_reload_success_timestamp_seconds": NOW - 2 * DAY,
        "tallystick_slos": 16,
        "tallystick_backfill_done_ratio": 1,
        "tallystick_round_duration_seconds": 0.84,
        "tallystick_round_end_timestamp_seconds": NOW + 121.5,
        "tallystick_rounds_total": 4_320,
        "tallystick_round_failures_total": 2,
        "tallystick_ledger_slices_total": 518_400,
        "tallystick_requests_total": 51_840,
    }

    assert {name: [value] for name, value in figures.items()} == {name: of(shop, name, {}) for name in figures}


def test_own_labels_have_a_prefix_and_no_tricks() -> None:
    """The definition's labels are on ``slo_info`` with a prefix; what can't be a label's name becomes one."""
    labels = {"env": "prod", "slo": "mine", "cost-centre": "12"}
    series = scrape(FakeView([Life(slo("checkout", "availability", labels=labels), known_seconds=0)]))
    (info,) = [dict(has) for name, has in series if name == "slo_info"]

    assert {name: value for name, value in info.items() if name.startswith("label_")} == {
        "label_env": "prod",
        "label_slo": "mine",
        "label_cost_centre": "12",
    }
    assert info["slo"] == "checkout-availability"


@pytest.mark.parametrize(
    "text", ['a"b', "a\\b", "a\nb", "a\\nb", 'slo="x"} 1', "\u202eעברית", "{{ x }}", "", "x" * 5_000]
)
def test_any_text_survives_as_a_label(text: str) -> None:
    """Quotes, backslashes, line breaks and anything else in a definition arrive as they were written."""
    series = scrape(FakeView([Life(replace(slo("checkout", "a"), team=text, file=text), known_seconds=0)]))
    (info,) = [dict(has) for name, has in series if name == "slo_info"]

    assert text == info["slo_team"]
    assert text == info["slo_file"]


def test_a_group_is_on_every_value() -> None:
    """Values of a grouped SLO carry the group's labels; one that is named like ours gives way."""
    view = FakeView([Life(slo("checkout", "availability"))])
    view.regroup("checkout-availability", {"region": 'e"u', "window": "east"})

    series = scrape(view)

    for name in ("slo_compliance_ratio", "slo_valid", "slo_met", "slo_coverage_ratio"):
        assert len(of(series, name, {"region": 'e"u', "exported_window": "east", "window": "30d"})) == 1
    assert len(of(series, "slo_burn_rate", {"region": 'e"u', "exported_window": "east"})) == 7
    assert of(series, "slo_objective_ratio", {"region": 'e"u'}) == []


def test_groups_are_counted_apart_and_promised_once(shop: Series) -> None:
    """Each group has figures and counts of its own; what is the same for all of them is there once."""
    labels = {"slo": "travel-gateway"}
    regions = {dict(has).get("region") for name, has in shop if name == "slo_events_total" and labels.items() <= has}

    assert regions == {"ap", "eu", "us"}
    assert of(shop, "slo_events_total", {**labels, "region": "eu"}) == [90 * 90 * DAY]
    assert of(shop, "slo_met", {**labels, "region": "us"}) == [0]
    assert of(shop, "slo_met", {**labels, "region": "eu"}) == [1]
    for name in (
        "slo_info",
        "slo_objective_ratio",
        "slo_window_seconds",
        "slo_window_elapsed_ratio",
        "slo_excluded_seconds",
        "slo_exclusion_active",
    ):
        assert len(of(shop, name, labels)) == 1, name
    assert len(of(shop, "slo_burn_rate", labels)) == 3 * 7


def test_failures_of_groups_add(shop: Series) -> None:
    """A reading of any group that failed is a failure of the SLO."""
    group = [Life(slo("a", "b"), group={"x": x}, failures={"timeout": count}) for x, count in (("1", 2), ("2", 3))]

    series = scrape(FakeView(group))

    assert of(series, "tallystick_query_failures_total", {"reason": "timeout"}) == [5]
    assert of(series, "tallystick_slos", {}) == [1]
    assert of(shop, "tallystick_query_failures_total", {"slo": "travel-gateway", "reason": "timeout"}) == [0]


def test_excluded_time_is_told(shop: Series) -> None:
    """How much is excluded, and compliance with and without; where nothing is excluded the two are the same."""
    labels = {"slo": "travel-booking", "window": "30d"}

    assert of(shop, "slo_excluded_seconds", labels) == [4 * 3_600]
    assert of(shop, "slo_compliance_ratio", labels) == [0.999]
    assert of(shop, "slo_gross_compliance_ratio", labels) == [25_764_624 / 25_920_000]
    assert of(shop, "slo_exclusion_active", {"slo": "travel-booking"}) == [0]
    assert of(shop, "slo_excluded_seconds", {"slo": "cart-latency"}) == [0]
    for slo_id in ("checkout-availability", "travel-gateway"):
        net, gross = (of(shop, f"slo_{kind}_ratio", {"slo": slo_id}) for kind in ("compliance", "gross_compliance"))
        assert net == gross != []


def test_an_exclusion_that_is_going_on_is_told() -> None:
    """From its first instant on."""
    out = replace(NIGHT, starts=datetime.fromisoformat("2026-11-30T13:00"))  # Berlin's one o'clock is UTC's twelve

    series = scrape(FakeView([Life(slo("a", "b", exclusions=(out,)))]))

    assert of(series, "slo_exclusion_active", {}) == [1]


def test_a_month_is_as_long_as_it_is(shop: Series) -> None:
    """A calendar window's length is that of the present period; before the first figures it is the usual one."""
    view = FakeView([Life(slo("a", "b", days=(CalendarWindow("month"),)))])
    view._standings = []

    assert of(shop, "slo_window_seconds", {"slo": "travel-booking", "window": "month"}) == [30 * DAY]
    assert of(scrape(view), "slo_window_seconds", {}) == [30 * DAY]


def test_how_much_of_a_period_is_over_is_told(shop: Series) -> None:
    """A month's share is counted by its own clock, from its first instant to the ledger's end; a rolling window is whole."""
    month_start = datetime.fromisoformat("2026-11-01T00:00+01:00").timestamp()

    assert of(shop, "slo_window_elapsed_ratio", {"slo": "travel-booking", "window": "month"}) == [
        (NOW - month_start) / (30 * DAY)
    ]
    assert of(shop, "slo_window_elapsed_ratio", {"slo": "travel-booking", "window": "30d"}) == [1]


def test_a_composite_has_figures_and_no_counts(shop: Series) -> None:
    """Nothing of it is recorded, so there are no counters; how it stands is there."""
    assert of(shop, "slo_events_total", {"slo": "travel-journey"}) == []
    assert of(shop, "slo_met", {"slo": "travel-journey"}) == [1]
    assert of(shop, "slo_info", {"slo": "travel-journey", "slo_kind": "composite"}) == [1]


def test_too_little_observation_is_no_verdict(shop: Series) -> None:
    """Under its floor of coverage a window has figures, and no verdict."""
    labels = {"slo": "travel-index"}

    assert (of(shop, "slo_valid", labels), of(shop, "slo_met", labels)) == ([0], [])
    assert of(shop, "slo_compliance_ratio", labels) == [1]
