"""From a counter to the notification: generated rules and routes, a real Prometheus, and a real Alertmanager."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from support.servers import StartAlertmanager, StartPrometheus, Target, Webhook
from support.slos import make_slo
from tallystick.core.exclusion import Exclusion
from tallystick.core.slo import Slo
from tallystick.demo.servers import Server
from tallystick.generate.render import render

MINUTE, HOUR = 60, 3_600
PATIENCE_SECONDS = 60
QUICK = {"fastInterval": "1s", "slowInterval": "1s", "burnFor": {"page": "0s", "ticket": "0s"}}
RESEND = "--rules.alert.resend-delay=1s"
"""What fires before Prometheus knows of its Alertmanager is told again, a minute later unless it is asked to hurry."""

TICKET_WAITS_SECONDS = 25
"""Longer than it takes until the page fires, as in the file that is generated, where a ticket waits for five minutes."""

EVENTS = 400
"""A burst of good and of bad ones: 50 % of the last minutes, 10 % of an hour with one event a second."""
RECOVERY = 400 * EVENTS
"""So many good ones that the bad ones of the same five minutes are 0.25 %, under what either page fires at."""


@dataclass
class World:
    """A service that we hold in our hand, and everything between it and the person who is called."""

    prometheus: Server
    alertmanager: Server
    target: Target
    webhook: Webhook
    counts: dict[str, int] = field(default_factory=lambda: {"200": 0, "500": 0})

    def count(self, *, good: int = 0, bad: int = 0) -> None:
        """So many more requests were answered, well or with an error."""
        self.counts["200"] += good
        self.counts["500"] += bad
        lines = [f'http_requests_total{{code="{code}"}} {count}\n' for code, count in self.counts.items()]
        self.target.text = "# TYPE http_requests_total counter\n" + "".join(lines)

    def wait_for_scrapes(self, number: int) -> None:
        """Until Prometheus has looked so many times more."""
        seen = self.target.scrapes
        self.until(f"{number} scrapes", lambda: self.target.scrapes >= seen + number)

    def until(self, what: str, holds: Callable[[], object]) -> None:
        """Wait until something *holds*."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}; alerts: {self.states()}"
            time.sleep(0.1)

    def states(self) -> set[tuple[str, str]]:
        """Of what Alertmanager has, (severity, active or suppressed)."""
        found = requests.get(f"{self.alertmanager.url}/api/v2/alerts", timeout=10).json()
        return {(one["labels"]["severity"], one["status"]["state"]) for one in found}

    def values(self, query: str) -> list[float]:
        """What Prometheus gives for *query* now."""
        found = requests.get(f"{self.prometheus.url}/api/v1/query", params={"query": query}, timeout=10).json()
        return [float(one["value"][1]) for one in found["data"]["result"]]

    def told(self, receiver: str, status: str) -> list[dict[str, Any]]:
        """The alerts that *receiver* was told to be *status*."""
        return [
            alert
            for one in self.webhook.notifications
            if one["receiver"] == receiver
            for alert in one["alerts"]
            if alert["status"] == status
        ]


Begin = Callable[[Slo], World]


@pytest.fixture
def begin(
    start_prometheus: StartPrometheus, start_alertmanager: StartAlertmanager, target: Target, webhook: Webhook
) -> Iterator[Begin]:
    """Begin with the service well, two hours after an outage of which the ticket still is."""

    def make(slo: Slo) -> World:
        files = {
            path: content.decode()
            for path, content in render([slo], ["rules", "alertmanager"], QUICK, at=time.time()).items()
        }
        alertmanager = start_alertmanager(filled_in(yaml.safe_load(files.pop("alertmanager.yaml")), webhook.url))
        rules = {Path(path).name: content for path, content in files.items()}
        world = World(
            start_prometheus(
                history=past(slo), files=rules, config=config(target, alertmanager, rules), flags=[RESEND]
            ),
            alertmanager,
            target,
            webhook,
        )
        world.count()
        world.wait_for_scrapes(2)
        return world

    yield make
    target.text = None


def config(target: Target, alertmanager: Server, rules: Mapping[str, str]) -> dict[str, Any]:
    """Scrape the service and evaluate its rules, each second."""
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": sorted(rules),
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager.url.removeprefix("http://")]}]}],
        },
        "scrape_configs": [{"job_name": "checkout", "static_configs": [{"targets": [target.address]}]}],
    }


