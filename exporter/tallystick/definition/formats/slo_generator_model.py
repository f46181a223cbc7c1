"""The shapes of slo-generator's files: an SLO with each method of asking Prometheus, and the shared configuration."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from tallystick.definition.fields import AsWritten, Flag, Labels, Number, Text
from tallystick.definition.formats.shape import Shape
from tallystick.definition.indicators import Strict

Anything = Annotated[Any, Field()]
Indicator = TypeVar("Indicator")


class GoodBadRatio(Strict):
    """Counters of good events, and of bad or of all."""

    filter_good: Text
    filter_bad: Text | None = None
    filter_valid: Text | None = None
    operators: list[Text] | None = None


class DistributionCut(Strict):
    """A histogram, and the bound of one of its buckets."""

    expression: Text
    threshold_bucket: AsWritten


class QuerySli(Strict):
    """A query of the share of good events."""

    expression: Text


class Metadata(Strict):
    """What an SLO is called."""

    name: Text
    labels: Labels = Field(default_factory=dict)
    annotations: Anything = None
    namespace: Anything = None


class Spec(Strict, Generic[Indicator]):
    """What is promised."""

    description: Text = ""
    goal: Number
    backend: Text
    method: Text
    service_level_indicator: Indicator
    error_budget_policy: Text = "default"
    exporters: Anything = None


class ServiceLevelObjective(Strict, Generic[Indicator]):
    """An SLO."""

    apiVersion: Text  # noqa: N815  # the tool's own spelling
    kind: Text
    metadata: Metadata
    spec: Spec[Indicator]


class Step(Strict):
    """One window that an SLO is looked at over, and what follows from it."""

    name: AsWritten
    window: Number
    burn_rate_threshold: Number | None = None
    alert: Flag = False
    message_alert: Text = ""
    message_ok: Text = ""


class Policy(Strict):
    """The windows that an SLO is looked at over."""

    steps: list[Step]


class Config(Strict):
    """The shared configuration, of which only the policies are read."""

    backends: Anything = None
    exporters: Anything = None
    default_exporters: Anything = None
    error_budget_policies: dict[str, Policy] = Field(default_factory=dict)


_EXAMPLES = {
    "apiVersion": "apiVersion: sre.google.com/v2",
    "kind": "kind: ServiceLevelObjective",
    "metadata": "metadata: with name and labels",
    "name": "name: checkout-availability",
    "spec": "spec: with goal, backend, method and service_level_indicator",
    "goal": "goal: 0.999",
    "backend": "backend: prometheus",
    "method": "method: good_bad_ratio",
    "service_level_indicator": "service_level_indicator: with what the method takes",
    "filter_good": 'filter_good: http_requests_total{code!~"5.."}',
    "expression": "expression: a query with [window]",
    "threshold_bucket": "threshold_bucket: 0.25",
    "steps": "steps: with a list of them",
    "window": "window: 2419200, in seconds",
}
METHODS = {
    "good_bad_ratio": Shape(ServiceLevelObjective[GoodBadRatio], _EXAMPLES),
    "distribution_cut": Shape(ServiceLevelObjective[DistributionCut], _EXAMPLES),
    "query_sli": Shape(ServiceLevelObjective[QuerySli], _EXAMPLES),
}
"""By the method that Prometheus is asked by, the shape of an SLO."""

ANY = Shape(ServiceLevelObjective[Anything], _EXAMPLES)
"""An SLO of a method that is not told."""

CONFIG = Shape(Config, _EXAMPLES)
