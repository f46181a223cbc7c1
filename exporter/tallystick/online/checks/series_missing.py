"""series-missing: what an SLO is read from has no series."""

from collections.abc import Iterator

from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.definition.problem import Problem, Rule
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.diagnosis import Diagnosis, diagnose
from tallystick.online.lexicon import lexicon
from tallystick.online.presence import presences
from tallystick.online.reads import Read, longest_seconds, place_of

RULE = Rule("series-missing", may_warn=True)


def _find(scene: Scene) -> Iterator[Problem]:
    known = presences(scene)
    names = lexicon(scene, known.since)
    for slo in scene.slos:
        if faults := known.faults(slo):
            yield scene.unanswered(slo, "whether its series are there", faults[0])
        missing = [read for read, presence in known.known(slo).items() if not presence.ever]
        told: set[object] = set()
        for read in missing:
            found = scene.once((diagnose, read.selector, read.field == "histogram"), lambda: diagnose(names, read))  # noqa: B023  # called at once
            # A mistake in the total is one in the bad events too.
            mistake = found.matcher or read.selector.metric
            if mistake not in told and (read.need == "must" or _is_told(read, found, missing)):
                told.add(mistake)
                yield _problem(scene, slo, read, found)


def _is_told(read: Read, found: Diagnosis, missing: list[Read]) -> bool:
    """
    Whether it is no mere luck that what may be missing was never seen.

    The total is there, and the matchers could never match; or nobody ever heard of the metric.
    """
    luck = not found.certain and (found.matcher is not None or read.field != "bad")
    return not luck and not any(one.need == "must" for one in missing)


CHECK = OnlineCheck(RULE, "series", _find)


def _problem(scene: Scene, slo: Slo, read: Read, found: Diagnosis) -> Problem:
    window = format_seconds(longest_seconds(slo))
    place = place_of(scene.entries[slo.slo_id], read, found.matcher)
    if read.need == "must":
        return RULE.at(place, f"{found.message} (in the last {window})", found.hint)
    what = f"no bad events in the last {window}, and maybe there never are any: " if read.field == "bad" else ""
    return RULE.at(place, what + found.message, found.hint or "leave it if none has happened yet", severity="warning")
