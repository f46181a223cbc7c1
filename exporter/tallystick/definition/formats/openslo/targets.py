"""OpenSLO's targets and time slices as ours."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from difflib import get_close_matches

from tallystick.definition.checks import missing_key, one_of, wrong_type
from tallystick.definition.checks.objective_range import RULE as RANGE
from tallystick.definition.checks.slice_length import RULE as SLICE
from tallystick.definition.formats import nodes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.durations import read_duration
from tallystick.definition.formats.openslo.windows import few_slices
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, show
from tallystick.definition.values import ValueFault, read_objective

METHODS = {"Occurrences": "occurrences", "Timeslices": "timeslices", "RatioTimeslices": "ratio_timeslices"}


def method(reading: Reading, spec: Mapping) -> str:
    """What the budget of *spec* is a share of, in our words; what is wrong with it is told to the *reading*."""
    node = spec.get("budgetingMethod")
    if node is None:
        message = "there is no `budgetingMethod`; it is Occurrences"
        hint = "add budgetingMethod: Occurrences"
        reading.problems.append(missing_key.RULE.at(spec.span, message, hint, severity="warning"))
    text = nodes.said(node) or "Occurrences"
    if text not in METHODS and node:
        near = get_close_matches(text.lower(), {name.lower(): name for name in METHODS}, n=1)
        meant = next((name for name in METHODS if near and name.lower() == near[0]), ", ".join(METHODS))
        message = f"there is no budgeting method {show(text)}"
        reading.problems.append(wrong_type.RULE.at(node.span, message, f"write {meant}"))
    return METHODS.get(text, "occurrences")


def target(reading: Reading, objective: Mapping) -> tuple[Scalar | None, Decimal | None]:
    """The target of an *objective*, as ours and as a number; None if there is none, or not one."""
    found = [key for key in ("target", "targetPercent") if key in objective.entries]
    if len(found) != 1:
        reading.problems.append(_not_one(objective, found))
        return None, None
    node = objective.get(found[0])
    assert isinstance(node, Scalar)
    is_percent = found[0] == "targetPercent"
    text = f"{node.text}%" if is_percent else node.text
    try:
        return nodes.text(text, node), read_objective(text)
    except ValueFault as fault:
        hint = "write for example 99.9" if is_percent else "write for example 0.999"
        reading.problems.append(RANGE.at(node.span, f"{found[0]} {show(node.text)} {fault}", hint))
        return None, None


def _not_one(objective: Mapping, found: Sequence[str]) -> Problem:
    if found:
        message = "there are both `target` and `targetPercent`"
        return one_of.RULE.at(objective.key(found[1]).span, message, "keep one of the two")
    return missing_key.RULE.at(objective.span, "this objective has no `target`", "add target: 0.999")


def slices(reading: Reading, spec: Mapping, objective: Mapping, budgeting: str) -> dict[str, Node]:
    """The keys of ours that say how the budget of an *objective* is reckoned."""
    problems = list(_missing(objective, budgeting))
    reading.problems += problems
    entries: dict[str, Node] = {}
    if budgeting != "occurrences":
        entries["budgeting"] = nodes.text(budgeting, spec.get("budgetingMethod") or spec)
    if share := objective.get("timeSliceTarget"):
        entries["slice_target"] = share
    length = objective.get("timeSliceWindow")
    if isinstance(length, Scalar):
        text = f"{length.text}m" if length.text.isdecimal() else length.text
        try:
            found = read_duration(text)
        except ValueFault as fault:
            reading.problems.append(SLICE.at(length.span, f"timeSliceWindow {show(length.text)} {fault}", fault.hint))
            return entries
        entries["slice"] = nodes.text(found.ours, length)
        if warning := few_slices(spec, length, found.seconds):
            reading.problems.append(warning)
    return entries


def _missing(objective: Mapping, budgeting: str) -> Iterator[Problem]:
    wanted = {"timeslices": ("timeSliceTarget", "timeSliceWindow"), "ratio_timeslices": ("timeSliceWindow",)}
    examples = {"timeSliceTarget": "0.95", "timeSliceWindow": "1m"}
    for key in wanted.get(budgeting, ()):
        if key not in objective.entries:
            message = f"an objective of slices of time has no `{key}`"
            yield missing_key.RULE.at(objective.span, message, f"add {key}: {examples[key]}")


def number(node: Node | None, default: Decimal) -> Decimal:
    """The number that *node* says, or *default*."""
    text = nodes.said(node)
    with suppress(ArithmeticError):
        return default if text is None else Decimal(text)
    return default
