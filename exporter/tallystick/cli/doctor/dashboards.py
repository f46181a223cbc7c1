"""Grafana: whether the dashboards are there, and can show anything."""

from collections.abc import Iterator

from tallystick.cli.doctor.line import Line, unknown
from tallystick.cli.words import count
from tallystick.definition.problem import show
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus
from tallystick.upstream.grafana import Grafana, same_place

PART = "grafana"

UID = "tallystick-slo"
"""The dashboard of an SLO, which alerts link to."""


def look_at_grafana(grafana: Grafana, prometheus: Prometheus | None) -> Iterator[Line]:
    """Everything that is asked of it."""
    try:
        version = grafana.version()
    except PrometheusError as fault:
        yield Line(PART, "fail", str(fault), "look whether it runs, and whether the address is right")
        return
    yield Line(PART, "ok", f"{grafana.client.public_url} answers, version {show(version)}")
    try:
        yield _sources(grafana, prometheus)
        yield _dashboard(grafana)
    except PrometheusError as fault:
        yield unknown(
            PART,
            "which sources and dashboards it has",
            fault,
            "give --grafana.token of a service account that may see them",
        )


def _sources(grafana: Grafana, prometheus: Prometheus | None) -> Line:
    found = grafana.datasources()
    if not found:
        hint = "add one under Connections, Data sources, with the address of Prometheus"
        return Line(PART, "fail", "it has no source of Prometheus' kind: the dashboards show nothing", hint)
    listed = ", ".join(f"{show(one.name)} ({show(one.uid)}) at {show(one.url)}" for one in found[:3])
    text = f"{count(len(found), 'source')} of Prometheus' kind: {listed}"
    if prometheus and not any(same_place(one.url, prometheus.public_url) for one in found):
        return Line(
            PART, "warn", f"{text}; none at {prometheus.public_url}", "see whether one of them is the same server"
        )
    return Line(PART, "ok", text)


def _dashboard(grafana: Grafana) -> Line:
    if grafana.has_dashboard(UID):
        return Line(PART, "ok", "the dashboards of SLOs are there")
    return Line(
        PART,
        "warn",
        f"there is no dashboard {UID}",
        "run tallystick generate, and provision DIR/dashboards (docs/dashboards.md)",
    )
