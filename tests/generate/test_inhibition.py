"""Which alerts are silent while another one fires, as a real Alertmanager has it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import requests

from support.servers import StartAlertmanager
from support.slos import BAD_EVENTS, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.demo.servers import Server
from tallystick.generate.alertmanager import alertmanager_document

Labels = Mapping[str, str]

RENAMED = Alerting(page=Notice(labels={"severity": "critical"}), ticket=Notice(labels={"severity": "warning"}))
SLOS = (
    make_slo(team="payments"),
    make_slo(service="cart", alerting=RENAMED),
    make_slo(service="search", sli=replace(BAD_EVENTS, by=("region",))),
)
PATIENCE_SECONDS = 10


def of(service: str, name: str, severity: str, **labels: str) -> Labels:
    """An alert *name* of the SLO of *service*."""
    return {
        "alertname": name,
        "slo": f"{service}-availability",
        "slo_service": service,
        "severity": severity,
        **labels,
    }


def burn(service: str, severity: str, **labels: str) -> Labels:
    """A burn-rate alert of the SLO of *service*."""
    return of(service, "SLOBurnRate", severity, **labels)


def missing(service: str, severity: str, **labels: str) -> Labels:
    """The alert that the SLI of *service* is gone."""
    return of(service, "SLOSignalMissing", severity, **labels)


def exporters(name: str, **labels: str) -> Labels:
    """An alert on the exporter as a whole."""
    return {"alertname": name, "severity": "ticket", "job": "tallystick", **labels}


LONG, LONGER = {"long_window": "1h"}, {"long_window": "6h"}
OF_30D, OF_7D = {"window": "30d"}, {"window": "7d"}

SILENT: list[tuple[str, Labels, Labels]] = [
    ("a page, the ticket of its SLO", burn("checkout", "page"), burn("checkout", "ticket")),
    ("a page, an exporter's ticket", burn("checkout", "page"), of("checkout", "SLOBudgetLow", "ticket", **OF_30D)),
    ("severities of their own", burn("cart", "critical"), burn("cart", "warning")),
    ("theirs and the exporter's", burn("cart", "critical"), of("cart", "SLOBreachForecast", "ticket", **OF_30D)),
    ("of the same region", burn("search", "page", region="eu"), burn("search", "ticket", region="eu")),
    ("no signal, the page", missing("checkout", "page", target="down"), burn("checkout", "page")),
    ("no signal of any group", missing("search", "page"), burn("search", "page", region="eu")),
    ("a ticket on the signal", missing("search", "ticket"), burn("search", "ticket", region="eu")),
    (
        "spent, low",
        of("checkout", "SLOBudgetExhausted", "ticket", **OF_30D),
        of("checkout", "SLOBudgetLow", "ticket", **OF_30D),
    ),
    (
        "spent, forecast",
        of("search", "SLOBudgetExhausted", "ticket", region="eu", **OF_30D),
        of("search", "SLOBreachForecast", "ticket", region="eu", **OF_30D),
    ),
    (
        "broken, at risk",
        of("checkout", "SLOAgreementBreached", "ticket", agreement="checkout-gold"),
        of("checkout", "SLOAgreementAtRisk", "ticket", agreement="checkout-gold"),
    ),
    ("down, at risk", exporters("TallystickDown"), of("checkout", "SLOAgreementAtRisk", "ticket", agreement="a")),
    ("stuck, behind", exporters("TallystickStuck"), of("checkout", "TallystickBehind", "ticket")),
    ("down, low", exporters("TallystickDown"), of("checkout", "SLOBudgetLow", "ticket", **OF_30D)),
    (
        "no Prometheus, failures",
        exporters("TallystickPrometheusDown", cluster="a"),
        of("checkout", "TallystickQueryFailures", "ticket", reason="partial", cluster="a"),
    ),
]

HEARD: list[tuple[str, Labels, Labels]] = [
    ("another SLO's ticket", burn("checkout", "page"), burn("cart", "warning")),
    ("another region's ticket", burn("search", "page", region="eu"), burn("search", "ticket", region="us")),
    ("the other page", burn("checkout", "page", **LONG), burn("checkout", "page", **LONGER)),
    ("no signal of another SLO", missing("cart", "critical"), burn("checkout", "page")),
    (
        "another window's budget",
        of("checkout", "SLOBudgetExhausted", "ticket", **OF_7D),
        of("checkout", "SLOBudgetLow", "ticket", **OF_30D),
    ),
    (
        "another region's budget",
        of("search", "SLOBudgetExhausted", "ticket", region="eu", **OF_30D),
        of("search", "SLOBudgetLow", "ticket", region="us", **OF_30D),
    ),
    (
        "another agreement",
        of("checkout", "SLOAgreementBreached", "ticket", agreement="checkout-gold"),
        of("checkout", "SLOAgreementAtRisk", "ticket", agreement="checkout-silver"),
    ),
    ("what spends it, of a spent budget", of("checkout", "SLOBudgetExhausted", "ticket"), burn("checkout", "ticket")),
    ("pages without the exporter", exporters("TallystickDown"), burn("checkout", "page")),
    ("no signal without the exporter", exporters("TallystickDown"), missing("checkout", "ticket")),
    (
        "another cluster's exporter",
        exporters("TallystickDown", cluster="a"),
        of("checkout", "SLOBudgetLow", "ticket", cluster="b"),
    ),
    ("somebody else's ticket", burn("checkout", "page"), {"alertname": "X", "severity": "ticket"}),
]


@pytest.fixture
def alertmanager(start_alertmanager: StartAlertmanager) -> Server:
    """An Alertmanager with what is generated for `SLOS`."""
    return start_alertmanager(alertmanager_document(SLOS))


CANARY = (burn("canary", "page"), burn("canary", "ticket"))
"""Of these the second one is silent once Alertmanager has looked at all that was told before them."""


def states(server: Server, alerts: Sequence[Labels]) -> list[str]:
    """What has become of each of *alerts*, all of which fire: ``active``, or ``suppressed`` by another one."""
    every = [*alerts, *CANARY]
    body = [{"labels": labels} for labels in every]
    assert requests.post(f"{server.url}/api/v2/alerts", json=body, timeout=10).ok
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = requests.get(f"{server.url}/api/v2/alerts", timeout=10).json()
        told = {frozenset(one["labels"].items()): one["status"]["state"] for one in found}
        mine = [told.get(frozenset(labels.items()), "unprocessed") for labels in every]
        if mine[-1] == "suppressed":
            return mine[: len(alerts)]
        assert time.monotonic() < deadline, f"Alertmanager does not get on with {mine}"
        time.sleep(0.05)


@pytest.mark.parametrize(("source", "target"), [pair for _, *pair in SILENT], ids=[why for why, *_ in SILENT])
def test_what_is_needless_is_silent(alertmanager: Server, source: Labels, target: Labels) -> None:
    """While the first alert fires the second one is not sent, and the first one is."""
    assert states(alertmanager, [source, target]) == ["active", "suppressed"]


@pytest.mark.parametrize(("source", "target"), [pair for _, *pair in HEARD], ids=[why for why, *_ in HEARD])
def test_what_is_needed_is_heard(alertmanager: Server, source: Labels, target: Labels) -> None:
    """Both of them are sent, though they fire together."""
    assert states(alertmanager, [source, target]) == ["active", "active"]


@pytest.mark.parametrize("ticket", [burn("checkout", "ticket"), missing("checkout", "ticket", target="up")])
def test_a_ticket_silences_no_page(alertmanager: Server, ticket: Labels) -> None:
    """Not even one that says that there is no signal any more: the page goes on, and it is the ticket that waits."""
    assert states(alertmanager, [ticket, burn("checkout", "page")]) == ["suppressed", "active"]
