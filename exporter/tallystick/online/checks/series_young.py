"""series-young: what an SLO is read from is there for a part of its window only, though Prometheus reaches further back."""

from collections.abc import Iterator

from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.definition.problem import Problem, Rule, show
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.edges import day_of, first_samples
from tallystick.online.presence import Presence, Presences, presences
from tallystick.online.reads import Read, longest_seconds, place_of

RULE = Rule("series-young", "warning")

_STEPS = 2
"""Steps by which something may seem younger than it is."""


def _find(scene: Scene) -> Iterator[Problem]:
    known = presences(scene)
    young = [
        (slo, read, presence)
        for slo in scene.slos
        for read, presence in known.known(slo).items()
        if read.need == "must" and presence.now and presence.steady and _is_young(scene, slo, presence, known)
    ]
    firsts = first_samples(scene, {read: presence for _, read, presence in young})
    told = set()
    for slo, read, _ in young:
        if slo.slo_id not in told:  # of several series of one SLO, the first is enough: they come with one release
            told.add(slo.slo_id)
            yield _problem(scene, slo, read, firsts[read])


CHECK = OnlineCheck(RULE, "series", _find)


def _is_young(scene: Scene, slo: Slo, presence: Presence, known: Presences) -> bool:
    assert presence.first is not None
    room = _STEPS * presence.step_seconds
    # What is as old as anything there is, is not young: that is told by `retention`.
    older = known.oldest is not None and known.oldest + room < presence.first
    return older and presence.first > scene.now_seconds - longest_seconds(slo) + room


def _problem(scene: Scene, slo: Slo, read: Read, first: int) -> Problem:
    window = longest_seconds(slo)
    share = 100 * (scene.now_seconds - first) / window
    message = f"{show(read.selector.promql)} is there since {day_of(first)} only: {share:.0f} % of {format_seconds(window)} is covered"
    return RULE.at(place_of(scene.entries[slo.slo_id], read), message, "leave it: the rest comes with time")
