"""
The format ``tallystick/v1`` as types.

Shape alone: which keys there are and what kind of value each takes. What the values must be beyond that is looked at by the
checks, and the JSON Schema that editors get is made from here.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tallystick.definition.fields import (
    AsWritten,
    Flag,
    Labels,
    Links,
    MinEvents,
    Name,
    Objective,
    Text,
    Threshold,
    Windows,
)
from tallystick.definition.node import Scalar

API_VERSION = "tallystick/v1"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _one_of(keys: tuple[str, ...], always: tuple[str, ...] = ()) -> ConfigDict:
    """For the JSON Schema: exactly one of *keys* is there. The model leaves it to the check ``one-of``."""
    schema: dict[str, Any] = {"oneOf": [{"required": [key]} for key in keys]}
    if always:
        schema["required"] = list(always)
    return ConfigDict(json_schema_extra=schema)


class Events(_Strict):
    """Increments of counters: all events, and either the good or the bad ones among them."""

    model_config = _one_of(("good", "bad"), ("total",))

    total: Text = Field(
        description="Selector of the counter of all events.", examples=['http_requests_total{job="shop"}']
    )
    good: Text | None = Field(None, description="Selector of the good ones among them; this or `bad`.")
    bad: Text | None = Field(None, description="Selector of the bad ones among them; this or `good`.")


class Latency(_Strict):
    """Observations of a classic histogram at or under a threshold."""

    histogram: Text = Field(description="Selector of the histogram, by its base name.", examples=["request_seconds"])
    threshold: Threshold = Field(
        description="Upper bound of a bucket: a duration, or a number in the histogram's unit."
    )


class Up(_Strict):
    """Seconds in which a gauge of 0 or 1 was 1."""

    metric: Text = Field(description="Selector of the gauge.", examples=['probe_success{job="shop"}'])


class Sli(_Strict):
    """Which events count, and which of them are good: exactly one kind."""

    model_config = _one_of(("events", "latency", "up"))

    events: Events | None = Field(None, description="Increments of counters.")
    latency: Latency | None = Field(None, description="Observations of a histogram under a threshold.")
    up: Up | None = Field(None, description="Time in which a gauge was 1.")


class Notice(_Strict):
    """How alerts of one severity are sent."""

    enabled: Flag = Field(default=True, description="Whether there are any.")
    labels: Labels = Field(default_factory=dict, description="On these alerts, beside the SLO's own.")
    annotations: Labels = Field(default_factory=dict, description="On these alerts, beside those tallystick writes.")


class Alerting(_Strict):
    """How an SLO alerts."""

    page: Notice = Field(default_factory=Notice, description="Alerts that wake somebody.")
    ticket: Notice = Field(default_factory=Notice, description="Alerts for working hours.")
    min_events: MinEvents = Field(
        default=None,
        description="Events that a long window must hold before it may page; auto: so many that one bad event is too few.",
    )


class SloModel(_Strict):
    """One promise about the service."""

    name: Name = Field(
        description="Its name within the service; its id is `<service>-<name>`.", examples=["availability"]
    )
    description: Text = Field(default="", description="What is promised, in words.")
    objective: Objective = Field(description="Promised share of good events: 99.9% or 0.999.")
    window: Windows = Field(description="Over which it is promised; alerts are made for the first.", examples=["30d"])
    sli: Sli = Field(description="Which events count, and which of them are good.")
    labels: Labels = Field(default_factory=dict, description="As the file's; they win over those.")
    links: Links = Field(default_factory=dict, description="As the file's; they win over those.")
    alerting: Alerting = Field(default_factory=Alerting, description="How it alerts.")


def _version(value: Any) -> str:
    # What it says is looked at before anything else is; here it only has to be there.
    return value.text if isinstance(value, Scalar) else str(value)


class DefinitionModel(_Strict):
    """A service and what is promised of it."""

    api_version: Annotated[Literal["tallystick/v1"], BeforeValidator(_version)] = Field(
        alias="apiVersion", description="The format's name and version."
    )
    service: Name = Field(description="The service's name in the catalogue.", examples=["checkout"])
    description: Text = Field(default="", description="What the service is for.")
    team: Text | None = Field(None, description="Who owns it; a label on every alert.")
    tier: AsWritten | None = Field(None, description="How important it is.", examples=[1])
    labels: Labels = Field(default_factory=dict, description="On every alert, and on `slo_info` as label_<name>.")
    links: Links = Field(default_factory=dict, description="Named web addresses; `runbook` goes on alerts.")
    depends_on: list[Name] = Field(default_factory=list, description="Services that this one needs.")
    slos: list[SloModel] = Field(description="What is promised.", min_length=1)
