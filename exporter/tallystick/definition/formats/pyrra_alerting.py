"""What Pyrra's files say of alerts."""

import re
from collections.abc import Iterable

from tallystick.core.selector import Matcher
from tallystick.definition.checks.label import RESERVED
from tallystick.definition.fields import LABEL_PATTERN
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import show

_LABEL = re.compile(LABEL_PATTERN, re.ASCII)
_ELSEWHERE = RESERVED | {"team", "severity"}
_PAGE, _TICKET = ("fastBurn", "mediumBurn"), ("slowBurn", "longTermBurn")
_DEFAULTS = {**dict.fromkeys((*_PAGE, "absent"), "critical"), **dict.fromkeys(_TICKET, "warning")}
"""Pyrra's severities, on which routes in Alertmanager are built."""


def alerting(
    reading: Reading, name: Scalar, spec: Mapping, fixed: Iterable[Matcher], annotations: Node | None
) -> Mapping:
    """
    The ``alerting`` of an SLO.

    Args:
        reading: is told where alerts are other ones here.
        name: that of the object.
        spec: what it says.
        fixed: labels that all its series have, which Pyrra puts on alerts.
        annotations: those of alerts.
    """
    own = nodes.child(spec, "alerting")
    own = own if isinstance(own, Mapping) else None
    at = own or spec
    burns = not _is(own, "disabled", "true") and not _is(own, "burnrates", "false")
    absent = not _is(own, "absent", "false")
    severities = own and own.get("severities")
    severities = severities if isinstance(severities, Mapping) else None
    if burns:
        message = "when to alert follows from shares of the budget, not from Pyrra's factors of 14, 7, 2 and 1"
        reading.notes.append(notes.ALERT_WINDOWS.at(name.span, message, ""))
    _tell_names(reading, name, own, burns=burns, absent=absent)
    _tell_severities(reading, severities, burns=burns, absent=absent)
    return nodes.mapping(
        at,
        {
            "labels": _fixed(at, fixed),
            "annotations": annotations,
            "page": _notice(at, severities, _PAGE, enabled=burns or absent),
            "ticket": _notice(at, severities, _TICKET, enabled=burns or absent),
            "burn": None if burns or not absent else nodes.listed(at, []),
            "signal": None if absent else nodes.plain("false", "bool", at),
        },
    )


def _is(own: Mapping | None, key: str, value: str) -> bool:
    node = own and own.get(key)
    return isinstance(node, Scalar) and node.text.lower() == value


def _fixed(at: Mapping, matchers: Iterable[Matcher]) -> Node | None:
    """What *matchers* say as labels of alerts, as far as these may have them."""
    found: dict[str, Node | None] = {
        one.label: nodes.text(one.value, at) for one in matchers if _is_label(one.label) and "{{" not in one.value
    }
    return nodes.mapping(at, found) if found else None


def _is_label(name: str) -> bool:
    return name not in _ELSEWHERE and not name.startswith("__") and _LABEL.fullmatch(name) is not None


def _notice(at: Mapping, severities: Mapping | None, speeds: tuple[str, str], *, enabled: bool) -> Mapping:
    if not enabled:
        return nodes.mapping(at, {"enabled": nodes.plain("false", "bool", at)})
    node = _text(severities, speeds[0])
    severity = nodes.text(node.text if node else _DEFAULTS[speeds[0]], node or at)
    return nodes.mapping(at, {"labels": nodes.mapping(at, {"severity": severity})})


def _text(part: Mapping | None, key: str) -> Scalar | None:
    """What is written at *key*; nothing is Pyrra's default."""
    node = part and part.get(key)
    return node if isinstance(node, Scalar) and node.text else None


def _tell_names(reading: Reading, name: Scalar, own: Mapping | None, *, burns: bool, absent: bool) -> None:
    """Tell what alerts are called: where they have names of their own there, at these, else once."""
    usual: list[tuple[str, str]] = []
    for key, is_on, ours, theirs in (
        ("name", burns, "SLOBurnRate", "ErrorBudgetBurn"),
        ("absentName", absent, "SLOSignalMissing", "SLOMetricAbsent"),
    ):
        written = _text(own, key)
        if is_on and written:
            message = f"alerts are called {ours}, not {show(written.text)}"
            reading.notes.append(notes.ALERT_NAME.at(written.span, message, ""))
        elif is_on:
            usual.append((ours, theirs))
    if usual:
        ours, theirs = (" and ".join(names) for names in zip(*usual, strict=True))
        reading.notes.append(notes.ALERT_NAME.at(name.span, f"alerts are called {ours}, not {theirs}", ""))
    if absent:
        message = "SLOSignalMissing tells that events are gone which were there within the last day, not that there never were any"
        reading.notes.append(notes.ABSENT.at(name.span, message, ""))


def _tell_severities(reading: Reading, severities: Mapping | None, *, burns: bool, absent: bool) -> None:
    """Tell of the severities that can't be kept: there are two, one of pages and one of tickets."""
    if severities is None:
        return
    for speed, first, is_on, what in (
        (_PAGE[1], _PAGE[0], burns, "pages"),
        (_TICKET[1], _TICKET[0], burns, "tickets"),
        ("absent", _PAGE[0], absent, "alerts on a target that is down or gone"),
    ):
        kept = _text(severities, first)
        given = _text(severities, speed)
        told = given or kept
        wanted = given.text if given else _DEFAULTS[speed]
        got = kept.text if kept else _DEFAULTS[first]
        if is_on and told and wanted != got:
            message = f"{what} have severity {show(got)}, that of `{first}`, and not {show(wanted)}, that of `{speed}`"
            reading.notes.append(notes.SEVERITIES.at(told.span, message, ""))
