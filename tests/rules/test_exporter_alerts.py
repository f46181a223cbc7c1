"""Alerts from the exporter's own metrics, tried by both promtools on what two replicas of it show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from support.promtool import Sample, Trial, Try
from support.slos import BAD_EVENTS, gone, make_slo
from tallystick.core.alerting import Alerting, Notice

MINUTE, HOUR, DAY = 60, 3_600, 86_400
REPLICAS = ("a", "b")
IDENTITY = {"slo": "checkout-availability", "slo_service": "checkout"}
HELD = 16 * MINUTE
"""A little longer than a budget must be low, or the exporter unwell."""


def shown(name: str, values: str, replicas: Sequence[str] = REPLICAS, **labels: str) -> dict[str, str]:
    """Series *name* of the SLO, as each of the *replicas* shows it."""
    text = ",".join(f'{label}="{value}"' for label, value in {"job": "tallystick", **labels}.items())
    return {f'{name}{{{text},instance="{replica}:8925"}}': values for replica in replicas}


def budget(
    remaining: str,
    *,
    window: str = "30d",
    elapsed: str = "1x600",
    coverage: str = "1x600",
    valid: str = "1x600",
    team: str = "payments",
    replicas: Sequence[str] = REPLICAS,
    **group: str,
) -> dict[str, str]:
    """What is shown of one window of the SLO (and *group*), of which *remaining* is left."""
    of_window = {**IDENTITY, "window": window}
    return {
        **shown("slo_error_budget_remaining_ratio", remaining, replicas, **of_window, **group),
        **shown("slo_coverage_ratio", coverage, replicas, **of_window, **group),
        **shown("slo_valid", valid, replicas, **of_window, **group),
        **shown("slo_window_elapsed_ratio", elapsed, replicas, **of_window),
        **shown("slo_objective_ratio", "0.999x600", replicas, **IDENTITY),
        **shown("slo_burn_rate", "0.5x600", replicas, **IDENTITY, **group, window="1h"),
        **shown("slo_info", "1x600", replicas, **IDENTITY, slo_team=team, slo_file="slos.yaml"),
    }


def firing(name: str, at: int, *alerts: Mapping[str, str]) -> tuple[str, int, list[Sample]]:
    """That exactly these alerts *name* fire, by all of their labels: for `Trial.expect`."""
    common = {"alertname": name, "alertstate": "firing", "severity": "ticket", "__name__": "ALERTS"}
    return f'ALERTS{{alertname="{name}",alertstate="firing"}}', at, [({**common, **labels}, 1) for labels in alerts]


OF_30D = {**IDENTITY, "window": "30d", "team": "payments"}


def test_a_budget_is_low_under_its_limit(try_rules: Try) -> None:
    """24 % left is a ticket after a quarter of an hour, of both replicas one; 26 % is none; back over it, it ends."""
    low = "0.26x20 0.24x59 0.26x300"

    try_rules(make_slo(), budget(low)).expect(
        firing("SLOBudgetLow", 20 * MINUTE + HELD - 2 * MINUTE),
        firing("SLOBudgetLow", 20 * MINUTE + HELD + MINUTE, OF_30D),
        firing("SLOBudgetLow", 130 * MINUTE, OF_30D),
        firing("SLOBudgetLow", 145 * MINUTE),
        firing("SLOBudgetExhausted", 60 * MINUTE),
    )


def test_a_budget_that_moves_around_the_limit_is_one_alert(try_rules: Try) -> None:
    """Half an hour above the limit, again and again, sends no ticket again and again."""
    moves = " ".join(["0.24x29 0.26x29"] * 6)

    trial = try_rules(make_slo(), budget(moves))

    trial.expect(*(firing("SLOBudgetLow", at * MINUTE, OF_30D) for at in range(20, 350, 10)))


def test_a_spent_budget_is_not_low(try_rules: Try) -> None:
    """At exactly nothing left, and under it, the one alert fires and the other one does not."""
    for value in ("0x600", "-0.5x600"):
        try_rules(make_slo(), budget(value)).expect(
            firing("SLOBudgetExhausted", HELD - 2 * MINUTE),
            firing("SLOBudgetExhausted", HELD + MINUTE, OF_30D),
            firing("SLOBudgetLow", HOUR),
        )


def test_the_limit_can_be_set(try_rules: Try) -> None:
    """`budgetLow`, how long it must hold, and how long it stays are settings."""
    config = {"budgetLow": "0.5", "budgetFor": "0s", "budgetKeep": "", "exporterSeverity": "warning"}
    alert = {**OF_30D, "severity": "warning"}

    try_rules(make_slo(), budget("0.4x9 0.6x60"), config=config).expect(
        firing("SLOBudgetLow", 2 * MINUTE, alert), firing("SLOBudgetLow", 12 * MINUTE)
    )


@pytest.mark.parametrize(
    "more",
    [{"valid": "0x600"}, {"coverage": "0.09x600"}, {"coverage": "_x600"}],
    ids=["no verdict", "hardly observed", "all excluded"],
)
def test_without_a_verdict_there_is_no_budget(try_rules: Try, more: dict[str, str]) -> None:
    """Figures that are old, or of a window of which nearly nothing was observed, are no alert."""
    try_rules(make_slo(), budget("-3x600", **more)).expect(
        firing("SLOBudgetExhausted", HOUR), firing("SLOBudgetLow", HOUR)
    )


def test_without_the_exporter_all_is_silent(try_rules: Try) -> None:
    """Who does not run it has no alert of it, and neither an exporter that shows no figures yet."""
    nothing = "promtool_needs_some_series"
    for given in ({nothing: "1x600"}, shown("slo_valid", "0x600", **IDENTITY, window="30d")):
        try_rules(make_slo(), given).expect(('ALERTS{alertname=~"SLOBudget.*|SLOBreach.*|Tallystick.*"}', 5 * HOUR, []))


@pytest.mark.parametrize(
    ("elapsed", "expected"), [("0.1", ""), ("0.3", "SLOBudgetLow"), ("0.34", "SLOBudgetExhausted")]
)
def test_a_month_is_judged_as_a_whole(try_rules: Try, elapsed: str, expected: str) -> None:
    """Three times the allowed bad events so far are 30 % of the month's on its third day, and all of them on its tenth."""
    given = budget("-2x600", window="month", elapsed=f"{elapsed}x600")
    alert = {**OF_30D, "window": "month"}

    try_rules(make_slo(), given).expect(
        *(firing(name, HOUR, *([alert] if name == expected else [])) for name in ("SLOBudgetLow", "SLOBudgetExhausted"))
    )


