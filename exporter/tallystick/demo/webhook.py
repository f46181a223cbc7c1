"""Where the demo's Alertmanager delivers: it keeps what arrived, and tells it."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from tallystick.demo.site import Request, Response

_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Notification:
    """
    One alert as it was delivered.

    Attributes:
        at: when, in seconds since 1970.
        status: ``firing`` or ``resolved``.
        labels: the alert's.
        annotations: the alert's.
        starts_at: since when it fires, as Alertmanager writes times.
    """

    at: float
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str

    @property
    def summary(self) -> str:
        """It in one line."""
        name = self.labels.get("alertname", "?")
        told = self.annotations.get("summary") or self.labels.get("slo", "")
        return f"{self.status} {name} ({self.labels.get('severity', '?')}): {told}"


@dataclass
class Webhook:
    """
    Takes Alertmanager's notifications at ``POST /notify`` and shows them at ``GET /notifications``.

    Attributes:
        tell: is told of each alert that is delivered.
        now: the clock.
    """

    tell: Callable[[Notification], None] = lambda _: None
    now: Callable[[], float] = time.time
    _received: list[Notification] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def received(self) -> list[Notification]:
        """What was delivered, oldest first."""
        with self._lock:
            return list(self._received)

    def respond(self, request: Request) -> Response:
        """Answer *request*."""
        if request.method == "GET" and request.path == "/notifications":
            return Response(200, json.dumps([asdict(one) for one in self.received]).encode(), "application/json")
        if request.method != "POST" or request.path != "/notify":
            return Response(404, b"not found\n")
        try:
            found = self._parse(json.loads(request.body))
        except (ValueError, KeyError, TypeError, AttributeError):
            return Response(400, b"not a notification of Alertmanager\n")
        with self._lock:
            self._received = [*self._received, *found][-_KEPT:]
        for one in found:
            self.tell(one)
        return Response(200)

    def _parse(self, document: Any) -> list[Notification]:
        return [
            Notification(
                self.now(),
                str(alert["status"]),
                dict(alert["labels"]),
                dict(alert["annotations"]),
                str(alert["startsAt"]),
            )
            for alert in document["alerts"]
        ]
