"""rule-health: rules of an SLO that can't be evaluated, or not in time."""

from collections.abc import Iterator

from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.loaded import loaded_rules
from tallystick.upstream.rules import RuleGroup

RULE = Rule("rule-health", may_warn=True)


def _find(scene: Scene) -> Iterator[Problem]:
    rules = loaded_rules(scene)
    for slo in scene.slos if rules else ():
        assert rules is not None
        groups = rules.groups.get(slo.slo_id, [])
        place = name_of(scene.entries[slo.slo_id])
        if bad := [one for group in groups for one in group.bad]:
            others = f" (and {len(bad) - 1} more rules)" if len(bad) > 1 else ""
            message = f"its rule {show(bad[0].name)} can't be evaluated: {show(bad[0].error)}{others}"
            yield RULE.at(place, message, "look at the series it is made of; check tells what is wrong with them")
        elif slow := next(filter(_is_slow, groups), None):
            message = f"its rules take {slow.took_seconds:.1f} s, and are evaluated every {slow.interval_seconds:g} s: {show(slow.name)}"
            yield RULE.at(place, message, "read fewer series, or give Prometheus more room", severity="warning")


CHECK = OnlineCheck(RULE, "rules", _find)


def _is_slow(group: RuleGroup) -> bool:
    return group.interval_seconds > 0 and group.took_seconds > group.interval_seconds
