"""What the rules of an SLO cost: how many Prometheus evaluates for it."""

from collections.abc import Collection, Iterable

from tallystick.core.impact import Rules
from tallystick.core.slo import Slo
from tallystick.generate.render import Report, rule_documents


def count_rules(
    slos: Iterable[Slo], wanted: Collection[str], report: Report = lambda _done, _all: None, *, at: float
) -> dict[str, Rules]:
    """
    How many rules each of the *wanted* SLOs has, by id.

    Args:
        slos: all that there are; parts of composites record what those are made of.
        wanted: ids.
        report: is told about progress.
        at: when the rules are made, in seconds since 1970.

    Raises:
        GenerateError: jsonnet failed.
    """
    found: dict[str, list[int]] = {}
    for document in rule_documents(slos, wanted, report, at=at):
        for group in document["groups"]:
            for rule in group["rules"]:
                counts = found.setdefault(rule.get("labels", {}).get("slo", ""), [0, 0])
                counts["alert" in rule] += 1
    return {slo: Rules(recording=recording, alerting=alerting) for slo, (recording, alerting) in found.items() if slo}
