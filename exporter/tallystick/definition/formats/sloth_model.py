"""The shapes of Sloth's files: ``prometheus/v1``, its custom resource, and its windows of alerts."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tallystick.definition.fields import AsWritten, Duration, Flag, Labels, Number, Text
from tallystick.definition.formats import nodes
from tallystick.definition.formats.shape import Shape
from tallystick.definition.indicators import Strict
from tallystick.definition.node import Scalar

Anything = Annotated[Any, Field()]
"""Whatever a plugin takes."""


_SWITCHES = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def switch(value: Any) -> Any:
    """*value*, with what YAML 1.1, which Sloth reads, takes for true and false beside the two."""
    if not isinstance(value, Scalar) or value.kind != "text" or value.source.text[value.start] in "\"'":
        return value
    meant = _SWITCHES.get(value.text.lower())
    return value if meant is None else nodes.plain(meant, "bool", value)


Switch = Annotated[Flag, BeforeValidator(switch)]


class Plugin(Strict):
    """One plugin of a chain."""

    id: Text
    config: Anything = None
    priority: Number | None = None


class Plugins(Strict):
    """A chain of plugins that change how rules are made."""

    overridePrevious: Switch = False  # noqa: N815  # the tool's own spelling
    chain: list[Plugin] = Field(default_factory=list)


class Events(Strict):
    """Queries of bad and of all events."""

    error_query: Text
    total_query: Text


class Raw(Strict):
    """A query of the share of bad events."""

    error_ratio_query: Text


class SliPlugin(Strict):
    """A program that writes the query."""

    id: Text
    options: dict[str, AsWritten] = Field(default_factory=dict)


class Sli(Strict):
    """One of three."""

    events: Events | None = None
    raw: Raw | None = None
    plugin: SliPlugin | None = None


class Alert(Strict):
    """Alerts of one severity."""

    disable: Switch = False
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)


class Alerting(Strict):
    """Alerts of an SLO."""

    name: Text = ""
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    page_alert: Alert = Field(default_factory=Alert)
    ticket_alert: Alert = Field(default_factory=Alert)


class SloModel(Strict):
    """An SLO of the service."""

    name: Text
    description: Text = ""
    objective: Number
    labels: Labels = Field(default_factory=dict)
    plugins: Plugins | None = None
    sli: Sli
    alerting: Alerting = Field(default_factory=Alerting)


class Spec(Strict):
    """A service and its SLOs."""

    service: Text
    labels: Labels = Field(default_factory=dict)
    slo_plugins: Plugins | None = None
    slos: list[SloModel] = Field(min_length=1)


class File(Spec):
    """A file of the format ``prometheus/v1``."""

    version: Text


class Resource(Strict):
    """The custom resource ``PrometheusServiceLevel``; its keys of more than one word are in camel case."""

    apiVersion: Text  # noqa: N815
    kind: Text
    metadata: Anything = None
    spec: Spec
    status: Anything = None


class AlertWindow(Strict):
    """A pair of windows."""

    errorBudgetPercent: Number  # noqa: N815
    shortWindow: Duration  # noqa: N815
    longWindow: Duration  # noqa: N815


class AlertPair(Strict):
    """The two pairs of a severity."""

    quick: AlertWindow
    slow: AlertWindow


class AlertWindowsSpec(Strict):
    """The pairs of windows for a period."""

    sloPeriod: Duration  # noqa: N815
    page: AlertPair
    ticket: AlertPair


class AlertWindows(Strict):
    """The resource ``AlertWindows``: the period of all SLOs, and when to alert."""

    apiVersion: Text  # noqa: N815
    kind: Text
    metadata: Anything = None
    spec: AlertWindowsSpec


_EXAMPLES = {
    "version": 'version: "prometheus/v1"',
    "objective": "objective: 99.9",
    "sli": "sli: with one of events, raw, plugin",
    "error_query": "error_query: sum(rate(errors_total[{{.window}}]))",
    "total_query": "total_query: sum(rate(requests_total[{{.window}}]))",
    "error_ratio_query": "error_ratio_query: with {{.window}}",
    "slos": "slos: with a list of them",
    "spec": "spec: with service and slos",
}
_TOOL = "Sloth"
FILE = Shape(File, _EXAMPLES, _TOOL)
RESOURCE = Shape(Resource, _EXAMPLES, _TOOL)
ALERT_WINDOWS = Shape(AlertWindows, {}, _TOOL)

CAMEL = {
    "sloPlugins": "slo_plugins",
    "errorQuery": "error_query",
    "totalQuery": "total_query",
    "errorRatioQuery": "error_ratio_query",
    "pageAlert": "page_alert",
    "ticketAlert": "ticket_alert",
}
"""The custom resource's keys, and what the file calls the same."""
