"""datasource: a Grafana without a source that the dashboards could be drawn from."""

from collections.abc import Iterator

from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene

RULE = Rule("datasource", "warning")


def _find(scene: Scene) -> Iterator[Problem]:
    if scene.grafana is None or not scene.slos:
        return
    try:
        found = scene.grafana.datasources()
    except PrometheusError as fault:
        scene.notes.append(f"which sources Grafana has is not known ({fault})")  # Prometheus is there all the same
        return
    if not found:
        message = f"{scene.grafana.client.public_url} has no source of Prometheus' kind: the dashboards show nothing"
        hint = "add one under Connections, Data sources, with the address of Prometheus"
        yield RULE.at(name_of(scene.entries[scene.slos[0].slo_id]), message, hint)


CHECK = OnlineCheck(RULE, "sources of the dashboards", _find)