def test_windows_are_alerts_of_their_own(try_rules: Try) -> None:
    """A week's budget may be spent while the month's is not."""
    given = budget("-1x600", window="7d") | budget("0.9x600", window="30d")

    try_rules(make_slo(), given).expect(firing("SLOBudgetExhausted", HOUR, {**OF_30D, "window": "7d"}))


def test_groups_are_alerts_of_their_own(try_rules: Try) -> None:
    """Each group has its labels, also where the scrape made exported_... of them, as it does of instance."""
    slo = make_slo(sli=replace(BAD_EVENTS, by=("region", "instance")))
    given = (
        budget("-1x600", region="eu", exported_instance="x")
        | budget("-1x600", region="exporters-own", exported_region="us", exported_instance="x")
        | budget("0.9x600", region="eu", exported_instance="y")
    )

    try_rules(slo, given).expect(
        firing(
            "SLOBudgetExhausted",
            HOUR,
            {**OF_30D, "region": "eu", "instance": "x"},
            {**OF_30D, "region": "us", "instance": "x"},
        )
    )


def test_a_groups_own_team_stays(try_rules: Try) -> None:
    """Groups by team keep theirs; SLOs beside them get their owner."""
    slos = [make_slo(sli=replace(BAD_EVENTS, by=("team",))), make_slo(service="cart")]
    given = budget("-1x600", team="payments", exported_team="red") | {
        name.replace("checkout", "cart"): values for name, values in budget("-1x600").items()
    }

    trial = try_rules(slos[0], given)

    Trial(trial.promtool, trial.folder, slos, given).expect(
        firing(
            "SLOBudgetExhausted",
            HOUR,
            {**OF_30D, "team": "red"},
            {**OF_30D, "slo": "cart-availability", "slo_service": "cart"},
        )
    )