def filled_in(document: dict[str, Any], url: str) -> dict[str, Any]:
    """What was generated, with receivers, and quicker."""
    for receiver in document["receivers"]:
        receiver["webhook_configs"] = [{"url": url, "send_resolved": True}]

    def hurry(route: dict[str, Any]) -> None:
        if "group_wait" in route:
            ticket = route["receiver"].endswith("ticket")
            route |= {"group_wait": f"{TICKET_WAITS_SECONDS}s" if ticket else "1s", "group_interval": "1s"}
        for child in route.get("routes", ()):
            hurry(child)

    hurry(document["route"])
    return document


def past(slo: Slo) -> str:
    """
    The base pair of the last three hours up to some minutes ago, and its sums of hours, as rules would have recorded them.

    One event a second, of which half were bad for 40 minutes, well over an hour ago: too long for a page.
    """
    now = int(time.time()) // MINUTE * MINUTE
    labels = f'{{slo="{slo.slo_id}",slo_service="{slo.service}"}}'
    instants = range(now - 3 * HOUR, now - 6 * MINUTE, MINUTE)

    def bad(at: int) -> float:
        return 0.5 if 70 * MINUTE < now - at <= 110 * MINUTE else 0

    def hour(rate: Callable[[int], float]) -> Callable[[int], float]:
        return lambda at: sum(300 * rate(at - 300 * piece) for piece in range(12))

    series: dict[str, Callable[[int], float]] = {
        "slo:sli_bad:rate5m": bad,
        "slo:sli_total:rate5m": lambda _: 1,
        "slo:sli_bad:increase1h": hour(bad),
        "slo:sli_total:increase1h": hour(lambda _: 1),
    }
    lines = []
    for name, value in series.items():
        lines += [f"# TYPE {name} gauge", *(f"{name}{labels} {value(at)} {at}" for at in instants)]
    return "\n".join(lines)


def test_a_page_is_delivered_its_ticket_is_not_and_its_end_is(begin: Begin) -> None:
    """The team is paged, the ticket of the same SLO waits as long as the page fires, and the end of the page is told."""
    world = begin(make_slo(team="payments"))
    world.until("the ticket of the last outage", lambda: ("ticket", "active") in world.states())
    assert not world.webhook.notifications

    for _ in range(4):
        world.count(good=EVENTS // 4, bad=EVENTS // 4)
        world.wait_for_scrapes(1)
    world.until("the page is delivered", lambda: world.told("payments-page", "firing"))
    world.until("the ticket is suppressed", lambda: world.states() == {("page", "active"), ("ticket", "suppressed")})
    page = world.told("payments-page", "firing")[0]
    assert (
        page["labels"].items()
        >= {"alertname": "SLOBurnRate", "slo": "checkout-availability", "team": "payments"}.items()
    )
    assert page["annotations"]["summary"].startswith("checkout-availability burns its error budget")
    assert not world.told("payments-ticket", "firing")

    world.count(good=RECOVERY)
    world.until("the end of the page is delivered", lambda: len(world.told("payments-page", "resolved")) >= 2)
    world.until("the ticket is active again", lambda: world.states() == {("ticket", "active")})
    world.until("the ticket is delivered", lambda: world.told("payments-ticket", "firing"))
    assert {one["receiver"] for one in world.webhook.notifications} == {"payments-page", "payments-ticket"}


def test_nothing_is_sent_while_all_is_well(begin: Begin) -> None:
    """Good requests, and errors that the budget has room for, call nobody; only the past outage's ticket is there."""
    world = begin(make_slo(team="payments"))

    for _ in range(5):
        world.count(good=RECOVERY, bad=10)
        world.wait_for_scrapes(1)

    world.until("the ticket of the last outage", lambda: world.states() == {("ticket", "active")})
    assert not world.told("payments-page", "firing")


def test_planned_work_calls_nobody(begin: Begin) -> None:
    """The same burst in agreed time has no ratio and no page, at Prometheus and at Alertmanager; the last outage's ticket waits."""
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    work = Exclusion(reason="upgrade", starts=now - timedelta(minutes=1), lasts_seconds=HOUR)
    world = begin(make_slo(team="payments", exclusions=(work,)))

    for _ in range(8):
        world.count(good=EVENTS // 4, bad=EVENTS // 4)
        world.wait_for_scrapes(1)

    assert world.values('rate(http_requests_total{code="500"}[5m]) > 0')
    assert world.values("slo:excluded") == [1]
    assert world.values("slo:sli_bad:rate5m") == []
    assert world.values('ALERTS{alertname="SLOBurnRate"}') == []
    assert world.states() == set()
    assert not world.webhook.notifications
