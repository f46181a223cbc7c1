"""
Sloth's SLO plugins: a chain of programs that change how rules are made.

What rules are for is done here without them, or in another way; of what is known each has its line below.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tallystick.definition.checks import plugin as check
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.sloth_model import switch
from tallystick.definition.node import Mapping as MappingNode
from tallystick.definition.node import Node, Scalar
from tallystick.definition.problem import Problem

_ALERTS = "sloth.dev/core/alert_rules/v1"


@dataclass(slots=True)
class Effect:
    """
    What plugins make of an SLO.

    Attributes:
        labels: labels that it gets.
        alerting: keys of its ``alerting``; and ``enabled`` of both severities.
    """

    labels: MappingNode | None = None
    alerting: dict[str, Node] = field(default_factory=dict)


_Take = Callable[[Effect, MappingNode], str]
"""Takes a plugin's config into an effect, and says what is done of it; empty, if nothing changes."""


def _nothing(_effect: Effect, _plugin: MappingNode) -> str:
    return ""


def _told(message: str) -> _Take:
    return lambda _effect, _plugin: message


def _sli_rules(_effect: Effect, plugin: MappingNode) -> str:
    disabled = switch(nodes.child(plugin, "config", "disableOptimized"))
    is_exact = isinstance(disabled, Scalar) and disabled.text.lower() == "true"
    return "budgets are counted exactly, with disableOptimized or without" if is_exact else ""


def _weigh_traffic(effect: Effect, plugin: MappingNode) -> str:
    effect.alerting["weigh"] = nodes.text("traffic", plugin)
    return "a share of the budget is one of the traffic that the period really has: `alerting: {weigh: traffic}`"


def _info_labels(effect: Effect, plugin: MappingNode) -> str:
    metric = nodes.said(nodes.child(plugin, "config", "metricName"))
    if metric not in (None, "sloth_slo_info"):
        return f"there is no {metric} here, which labels could be put on"
    effect.labels = nodes.merged(effect.labels, nodes.child(plugin, "config", "labels"))
    return "these labels are on `slo_info` and on alerts"


_KNOWN: Mapping[str, _Take] = {
    "sloth.dev/core/validate/v1": _nothing,
    "sloth.dev/core/sli_rules/v1": _sli_rules,
    "sloth.dev/core/metadata_rules/v1": _nothing,
    _ALERTS: _nothing,
    "sloth.dev/core/debug/v1": _told("nothing is logged: `tallystick status` tells what was counted"),
    "sloth.dev/core/noop/v1": _nothing,
    "sloth.dev/contrib/denominator_corrected_rules/v1": _weigh_traffic,
    "sloth.dev/contrib/error_budget_exhausted_alert/v1": _told(
        "a spent budget is told for every SLO, by SLOBudgetExhausted from the exporter's metrics"
    ),
    "sloth.dev/contrib/info_labels/v1": _info_labels,
    "sloth.dev/contrib/remove_labels/v1": _told("recorded series have no labels of a definition in any case"),
    "sloth.dev/contrib/rule_intervals/v1": _told("intervals are those of all rules: `fastInterval` and `slowInterval`"),
    "sloth.dev/contrib/validate_victoria_metrics/v1": _told("queries are read as PromQL, not as MetricsQL"),
}


def effect_of(reading: Reading, spec: MappingNode, slo: MappingNode) -> Effect:
    """What the plugins of *spec* and *slo* make of the SLO; *reading* is told what they do not."""
    effect = Effect()
    overridden: Node | None = None
    chain: list[MappingNode] = []
    for holder, key in ((spec, "slo_plugins"), (slo, "plugins")):
        part = holder.get(key)
        over = switch(nodes.child(part, "overridePrevious"))
        if isinstance(over, Scalar) and over.text.lower() == "true":
            overridden, chain = over, []
        chain += nodes.items_of(nodes.child(part, "chain"))
    reading.problems += _take(reading, effect, chain)
    if isinstance(overridden, Scalar):
        _override(reading, effect, overridden, chain)
    return effect


def _take(reading: Reading, effect: Effect, chain: list[MappingNode]) -> Iterator[Problem]:
    told: set[str] = set()
    for plugin in chain:
        name = plugin.get("id")
        if not isinstance(name, Scalar):
            continue
        if name.text not in _KNOWN:
            yield check.not_run(name, _KNOWN)
        elif (message := _KNOWN[name.text](effect, plugin)) and message not in told:
            told.add(message)
            reading.notes.append(notes.PLUGIN.at(name.span, message, ""))


def _override(reading: Reading, effect: Effect, overridden: Scalar, chain: list[MappingNode]) -> None:
    """Sloth's own plugins are left out: without that of alerts there are none."""
    if not chain:
        reading.problems.append(check.none_left(overridden))
    elif _ALERTS not in (ids := {nodes.said(plugin.get("id")) for plugin in chain}) and ids <= _KNOWN.keys():
        effect.alerting["enabled"] = nodes.plain("false", "bool", overridden)
        message = "no alerts, as the chain has no plugin that makes them"
        reading.notes.append(notes.PLUGIN.at(overridden.span, message, ""))
