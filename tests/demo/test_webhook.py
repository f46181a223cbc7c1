"""Where the demo's Alertmanager delivers."""

import json

import pytest

from tallystick.demo.site import Request
from tallystick.demo.webhook import Notification, Webhook

ALERT = {
    "status": "firing",
    "labels": {"alertname": "SLOBurnRate", "slo": "a-b", "severity": "page"},
    "annotations": {"summary": "a-b burns"},
    "startsAt": "2026-11-23T12:00:00Z",
}


def deliver(webhook: Webhook, body: bytes) -> int:
    """Post *body* as Alertmanager does; the status of the answer."""
    return webhook.respond(Request("POST", "/notify", {}, body)).status


def test_a_delivery_is_kept_told_and_shown() -> None:
    """Each alert of a delivery is told as it comes, and shown with the time it came."""
    told: list[Notification] = []
    webhook = Webhook(told.append, now=lambda: 12.5)
    assert deliver(webhook, json.dumps({"alerts": [ALERT, {**ALERT, "status": "resolved"}]}).encode()) == 200
    assert [one.summary for one in told] == [
        "firing SLOBurnRate (page): a-b burns",
        "resolved SLOBurnRate (page): a-b burns",
    ]
    shown = json.loads(webhook.respond(Request("GET", "/notifications", {})).body)
    assert [Notification(**one) for one in shown] == told == webhook.received
    assert told[0].at == 12.5


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"alerts": [{}]}', b'{"alerts": 3}', b"\xff"])
def test_what_is_no_delivery_is_refused(body: bytes) -> None:
    """Anything else is answered with 400, and nothing is kept."""
    webhook = Webhook()
    assert deliver(webhook, body) == 400
    assert webhook.received == []


def test_other_paths_are_not_found() -> None:
    """There are two pages and no more."""
    assert Webhook().respond(Request("GET", "/notify", {})).status == 404
    assert Webhook().respond(Request("POST", "/notifications", {})).status == 404


def test_only_so_many_are_kept() -> None:
    """A demo that runs for weeks does not grow: the latest thousand alerts are kept."""
    webhook = Webhook()
    for number in range(11):
        alerts = [{**ALERT, "startsAt": f"{number}-{index}"} for index in range(100)]
        deliver(webhook, json.dumps({"alerts": alerts}).encode())
    assert len(webhook.received) == 1_000
    assert webhook.received[-1].starts_at == "10-99"
