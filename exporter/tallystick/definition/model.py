"""
The format ``tallystick/v1`` as types.

Shape alone: which keys there are and what kind of value each takes. What the values must be beyond that is looked at by the
checks, and the JSON Schema that editors get is made from here.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from tallystick.definition.choices import AgreementKind, BudgetingMethod, NoData, Severity, Weigh
from tallystick.definition.fields import (
    AsWritten,
    Count,
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
    OneWindow,
    Rows,
    Share,
    Text,
    Windows,
)
from tallystick.definition.indicators import Sli, Strict
from tallystick.definition.node import Scalar

API_VERSION = "tallystick/v1"


class Burn(Strict):
    """A part of the budget that may be gone within a while, before somebody is told."""

    budget: Share = Field(description="Part of the period's budget.", examples=["2%"])
    within: Duration = Field(
        alias="in", description="Within which time: the long window, in whole 5 minutes.", examples=["1h"]
    )
    short: Duration | None = Field(
        None, description="Window that must burn too, in whole 5 minutes; a twelfth of the long one by default."
    )
    for_: Duration | None = Field(
        None, alias="for", description="How long both must burn; it wins over the severity's."
    )


class SeverityBurn(Burn):
    """The same, for either severity."""

    severity: Severity = Field(description="Who is told.")


_BURN = "When to alert, in place of tallystick's own pairs of windows; an empty list is none."
_FOR = "How long a burn-rate alert must hold"


class Notice(Strict):
    """How alerts of one severity are sent."""

    enabled: Flag = Field(default=True, description="Whether there are any.")
    labels: Labels = Field(default_factory=dict, description="On these alerts, beside the SLO's own.")
    annotations: Labels = Field(default_factory=dict, description="On these alerts, beside those tallystick writes.")
    burn: list[Burn] | None = Field(None, description=_BURN)
    for_: Duration | None = Field(None, alias="for", description=f"{_FOR}; it wins over that of `alerting`.")


class Alerting(Strict):
    """How an SLO alerts."""

    page: Notice = Field(default_factory=Notice, description="Alerts that wake somebody.")
    ticket: Notice = Field(default_factory=Notice, description="Alerts for working hours.")
    labels: Labels = Field(default_factory=dict, description="On all its alerts, beside the SLO's own.")
    annotations: Labels = Field(default_factory=dict, description="On all its alerts, beside those tallystick writes.")
    burn: list[SeverityBurn] | None = Field(None, description=f"{_BURN} Not beside a severity's own.")
    for_: Duration | None = Field(None, alias="for", description=f"{_FOR}.")
    min_events: MinEvents = Field(
        default=None,
        description="Events that a long window must hold before it may page; auto: so many that one bad event is too few.",
    )
    min_bad: Count | None = Field(None, description="Bad events that a long window must hold before it may page.")
    weigh: Weigh = Field(
        "time",
        description="What a share of the budget is a share of: time, or traffic, the events that the period really has.",
    )
    first_values: Flag = Field(
        default=True,
        description="Whether rules count the first value of a series that appears at a target which was up already.",
    )
    signal: Flag = Field(
        default=True,
        description="Whether there are alerts when the indicator was there within the last day and is gone.",
    )


class Defaults(Strict):
    """What an SLO says that others may say for it: defaults of a file, a tier or a folder."""

    objective: Objective | None = Field(None, description="Promised share of good events: 99.9% or 0.999.")
    window: Windows | None = Field(
        None, description="Over which it is promised; alerts are made for the first.", examples=["30d"]
    )
    timezone: Text | None = Field(None, description="As the file's; it wins over that.")
    year_start: MonthDay | None = Field(None, description="As the file's; it wins over that.")
    budgeting: BudgetingMethod = Field(
        "occurrences", description="What the budget is a share of: all events, or slices of time."
    )
    slice: Duration | None = Field(
        None, description="How long a slice of time is, in minutes that divide an hour; by default the SLI's own."
    )
    slice_target: Share | None = Field(None, description="Share of good events that makes a slice good.")
    no_data: NoData = Field("ignore", description="What unobserved time counts as.")
    min_coverage: Share = Field("0%", description="Share of a window that must have been observed for a verdict.")
    labels: Labels = Field(default_factory=dict, description="As the file's; they win over those.")
    links: Links = Field(default_factory=dict, description="As the file's; they win over those.")
    alerting: Alerting = Field(default_factory=Alerting, description="How it alerts.")


class IgnoreModel(Strict):
    """A kind of warning that is not told, and why."""

    check: Text = Field(description="The code of the warning, as it stands in parentheses.", examples=["low-traffic"])
    reason: Text = Field(description="Why it may be, in words.", json_schema_extra={"minLength": 1})


_IGNORE = "Warnings that are not told, each with its reason."


class SloModel(Defaults):
    """One promise about the service."""

    # The schema asks for neither: either may be said by defaults, which may be in another file.
    model_config = ConfigDict(json_schema_extra={"required": ["name", "sli"]})

    name: Name = Field(
        description="Its name within the service; its id is `<service>-<name>`.", examples=["availability"]
    )
    description: Text = Field(default="", description="What is promised, in words.")
    objective: Objective = Field(description="Promised share of good events: 99.9% or 0.999.")
    window: Windows = Field(description="Over which it is promised; alerts are made for the first.", examples=["30d"])
    sli: Sli = Field(description="Which events count, and which of them are good.")
    was: Names | None = Field(None, description="Names or ids it had before, whose history it goes on with.")
    ignore: list[IgnoreModel] = Field(default_factory=list, description=_IGNORE)
    for_each: Rows | None = Field(None, description="Rows of values, each of which makes an SLO of this one.")


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


class CreditModel(Strict):
    """What is given back where less was delivered."""

    below: Share = Field(description="Delivered share of good events under which it is due.", examples=["99.5%"])
    credit: Share = Field(description="Share of the price of the period that is given back.", examples=["10%"])


class AgreementModel(Strict):
    """What somebody was told to expect, and what falling short of it costs."""

    name: Name = Field(description="Its name within the service; its id is `<service>-<name>`.", examples=["acme-gold"])
    description: Text = Field(default="", description="In words.")
    kind: AgreementKind = Field(
        description="With a customer, with a team of the same house, with a supplier; or only expected."
    )
    party: Text = Field(description="With whom.", examples=["ACME"], json_schema_extra={"minLength": 1})
    slo: Text = Field(description="Name of the SLO by which it is measured.", examples=["availability"])
    objective: Objective = Field(description="Agreed share of good events: 99.5% or 0.995.")
    window: OneWindow = Field(description="Over which it is agreed.", examples=["month"])
    timezone: Text | None = Field(None, description="Whose calendar that is; by default the file's.")
    year_start: MonthDay | None = Field(None, description="As the file's; it wins over that.")
    credits: list[CreditModel] = Field(default_factory=list, description="What is due where less was delivered.")


def _version(value: Any) -> str:
    # What it says is looked at before anything else is; here it only has to be there.
    return value.text if isinstance(value, Scalar) else str(value)


class DefinitionModel(Strict):
    """A service and what is promised of it."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [key]} for key in ("slos", "exclusions", "agreements")]}
    )

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
    agreements: list[AgreementModel] = Field(default_factory=list, description="What was agreed with whom.")
    slos: list[SloModel] = Field(
        default_factory=list,
        description="What is promised; left out where that is written elsewhere, and this is agreed about it.",
        min_length=1,
    )
    defaults: Defaults | None = Field(None, description="What holds for each of the SLOs that does not say it itself.")
    ignore: list[IgnoreModel] = Field(default_factory=list, description=_IGNORE)
    for_each: Rows | None = Field(None, description="Rows of values, each of which makes a service of this document.")


class FolderDefaults(Defaults):
    """What holds for all services in a folder and below it, where neither they nor their tier say it."""

    team: Text | None = Field(None, description="Who owns them; a label on every alert.")
    tier: AsWritten | None = Field(None, description="How important they are.", examples=[1])


class SharedModel(Strict):
    """What holds for several services; a document of its own."""

    api_version: Annotated[Literal["tallystick/v1"], BeforeValidator(_version)] = Field(
        alias="apiVersion", description="The format's name and version."
    )
    tiers: dict[str, Defaults] = Field(
        default_factory=dict, description="By the tier, as services have it in `tier`: what holds for it."
    )
    defaults: FolderDefaults | None = Field(None, description="What holds in this file's folder and below it.")
    ignore: list[IgnoreModel] = Field(default_factory=list, description=_IGNORE)


# Here and now, with all that is in it at once: by themselves, its parts are never used. What holds for several services is
# built with the first document that says something of it; most runs see none.
DefinitionModel.model_rebuild()
