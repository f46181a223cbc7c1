"""
The format ``tallystick/v1`` as types.

Shape alone: which keys there are and what kind of value each takes. What the values must be beyond that is looked at by the
checks, and the JSON Schema that editors get is made from here.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from tallystick.definition.choices import BudgetingMethod, NoData
from tallystick.definition.fields import (
    AsWritten,
    Duration,
    Flag,
    Labels,
    Links,
    MinEvents,
    Moment,
    MonthDay,
    Name,
    Names,
    Objective,
    Share,
    Text,
    Windows,
)
from tallystick.definition.indicators import Sli, Strict
from tallystick.definition.node import Scalar

API_VERSION = "tallystick/v1"


class Notice(Strict):
    """How alerts of one severity are sent."""

    enabled: Flag = Field(default=True, description="Whether there are any.")
    labels: Labels = Field(default_factory=dict, description="On these alerts, beside the SLO's own.")
    annotations: Labels = Field(default_factory=dict, description="On these alerts, beside those tallystick writes.")


class Alerting(Strict):
    """How an SLO alerts."""

    page: Notice = Field(default_factory=Notice, description="Alerts that wake somebody.")
    ticket: Notice = Field(default_factory=Notice, description="Alerts for working hours.")
    min_events: MinEvents = Field(
        default=None,
        description="Events that a long window must hold before it may page; auto: so many that one bad event is too few.",
    )


class SloModel(Strict):
    """One promise about the service."""

    name: Name = Field(
        description="Its name within the service; its id is `<service>-<name>`.", examples=["availability"]
    )
    description: Text = Field(default="", description="What is promised, in words.")
    objective: Objective = Field(description="Promised share of good events: 99.9% or 0.999.")
    window: Windows = Field(description="Over which it is promised; alerts are made for the first.", examples=["30d"])
    timezone: Text | None = Field(None, description="As the file's; it wins over that.")
    year_start: MonthDay | None = Field(None, description="As the file's; it wins over that.")
    sli: Sli = Field(description="Which events count, and which of them are good.")
    budgeting: BudgetingMethod = Field(
        "occurrences", description="What the budget is a share of: all events, or slices of time."
    )
    slice: Duration | None = Field(
        None, description="How long a slice of time is, in minutes that divide an hour; by default the SLI's own."
    )
    slice_target: Share | None = Field(None, description="Share of good events that makes a slice good.")
    no_data: NoData = Field("ignore", description="What unobserved time counts as.")
    min_coverage: Share = Field("0%", description="Share of a window that must have been observed for a verdict.")
    was: Names | None = Field(None, description="Names or ids it had before, whose history it goes on with.")
    labels: Labels = Field(default_factory=dict, description="As the file's; they win over those.")
    links: Links = Field(default_factory=dict, description="As the file's; they win over those.")
    alerting: Alerting = Field(default_factory=Alerting, description="How it alerts.")


class ExclusionModel(Strict):
    """Time that is agreed not to count, once or recurring."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["from", "to"]}, {"required": ["starts", "lasts"]}],
            "dependentRequired": {"rrule": ["starts"]},
        }
    )

    reason: Text = Field(description="Why, in words.")
    from_: Moment | None = Field(None, alias="from", description="When it begins, if it happens once.")
    to: Moment | None = Field(None, description="When it ends.")
    starts: Moment | None = Field(None, description="When it begins (for the first time).")
    lasts: Duration | None = Field(None, description="How long it takes.")
    rrule: Text | None = Field(
        None, description="When it happens again, by RFC 5545.", examples=["FREQ=MONTHLY;BYDAY=1SU"]
    )
    timezone: Text | None = Field(None, description="Whose clock that is; by default the file's.")
    slos: Names | None = Field(None, description="Names of the SLOs it is for; by default all of the service.")
    approved_by: Text | None = Field(None, description="Who agreed.")
    ticket: AsWritten | None = Field(None, description="Where that is written down.")


def _version(value: Any) -> str:
    # What it says is looked at before anything else is; here it only has to be there.
    return value.text if isinstance(value, Scalar) else str(value)


class DefinitionModel(Strict):
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
    timezone: Text | None = Field(
        None, description="Time zone of calendar windows and exclusions; UTC by default.", examples=["Europe/Berlin"]
    )
    year_start: MonthDay | None = Field(None, description="Month and day on which a (fiscal) year begins.")
    exclusions: list[ExclusionModel] = Field(default_factory=list, description="Time that is agreed not to count.")
    slos: list[SloModel] = Field(description="What is promised.", min_length=1)
