"""The shapes of OpenSLO's objects, ``openslo/v1``: what all of them have, and those that alert."""

from typing import Annotated, Any

from pydantic import Field

from tallystick.definition.choices import Op
from tallystick.definition.fields import AsWritten, Flag, Number, Text
from tallystick.definition.indicators import Strict

Anything = Annotated[Any, Field()]
"""Whatever a tool takes."""


class Metadata(Strict):
    """What each object says of itself."""

    name: Text
    displayName: Text = ""  # noqa: N815  # the format's own spelling, as in all that follows
    labels: dict[str, Anything] = Field(default_factory=dict)
    annotations: dict[str, AsWritten] = Field(default_factory=dict)


class Object(Strict):
    """An object; inside another one it need not say what it is."""

    apiVersion: Text = ""  # noqa: N815
    kind: Text = ""
    metadata: Metadata


class OrRef(Strict):
    """What an object may say of itself where its name may stand instead."""

    apiVersion: Text = ""  # noqa: N815
    kind: Text = ""
    metadata: Metadata | None = None


class Described(Strict):
    """What each object may have."""

    description: Text = ""


class TargetSpec(Described):
    """Where alerts go."""

    target: Text


class Target(Object):
    """An AlertNotificationTarget."""

    spec: TargetSpec


class TargetOrRef(OrRef):
    """A notification target, by name or in place."""

    targetRef: Text = ""  # noqa: N815
    spec: TargetSpec | None = None


class Condition(Strict):
    """When the budget burns too fast."""

    kind: Text = "burnrate"
    op: Op
    threshold: Number
    lookbackWindow: Text  # noqa: N815
    alertAfter: Text = "0m"  # noqa: N815


class ConditionSpec(Described):
    """A condition, and how bad it is."""

    severity: AsWritten
    condition: Condition


class ConditionObject(Object):
    """An AlertCondition."""

    spec: ConditionSpec


class ConditionOrRef(OrRef):
    """A condition, by name or in place."""

    conditionRef: Text = ""  # noqa: N815
    spec: ConditionSpec | None = None


class PolicySpec(Described):
    """When to alert whom."""

    alertWhenNoData: Flag = False  # noqa: N815
    alertWhenResolved: Flag = False  # noqa: N815
    alertWhenBreaching: Flag = True  # noqa: N815
    conditions: list[ConditionOrRef]
    notificationTargets: list[TargetOrRef] = Field(default_factory=list)  # noqa: N815


class Policy(Object):
    """An AlertPolicy."""

    spec: PolicySpec


class PolicyOrRef(OrRef):
    """A policy, by name or in place."""

    alertPolicyRef: Text = ""  # noqa: N815
    spec: PolicySpec | None = None
