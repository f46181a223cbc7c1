"""How often a Prometheus scrapes and evaluates, as it says itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tallystick.core.duration import parse_milliseconds
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

ONE_OF_EACH_GROUP = ("slo:sli_total:rate5m", "slo:objective:ratio")
"""One recorded series of each of our groups; newer servers send only these rules, others all."""


@dataclass(frozen=True, slots=True)
class ScrapeTarget:
    """Something that is scraped: the labels it gives its series, and how often."""

    labels: Mapping[str, str]
    interval_ms: int


def scrape_targets(prometheus: Prometheus) -> list[ScrapeTarget]:
    """
    All that is scraped; what does not say how often is left out.

    Raises:
        PrometheusError: there is no answer, or none that is whole; servers that do not scrape have none.
    """
    data = prometheus.get("/api/v1/targets", state="active")
    try:
        return [
            ScrapeTarget({str(name): str(value) for name, value in one["labels"].items()}, interval_ms)
            for one in data["activeTargets"]
            if (interval_ms := _interval_ms(one.get("scrapeInterval")))
        ]
    except (TypeError, KeyError, AttributeError) as fault:
        raise _unlike(prometheus, "targets") from fault


def evaluation_ms(prometheus: Prometheus) -> int | None:
    """
    How often rules are evaluated that say nothing themselves; None if the configuration does not tell.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    data = prometheus.get("/api/v1/status/config")
    try:
        parts = yaml.safe_load(_only_global(data["yaml"]))
    except (TypeError, KeyError, AttributeError, yaml.YAMLError) as fault:
        raise _unlike(prometheus, "its configuration") from fault
    known = parts.get("global") if isinstance(parts, dict) else None
    return _interval_ms(known.get("evaluation_interval")) if isinstance(known, dict) else None


def group_intervals_ms(prometheus: Prometheus) -> dict[str, int]:
    """
    How often each group of rules is evaluated, by its name.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    data = prometheus.get("/api/v1/rules", **{"type": "record", "rule_name[]": ONE_OF_EACH_GROUP})
    try:
        found = {str(group["name"]): round(float(group["interval"]) * 1_000) for group in data["groups"]}
    except (TypeError, KeyError, ValueError, OverflowError) as fault:
        raise _unlike(prometheus, "groups of rules") from fault
    return {name: interval_ms for name, interval_ms in found.items() if interval_ms > 0}


def _only_global(text: str) -> str:
    """The block ``global`` of a configuration: the rest may be long, and is not our business."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if line.rstrip() == "global:"), len(lines))
    end = next((at for at in range(start + 1, len(lines)) if lines[at][:1].strip()), len(lines))
    return "\n".join(lines[start:end])


def _interval_ms(text: Any) -> int | None:
    """*text* as a length of time; None if it is none, or nothing."""
    try:
        return parse_milliseconds(text) or None
    except (ValueError, TypeError):
        return None


def _unlike(prometheus: Prometheus, what: str) -> PrometheusError:
    return PrometheusError("bad_answer", f"{prometheus.public_url} answered without {what}")
