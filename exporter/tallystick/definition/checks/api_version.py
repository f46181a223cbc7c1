"""api-version: a version of the format that is not known here."""

from tallystick.definition.model import API_VERSION
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("api-version")


def problem(node: Scalar) -> Problem:
    """An ``apiVersion`` that is not ours."""
    return RULE.at(node.span, f"unknown apiVersion {show(node.text)}", f"write {API_VERSION}")