def test_no_alert_is_lost_for_want_of_a_team(try_rules: Try) -> None:
    """Without a team, and without slo_info at all, the alert is there without the label."""
    nobody = {label: value for label, value in OF_30D.items() if label != "team"}
    given = budget("-1x600", team="")
    bare = {name: values for name, values in given.items() if not name.startswith("slo_info")}

    for series in (given, bare):
        try_rules(make_slo(), series).expect(firing("SLOBudgetExhausted", HOUR, nobody))


def test_replicas_that_disagree_are_one_alert(try_rules: Try) -> None:
    """While definitions are rolled out replicas tell two teams, and have read unequally far: one alert, by the worst."""
    given = budget("-1x600", team="payments", replicas=["a"]) | budget("0.9x600", team="storefront", replicas=["b"])

    try_rules(make_slo(), given).expect(
        ('count(ALERTS{alertname="SLOBudgetExhausted",alertstate="firing"})', HOUR, [({}, 1)]),
        ('count(ALERTS{alertname="SLOBudgetLow"})', HOUR, []),
    )


def test_who_wants_no_tickets_gets_none(try_rules: Try) -> None:
    """An SLO whose tickets are off has no budget alerts, and others go on having them."""
    quiet = make_slo(alerting=Alerting(ticket=Notice(enabled=False)))

    trial = try_rules(quiet, forecast("100000x600") | budget("-1x600"))

    trial.expect(firing("SLOBudgetExhausted", HOUR), firing("SLOBreachForecast", 2 * HOUR))
    Trial(trial.promtool, trial.folder, [replace(quiet, name="x"), make_slo()], trial.given).expect(
        firing("SLOBudgetExhausted", HOUR, OF_30D)
    )


def forecast(instant: str, burn: str = "3x600", **more: str) -> dict[str, str]:
    """A budget of which half is left, and which is spent at *instant* (seconds), while *burn* is the half hour's rate."""
    return {
        **budget("0.5x600", **more),
        **shown("slo_error_budget_exhaustion_timestamp_seconds", instant, **IDENTITY, window="30d"),
        **shown("slo_burn_rate", burn, **IDENTITY, window="30m"),
    }


FORECAST_HELD = 61 * MINUTE


def test_a_budget_that_will_soon_be_spent_is_told(try_rules: Try) -> None:
    """Within three days, and for an hour: of both replicas one alert. It ends when the errors do."""
    soon = forecast(f"{3 * DAY}x600", burn="3x100 0.5x100")

    try_rules(make_slo(), soon).expect(
        firing("SLOBreachForecast", FORECAST_HELD - 2 * MINUTE),
        firing("SLOBreachForecast", FORECAST_HELD + 2 * MINUTE, OF_30D),
        firing("SLOBreachForecast", 105 * MINUTE),
    )


@pytest.mark.parametrize(
    "given",
    [
        forecast(f"{3 * DAY + 3 * HOUR}x600"),
        forecast("_x600"),
        forecast("0x600"),
        forecast("100000x600", burn="1x600"),
        forecast("100000x600", burn="3x40 0.5x600"),
        forecast("100000x600", valid="0x600"),
        forecast("100000x600", coverage="0.05x600"),
    ],
    ids=["later", "never", "spent already", "errors are over", "a short outage", "no verdict", "hardly observed"],
)
def test_other_forecasts_are_silent(try_rules: Try, given: dict[str, str]) -> None:
    """What is far away, over, spent or not known is no forecast."""
    try_rules(make_slo(), given).expect(*(firing("SLOBreachForecast", at * 10 * MINUTE) for at in range(6, 18)))


def test_the_horizon_can_be_set(try_rules: Try) -> None:
    """`forecastHorizon` is in seconds, `forecastFor` is how long it must hold."""
    given = forecast(f"{5 * DAY}x600")
    config = {"forecastHorizon": str(5 * DAY), "forecastFor": "5m"}

    try_rules(make_slo(), given, config=config).expect(firing("SLOBreachForecast", 8 * MINUTE, OF_30D))


EXPORTER = {"job": "tallystick"}


def test_an_exporter_that_is_gone_is_told(try_rules: Try) -> None:
    """Once no replica is there any more, whatever its version was; not for one that stops, nor for an update."""
    given = {
        **shown("tallystick_build_info", f"1x60 {gone(400)}", ["a"], version="1"),
        **shown("tallystick_build_info", f"1x120 {gone(10)} 1x60 {gone(200)}", ["b"], version="2"),
    }

    try_rules(make_slo(), given).expect(
        firing("TallystickDown", 100 * MINUTE),
        firing("TallystickDown", 140 * MINUTE),
        firing("TallystickDown", 205 * MINUTE),
        firing("TallystickDown", 212 * MINUTE, EXPORTER),
    )


