"""Configuration of the demo's Prometheus and Alertmanager."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any

from tallystick.demo.scraping import PROBE_JOB
from tallystick.demo.servers import HOST, free_port
from tallystick.demo.shape import BY_NAME, public_url

SCRAPE_SECONDS = 5
EVALUATION_SECONDS = 5
"""Quicker than usual (15 s to 1 min), so that a fault shows while one is watching."""

GROUP_WAIT_SECONDS = 1
"""How long Alertmanager waits for more alerts before it tells; 30 s by default."""

RETENTION = "90d"
"""Prometheus keeps 15 days by default, and would drop half of the history."""

_SHOP_PORT = 8931
"""The first of the ports that the shop and its surroundings usually have."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each part of the demo listens, all on this machine only."""

    prometheus: int
    alertmanager: int
    exporter: int
    webhook: int
    probe: int
    services: Mapping[str, int]

    def url(self, port: int) -> str:
        """Address of what listens at *port*."""
        return f"http://{HOST}:{port}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Ports that the user would like; 0: any that is free."""

    prometheus: int
    alertmanager: int
    exporter: int


def choose_ports(wanted: Wanted) -> Ports:
    """
    The ports *wanted* and the shop's usual ones, and free ones in place of those that are taken.

    To be called shortly before they are used: nobody keeps them free.
    """
    usual = {name: _SHOP_PORT + 2 + index for index, name in enumerate(BY_NAME)}
    return Ports(
        prometheus=_port(wanted.prometheus),
        alertmanager=_port(wanted.alertmanager),
        exporter=_port(wanted.exporter),
        webhook=_port(_SHOP_PORT),
        probe=_port(_SHOP_PORT + 1),
        services={name: _port(port) for name, port in usual.items()},
    )


def _port(preferred: int) -> int:
    """*preferred* if nobody listens there, else any free port; 0 prefers none."""
    with socket() as probe:
        # As servers do: connections of an earlier demo that linger do not count.
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
    return port


def prometheus_config(ports: Ports, rules: Path) -> dict[str, Any]:
    """Scrape the shop, its probes, Prometheus itself, Alertmanager and the exporter; evaluate all *rules* of a folder."""
    jobs = {
        **ports.services,
        "prometheus": ports.prometheus,
        "alertmanager": ports.alertmanager,
        "tallystick": ports.exporter,
    }
    return {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{EVALUATION_SECONDS}s"},
        "rule_files": [str(rules / "*.yaml")],
        "alerting": {"alertmanagers": [{"static_configs": _targets(ports.alertmanager)}]},
        "scrape_configs": [
            *({"job_name": job, "static_configs": _targets(port)} for job, port in jobs.items()),
            _probe_job(ports.probe, [public_url(service) for service in BY_NAME]),
        ],
    }


def alertmanager_config(ports: Ports) -> dict[str, Any]:
    """Send every alert to our webhook, and say soon when it is over."""
    return {
        "route": {
            "receiver": "webhook",
            "group_by": ["alertname", "slo", "severity"],
            "group_wait": f"{GROUP_WAIT_SECONDS}s",
            "group_interval": "5s",
            "repeat_interval": "4h",
        },
        "receivers": [
            {
                "name": "webhook",
                "webhook_configs": [{"url": ports.url(ports.webhook) + "/notify", "send_resolved": True}],
            }
        ],
    }


def _targets(port: int) -> list[dict[str, list[str]]]:
    return [{"targets": [f"{HOST}:{port}"]}]


def _probe_job(port: int, addresses: Iterable[str]) -> dict[str, Any]:
    """As blackbox_exporter's documentation has it: the target is an address to probe, the prober is asked about it."""
    return {
        "job_name": PROBE_JOB,
        "metrics_path": "/probe",
        "static_configs": [{"targets": list(addresses)}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"{HOST}:{port}"},
        ],
    }
