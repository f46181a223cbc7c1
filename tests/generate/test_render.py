"""Files are the same however many processes make them, and whatever is left out of what is made of all SLOs."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from support.kinds import SLIS, slos_of_all_kinds
from support.slos import AT, BAD_EVENTS, make_slo
from tallystick import halves
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.sli import CompositeSli, Part
from tallystick.core.slo import Slo
from tallystick.generate import render as render_module
from tallystick.generate.gist import for_dashboards, for_rules, gist_of
from tallystick.generate.mixin import evaluate
from tallystick.generate.operator import Metadata
from tallystick.generate.render import render
from tallystick.generate.resolved import resolve

NO_TICKETS = Alerting(ticket=Notice(enabled=False))
FAR_APART = [
    make_slo(service="a", name="whole", sli=CompositeSli((Part("m-whole"), Part("z-part")))),
    make_slo(service="a", name="part"),
    make_slo(service="m", name="whole", sli=CompositeSli((Part("a-part"), Part("z-part")))),
    make_slo(service="z", name="part"),
    make_slo(service="z", name="whole", sli=CompositeSli((Part("a-whole"),), "worst")),
]
"""Composites whose parts, and their parts, are in the other half."""


@pytest.mark.parametrize("operator", [None, Metadata("monitoring")], ids=["prometheus", "operator"])
@pytest.mark.parametrize("slos", [slos_of_all_kinds(), FAR_APART], ids=["all kinds", "far apart"])
def test_two_processes_make_what_one_does(
    slos: Sequence[Slo], operator: Metadata | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules, tests, dashboards and routes, to the byte."""
    monkeypatch.setattr(render_module, "WORTH_TWO", 2)
    made = []
    for forks in (False, True):
        monkeypatch.setattr(halves, "_can_fork", lambda forks=forks: forks)
        made.append(render(slos, at=AT, operator=operator))

    alone, together = made
    assert together == alone
    folders = {path.split("/")[0] for path in alone}
    assert folders == {"rules", "tests", "dashboards", "team-dashboards", "provisioning", "alertmanager.yaml"}


def test_all_are_told_about_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress goes up to all there is to do."""
    monkeypatch.setattr(halves, "_can_fork", lambda: False)
    told: list[tuple[int, int]] = []

    render(slos_of_all_kinds(), ["rules"], report=lambda done, of: told.append((done, of)), at=AT)

    assert [of for _, of in told] == [len(SLIS)] * len(told)
    assert told == sorted(told)
    assert told[-1][0] == len(SLIS)


def test_a_part_can_be_made_by_itself() -> None:
    """Each part alone is what it is among the others."""
    whole = render(FAR_APART, at=AT)

    alone = [render(FAR_APART, [part], at=AT) for part in render_module.PARTS]

    assert {path: content for files in alone for path, content in files.items()} == whole
    assert sum(map(len, alone)) == len(whole)


MANY = [
    *(make_slo(service=f"usual-{number}") for number in range(9)),
    make_slo(service="other", name="groups", sli=replace(BAD_EVENTS, by=("region", "zone"))),
    make_slo(service="silent-1", alerting=NO_TICKETS),
    make_slo(service="silent-2", alerting=NO_TICKETS, sli=replace(BAD_EVENTS, by=("instance",))),
    make_slo(service="short-1", days=2),
    make_slo(service="short-2", days=2),
    make_slo(service="usual-again", sli=replace(BAD_EVENTS, by=("region",))),
]
GISTS = [gist_of(slo) for slo in resolve(MANY, at=AT)]


def test_the_exporters_alerts_miss_nobody() -> None:
    """They are the same, of few SLOs and of all there is of all."""
    whole = evaluate("rules", resolve(MANY, at=AT), {}, "exporter")

    assert evaluate("rules", for_rules(GISTS), {}, "exporter") == whole
    assert len(for_rules(GISTS)) == 5
    assert "silent-2-availability" in json.dumps(whole)


def test_the_dashboards_miss_nobody() -> None:
    """They are the same, of few SLOs and of all there is of all."""
    whole = evaluate("dashboards", resolve(MANY, at=AT), {})

    assert evaluate("dashboards", for_dashboards(GISTS), {}) == whole
    assert len(for_dashboards(GISTS)) == 4
    assert {"region", "zone", "instance"} <= set(json.dumps(whole).split('"'))