def test_it_ends_when_the_exporter_is_back_and_after_a_day(try_rules: Try) -> None:
    """One scrape ends it; and one that was removed for good is told for a day."""
    back = shown("tallystick_build_info", f"1x10 {gone(50)} 1x60", version="1")
    never = shown("tallystick_build_info", f"1x2 {gone(200)}", version="1")

    try_rules(make_slo(), back).expect(
        firing("TallystickDown", 55 * MINUTE, EXPORTER), firing("TallystickDown", 63 * MINUTE)
    )
    try_rules(make_slo(), never, step_seconds=600).expect(
        firing("TallystickDown", 23 * HOUR, EXPORTER), firing("TallystickDown", 26 * HOUR)
    )


def test_exporters_are_told_apart(try_rules: Try) -> None:
    """Of two clusters' exporters the one that is gone is named."""
    given = {
        **shown("tallystick_build_info", f"1x10 {gone(100)}", version="1", cluster="eu"),
        **shown("tallystick_build_info", "1x110", version="1", cluster="us"),
    }

    try_rules(make_slo(), given).expect(firing("TallystickDown", HOUR, {**EXPORTER, "cluster": "eu"}))


@pytest.mark.parametrize(
    ("name", "well", "ill"),
    [
        ("TallystickPrometheusDown", {"tallystick_up": "1x100"}, {"tallystick_up": "0x60 1x40"}),
        (
            "TallystickConfigReloadFailed",
            {"tallystick_config_last_reload_successful": "1x100"},
            {"tallystick_config_last_reload_successful": "0x60 1x40"},
        ),
        (
            "TallystickStuck",
            {"tallystick_round_end_timestamp_seconds": "0+60x100", "tallystick_round_failures_total": "7x100"},
            {"tallystick_round_end_timestamp_seconds": "0x60 3660+60x40", "tallystick_round_failures_total": "0x100"},
        ),
        (
            "TallystickStuck",
            {"tallystick_round_end_timestamp_seconds": "0+60x100", "tallystick_round_failures_total": "0x5 1x90"},
            {"tallystick_round_end_timestamp_seconds": "0+60x100", "tallystick_round_failures_total": "0+1x60 61x40"},
        ),
    ],
    ids=["Prometheus", "definitions", "no rounds", "failed rounds"],
)
def test_an_unwell_exporter_is_told(try_rules: Try, name: str, well: dict[str, str], ill: dict[str, str]) -> None:
    """One unwell replica of two is one alert, which ends when it is well again; two that are well are none."""

    def series(of: Mapping[str, str], replica: str) -> dict[str, str]:
        return {key: value for metric, values in of.items() for key, value in shown(metric, values, [replica]).items()}

    try_rules(make_slo(), series(well, "a") | series(ill, "b")).expect(
        firing(name, 40 * MINUTE, EXPORTER), firing(name, 10 * MINUTE), firing(name, 90 * MINUTE)
    )
    try_rules(make_slo(), series(well, "a") | series(well, "b")).expect(
        *(firing(name, at * MINUTE) for at in (20, 40, 60))
    )


def reading(name: str, values: str, **labels: str) -> dict[str, str]:
    """*name* of the SLO, of both replicas, and what is needed to know its team."""
    return {
        **shown(name, values, **IDENTITY, **labels),
        **shown("slo_valid", "0x600", **IDENTITY, window="30d"),
        **shown("slo_info", "1x600", **IDENTITY, slo_team="payments"),
    }


OF_SLO = {**IDENTITY, "team": "payments"}


def test_an_slo_that_is_not_read_is_told(try_rules: Try) -> None:
    """Two hours after its ledger stopped, as one alert, until it catches up."""
    stops = reading("slo_ledger_end_timestamp_seconds", f"0+60x30 1800x270 1800+600x60 {310 * 60}+60x30")

    try_rules(make_slo(), stops).expect(
        firing("TallystickBehind", 2 * HOUR + 30 * MINUTE),
        firing("TallystickBehind", 3 * HOUR, OF_SLO),
        firing("TallystickBehind", 5 * HOUR, OF_SLO),
        firing("TallystickBehind", 5 * HOUR + 20 * MINUTE),
    )


