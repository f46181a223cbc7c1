"""tier: a tier that is defined twice, or that says of both severities what an SLO must be able to change for one."""

from collections.abc import Iterator

from tallystick.definition.checks.defaults import BY_SEVERITY
from tallystick.definition.document import mapping_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("tier", may_warn=True)


def twice(key: Scalar, first: Scalar) -> Problem:
    """The tier *key* is defined at *first* already."""
    line, _ = first.source.position(first.start)
    return RULE.at(
        key.span, f"tier {show(key.text)} is there already, in {first.source.file}, line {line}", "keep one of the two"
    )


def of_nobody(key: Scalar, near: str) -> Problem:
    """No service has the tier *key*, so that nothing of it holds; one has *near*."""
    return RULE.at(key.span, f"no service has tier {show(key.text)}", f"write {show(near)}", severity="warning")


def for_both(tier: Mapping) -> Iterator[Problem]:
    """Pairs of windows that are not written by severity."""
    alerting = mapping_of(tier, "alerting")
    if alerting and "burn" in alerting.entries:
        yield RULE.at(alerting.key("burn").span, "a tier has no `burn` for both severities", BY_SEVERITY)
