"""rules-loaded: SLOs whose rules are not in force, are of another revision, or are loaded twice."""

from collections import defaultdict
from collections.abc import Iterator

from tallystick.core.slo import Slo
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.loaded import LoadedRules, loaded_rules

RULE = Rule("rules-loaded", "warning")

_GENERATE = "run tallystick generate, put DIR/rules/*.yaml under rule_files, and reload Prometheus"


def _find(scene: Scene) -> Iterator[Problem]:
    rules = loaded_rules(scene)
    if rules is None or not scene.slos:
        return
    if not any(rules.revisions(slo.slo_id) or slo.slo_id in rules.groups for slo in scene.slos):
        message = f"no rules of {'it' if len(scene.slos) == 1 else f'any of these {len(scene.slos):,} SLOs'} are loaded: nothing alerts"
        yield RULE.at(name_of(scene.entries[scene.slos[0].slo_id]), message, _GENERATE)
        return
    for slo in scene.slos:
        if problem := _problem(slo, rules):
            yield RULE.at(name_of(scene.entries[slo.slo_id]), *problem)


CHECK = OnlineCheck(RULE, "rules", _find)


def _problem(slo: Slo, rules: LoadedRules) -> tuple[str, str] | None:
    """What is told of one SLO, and what to do; None if all is well."""
    revisions = rules.revisions(slo.slo_id)
    if not revisions:
        return "its rules are not loaded: it does not alert", _GENERATE
    files: dict[str, list[str]] = defaultdict(list)
    for group in rules.groups.get(slo.slo_id, ()):
        files[group.name].append(group.file)
    if twice := next((where for where in files.values() if len(where) > 1), None):
        listed = " and ".join(show(one) for one in sorted(twice)[:2])
        return (
            f"its rules are loaded {len(twice)} times, from {listed}: its series come out double",
            "remove all but one",
        )
    if slo.revision not in revisions:
        return (
            f"its rules are of another revision ({show(', '.join(sorted(revisions)))}) of its definition ({slo.revision})",
            _GENERATE,
        )
    if len(revisions) > 1:
        return f"its rules are of several revisions ({show(', '.join(sorted(revisions)))})", _GENERATE
    return None
