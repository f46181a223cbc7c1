"""The shape of Pyrra's file: the custom resource ``ServiceLevelObjective``."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tallystick.definition.fields import Duration, Flag, LabelNames, Labels, Objective, Text, wrong_type
from tallystick.definition.formats.shape import Shape
from tallystick.definition.indicators import Strict
from tallystick.definition.node import Scalar
from tallystick.definition.problem import show

KIND = "ServiceLevelObjective"


def _word(*known: str) -> BeforeValidator:
    """One of *known*, of which an empty one is not worth a mention."""

    def validate(value: Any) -> str:
        if isinstance(value, Scalar) and value.text in known:
            return value.text
        found = show(value.text) if isinstance(value, Scalar) and value.kind == "text" else ""
        raise wrong_type(" or ".join(filter(None, known)), "", found)

    return BeforeValidator(validate)


def _window(value: Any) -> str:
    if isinstance(value, Scalar) and value.kind == "text":
        return value.text
    raise wrong_type("a duration", f"write {value.text}d" if isinstance(value, Scalar) and value.kind == "int" else "")


class Metadata(Strict):
    """What Kubernetes knows of every object; most of it is its own affair."""

    name: Text
    namespace: Any = None
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    generateName: Any = None  # noqa: N815  # Kubernetes' own spelling, here and below
    selfLink: Any = None  # noqa: N815
    uid: Any = None
    resourceVersion: Any = None  # noqa: N815
    generation: Any = None
    creationTimestamp: Any = None  # noqa: N815
    deletionTimestamp: Any = None  # noqa: N815
    deletionGracePeriodSeconds: Any = None  # noqa: N815
    ownerReferences: Any = None  # noqa: N815
    finalizers: Any = None
    managedFields: Any = None  # noqa: N815


class Query(Strict):
    """A metric with matchers."""

    metric: Text


class Ratio(Strict):
    """Errors among all events."""

    errors: Query
    total: Query
    grouping: LabelNames = Field(default_factory=list)


class Latency(Strict):
    """Observations in a bucket, among all."""

    success: Query
    total: Query
    grouping: LabelNames = Field(default_factory=list)


class LatencyNative(Strict):
    """Observations of a native histogram that were fast enough."""

    total: Query
    latency: Duration
    grouping: LabelNames = Field(default_factory=list)


class BoolGauge(Query):
    """A gauge of 0 or 1."""

    grouping: LabelNames = Field(default_factory=list)


class Indicator(Strict):
    """One of four."""

    ratio: Ratio | None = None
    latency: Latency | None = None
    latencyNative: LatencyNative | None = None  # noqa: N815  # the tool's own spelling, here and below
    bool_gauge: BoolGauge | None = None


class Severities(Strict):
    """The label ``severity`` of alerts, by how fast they burn."""

    absent: Text = ""
    fastBurn: Text = ""  # noqa: N815
    mediumBurn: Text = ""  # noqa: N815
    slowBurn: Text = ""  # noqa: N815
    longTermBurn: Text = ""  # noqa: N815


class Alerting(Strict):
    """Which alerts there are, and what they are called."""

    disabled: Flag = False
    burnrates: Flag = True
    absent: Flag = True
    name: Text = ""
    absentName: Text = ""  # noqa: N815
    severities: Severities = Field(default_factory=Severities)


class RuleOutput(Strict):
    """Labels of the objects that rules are in."""

    shortRulesLabels: Labels = Field(default_factory=dict)  # noqa: N815
    longRulesLabels: Labels = Field(default_factory=dict)  # noqa: N815
    enableDescriptionAsLabel: Flag = False  # noqa: N815


class Spec(Strict):
    """An objective."""

    description: Text = ""
    target: Objective
    window: Annotated[str, BeforeValidator(_window)]
    indicator: Indicator
    alerting: Alerting = Field(default_factory=Alerting)
    partial_response_strategy: Annotated[str, _word("abort", "warn", "")] = ""
    performanceOverAccuracy: Flag = False  # noqa: N815
    ruleOutput: RuleOutput | None = None  # noqa: N815


class Resource(Strict):
    """The custom resource."""

    apiVersion: Text  # noqa: N815
    kind: Annotated[str, _word(KIND)]
    metadata: Metadata
    spec: Spec
    status: Any = None


INDICATORS = tuple(Indicator.model_fields)

RESOURCE = Shape(
    Resource,
    {
        "kind": f"kind: {KIND}",
        "metadata": "metadata: with a name",
        "name": "name: shop-availability",
        "spec": "spec: with target, window and indicator",
        "target": 'target: "99.9"',
        "window": "window: 4w",
        "indicator": f"indicator: with one of {', '.join(INDICATORS)}",
        "errors": 'errors: {metric: requests_total{job="shop",code=~"5.."}}',
        "success": 'success: {metric: request_seconds_bucket{job="shop",le="0.3"}}',
        "total": 'total: {metric: requests_total{job="shop"}}',
        "latency": "latency: 300ms",
        "metric": 'metric: requests_total{job="shop"}',
    },
)
