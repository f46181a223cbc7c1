"""What Sloth's files say of alerts, and its windows of alerts, as ours."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.duration import format_seconds, parse_seconds
from tallystick.definition.checks import burn
from tallystick.definition.document import Document
from tallystick.definition.formats import nodes, notes, sloth_labels
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.sloth_model import switch
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import Problem, show
from tallystick.definition.values import ValueFault, read_objective

_SEVERITIES = {"page": "page_alert", "ticket": "ticket_alert"}


def alerting(
    reading: Reading, slo: Mapping, severity: Node | None, identity: dict[str, str], extra: dict[str, Node]
) -> Mapping | None:
    """
    The ``alerting`` of *slo*.

    Args:
        reading: is told where alerts are called otherwise here.
        slo: an entry of ``slos``.
        severity: a label of that name on all that is made of the SLO.
        identity: Sloth's labels of the SLO, and what they say.
        extra: what its plugins make of it: keys of ``alerting``, and ``enabled``.
    """
    own = slo.get("alerting")
    if not isinstance(own, Mapping):
        own = None
    common = nodes.mapping(severity, {"labels": nodes.mapping(severity, {"severity": severity})}) if severity else None
    made: dict[str, Node | None] = {key: value for key, value in extra.items() if key != "enabled"}
    for ours, theirs in _SEVERITIES.items():
        made[ours] = _notice(
            reading, [common, own, own and own.get(theirs)], {**identity, "sloth_severity": ours}, extra.get("enabled")
        )
    if any(made[ours] is None or nodes.said(nodes.child(made[ours], "enabled")) != "false" for ours in _SEVERITIES):
        _tell_name(reading, own)
    at = own or slo
    return nodes.mapping(at, made) if any(value is not None for value in made.values()) else None


def _notice(
    reading: Reading, levels: Sequence[Node | None], identity: dict[str, str], enabled: Node | None
) -> Mapping | None:
    """What is said of one severity, on several *levels* of which the last wins."""
    disable = switch(nodes.child(levels[-1], "disable"))
    if isinstance(disable, Scalar) and disable.text.lower() == "true":
        enabled = nodes.plain("false", "bool", disable)
    labels, annotations = (
        nodes.merged(*(nodes.child(level, key) for level in levels)) for key in ("labels", "annotations")
    )
    entries = {
        "enabled": enabled,
        "labels": sloth_labels.labels(reading, labels),
        "annotations": sloth_labels.annotations(reading, annotations, identity),
    }
    at = next((part for part in (*reversed(levels), enabled) if part is not None), None)
    return nodes.mapping(at, entries) if at is not None and any(entries.values()) else None


def _tell_name(reading: Reading, own: Mapping | None) -> None:
    name = own and own.get("name")
    if isinstance(name, Scalar) and name.text:
        message = f"alerts are called SLOBurnRate, not {show(name.text)}; labels tell them apart"
        reading.notes.append(notes.ALERT_NAME.at(name.span, message, ""))


def of_windows(reading: Reading) -> Mapping:
    """The pairs of windows of ``AlertWindows``, as ``alerting`` has them."""
    spec = reading.root.get("spec")
    assert isinstance(spec, Mapping)
    return nodes.mapping(
        spec, {ours: nodes.mapping(spec, {"burn": _pairs(reading, spec.get(ours))}) for ours in _SEVERITIES}
    )


def _pairs(reading: Reading, severity: Node | None) -> Node:
    assert isinstance(severity, Mapping)
    return nodes.listed(severity, [_pair(reading, severity.get(speed)) for speed in ("quick", "slow")])


def _pair(reading: Reading, window: Node | None) -> Mapping:
    assert isinstance(window, Mapping)
    percent, long, short = (window.get(key) for key in ("errorBudgetPercent", "longWindow", "shortWindow"))
    assert isinstance(percent, Scalar)
    budget = nodes.text(f"{percent.text}%", percent)
    return nodes.mapping(
        window, {"budget": budget, "in": _in_pieces(reading, long), "short": _in_pieces(reading, short)}
    )


def _in_pieces(reading: Reading, length: Node | None) -> Node | None:
    """A window in whole pieces of the base pair, upwards."""
    assert isinstance(length, Scalar)
    try:
        seconds = parse_seconds(length.text)
    except ValueError:
        return length
    whole = -(-seconds // PIECE_SECONDS) * PIECE_SECONDS
    if whole == seconds:
        return length
    message = f"{show(length.text)} is {format_seconds(whole)} here: windows are made of pieces of five minutes"
    reading.notes.append(notes.ALERT_WINDOWS.at(length.span, message, ""))
    return nodes.text(format_seconds(whole), length)


def errors_of_windows(alerting: Mapping, period: Scalar, documents: Iterable[Mapping]) -> list[Problem]:
    """
    Why windows of alerts can't be used, told once for all SLOs: by the one with the lowest objective, the hardest to alert for.

    Args:
        alerting: the windows, as ``alerting`` has them.
        period: the time that budgets are for.
        documents: all services, as ours.
    """
    found = [(document, slo) for document in documents for slo in nodes.items_of(document.get("slos"))]
    if not found:
        return []
    document, lowest = min(found, key=lambda one: _objective(one[1]))
    entry = nodes.mapping(lowest, {"window": period, "alerting": alerting})
    entry.entries.update({key: pair for key, pair in lowest.entries.items() if key in ("name", "objective")})
    seen = nodes.mapping(document, {"service": document.get("service"), "slos": nodes.listed(lowest, [entry])})
    return [problem for problem in burn.CHECK.find(Document(seen)) if problem.severity == "error"]


def _objective(slo: Mapping) -> Decimal:
    try:
        return read_objective(nodes.said(slo.get("objective")) or "")
    except ValueFault:
        return Decimal(1)


def second_windows(root: Mapping, first: Mapping) -> Problem:
    """There are windows of alerts already; Sloth, too, takes one for all."""
    line, _ = first.source.position(first.start)
    message = f"there are AlertWindows already, in {first.source.file}, line {line}, and they hold for all Sloth files"
    return burn.RULE.at(root.span, message, "keep one of the two")