def test_filling_in_the_past_is_not_being_behind(try_rules: Try) -> None:
    """A new SLO begins a month ago and comes nearer; one whose slices take an hour is as late as that."""
    filling = reading("slo_ledger_end_timestamp_seconds", "-2592000+5000x600")
    hourly = reading("slo_ledger_end_timestamp_seconds", " ".join(f"{HOUR * (n - 1)}x59" for n in range(10)))

    for given in (filling, hourly):
        try_rules(make_slo(), given).expect(*(firing("TallystickBehind", at * HOUR) for at in range(1, 9)))


def test_readings_that_go_on_failing_are_told(try_rules: Try) -> None:
    """An hour of failures is a ticket with the reason, which ends with them; a few failures are none."""
    name = "tallystick_query_failures_total"
    fails = reading(name, "0+1x120 120x200", reason="not_nested") | reading(name, "0x320", reason="rejected")
    now_and_then = reading(name, "0x30 1x60 2x60 3x200", reason="partial")
    away = reading(name, "0+1x320", reason="unreachable")

    trial = try_rules(make_slo(), fails)
    trial.expect(
        firing("TallystickQueryFailures", 50 * MINUTE),
        firing("TallystickQueryFailures", 2 * HOUR, {**OF_SLO, "reason": "not_nested"}),
        firing("TallystickQueryFailures", 160 * MINUTE),
    )
    for given in (now_and_then, away):
        try_rules(make_slo(), given).expect(*(firing("TallystickQueryFailures", at * HOUR) for at in range(1, 5)))


LINKS = {
    "dashboardUrl": "https://grafana/d/tallystick-slo?var-slo={slo}",
    "runbookUrl": "https://wiki/{alert}",
    "statusUrl": "https://status/slo/{slo}",
}


def test_a_budget_alert_says_what_is_left(try_rules: Try) -> None:
    """Which SLO, group and window, what is left, the promise, the pace, and where to look."""
    slo = make_slo(sli=replace(BAD_EVENTS, by=("region",)))
    given = budget("0.125x600", window="month", elapsed="1x600", region="eu")

    try_rules(slo, given, config=LINKS).expect_alert(HOUR, "SLOBudgetLow", [
        {
            "exp_labels": {**OF_30D, "window": "month", "region": "eu", "severity": "ticket"},
            "exp_annotations": {
                "summary": "checkout-availability region=eu has 12.5% of the error budget of month left",
                "description": "Less than 25% of the error budget of month is left. That is the budget of the whole "
                "period, at the traffic so far.\nThe objective is 99.9%. In the last hour the budget was spent 0.5 times as fast "
                "as it may be.",
                "dashboard_url": "https://grafana/d/tallystick-slo?var-slo=checkout-availability",
                "runbook_url": "https://wiki/SLOBudgetLow",
                "status_url": "https://status/slo/checkout-availability",
            },
        }
    ])  # fmt: skip


def test_a_forecast_says_when(try_rules: Try) -> None:
    """How long the budget lasts; what is not known of the SLO is left out rather than shown empty."""
    given = {
        name: values
        for name, values in forecast(f"{2 * HOUR + DAY}x600").items()
        if not name.startswith("slo_objective") and 'window="1h"' not in name
    }

    try_rules(make_slo(), given).expect_alert(2 * HOUR, "SLOBreachForecast", [
        {
            "exp_labels": {**OF_30D, "severity": "ticket"},
            "exp_annotations": {
                "summary": "checkout-availability will have spent the error budget of 30d in 1d 0h 0m 0s",
                "description": "At the burn rate of the last hour the error budget of 30d is gone in 1d 0h 0m 0s, and "
                "errors go on.",
            },
        }
    ])  # fmt: skip


def test_an_exporters_alert_leads_to_no_slo(try_rules: Try) -> None:
    """It names the exporter, and has the links that are not of an SLO."""
    given = shown("tallystick_up", "0x60", namespace="monitoring")

    try_rules(make_slo(), given, config=LINKS).expect_alert(HOUR, "TallystickPrometheusDown", [
        {
            "exp_labels": {**EXPORTER, "namespace": "monitoring", "severity": "ticket"},
            "exp_annotations": {
                "summary": "tallystick namespace=monitoring job=tallystick gets no answer from Prometheus",
                "description": "The Prometheus that the exporter reads from did not answer its latest requests. Figures "
                "are of the time before. What is missing is read later, as long as Prometheus holds it.",
                "runbook_url": "https://wiki/TallystickPrometheusDown",
            },
        }
    ])  # fmt: skip


