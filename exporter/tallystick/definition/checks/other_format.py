"""other-format: a definition for another tool."""

from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("other-format")

_PREFIXES = {
    "prometheus/": "Sloth",
    "sloth.slok.dev/": "Sloth",
    "pyrra.dev/": "Pyrra",
    "openslo/": "OpenSLO",
    "openslo.com/": "OpenSLO",
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
            message = f"this is a definition for {tool}, which is not read yet"
            return RULE.at(value.span, message, "write it as apiVersion: tallystick/v1")
    return None
