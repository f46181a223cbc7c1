"""
slo-generator's files: SLOs of the version ``sre.google.com/v2`` that Prometheus measures, and the shared configuration.

The configuration says nothing of what it is, so it is known by its keys. It is read for its policies, which have the windows.
"""

from collections.abc import Iterator, Sequence

from tallystick.definition.checks import backend, environment, objective_range, other_format
from tallystick.definition.formats import nodes, notes, slo_generator_model, slo_generator_policy, slo_generator_sli
from tallystick.definition.formats.base import Reader, Reading
from tallystick.definition.formats.owners import is_old_slo_generator, is_slo_generator_config
from tallystick.definition.model import API_VERSION
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import show
from tallystick.definition.values import ValueFault, plain, read_decimal, read_objective

KIND = "ServiceLevelObjective"

_HUNDRED = 100


def _read(roots: Sequence[Mapping]) -> Iterator[Reading]:
    configs = [Reading(root, {}) for root in roots if is_slo_generator_config(root)]
    policies = slo_generator_policy.read_policies(configs)
    yield from configs
    for root in roots:
        if not is_slo_generator_config(root):
            yield _slo_of(Reading(root, WORDS), policies)


def _slo_of(reading: Reading, policies: dict[str, slo_generator_policy.Policy]) -> Reading:
    root = reading.root
    if is_old_slo_generator(root):
        first = next(iter(root.entries.values()))[0]
        message = "this is a definition for slo-generator of version 1, which is not read"
        reading.problems.append(
            other_format.RULE.at(first.span, message, "`slo-generator migrate` makes version 2 of it")
        )
        return reading
    if not _is_right(reading):
        return reading
    spec = root.get("spec")
    assert isinstance(spec, Mapping)
    method, sli = spec.get("method"), spec.get("service_level_indicator")
    assert isinstance(method, Scalar)
    assert isinstance(sli, Mapping)
    service, name = _names(reading)
    labels = nodes.child(root, "metadata", "labels")
    slo = nodes.mapping(
        root,
        {
            "name": name,
            "description": spec.get("description"),
            "objective": _goal(reading, spec),
            "window": slo_generator_policy.window_of(reading, spec, policies),
            "sli": slo_generator_sli.METHODS[method.text](reading, sli),
            "labels": nodes.without(labels, "service_name", "team"),
        },
    )
    document = {
        "apiVersion": nodes.text(API_VERSION, root),
        "service": service,
        "team": _team(reading, labels),
        "tier": nodes.child(labels, "tier"),
        "slos": nodes.listed(root, [slo]),
    }
    reading.documents.append(nodes.mapping(root, document))
    return reading


def _is_right(reading: Reading) -> bool:
    """Whether the document can be read; it is told why not."""
    root = reading.root
    kind, asked, method = root.get("kind"), nodes.child(root, "spec", "backend"), nodes.child(root, "spec", "method")
    shape = slo_generator_model.ANY
    if isinstance(kind, Scalar) and kind.kind == "text" and kind.text != KIND:
        message = f"{show(kind.text)} of slo-generator is not read"
        reading.problems.append(other_format.RULE.at(kind.span, message, f"write kind: {KIND}"))
    elif isinstance(asked, Scalar) and asked.kind == "text" and asked.text.partition("/")[0] != "prometheus":
        reading.problems.append(backend.other(asked))
    else:
        if isinstance(method, Scalar) and method.kind == "text":
            shape = slo_generator_model.METHODS.get(method.text, shape)
            if method.text not in slo_generator_model.METHODS:
                reading.problems.append(backend.method(method, slo_generator_model.METHODS))
        reading.problems += shape.problems(root)
        reading.problems += environment.find(root)
    return not reading.problems


def _goal(reading: Reading, spec: Mapping) -> Scalar | None:
    """The objective; a percentage, which ours may be, is none here."""
    goal = spec.get("goal")
    assert isinstance(goal, Scalar)
    try:
        read_objective(goal.text)
    except ValueFault as fault:
        number = read_decimal(goal.text)
        meant = number if number is not None and 1 < number < _HUNDRED else None
        hint = f"write {plain(meant / _HUNDRED)}" if meant else "write the share of good events, for example 0.999"
        reading.problems.append(objective_range.RULE.at(goal.span, f"goal {show(goal.text)} {fault}", hint))
        return None
    return goal


def _names(reading: Reading) -> tuple[Node, Node]:
    """The service, and the SLO's name in it."""
    whole = nodes.child(reading.root, "metadata", "name")
    service = nodes.child(reading.root, "metadata", "labels", "service_name")
    assert isinstance(whole, Scalar)
    if isinstance(service, Scalar):
        rest = whole.text.removeprefix(f"{service.text}-")
        return nodes.text(service.text, service), nodes.text(rest or whole.text, whole)
    first, _, rest = whole.text.partition("-")
    if not rest:
        first = rest = whole.text
    message = f"service {show(first)}, by the name: there is no label `service_name`"
    reading.notes.append(notes.SERVICE.at(whole.span, message, ""))
    return nodes.text(first, whole), nodes.text(rest, whole)


def _team(reading: Reading, labels: Node | None) -> Node | None:
    """Who owns the service, by a label."""
    team, owner = nodes.child(labels, "team"), nodes.child(labels, "owner")
    if team is None and isinstance(owner, Scalar):
        message = f"team {show(owner.text)} owns this, by the label `owner`"
        reading.notes.append(notes.TEAM.at(owner.span, message, ""))
    found = team or owner
    return nodes.text(found.text, found) if isinstance(found, Scalar) else None


WORDS = {
    "good": "filter_good",
    "bad": "filter_bad",
    "total": "filter_valid",
    "histogram": "expression",
    "success": "expression",
    "$window": "window",
}
READER = Reader(_read)
