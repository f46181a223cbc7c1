"""The exporter's own page of metrics, scraped by a real Prometheus that evaluates the alerts made of it."""

import time

import requests

from support.servers import StartPrometheus, Target
from support.slos import AT
from tallystick.core.standing import Standing
from tallystick.core.window import RollingWindow
from tallystick.generate.render import render
from tallystick.metrics import Exposition
from web.fake_view import FakeView

PATIENCE_SECONDS = 60
LOW, COVERED = 0.25, 0.1


def expected(standing: Standing) -> str:
    """Which alert on its budget *standing* should have, worked out from its exact values; '' for none."""
    if not standing.valid or standing.coverage is None or standing.coverage < COVERED:
        return ""
    period = standing.window.period(standing.span.end)
    assert standing.budget_remaining is not None
    left = 1 - (1 - standing.budget_remaining) * standing.span.seconds / period.seconds
    return "SLOBudgetExhausted" if left <= 0 else "SLOBudgetLow" if left < LOW else ""


def labels_of(standing: Standing, alert: str) -> frozenset[tuple[str, str]]:
    """All labels that *alert* on *standing* should have."""
    slo = standing.slo
    labels = {"alertname": alert, "severity": "ticket", "slo": slo.slo_id, "slo_service": slo.service}
    team = {"team": slo.team} if slo.team else {}
    return frozenset({**labels, **team, "window": standing.window.name, **standing.group}.items())


def firing(url: str) -> set[frozenset[tuple[str, str]]]:
    """The labels of the alerts on budgets that fire."""
    alerts = requests.get(f"{url}/api/v1/alerts", timeout=10).json()["data"]["alerts"]
    return {
        frozenset(one["labels"].items())
        for one in alerts
        if one["state"] == "firing" and one["labels"]["alertname"].startswith("SLOBudget")
    }


def scraped(url: str) -> int:
    """How many targets have answered."""
    found = requests.get(f"{url}/api/v1/query", params={"query": "count(up == 1)"}, timeout=10).json()["data"]["result"]
    return int(found[0]["value"][1]) if found else 0


def test_what_the_exporter_shows_is_what_alerts_tell(start_prometheus: StartPrometheus, target: Target) -> None:
    """Of every SLO, group and window whose budget is low or spent there is one alert, of two replicas, and no other."""
    view = FakeView()
    wanted = {labels_of(one, alert) for one in view.standings() if (alert := expected(one))}
    named = {dict(labels)["alertname"] for labels in wanted}
    assert named == {"SLOBudgetLow", "SLOBudgetExhausted"}
    assert any("region" in dict(labels) for labels in wanted)
    assert any(not isinstance(one.window, RollingWindow) and one.valid for one in view.standings())
    target.text = Exposition(view).render("")[0].decode()
    quick = {"slowInterval": "1s", "fastInterval": "1s", "budgetFor": "0s"}
    slos = {one.slo.slo_id: one.slo for one in view.standings()}
    made = render(slos.values(), ["rules"], quick, at=AT)["rules/_exporter.yaml"].decode()
    replicas = [target.address, target.address.replace("127.0.0.1", "localhost")]

    server = start_prometheus(
        files={"_exporter.yaml": made},
        config={
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["_exporter.yaml"],
            "scrape_configs": [{"job_name": "tallystick", "static_configs": [{"targets": replicas}]}],
        },
    )

    deadline = time.monotonic() + PATIENCE_SECONDS
    while (seen := (scraped(server.url), firing(server.url))) != (
        len(replicas),
        wanted,
    ) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert seen == (len(replicas), wanted)
    (group,) = requests.get(f"{server.url}/api/v1/rules", timeout=10).json()["data"]["groups"]
    assert {rule["health"] for rule in group["rules"]} == {"ok"}
