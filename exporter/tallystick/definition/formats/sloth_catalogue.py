"""
What the plugins of Sloth's public catalogue ask of which metrics; as selectors, so that their events are counted.

Source: the plugins' own pages in github.com/slok/sloth-common-sli-plugins. What they fill in where there is no traffic is left
out: there is nothing to count then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.core.selector import Matcher, MatchOp

PREFIX = "sloth-common/"

_SERVER_ERRORS = "5.."
_FAILED = "(5..|429)"


def _is(label: str, value: str) -> Matcher:
    return Matcher(label, MatchOp.EQUAL, value)


def _like(label: str, pattern: str) -> Matcher:
    return Matcher(label, MatchOp.REGEX, pattern)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a plugin asks.

    Attributes:
        metric: its counter of all events; or its histogram, if it has an option ``bucket``.
        bad: what the bad events among them have.
        bad_metric: their counter, if it is another one.
        fixed: what all of its events have.
        less: a counter that is subtracted from all, and what it has.
        needs: by option that must be there, the label it gives the value of, and how it is compared; ``bucket`` has none.
        may: options that may be there.
        excludes: the label that ``exclude_errors`` looks at.
        is_up: whether the metric is a gauge of 0 and 1.
    """

    metric: str
    bad: tuple[Matcher, ...] = ()
    bad_metric: str = ""
    fixed: tuple[Matcher, ...] = ()
    less: tuple[str, Matcher] | None = None
    needs: Mapping[str, tuple[str, MatchOp] | None] = field(default_factory=dict)
    may: tuple[str, ...] = ("filter",)
    excludes: str = ""
    is_up: bool = False

    @property
    def is_latency(self) -> bool:
        """Whether it asks for a bucket of a histogram."""
        return "bucket" in self.needs


_BUCKET: dict[str, tuple[str, MatchOp] | None] = {"bucket": None}
_CONTROLLER: dict[str, tuple[str, MatchOp] | None] = {"controller": ("controller", MatchOp.EQUAL)}
_ISTIO: dict[str, tuple[str, MatchOp] | None] = {
    "service": ("destination_service_name", MatchOp.EQUAL),
    "namespace": ("destination_service_namespace", MatchOp.EQUAL),
}
_BACKEND: dict[str, tuple[str, MatchOp] | None] = {"backend_regex": ("backend", MatchOp.REGEX)}
_SERVICE: dict[str, tuple[str, MatchOp] | None] = {"service_name_regex": ("service", MatchOp.REGEX)}
_FILTER: dict[str, tuple[str, MatchOp] | None] = {"filter": None}
_LATENCY = ("filter", "exclude_errors")

CATALOGUE: Mapping[str, Asked] = {
    "coredns/availability": Asked(
        "coredns_dns_responses_total", (_like("rcode", "SERVFAIL"),), may=("filter", "custom_rcode_regex")
    ),
    "coredns/latency": Asked("coredns_dns_request_duration_seconds", needs=_BUCKET),
    "haproxy/frontend/availability": Asked("haproxy_frontend_http_responses_total", (_is("code", "5xx"),)),
    "istio/v1/availability": Asked("istio_requests_total", (_like("response_code", _FAILED),), needs=_ISTIO),
    "istio/v1/latency": Asked(
        "istio_request_duration_milliseconds", needs=_ISTIO | _BUCKET, may=_LATENCY, excludes="response_code"
    ),
    "kubernetes/apiserver/availability": Asked("apiserver_request_total", (_like("code", _FAILED),)),
    "kubernetes/apiserver/latency": Asked(
        "apiserver_request_duration_seconds", fixed=(Matcher("verb", MatchOp.NOT_EQUAL, "WATCH"),), needs=_BUCKET
    ),
    "kubernetes/kooper/availability": Asked(
        "kooper_controller_processed_event_duration_seconds_count",
        (_is("success", "false"),),
        less=("kooper_controller_queued_events_total", _is("requeue", "true")),
        needs=_CONTROLLER,
    ),
    "kubernetes/kooper/latency": Asked(
        "kooper_controller_processed_event_duration_seconds", needs=_CONTROLLER | _BUCKET
    ),
    "kubernetes/kooper/queue-congestion": Asked(
        "kooper_controller_event_in_queue_duration_seconds", needs=_CONTROLLER | _BUCKET
    ),
    "kubernetes/nginx-ingress/availability": Asked("nginx_ingress_controller_requests", (_like("status", _FAILED),)),
    "prometheus/rules/eval-availability": Asked(
        "prometheus_rule_evaluations_total", bad_metric="prometheus_rule_evaluation_failures_total"
    ),
    "prometheus/targets/availability": Asked("up", is_up=True),
    "slok-go-http-metrics/availability": Asked(
        "http_request_duration_seconds_count", (_like("code", _FAILED),), needs=_FILTER, may=()
    ),
    "slok-go-http-metrics/latency": Asked(
        "http_request_duration_seconds", needs=_FILTER | _BUCKET, may=("exclude_errors",), excludes="code"
    ),
    "traefik/v1/availability": Asked("traefik_backend_requests_total", (_like("code", _FAILED),), needs=_BACKEND),
    "traefik/v1/latency": Asked(
        "traefik_backend_request_duration_seconds", needs=_BACKEND | _BUCKET, may=_LATENCY, excludes="code"
    ),
    "traefik/v2/availability": Asked(
        "traefik_service_requests_total", (_like("code", _SERVER_ERRORS),), needs=_SERVICE
    ),
    "traefik/v2/latency": Asked(
        "traefik_service_request_duration_seconds", needs=_SERVICE | _BUCKET, may=_LATENCY, excludes="code"
    ),
}
"""By their ids, without `PREFIX`."""

MADE_UP: Mapping[str, tuple[str, ...]] = {"noop": (), "fake": ("burn_rate", "jitter_percent")}
"""Plugins that ask for no metric, and their options: no errors at all, or as many as burn the budget so fast."""

ERRORS = _SERVER_ERRORS
"""What ``exclude_errors`` leaves out."""
