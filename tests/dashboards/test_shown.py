"""What single panels show of a few series, where a picture once showed something else."""

from dashboards.queries import Json, asking, panels, promql
from support.servers import StartPrometheus

AT = 1_764_547_200
CHOSEN = {"job": ".*", "instance": ".*", "service": "shop", "slo": "shop-up", "team": ".*", "tier": ".*"}


def exprs(dashboard: Json, title: str) -> list[str]:
    """The queries of a panel, with everything chosen that there is."""
    (panel,) = [one for one in panels(dashboard) if one["title"] == title]
    return [promql(target["expr"], CHOSEN) for target in panel["targets"]]


def test_memory_and_processor_are_the_exporters(rendered: dict[str, Json], start_prometheus: StartPrometheus) -> None:
    """Where all jobs are chosen, other programs that Prometheus scrapes are left out."""
    history = f'tallystick_build_info{{job="slo",instance="a"}} 1 {AT}\n'
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total"):
        for job in ("slo", "other"):
            history += f'{name}{{job="{job}",instance="a"}} 5 {AT - 60}\n{name}{{job="{job}",instance="a"}} 7 {AT}\n'
    ask = asking(start_prometheus(history=history).url)

    for title in ("Memory", "Processor"):
        (expr,) = exprs(rendered["tallystick-exporter.json"], title)
        assert [series["metric"]["job"] for series in ask(expr, AT)] == ["slo"]


def test_the_slowest_rules_stay_the_same_over_time(
    rendered: dict[str, Json], start_prometheus: StartPrometheus
) -> None:
    """Five groups at every instant, those that took most in all the time shown, by their names without their files'."""
    names = [f'{{rule_group="/etc/rules/{number}.yaml;tallystick-{number}"}}' for number in range(8)]
    lines = [f"prometheus_rule_group_interval_seconds{name} 10 {AT}" for name in names]
    # Who is slow at the end was quick before, and the other way round.
    for number, name in enumerate(names):
        for seconds, at in ((8 - number, AT - 600), (number / 10, AT)):
            lines.append(f"prometheus_rule_group_last_duration_seconds{name} {seconds} {at}")
    ask = asking(start_prometheus(history="\n".join(lines) + "\n").url)

    (expr,) = exprs(rendered["tallystick-exporter.json"], "Rules: time against interval")
    found = {series["metric"]["group"]: float(series["value"][1]) for series in ask(expr, AT)}
    assert found == {f"tallystick-{number}": number / 100 for number in range(5)}


def test_an_alert_that_was_short_is_seen(rendered: dict[str, Json], start_prometheus: StartPrometheus) -> None:
    """It fired between two points of a graph, and is over at the second: the timeline has it there, and not later."""
    of_slo = 'slo="shop-up",slo_service="shop"'
    pair = f'long_window="1h",severity="page",short_window="5m",{of_slo}'
    alert = f'ALERTS{{alertname="SLOBurnRate",alertstate="firing",{pair}}}'
    lines = [f"{alert} {value} {at}" for value, at in ((1, AT - 250), ("NaN", AT - 240))]
    for known in (
        f"slo:sli_error:ratio_rate1h{{{of_slo}}}",
        f"slo:error_budget:ratio{{{of_slo}}}",
        f"slo:burn_alert:factor{{{pair}}}",
        f'slo_info{{{of_slo},slo_team="a",slo_tier="1"}}',
    ):
        lines += [f"{known} 0.1 {at}" for at in range(AT - 600, AT + 601, 60)]
    ask = asking(start_prometheus(history="\n".join(lines) + "\n").url)

    timelines = [
        exprs(rendered["tallystick-slo.json"], "Alerts")[0],
        *exprs(rendered["tallystick-service.json"], "Alerts"),
        *exprs(rendered["tallystick-oncall.json"], "Alerts"),
    ]
    for expr in timelines:
        assert [[float(series["value"][1]) for series in ask(expr, at)] for at in (AT, AT + 300)] == [[2], [0]], expr


def test_what_is_gone_soon_is_at_risk(rendered: dict[str, Json], start_prometheus: StartPrometheus) -> None:
    """A budget of which most is left, and which is gone within a day at this rate: as the status page says it."""
    lines = []
    for name, hours in (("soon", 23), ("later", 25)):
        ids = f'slo="shop-{name}",slo_service="shop",window="30d"'
        lines += [f"slo_valid{{{ids}}} 1 {AT}", f"slo_met{{{ids}}} 1 {AT}"]
        lines.append(f"slo_error_budget_remaining_ratio{{{ids}}} 0.9 {AT}")
        lines.append(f"slo_error_budget_exhaustion_timestamp_seconds{{{ids}}} {AT + 3_600 * hours} {AT}")
    ask = asking(start_prometheus(history="\n".join(sorted(lines)) + "\n").url)

    (panel,) = [one for one in panels(rendered["tallystick-slo.json"]) if one["title"] == "State"]
    states = {
        name: [
            one["value"][1]
            for one in ask(promql(target["expr"], CHOSEN | {"slo": f"shop-{name}", "window": "30d"}), AT)
        ]
        for name in ("soon", "later")
        for target in panel["targets"]
    }
    assert states == {"soon": ["2"], "later": ["0"]}
