"""series-gone: what an SLO is read from was there, and is not any more."""

from collections.abc import Iterator

from tallystick.definition.problem import Problem, Rule, show
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.edges import day_of, last_samples
from tallystick.online.presence import presences
from tallystick.online.reads import place_of

RULE = Rule("series-gone", "warning")


def _find(scene: Scene) -> Iterator[Problem]:
    known = presences(scene)
    gone = [
        (slo, read, presence)
        for slo in scene.slos
        for read, presence in known.known(slo).items()
        if read.need == "must" and presence.steady and not presence.now
    ]
    lasts = last_samples(scene, {read: presence for _, read, presence in gone})
    for slo, read, _ in gone:
        message = f"{show(read.selector.promql)} has no series any more: its last sample is of {day_of(lasts[read])}"
        hint = "look at its target; if it has another name or label now, write that"
        yield RULE.at(place_of(scene.entries[slo.slo_id], read), message, hint)


CHECK = OnlineCheck(RULE, "series", _find)