OF_GOLD = {
    **IDENTITY,
    "agreement": "checkout-gold",
    "agreement_kind": "sla",
    "agreement_party": "ACME",
    "window": "month",
    "team": "payments",
}


def promise(remaining: str, *, elapsed: str = "0.5x600", party: str = "ACME", **more: str) -> dict[str, str]:
    """What is shown of an agreement on the SLO, of which *remaining* is left so far; *more* on each series."""
    labels = {**IDENTITY, "agreement": "checkout-gold", "window": "month", **more}
    return {
        **shown("slo_agreement_error_budget_remaining_ratio", remaining, **labels),
        **shown("slo_agreement_coverage_ratio", "1x600", **labels),
        **shown("slo_agreement_valid", "1x600", **labels),
        **shown("slo_agreement_window_elapsed_ratio", elapsed, **labels),
        **shown("slo_agreement_objective_ratio", "0.995x600", **labels),
        **shown("slo_agreement_compliance_ratio", "0.9912x600", **labels),
        **shown("slo_service_credit_ratio", "0.1x600", **labels),
        **shown("slo_agreement_info", "1x600", **labels, agreement_kind="sla", agreement_party=party),
        **shown("slo_info", "1x600", **IDENTITY, slo_team="payments", slo_file="slos.yaml"),
    }


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [
        ("0.2", ""),
        ("-0.4", ""),
        ("-0.6", "SLOAgreementAtRisk"),
        ("-0.98", "SLOAgreementAtRisk"),
        ("-1", "SLOAgreementBreached"),
    ],
)
def test_an_agreement_is_told_by_what_the_whole_period_allows(try_rules: Try, remaining: str, expected: str) -> None:
    """In the middle of a month twice of what was allowed so far is all that the month allows; a quarter of it left is a risk."""
    names = "SLOAgreementAtRisk", "SLOAgreementBreached"

    try_rules(make_slo(), promise(f"{remaining}x600")).expect(
        *(firing(name, HOUR, *([OF_GOLD] if name == expected else [])) for name in names)
    )


def test_the_alert_says_what_was_agreed_delivered_and_due(try_rules: Try) -> None:
    """With whom, how much, and what it costs."""
    try_rules(make_slo(), promise("-2x600"), config=LINKS).expect_alert(HOUR, "SLOAgreementBreached", [
        {
            "exp_labels": {**OF_GOLD, "severity": "ticket"},
            "exp_annotations": {
                "summary": "checkout-gold, agreed with ACME (sla), is broken",
                "description": "What ACME was told to expect of checkout-availability (sla, month) was not delivered: more failed "
                "than that allows, at the traffic so far.\nAgreed are 99.5%. Delivered are 99.12% so far. If it ends so, "
                "10% of the price is due.",
                "dashboard_url": "https://grafana/d/tallystick-slo?var-slo=checkout-availability",
                "runbook_url": "https://wiki/SLOAgreementBreached",
                "status_url": "https://status/slo/checkout-availability",
            },
        }
    ])  # fmt: skip


def test_an_agreement_whose_party_changes_is_one_alert(try_rules: Try) -> None:
    """Two replicas, of which one has the new definition already, are no many-to-many join."""
    given = promise("-2x600") | shown(
        "slo_agreement_info",
        "1x600",
        ("c",),
        **IDENTITY,
        agreement="checkout-gold",
        window="month",
        agreement_kind="sla",
        agreement_party="ACME Corp",
    )

    try_rules(make_slo(), given).expect(('count(ALERTS{alertname="SLOAgreementBreached"})', HOUR, [({}, 1)]))


def test_agreements_of_groups_are_told_apart(try_rules: Try) -> None:
    """One region breaks it, the other does not."""
    slo = replace(make_slo(), sli=replace(BAD_EVENTS, by=("region",)))
    given = promise("-2x600", region="eu") | promise("0.9x600", region="us")

    try_rules(slo, given).expect(firing("SLOAgreementBreached", HOUR, {**OF_GOLD, "region": "eu"}))
