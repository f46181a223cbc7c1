"""missing-key: a key that has to be there is not."""

from collections.abc import Mapping as MappingOf

from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("missing-key", may_warn=True)

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
    "check": "check: low-traffic, or another code",
    "reason": "reason: Database upgrade",
    "kind": "kind: sla, or ola, underpinning, expectation",
    "party": "party: ACME",
    "below": "below: 99.5%",
    "credit": "credit: 10%",
    "metric": 'metric: probe_success{job="..."}',
}

_EXAMPLES_AT = {
    ("ignore", "reason"): "reason: with a few words on why it may be",
    ("agreements", "name"): "name: acme-gold",
    ("agreements", "window"): "window: month",
}
"""Where a key of the same name is another one, by the last key of the level too."""

_NAMES = {
    (): "this definition",
    ("slos",): "this SLO",
    ("exclusions",): "this exclusion",
    ("agreements",): "this agreement",
    ("agreements", "credits"): "this credit",
    ("ignore",): "this entry of `ignore`",
    ("slos", "ignore"): "this entry of `ignore`",
    ("slos", "sli", "composite", "of"): "this part",
}


def problem(
    parent: Node, key: Scalar | None, missing: str, level: tuple[str, ...], examples: MappingOf[str, str]
) -> Problem:
    """*missing* is not in *parent*, the value of *key*; *examples* of what to write go before our own."""
    place = key or _first_key(parent) or parent
    owner = _NAMES.get(level) or f"`{level[-1]}`"
    example = _EXAMPLES_AT.get((level[-1] if level else "", missing)) or (_EXAMPLES | dict(examples)).get(missing)
    return RULE.at(place.span, f"{owner} has no `{missing}`", f"add {example or f'{missing}:'}")


def _first_key(node: Node) -> Scalar | None:
    return next((key for key, _ in node.entries.values()), None) if isinstance(node, Mapping) else None
