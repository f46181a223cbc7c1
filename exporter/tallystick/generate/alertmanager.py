"""
Alertmanager's side of the alerts: whom they go to, and which of them are silent while another one fires.

A route tree by team and severity with empty receivers, and inhibition. Severities are read from the SLOs, as definitions
may name them as they like. Described for people in docs/alertmanager.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tallystick.core.alerting import Severity
from tallystick.core.selector import escape_regex
from tallystick.core.slo import Slo
from tallystick.core.template import REFERENCE
from tallystick.generate.ruletext import MARK
from tallystick.generate.template import printable

Json = dict[str, Any]

EXPORTER_SEVERITY = "ticket"
"""What alerts from the exporter's metrics have, unless ``exporterSeverity`` of ``rules/config.libsonnet`` is changed."""

_HEADER = f"""{MARK}#
# Routes and inhibition for the alerts of all SLOs. The receivers are empty: write yours, under the same names, into a file
# of your own, and put the two together, as docs/alertmanager.md shows. This file is made anew by each `tallystick generate`.
#
# As a part of a configuration of yours: put the entries of route.routes before your routes, and add receivers and
# inhibit_rules to yours. Both routes match nothing but alerts of tallystick.
"""

_TIMES: dict[Severity, Json] = {
    "page": {"group_wait": "10s", "group_interval": "1m", "repeat_interval": "4h"},
    "ticket": {"group_wait": "5m", "group_interval": "30m", "repeat_interval": "3d"},
}
"""A ticket waits until what makes it needless has had time to fire; and Alertmanager forgets after five days."""

_DEFAULT, _OF_EXPORTER = "default", "tallystick"
"""Receivers of what is no alert of ours, and of the exporter as a whole; those of teams end in ``-page``, ``-ticket``."""

_OURS = 'slo_service!=""'
_EXPORTERS = 'alertname=~"Tallystick.+"'

_UNWELL = "TallystickDown", "TallystickPrometheusDown", "TallystickStuck"
_BY_EXPORTER = (
    "SLOAgreementAtRisk",
    "SLOAgreementBreached",
    "SLOBreachForecast",
    "SLOBudgetExhausted",
    "SLOBudgetLow",
    "TallystickBehind",
    "TallystickQueryFailures",
)


@dataclass(frozen=True, slots=True)
class _Sent:
    """Alerts of an SLO as Alertmanager sees them: the label ``team`` (empty: none, or not known) and ``severity``."""

    team: str
    kind: Severity
    severity: str


class _Severities:
    """Values of ``severity``, by what they mean: one that is a page anywhere is never taken for a ticket."""

    def __init__(self, sent: Iterable[_Sent]) -> None:
        found: dict[Severity, set[str]] = {"page": set(), "ticket": set()}
        for one in sent:
            found[one.kind].add(one.severity)
        self.page = sorted(found["page"])
        self.ticket = sorted(found["ticket"] - found["page"])


def alertmanager_text(slos: Iterable[Slo]) -> str:
    """What `alertmanager_document` gives, as YAML, with how to use it."""
    document = alertmanager_document(slos)
    return _HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def alertmanager_document(slos: Iterable[Slo]) -> Json:
    """A configuration of Alertmanager for the alerts of *slos*; the same for the same SLOs in any order."""
    slos = list(slos)
    sent = {one for slo in slos for one in _sent(slo)} | {_Sent("", "ticket", EXPORTER_SEVERITY)}
    every = _Severities(sent)
    teams = {
        team: _Severities(one for one in sent if one.team == team) for team in sorted({one.team for one in sent} - {""})
    }
    root = {"receiver": _DEFAULT, "group_by": ["alertname"], "routes": [_slo_route(every, teams), _exporter_route()]}
    return {
        "route": root,
        "receivers": [{"name": name} for name in dict.fromkeys(_receivers(root))],
        "inhibit_rules": list(_inhibit_rules(every, sorted({label for slo in slos for label in slo.sli.by}))),
    }


def _sent(slo: Slo) -> Iterator[_Sent]:
    """Everything that is sent of *slo*, with labels as `tallystick.generate.resolved` gives them to alerts."""
    kinds: tuple[Severity, ...] = ("page", "ticket")
    for kind in kinds:
        notice = slo.alerting.page if kind == "page" else slo.alerting.ticket
        labels = {"team": slo.team or "", **slo.labels, "severity": kind, **notice.labels}
        if notice.enabled and not REFERENCE.search(labels["severity"]):
            yield _Sent(_team(slo, labels["team"]), kind, printable(labels["severity"]))
    yield _Sent(_team(slo, slo.team or ""), "ticket", EXPORTER_SEVERITY)


