"""exclusion-horizon: rules that know recurring exclusions for a short time only."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from tallystick.core.timerange import DAY_SECONDS
from tallystick.definition.document import Document
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Instants

RULE = Rule("exclusion-horizon", "warning")

SERIES = "slo:exclusions_end:timestamp_seconds"
"""Until when the rules know an SLO's exclusions; recorded of those only whose exclusions go on."""

LEAST_DAYS = 30
"""Time enough to generate rules again."""


def _find(scene: Scene) -> Iterator[Problem]:
    (answer,) = scene.oracle.ask([f"min by (slo) ({SERIES})"], Instants(scene.now_seconds * 1_000))
    if isinstance(answer, PrometheusError):
        scene.notes.append(f"until when the rules know exclusions is not known ({answer})")
        return
    ends = {one.labels.get("slo", ""): float(one.numbers[0]) for one in answer if np.isfinite(one.numbers[0])}
    soonest: dict[Document, tuple[float, str]] = {}
    for slo in scene.slos:
        if slo.slo_id in ends:
            document = scene.entries[slo.slo_id].document
            soonest[document] = min(soonest.get(document, (np.inf, "")), (ends[slo.slo_id], slo.slo_id))
    for end, slo_id in soonest.values():
        ahead = end - scene.now_seconds
        if ahead < LEAST_DAYS * DAY_SECONDS:
            yield RULE.at(name_of(scene.entries[slo_id]), _message(end, ahead), "run tallystick generate again")


CHECK = OnlineCheck(RULE, "exclusions", _find)


def _message(end: float, ahead: float) -> str:
    day = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d}"
    if ahead < 0:
        return f"the rules know its exclusions until {day} only, which is over: alerts fire in time that is excluded"
    days = int(ahead // DAY_SECONDS)
    return f"the rules know its exclusions until {day} only, which is {days} day{'' if days == 1 else 's'} ahead"
