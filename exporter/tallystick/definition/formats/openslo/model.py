"""The shapes of OpenSLO's objects, ``openslo/v1``: SLOs, SLIs, and what they are of."""

from pydantic import Field

from tallystick.definition.choices import Op
from tallystick.definition.fields import AsWritten, Flag, Number, Text
from tallystick.definition.formats.openslo.alert_model import (
    Anything,
    ConditionObject,
    Described,
    Object,
    Policy,
    PolicyOrRef,
    Target,
)
from tallystick.definition.formats.shape import Shape
from tallystick.definition.indicators import Strict


class MetricSource(Strict):
    """A query, and what is asked."""

    metricSourceRef: Text = ""  # noqa: N815
    type: Text = ""
    spec: dict[str, Anything]


class Metric(Strict):
    """A query."""

    metricSource: MetricSource  # noqa: N815


class RatioMetric(Strict):
    """Good or bad events and all, or a ratio."""

    counter: Flag = False
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric | None = None
    rawType: Text = ""  # noqa: N815
    raw: Metric | None = None


class SliSpec(Described):
    """One of two."""

    thresholdMetric: Metric | None = None  # noqa: N815
    ratioMetric: RatioMetric | None = None  # noqa: N815


class SliObject(Object):
    """An SLI."""

    spec: SliSpec


class Calendar(Strict):
    """Where periods begin."""

    startTime: Text  # noqa: N815
    timeZone: Text  # noqa: N815


class TimeWindow(Strict):
    """A window, rolling or by the calendar."""

    duration: Text
    isRolling: Flag = False  # noqa: N815
    calendar: Calendar | None = None


class Objective(Strict):
    """One promise."""

    displayName: Text = ""  # noqa: N815
    op: Op | None = None
    value: Number | None = None
    target: Number | None = None
    targetPercent: Number | None = None  # noqa: N815
    timeSliceTarget: Number | None = None  # noqa: N815
    timeSliceWindow: AsWritten | None = None  # noqa: N815
    indicator: SliObject | None = None
    indicatorRef: Text = ""  # noqa: N815
    compositeWeight: Number | None = None  # noqa: N815


class SloSpec(Described):
    """What is promised."""

    service: Text
    indicator: SliObject | None = None
    indicatorRef: Text = ""  # noqa: N815
    timeWindow: list[TimeWindow] = Field(default_factory=list)  # noqa: N815
    budgetingMethod: Text = ""  # noqa: N815
    objectives: list[Objective]
    alertPolicies: list[PolicyOrRef] = Field(default_factory=list)  # noqa: N815


class SloObject(Object):
    """An SLO."""

    spec: SloSpec


class SourceSpec(Described):
    """Where queries are asked."""

    type: Text
    connectionDetails: Anything = None  # noqa: N815


class SourceObject(Object):
    """A DataSource."""

    spec: SourceSpec


class ServiceObject(Object):
    """A Service."""

    spec: Described = Field(default_factory=Described)


_EXAMPLES = {
    "metadata": "metadata: {name: availability}",
    "name": "name: availability",
    "spec": "spec: with what it is",
    "service": "service: checkout",
    "objectives": "objectives: with a list of them",
    "metricSource": "metricSource: with type and spec",
    "duration": "duration: 28d",
    "startTime": "startTime: 2026-01-01 00:00:00",
    "timeZone": "timeZone: Europe/Berlin",
    "conditions": "conditions: with one of them",
    "op": "op: gte",
    "threshold": "threshold: 14.4",
    "lookbackWindow": "lookbackWindow: 1h",
    "severity": "severity: page",
    "condition": "condition: with kind, op, threshold and lookbackWindow",
    "target": "target: slack",
    "type": "type: Prometheus",
}
SHAPES = {
    "SLO": Shape(SloObject, _EXAMPLES),
    "SLI": Shape(SliObject, _EXAMPLES),
    "AlertPolicy": Shape(Policy, _EXAMPLES),
    "AlertCondition": Shape(ConditionObject, _EXAMPLES),
    "AlertNotificationTarget": Shape(Target, _EXAMPLES),
    "DataSource": Shape(SourceObject, _EXAMPLES),
    "Service": Shape(ServiceObject, _EXAMPLES),
}
"""By kind, what its objects look like."""
