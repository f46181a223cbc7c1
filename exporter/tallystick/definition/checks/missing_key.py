"""missing-key: a key that has to be there is not."""

from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("missing-key")

_EXAMPLES = {
    "apiVersion": "apiVersion: tallystick/v1",
    "service": "service: checkout",
    "slos": "slos: with a list of them",
    "name": "name: availability",
    "objective": "objective: 99.9%",
    "window": "window: 30d",
    "sli": "sli: with one of events, latency, up, threshold, ratio, composite",
    "total": 'total: http_requests_total{job="..."}',
    "histogram": "histogram: http_request_duration_seconds",
    "threshold": "threshold: 300ms",
    "query": "query: max(queue_length)",
    "op": "op: lte",
    "value": "value: 100",
    "of": "of: with a list of SLOs",
    "slo": "slo: availability",
    "reason": "reason: Database upgrade",
    "metric": 'metric: probe_success{job="..."}',
}

_NAMES = {
    (): "this definition",
    ("slos",): "this SLO",
    ("exclusions",): "this exclusion",
    ("slos", "sli", "composite", "of"): "this part",
}


def problem(parent: Node, key: Scalar | None, missing: str, level: tuple[str, ...]) -> Problem:
    """*missing* is not in *parent*, the value of *key*."""
    place = key or _first_key(parent) or parent
    owner = _NAMES.get(level) or f"`{level[-1]}`"
    return RULE.at(place.span, f"{owner} has no `{missing}`", f"add {_EXAMPLES.get(missing, missing + ':')}")


def _first_key(node: Node) -> Scalar | None:
    return next((key for key, _ in node.entries.values()), None) if isinstance(node, Mapping) else None
