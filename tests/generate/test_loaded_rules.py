"""Loaded rules against those that would be written, without a server."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from support.kinds import SLIS
from support.slos import AT, make_slo
from tallystick.core.duration import parse_milliseconds
from tallystick.core.loaded import Comparison
from tallystick.core.slo import Slo
from tallystick.generate.loaded_rules import compare_rules, normal
from tallystick.generate.render import rule_documents

Groups = list[dict[str, Any]]
SLO = make_slo()


def documents(*slos: Slo) -> list[dict[str, Any]]:
    """What would be written."""
    return list(rule_documents(slos, at=AT))


def answered(found: list[dict[str, Any]]) -> Groups:
    """The same, as Prometheus answers once it has loaded and evaluated it."""
    return [
        {
            "name": group["name"],
            "file": "/etc/prometheus/rules.yaml",
            "interval": parse_milliseconds(group.get("interval", "1m")) / 1_000,
            "rules": [_rule(rule) for rule in group["rules"]],
        }
        for document in found
        for group in document["groups"]
    ]


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    common = {"query": rule["expr"], "labels": rule.get("labels", {}), "health": "ok"}
    if "record" in rule:
        return {"type": "recording", "name": rule["record"], **common}
    waits = {key: parse_milliseconds(rule.get(name, "0s")) / 1_000 for key, name in WAITS.items()}
    return {"type": "alerting", "name": rule["alert"], **waits, **common}


WAITS = {"duration": "for", "keepFiringFor": "keep_firing_for"}


def compared(change: Callable[[Groups], object]) -> Comparison:
    """What is found once *change* was done to what is loaded."""
    wanted = documents(SLO)
    groups = copy.deepcopy(answered(wanted))
    change(groups)
    return compare_rules(groups, wanted)


def first(groups: Groups, name: str) -> dict[str, Any]:
    """The first rule of that name."""
    return next(rule for group in groups for rule in group["rules"] if rule["name"] == name)


@pytest.mark.parametrize("kind", [kind for kind, sli in SLIS.items() if sli.kind != "composite"])
def test_what_would_be_written_is_current(kind: str) -> None:
    """Rules of every kind of SLI are the same as themselves."""
    slo = make_slo(sli=SLIS[kind])
    wanted = documents(slo)

    found = compare_rules(answered(wanted), wanted)

    assert (found.findings, found.current, found.common) == ([], [slo.slo_id], True)
    assert not found.is_wrong


@pytest.mark.parametrize(
    ("rule", "change", "words"),
    [
        ("SLOBurnRate", {"query": "vector(1)"}, ["SLOBurnRate (page 1h 5m): has another expression"]),
        ("SLOBurnRate", {"duration": 300}, ["SLOBurnRate (page 1h 5m): has `for` 5m, not 1m"]),
        (
            "slo:objective:ratio",
            {"name": "slo:goal:ratio"},
            ["slo:objective:ratio: is not loaded", "slo:goal:ratio: would not be written any more"],
        ),
    ],
)
def test_what_differs_is_told(rule: str, change: dict[str, Any], words: list[str]) -> None:
    """A rule beside the one that it should be is told with what differs; others are missing, or too many."""
    found = compared(lambda groups: first(groups, rule).update(change))

    (finding,) = found.findings
    assert (finding.slo, finding.trouble) == (SLO.slo_id, "differs")
    assert [f"{detail.rule}: {detail.words}" for detail in finding.details] == words
    assert found.current == []


def test_labels_are_compared() -> None:
    """A label that was changed, added or taken away by somebody is told."""

    def relabel(groups: Groups) -> None:
        rule = first(groups, "slo:objective:ratio")
        rule["labels"] = {"slo": SLO.slo_id, "env": "prod"}

    (finding,) = compared(relabel).findings
    assert [detail.words for detail in finding.details] == [
        "has env='prod', which would not be written; has no slo_service, not slo_service='checkout'"
    ]


def test_intervals_are_compared_where_they_are_written() -> None:
    """Rules of long windows have an interval of their own; the others that of the server, whatever it is."""

    def slower(groups: Groups) -> None:
        for group in groups:
            group["interval"] = 600

    found = compared(slower)
    assert all(
        "is evaluated every 10m, not every 2m" in detail.words for one in found.findings for detail in one.details
    )
    assert found.findings


def test_health() -> None:
    """What can't be evaluated is wrong; what was not evaluated yet is not, but is not well either."""
    broken = compared(lambda groups: first(groups, "slo:info").update(health="err", lastError="no\nway"))
    young = compared(lambda groups: first(groups, "slo:info").update(health="unknown"))

    assert [(one.trouble, one.details[0].words) for one in broken.findings] == [("failing", "no\nway")]
    assert ([one.trouble for one in young.findings], young.is_wrong, young.current) == (["not_evaluated"], False, [])


def test_whose_rules_they_are() -> None:
    """Groups of other people are let be, even if they record under our names; nothing loaded of ours is told for each SLO."""
    others = compared(lambda groups: groups.append({"name": "theirs", "rules": [{"no": "rule"}]}))
    nothing = compared(lambda groups: groups.clear())

    assert others.findings == []
    assert [(one.slo, one.trouble) for one in nothing.findings] == [(SLO.slo_id, "not_loaded")]
    assert (nothing.common, nothing.rules) == (False, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sum by(a)(rate(b[5m]))", "sum by (a) (rate(b[5m]))"),
        ("a{c='d',b=\"e\"}", 'a{c="d",b="e"}'),
        ("1e3 * a  # a comment", "1000*a"),
        ("a offset 4m59s999ms", "a offset 299999ms"),
        ("no promql (", "no promql("),
    ],
)
def test_spellings(one: str, other: str) -> None:
    """How an expression is written does not matter, even where our parser can't read it."""
    assert normal(one) == normal(other)
    assert normal(one) != normal(f"{other} + 1")
