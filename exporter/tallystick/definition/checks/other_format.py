"""other-format: a definition for another tool."""

from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("other-format")

_PREFIXES = {
    "prometheus/": "another version of Sloth",
    "sloth.slok.dev/": "another version of Sloth",
    "pyrra.dev/": "another version of Pyrra",
    "openslo/": "another version of OpenSLO",
    "openslo.com/": "another version of OpenSLO",
    "sre.google.com/": "another version of slo-generator",
    "monitoring.coreos.com/": "the Prometheus operator",
}


def problem(root: Mapping) -> Problem | None:
    """The problem of a document that says it is another tool's."""
    for name in ("apiVersion", "version"):
        value = root.get(name)
        if not isinstance(value, Scalar):
            continue
        tool = next((tool for prefix, tool in _PREFIXES.items() if value.text.startswith(prefix)), None)
        if tool:
            message = f"this is a definition for {tool}, which is not read"
            known = "openslo/v1" if value.text.startswith("openslo") else "tallystick/v1"
            return RULE.at(value.span, message, f"write it as apiVersion: {known}")
    return None
