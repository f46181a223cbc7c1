"""What a server knows of its series beside their samples: names, labels, types, and how long it keeps them."""

import re
from collections.abc import Mapping
from typing import Any

from tallystick.core.duration import parse_seconds
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

USUAL_RETENTION = "15d"
"""What Prometheus keeps if nobody says anything."""


def label_values(prometheus: Prometheus, label: str, start: int, end: int, promql: str | None = None) -> list[str]:
    """
    The values that *label* had; read from the index, without a sample.

    Args:
        prometheus: what is asked.
        label: ``__name__`` for the names of metrics.
        start: where the time that is looked at begins, in seconds since 1970.
        end: where it ends.
        promql: of which series; None: of all.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    return _texts(prometheus, f"/api/v1/label/{label}/values", start, end, promql)


def label_names(prometheus: Prometheus, start: int, end: int, promql: str) -> list[str]:
    """
    The labels that the series of the selector *promql* had, without ``__name__``; else as `label_values`.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    return [one for one in _texts(prometheus, "/api/v1/labels", start, end, promql) if one != "__name__"]


def _texts(prometheus: Prometheus, path: str, start: int, end: int, promql: str | None) -> list[str]:
    form = {"start": str(start), "end": str(end), **({"match[]": promql} if promql else {})}
    found = prometheus.get(path, **form)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise PrometheusError("bad_answer", f"{prometheus.public_url} answered without labels")
    return found


def types(prometheus: Prometheus) -> dict[str, frozenset[str]]:
    """
    The types that targets gave their metrics, by the name that they gave with them; several targets may differ.

    Raises:
        PrometheusError: there is no answer, or none that is whole; not every server has them.
    """
    data = prometheus.get("/api/v1/metadata", limit_per_metric="10")
    try:
        return {str(name): frozenset(str(one["type"]) for one in told) for name, told in data.items()}
    except (TypeError, KeyError, AttributeError) as fault:
        raise PrometheusError("bad_answer", f"{prometheus.public_url} answered without types of metrics") from fault


def retention_seconds(prometheus: Prometheus) -> int | None:
    """
    How long samples are kept; None if only their size is limited.

    Raises:
        PrometheusError: there is no answer, or none that is whole; not every server tells.
    """
    told = runtime(prometheus).get("storageRetention")
    if not isinstance(told, str):
        raise PrometheusError("bad_answer", f"{prometheus.public_url} did not tell how long it keeps samples")
    return _seconds(told)


def runtime(prometheus: Prometheus) -> Mapping[str, Any]:
    """
    What the server says of itself: when it started, how long it keeps samples, ...

    Raises:
        PrometheusError: there is no answer, or none that is whole; not every server tells.
    """
    data = prometheus.get("/api/v1/status/runtimeinfo")
    if not isinstance(data, dict):
        raise PrometheusError("bad_answer", f"{prometheus.public_url} did not answer as Prometheus does")
    return data


def version_of(prometheus: Prometheus) -> str:
    """
    The server's version; empty if it was built without one.

    Raises:
        PrometheusError: there is no answer, or none that is whole; not every server tells.
    """
    data = prometheus.get("/api/v1/status/buildinfo")
    if not isinstance(data, dict):
        raise PrometheusError("bad_answer", f"{prometheus.public_url} did not answer as Prometheus does")
    return str(data.get("version", ""))


def _seconds(told: str) -> int | None:
    """``15d``, ``15d or 10GiB`` or ``10GiB``; nothing is what Prometheus takes by itself."""
    for part in re.split(r"\s+or\s+", told.strip() or USUAL_RETENTION):
        try:
            if seconds := parse_seconds(part):
                return seconds
        except ValueError:
            continue
    return None
