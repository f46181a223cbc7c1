"""data-source: a query that Prometheus could not answer."""

from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("data-source")


def other(kind: Scalar, name: str = "") -> Problem:
    """Queries are asked of *kind*, which is not Prometheus; *name*: of the object that says so, if it is elsewhere."""
    of = f", by DataSource {show(name)}" if name else ""
    message = f"this is asked of {show(kind.text)}{of}, and tallystick asks Prometheus alone"
    return RULE.at(kind.span, message, "write type: Prometheus and a query in PromQL")


def unsaid(place: Scalar) -> Problem:
    """Nothing tells what is asked at *place*."""
    return RULE.at(place.span, "nothing tells what this is asked of", "add type: Prometheus")
