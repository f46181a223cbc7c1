"""Which sources of data a Grafana has."""

from dataclasses import dataclass

from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

_OK, _NOT_FOUND = 200, 404

TYPES = ("prometheus", "grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource")
"""What Grafana calls sources that speak as Prometheus does."""


@dataclass(frozen=True, slots=True)
class Datasource:
    """A source of Prometheus' kind: its unique id, what people call it, and where it is."""

    uid: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Grafana:
    """
    A Grafana.

    Attributes:
        client: what asks it.
    """

    client: Prometheus

    def version(self) -> str:
        """
        Its version; anybody may ask.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        try:
            return str(self.client.document("/api/health")["version"])
        except (TypeError, KeyError) as fault:
            raise PrometheusError("bad_answer", f"{self.client.public_url} did not answer as Grafana does") from fault

    def datasources(self) -> list[Datasource]:
        """
        Its sources of Prometheus' kind; asking takes a token that may read them.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        try:
            return [
                Datasource(str(one["uid"]), str(one["name"]), str(one.get("url", "")))
                for one in self.client.document("/api/datasources")
                if one["type"] in TYPES
            ]
        except (TypeError, KeyError, AttributeError) as fault:
            raise PrometheusError("bad_answer", f"{self.client.public_url} did not answer as Grafana does") from fault

    def has_dashboard(self, uid: str) -> bool:
        """
        Whether it has the dashboard *uid*.

        Raises:
            PrometheusError: there is no answer, or none that says so.
        """
        status, _ = self.client.fetch(f"/api/dashboards/uid/{uid}")
        if status not in (_OK, _NOT_FOUND):
            raise PrometheusError("http", f"{self.client.public_url} answered {status}")
        return status == _OK


def same_place(one: str, other: str) -> bool:
    """Whether two addresses are one but for a slash at the end and upper case."""
    return one.rstrip("/").lower() == other.rstrip("/").lower()