def _team(slo: Slo, team: str) -> str:
    """The label's value; empty where groups have their own, or a template makes it."""
    return "" if "team" in slo.sli.by or REFERENCE.search(team) else printable(team)


def _slo_route(every: _Severities, teams: dict[str, _Severities]) -> Json:
    """All alerts that are of an SLO. A severity that nobody knows is loud rather than lost."""
    of_teams = [
        {
            "matchers": [_matcher("team", "=", team)],
            "receiver": f"{team}-{'page' if severities.page else 'ticket'}",
            "routes": list(_by_severity(severities, f"{team}-")),
        }
        for team, severities in teams.items()
    ]
    return {
        "matchers": [_OURS],
        "receiver": "page" if every.page else "ticket",
        "group_by": ["slo_service", "slo", "cluster"],
        **_TIMES["page"],
        "routes": [*of_teams, *_by_severity(every, "")],
    }


def _by_severity(severities: _Severities, prefix: str) -> Iterator[Json]:
    if severities.page:
        yield {"matchers": [_among("severity", severities.page)], "receiver": f"{prefix}page", **_TIMES["page"]}
    if severities.ticket:
        yield {"matchers": [_among("severity", severities.ticket)], "receiver": f"{prefix}ticket", **_TIMES["ticket"]}


def _exporter_route() -> Json:
    """What is wrong with the exporter as a whole; what is wrong with one SLO is of that SLO."""
    return {
        "matchers": [_EXPORTERS],
        "receiver": _OF_EXPORTER,
        "group_by": ["alertname", "cluster", "namespace", "job"],
        **_TIMES["ticket"],
    }


_SAME = ["slo", "cluster"]
"""What two alerts on the same thing have in common: one cluster's trouble silences no other's. Where none is told it is equal."""


def _receivers(route: Json) -> Iterator[str]:
    yield route["receiver"]
    for child in route.get("routes", ()):
        yield from _receivers(child)


def _inhibit_rules(severities: _Severities, by: list[str]) -> Iterator[Json]:
    """
    What is silent while something else fires.

    Args:
        severities: all that there are.
        by: every label that any SLO is grouped by. All of them must be equal: an outage of one region must not silence
            another region's ticket. What both alerts lack is equal to Alertmanager, so other SLOs don't mind.
    """
    missing, burns = _matcher("alertname", "=", "SLOSignalMissing"), _matcher("alertname", "=", "SLOBurnRate")
    if severities.page and severities.ticket:
        page, ticket = _among("severity", severities.page), _among("severity", severities.ticket)
        yield _rule([_OURS, page], [_OURS, ticket], [*_SAME, *by])
        # Without the group's labels: it fires once no group is left. As a ticket it silences no page.
        yield _rule([missing, page], [burns], _SAME)
    if severities.ticket:
        yield _rule([missing], [burns, _among("severity", severities.ticket)], _SAME)
    yield _rule(
        [_matcher("alertname", "=", "SLOBudgetExhausted")],
        [_among("alertname", ["SLOBreachForecast", "SLOBudgetLow"])],
        [*_SAME, "window", *by],
    )
    yield _rule(
        [_matcher("alertname", "=", "SLOAgreementBreached")],
        [_matcher("alertname", "=", "SLOAgreementAtRisk")],
        [*_SAME, "agreement", *by],
    )
    yield _rule([_among("alertname", _UNWELL)], [_among("alertname", _BY_EXPORTER)], ["cluster"])


def _rule(source: list[str], target: list[str], equal: list[str]) -> Json:
    return {"source_matchers": source, "target_matchers": target, "equal": equal}


def _among(label: str, values: Iterable[str]) -> str:
    values = list(values)
    return (
        _matcher(label, "=", values[0])
        if len(values) == 1
        else _matcher(label, "=~", "|".join(map(escape_regex, values)))
    )


def _matcher(label: str, operator: str, value: str) -> str:
    """A matcher as all versions of Alertmanager read it; they know of these three escapes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{label}{operator}"{escaped}"'
