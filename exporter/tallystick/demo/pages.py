"""What Prometheus and Alertmanager say of one SLO's alerts while a fault is on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import requests

from tallystick.core.duration import format_seconds
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.slo import Slo
from tallystick.demo.promise import Content
from tallystick.demo.state import DemoState
from tallystick.demo.webhook import Notification
from tallystick.upstream.client import Prometheus

ALERT = "SLOBurnRate"
_PIECE_SECONDS = 300

AlertState = Literal["inactive", "pending", "firing"]


@dataclass(frozen=True, slots=True)
class Observer:
    """
    Looks at one SLO of a running demo.

    Attributes:
        demo: which demo.
        slo: which SLO.
        prometheus: client of the demo's Prometheus.
        session: for everything else.
    """

    demo: DemoState
    slo: Slo
    prometheus: Prometheus
    session: requests.Session

    def recorded(self, metric: str) -> Selector:
        """Series *metric* of the SLO, as the rules record it."""
        return Selector(metric, (Matcher("slo", MatchOp.EQUAL, self.slo.slo_id),))

    def value(self, promql: str, at: float) -> float | None:
        """The one value of *promql*; None if there is none."""
        result = self.prometheus.query(promql, int(at * 1_000))
        return float(result[0]["value"][1]) if result else None

    def content(self, window: int, at: float) -> Content:
        """What the rules know of the last *window* seconds: both of the base pair are events per second of 5 minutes."""
        total, bad = (self.recorded(f"slo:sli_{part}:rate5m").promql for part in ("total", "bad"))
        pieces = f"[{format_seconds(window)}:5m]"
        sums = [
            self.value(f"{function}({series}{pieces})", at) or 0.0
            for function, series in (
                ("sum_over_time", bad),
                ("sum_over_time", total),
                ("count_over_time", total),
            )
        ]
        return Content(*(_PIECE_SECONDS * one for one in sums))

    def error_ratio(self, window: int, at: float) -> float | None:
        """Share of bad events in the last *window* seconds, as the alerts see it."""
        return self.value(self.recorded(f"slo:sli_error:ratio_rate{format_seconds(window)}").promql, at)

    def hold_seconds(self) -> float:
        """How long the page's condition must hold before it fires."""
        groups = self._json(self.demo.prometheus, "/api/v1/rules?type=alert")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"] if rule["name"] == ALERT]
        own = [rule for rule in rules if self._is_page(rule["labels"])]
        return max((float(rule["duration"]) for rule in own), default=0.0)

    def alert_state(self) -> AlertState:
        """Of the SLO's pages the one that is furthest."""
        alerts = self._json(self.demo.prometheus, "/api/v1/alerts")["data"]["alerts"]
        states = {alert["state"] for alert in alerts if self._is_page(alert["labels"])}
        return "firing" if "firing" in states else "pending" if "pending" in states else "inactive"

    def in_alertmanager(self) -> bool:
        """Whether Alertmanager has the page."""
        alerts = self._json(self.demo.alertmanager, "/api/v2/alerts?active=true")
        return any(self._is_page(alert["labels"]) for alert in alerts)

    def delivered(self, since: float) -> Notification | None:
        """The first page that arrived at the webhook after *since*."""
        found: Iterable[Notification] = (Notification(**one) for one in self._json(self.demo.webhook, "/notifications"))
        return next(
            (one for one in found if one.at >= since and one.status == "firing" and self._is_page(one.labels)), None
        )

    def _is_page(self, labels: dict[str, str]) -> bool:
        severity = self.slo.alerting.page.labels.get("severity", "page")
        mine = labels.get("slo") == self.slo.slo_id and labels.get("alertname", ALERT) == ALERT
        return mine and labels.get("severity") == severity

    def _json(self, address: str, path: str) -> Any:
        answer = self.session.get(address + path, timeout=10)
        answer.raise_for_status()
        return answer.json()
