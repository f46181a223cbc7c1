"""The rules that a server has loaded, as far as they are ours."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

MAX_BYTES = 256 * 1024**2
"""Longest answer: the rules of 1,000 SLOs are some 30 MB, and old servers send all there are at once."""

GROUPS_AT_ONCE = "500"
"""Groups in one answer, of servers that know pages."""

OURS = re.compile(r"tallystick-(?P<slo>.+)-(?P<part>[a-z]+)")
"""Names of our groups: ``tallystick-<id>-<part>``."""

_INFO = "slo:info"


@dataclass(frozen=True, slots=True)
class BadRule:
    """A rule that could not be evaluated: its name, and why."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """
    A group of rules of one SLO.

    Attributes:
        slo: the SLO's id.
        name: the group's.
        file: where the server has it from.
        interval_seconds: how often it is evaluated.
        took_seconds: how long that took the last time.
        revisions: of the definitions that it was made from, as far as it says so.
        bad: rules that could not be evaluated.
    """

    slo: str
    name: str
    file: str
    interval_seconds: float
    took_seconds: float
    revisions: tuple[str, ...]
    bad: tuple[BadRule, ...]


def rule_groups(prometheus: Prometheus) -> list[RuleGroup]:
    """
    All groups of ours that are loaded.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    patient = replace(prometheus, max_bytes=max(MAX_BYTES, prometheus.max_bytes), sent=0)
    try:
        return [one for page in _pages(patient) for group in page for one in _ours(group)]
    except (TypeError, KeyError, ValueError, AttributeError) as fault:
        raise PrometheusError("bad_answer", f"{prometheus.public_url} answered without groups of rules") from fault
    finally:
        prometheus.sent += patient.sent


def _pages(prometheus: Prometheus) -> Iterator[list[Any]]:
    """The groups, a page at a time; a server that knows no pages sends all at once."""
    form = {"exclude_alerts": "true", "group_limit": GROUPS_AT_ONCE}
    token = ""
    while True:
        data = prometheus.get("/api/v1/rules", **form, **({"group_next_token": token} if token else {}))
        yield data["groups"]
        before, token = token, str(data.get("groupNextToken") or "")
        if not token or token == before:
            return


def _ours(group: Mapping[str, Any]) -> Iterator[RuleGroup]:
    found = OURS.fullmatch(str(group["name"]))
    if not found:
        return
    rules = group["rules"]
    revisions = {str(rule.get("labels", {}).get("slo_revision", "")) for rule in rules if rule.get("name") == _INFO}
    bad = [
        BadRule(str(rule.get("name", "")), str(rule.get("lastError", "")))
        for rule in rules
        if rule.get("health") not in ("ok", "unknown", "", None)  # "unknown": not evaluated yet
    ]
    yield RuleGroup(
        slo=found["slo"],
        name=found[0],
        file=str(group.get("file", "")),
        interval_seconds=float(group["interval"]),
        took_seconds=float(group.get("evaluationTime", 0)),
        revisions=tuple(sorted(revisions)),
        bad=tuple(bad),
    )
