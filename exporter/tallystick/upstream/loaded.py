"""The rules that a Prometheus has loaded."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tallystick.errors import PrometheusError
from tallystick.upstream.client import MAX_BYTES, Prometheus

PAGE_GROUPS = 500
"""Groups of rules in one answer; four groups of one SLO are some 40 kB. Servers before 3.1 send all at once."""

WHOLE_BYTES = 8 * MAX_BYTES
"""Longest answer of a server that sends all at once: some 5,000 SLOs."""


def loaded_groups(prometheus: Prometheus) -> Iterator[Mapping[str, Any]]:
    """
    All groups of rules, as ``/api/v1/rules`` has them, without the alerts that are active.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    patient = replace(prometheus, max_bytes=max(prometheus.max_bytes, WHOLE_BYTES))
    token, seen = "", set[str]()
    while True:
        more = {"group_next_token": token} if token else {}
        data = patient.get("/api/v1/rules", exclude_alerts="true", group_limit=str(PAGE_GROUPS), **more)
        prometheus.sent = patient.sent
        if not isinstance(data, dict) or not isinstance(data.get("groups"), list):
            raise PrometheusError("bad_answer", f"{prometheus.public_url} answered without groups of rules")
        yield from data["groups"]
        token = str(data.get("groupNextToken") or "")
        if not token:
            return
        if token in seen:
            raise PrometheusError("bad_answer", f"{prometheus.public_url} sends the same page of rules again and again")
        seen.add(token)
