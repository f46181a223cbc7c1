"""OpenSLO's alert policies: what they refer to, and what they say together."""

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.definition.checks import missing_key, one_of
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.objects import Objects
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem, show

ALERTMANAGER = "alertmanager"
"""A target that is where alerts go anyway."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """
    A condition of a policy, and who is told.

    Attributes:
        policy: the policy.
        condition: the AlertCondition: its ``metadata``, if it has any, and ``spec``.
        targets: names of those who are told.
    """

    policy: Mapping
    condition: Mapping
    targets: tuple[Scalar, ...]

    @property
    def spec(self) -> Mapping:
        """What the condition says."""
        spec = self.condition.get("spec")
        assert isinstance(spec, Mapping)
        return spec


def alarms(reading: Reading, objects: Objects, spec: Mapping) -> Iterator[Alarm]:
    """What the policies of an SLO's *spec* ask for; what is wrong with them is told to the *reading*."""
    for item in nodes.items_of(spec.get("alertPolicies")):
        policy = _resolved(reading, objects, item, "AlertPolicy", "alertPolicyRef")
        inner = policy and policy.get("spec")
        if isinstance(policy, Mapping) and isinstance(inner, Mapping):
            yield from _of_policy(reading, objects, policy, inner)


def _of_policy(reading: Reading, objects: Objects, policy: Mapping, spec: Mapping) -> Iterator[Alarm]:
    targets = tuple(_targets(reading, objects, spec))
    conditions = spec.get("conditions")
    items = list(nodes.items_of(conditions))
    if conditions is not None and not items:
        reading.problems.append(missing_key.RULE.at(conditions.span, "there is no condition", "add one"))
    if len(items) > 1:
        message = "a policy has one condition"
        reading.problems.append(one_of.RULE.at(items[1].span, message, "write a policy for each condition"))
    condition = _resolved(reading, objects, items[0], "AlertCondition", "conditionRef") if items else None
    _tell(reading, spec)
    if condition is not None and (nodes.said(spec.get("alertWhenBreaching")) or "true").lower() == "true":
        yield Alarm(policy, condition, targets)


def _tell(reading: Reading, spec: Mapping) -> None:
    """What of a policy is always so here, or never."""
    told = {
        "alertWhenNoData": ("true", "data that is missing is told by SLOSignalMissing, always"),
        "alertWhenResolved": ("true", "Alertmanager tells of alerts that are over, if a receiver has send_resolved"),
        "alertWhenBreaching": ("false", "no alert, as the policy says"),
    }
    for key, (value, message) in told.items():
        node = spec.get(key)
        if (nodes.said(node) or "").lower() == value and isinstance(node, Scalar):
            reading.notes.append(notes.ALERTS.at(node.span, message, ""))


def _targets(reading: Reading, objects: Objects, spec: Mapping) -> Iterator[Scalar]:
    for item in nodes.items_of(spec.get("notificationTargets")):
        target = _resolved(reading, objects, item, "AlertNotificationTarget", "targetRef")
        name = nodes.child(target, "metadata", "name")
        kind = nodes.said(nodes.child(target, "spec", "target")) or ""
        if isinstance(name, Scalar) and kind.lower() != ALERTMANAGER:
            yield nodes.text(name.text, item.get("targetRef") or name)


def _resolved(reading: Reading, objects: Objects, item: Mapping, kind: str, key: str) -> Mapping | None:
    """The object of *kind* that *item* is, in place or by *key*."""
    ref = item.get(key)
    in_place = "spec" in item.entries
    if in_place == isinstance(ref, Scalar):
        found = "both a name and" if in_place else "neither a name nor"
        message = f"there is {found} a {kind} in place"
        reading.problems.append(one_of.RULE.at(item.span, message, f"write `{key}`, or kind, metadata and spec"))
        return None
    own = item.get("kind")
    if isinstance(own, Scalar) and own.text != kind:
        message = f"a {show(own.text)} stands where a {kind} belongs"
        reading.problems.append(one_of.RULE.at(own.span, message, f"write kind: {kind}"))
        return None
    if not isinstance(ref, Scalar):
        return item
    known = objects.find(kind, ref)
    if isinstance(known, Problem):
        reading.problems.append(known)
        return None
    return known


def is_written(spec: Mapping) -> Node | None:
    """The list of policies, if there is one, be it empty."""
    found = spec.get("alertPolicies")
    return found if isinstance(found, Sequence) else None
