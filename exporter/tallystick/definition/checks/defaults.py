"""defaults: defaults that are there twice for one folder, or that say of both severities what an SLO must be able to change for one."""

from collections.abc import Iterator

from tallystick.definition.document import mapping_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("defaults")

BY_SEVERITY = "write it in `page` and in `ticket`, so that an SLO can change one of them"


def twice(key: Scalar, first: Mapping) -> Problem:
    """The folder of *key* has defaults already, *first*."""
    line, _ = first.source.position(first.start)
    message = f"this folder has defaults already, in {first.source.file}, line {line}"
    return RULE.at(key.span, message, "say all of them in one place")


def for_both(said: Mapping) -> Iterator[Problem]:
    """Pairs of windows that are not written by severity."""
    alerting = mapping_of(said, "alerting")
    if alerting and "burn" in alerting.entries:
        yield RULE.at(alerting.key("burn").span, "defaults have no `burn` for both severities", BY_SEVERITY)
