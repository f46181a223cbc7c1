"""What is taken over from the rules that were rendered: names of groups, waits, labels; and copies with some left out."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.core.duration import parse_seconds
from tallystick.generate.unittests.signals import Signal

APART = "slo:excluded:apart"
"""Recorded of a composite while it leaves out what its parts do not."""

_EXCLUDED = frozenset(("slo:excluded", APART))
"""Recorded while an exclusion is active."""

_PAIR = frozenset(("slo:sli_total:rate5m", "slo:sli_bad:rate5m", "slo:sli_bad:bool"))

Document = Mapping[str, Any]
"""A rule file as jsonnet gives it."""


@dataclass(frozen=True, slots=True)
class Given:
    """
    What is known of one SLO's rules.

    Attributes:
        recording: names of its groups that record, in their order.
        alerting: names of those that alert.
        waits: ``for`` of each burn-rate alert, in seconds.
        signals: its alerts on a missing signal.
        excluded: the series that say that time is excluded, by name and labels.
    """

    recording: tuple[str, ...]
    alerting: tuple[str, ...]
    waits: tuple[int, ...]
    signals: tuple[Signal, ...]
    excluded: tuple[tuple[str, Mapping[str, str]], ...]


def given(document: Document, slo_id: str) -> Given:
    """What *document* has of an SLO: its groups are named after it."""
    recording: list[str] = []
    alerting: list[str] = []
    rules: list[Mapping[str, Any]] = []
    for group in document["groups"]:
        if _is_of(group, slo_id):
            (alerting if "alert" in group["rules"][0] else recording).append(group["name"])
            rules += group["rules"]
    signals = [
        Signal(rule["labels"]["target"], _wait(rule), rule["labels"]) for rule in _alerts(rules, "SLOSignalMissing")
    ]
    return Given(
        tuple(recording),
        tuple(alerting),
        tuple(_wait(rule) for rule in _alerts(rules, "SLOBurnRate")),
        tuple(signals),
        tuple((rule["record"], rule.get("labels", {})) for rule in rules if rule.get("record") in _EXCLUDED),
    )


def _is_of(group: Mapping[str, Any], slo_id: str) -> bool:
    """`a-b` may be an SLO and `a-b-sli` another one, so the last part of the name is cut off first."""
    return bool(group["name"].rpartition("-")[0] == f"tallystick-{slo_id}" and group["rules"])


def _alerts(rules: Collection[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    return (rule for rule in rules if rule.get("alert") == name)


def _wait(rule: Mapping[str, Any]) -> int:
    return parse_seconds(rule.get("for") or "0s")


def without(document: Document, paired: Collection[str]) -> Document:
    """
    *document* without rules in whose place series are fed.

    Args:
        document: a rule file.
        paired: SLOs whose base pair is fed.
    """
    groups = []
    for group in document["groups"]:
        is_paired = group["name"].rpartition("-")[0].removeprefix("tallystick-") in paired
        names = _PAIR | _EXCLUDED if is_paired else _EXCLUDED
        rules = [rule for rule in group["rules"] if rule.get("record") not in names]
        if rules:
            groups.append({**group, "rules": rules})
    return {**document, "groups": groups}
