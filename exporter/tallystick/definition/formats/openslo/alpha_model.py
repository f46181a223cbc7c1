"""The shape of SLOs of ``openslo/v1alpha``."""

from pydantic import Field

from tallystick.definition.fields import AsWritten, Flag, Number, Text
from tallystick.definition.formats.openslo.alert_model import Anything, Described, Metadata
from tallystick.definition.formats.shape import Shape
from tallystick.definition.indicators import Strict


class Metric(Strict):
    """A query."""

    source: Text
    queryType: Text  # noqa: N815  # the format's own spelling, as in all that follows
    query: Text
    metadata: Anything = None


class Ratio(Strict):
    """Good events and all."""

    counter: Flag = False
    incremental: Flag = False
    good: Metric
    total: Metric


class Objective(Strict):
    """One promise."""

    ratioMetrics: Ratio  # noqa: N815
    displayName: Text = ""  # noqa: N815
    target: Number
    timeSliceTarget: Anything = None  # noqa: N815
    timeSliceWindow: Anything = None  # noqa: N815
    value: Anything = None
    op: Anything = None


class TimeWindow(Strict):
    """So many days."""

    unit: Text
    count: AsWritten
    isRolling: Anything = None  # noqa: N815
    calendar: Anything = None


class Spec(Described):
    """What is promised."""

    service: Text
    indicator: Anything = None
    timeWindows: list[TimeWindow] = Field(default_factory=list)  # noqa: N815
    budgetingMethod: Text = ""  # noqa: N815
    objectives: list[Objective]


class Slo(Strict):
    """An SLO."""

    apiVersion: Text  # noqa: N815
    kind: Text
    metadata: Metadata
    spec: Spec


SHAPE = Shape(
    Slo,
    {
        "name": "name: availability",
        "metadata": "metadata: {name: availability}",
        "spec": "spec: with what is promised",
        "ratioMetrics": "ratioMetrics: with good and total",
        "target": "target: 0.999",
        "source": "source: prometheus",
        "queryType": "queryType: promql",
        "query": "query: sum(rate(requests_total[{{.window}}]))",
        "good": "good: with source, queryType and query",
        "total": "total: with source, queryType and query",
        "objectives": "objectives: with a list of them",
        "unit": "unit: Day",
        "count": "count: 30",
    },
)
