"""The ``sli`` of the format as types: shape alone, as in ``tallystick.definition.model``."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tallystick.definition.choices import Method, NoData, Op
from tallystick.definition.fields import Duration, LabelNames, Number, Text, Threshold, Weight


class Strict(BaseModel):
    """Unknown keys are refused, and values are what they are; not built before the whole is (`tallystick.definition.model`)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def one_of(keys: tuple[str, ...], always: tuple[str, ...] = ()) -> ConfigDict:
    """For the JSON Schema: exactly one of *keys* is there. The model leaves it to the check ``one-of``."""
    schema: dict[str, Any] = {"oneOf": [{"required": [key]} for key in keys]}
    if always:
        schema["required"] = list(always)
    return ConfigDict(json_schema_extra=schema)


_BY = "Labels that make an SLO of its own for each of their values."


class Events(Strict):
    """Increments of counters: all events, and either the good or the bad ones among them."""

    model_config = one_of(("good", "bad"), ("total",))

    total: Text = Field(
        description="All events: a counter's selector, several with + and -, or PromQL with $window.",
        examples=['http_requests_total{job="shop"}'],
    )
    good: Text | None = Field(None, description="The good ones among them, likewise; this or `bad`.")
    bad: Text | None = Field(None, description="The bad ones among them, likewise; this or `good`.")
    by: LabelNames | None = Field(None, description=_BY)


class Latency(Strict):
    """Observations of a histogram at or under a threshold."""

    histogram: Text = Field(description="Selector of the histogram, by its base name.", examples=["request_seconds"])
    threshold: Threshold = Field(
        description="Upper bound of a bucket: a duration, or a number in the histogram's unit."
    )
    total: Text | None = Field(
        None, description="Selector of the counter of all events, if that is not the histogram's own count."
    )
    by: LabelNames | None = Field(None, description=_BY)


class Up(Strict):
    """Seconds in which a gauge of 0 or 1 was 1."""

    metric: Text = Field(description="Selector of the gauge.", examples=['probe_success{job="shop"}'])
    by: LabelNames | None = Field(None, description=_BY)


class ThresholdModel(Strict):
    """Slices of time at whose end a query's value compared as it should."""

    query: Text = Field(description="PromQL that gives one number.", examples=["max(queue_length)"])
    op: Op = Field(description="How it must compare with the value.")
    value: Number = Field(description="What it is compared with.")
    slice: Duration = Field("1m", description="How long a slice is, in minutes that divide an hour; one event each.")


class Ratio(Strict):
    """A ratio that a query gives, weighted by another one or by time."""

    model_config = one_of(("error", "success"))

    error: Text | None = Field(None, description="PromQL with $window: the share of bad events; this or `success`.")
    success: Text | None = Field(None, description="PromQL with $window: the share of good events; this or `error`.")
    total: Text | None = Field(
        None, description="PromQL with $window: how many events there were; without it every second weighs the same."
    )


class Part(Strict):
    """One SLO in a composite."""

    slo: Text = Field(description="A name within the service, or the id of any SLO.", examples=["availability"])
    weight: Weight = Field(Decimal(1), description="How much it counts beside the others.")


class Composite(Strict):
    """Several SLOs as one."""

    of: list[Part] = Field(description="Its parts.", json_schema_extra={"minItems": 1})
    method: Method = Field(
        "weighted", description="The mean by weight, the product of all in a row, or the worst of them."
    )
    no_data: NoData = Field("ignore", description="What a part without data counts as.")


class Sli(Strict):
    """Which events count, and which of them are good: exactly one kind."""

    model_config = one_of(("events", "latency", "up", "threshold", "ratio", "composite"))

    events: Events | None = Field(None, description="Increments of counters.")
    latency: Latency | None = Field(None, description="Observations of a histogram under a threshold.")
    up: Up | None = Field(None, description="Time in which a gauge was 1.")
    threshold: ThresholdModel | None = Field(None, description="Time in which a query's value was as it should be.")
    ratio: Ratio | None = Field(None, description="A ratio that a query gives.")
    composite: Composite | None = Field(None, description="What several SLOs deliver together.")
