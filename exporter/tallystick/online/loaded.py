"""Which rules of ours are in force at the server that is asked."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.errors import PrometheusError
from tallystick.online.base import Scene
from tallystick.online.oracle import Instants
from tallystick.upstream.rules import RuleGroup, rule_groups

_INFO = "count by (slo, slo_revision) (last_over_time(slo:info[10m]))"


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """
    Rules of ours.

    Attributes:
        groups: by SLO, its groups as the server has them loaded.
        recorded: by SLO, the revisions that rules record, where no groups are loaded: another program evaluates them.
    """

    groups: Mapping[str, list[RuleGroup]] = field(default_factory=dict)
    recorded: Mapping[str, set[str]] = field(default_factory=dict)

    def revisions(self, slo_id: str) -> set[str]:
        """The revisions of an SLO's definition that its rules were made from; empty if it has none."""
        found = {revision for group in self.groups.get(slo_id, ()) for revision in group.revisions}
        return found or set(self.recorded.get(slo_id, ()))


def loaded_rules(scene: Scene) -> LoadedRules | None:
    """The rules in force, asked for once; None if that can't be found out, which is noted."""
    return scene.once(loaded_rules, lambda: _look(scene))


def _look(scene: Scene) -> LoadedRules | None:
    fault: PrometheusError | None = None
    try:
        by_slo: dict[str, list[RuleGroup]] = defaultdict(list)
        for group in rule_groups(scene.oracle.prometheus):
            by_slo[group.slo].append(group)
        if by_slo:
            return LoadedRules(by_slo)
    except PrometheusError as found:
        fault = found
    # Not every server that holds the series evaluates the rules: vmalert and Thanos' rulers are programs of their own.
    (answer,) = scene.oracle.ask([_INFO], Instants(scene.now_seconds * 1_000))
    if isinstance(answer, PrometheusError):
        scene.note("which rules are loaded", answer)
        return None
    recorded: dict[str, set[str]] = defaultdict(set)
    for series in answer:
        recorded[series.labels.get("slo", "")].add(series.labels.get("slo_revision", ""))
    if not recorded and fault:
        scene.note("which rules are loaded", fault)
        return None
    return LoadedRules(recorded=recorded)
