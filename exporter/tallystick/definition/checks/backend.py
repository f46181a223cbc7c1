"""backend: an SLO that something other than Prometheus measures, or in a way that is not known here."""

from collections.abc import Iterable

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("backend")


def other(name: Scalar) -> Problem:
    """It is measured by *name*."""
    message = f"this is measured by {show(name.text)}, and tallystick reads Prometheus alone"
    return RULE.at(name.span, message, "leave it to its own tool, or write it with metrics that Prometheus has")


def method(name: Scalar, known: Iterable[str]) -> Problem:
    """Prometheus is asked by a method that is not among those *known*."""
    return RULE.at(name.span, f"unknown method {show(name.text)} of Prometheus", f"known here: {', '.join(known)}")
