"""too-many-groups: labels in ``by`` with more values than are measured, or with ever new ones."""

from collections.abc import Iterator

import numpy as np

from tallystick.core.selector import label_text
from tallystick.core.slo import Slo
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.source import Span
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Instants, Series
from tallystick.online.reads import reads_of

RULE = Rule("too-many-groups", may_warn=True)

MOST = 1_000
"""How many groups of an SLO the exporter measures: `tallystick.daemon.following.MOST_GROUPS`."""

GROWN = 2
"""How many times as many groups as there are may have been there within a week."""

FEW = 100
"""Groups of a week under which nobody minds."""


def _find(scene: Scene) -> Iterator[Problem]:
    slos = [slo for slo in scene.slos if slo.sli.by]
    queries = [query for slo in slos for query in _queries(slo)]
    answers = iter(scene.oracle.ask(queries, Instants(scene.now_seconds * 1_000)))
    for slo in slos:
        now, week = next(answers), next(answers)
        fault = next((one for one in (now, week) if isinstance(one, PrometheusError)), None)
        if fault:
            yield scene.unanswered(slo, "how many groups it has", fault)
        elif not isinstance(now, PrometheusError) and not isinstance(week, PrometheusError):
            yield from _judge(scene, slo, _number(now), _number(week))


CHECK = OnlineCheck(RULE, "groups", _find)


def _queries(slo: Slo) -> tuple[str, str]:
    """How many groups there are, and how many there were at any hour of a week."""
    groups = f"count by ({', '.join(map(label_text, slo.sli.by))}) ({reads_of(slo.sli)[0].promql()})"
    return f"count({groups})", f"count(last_over_time(({groups})[1w:1h]))"


def _number(answer: list[Series]) -> int:
    return int(answer[0].numbers[0]) if answer and np.isfinite(answer[0].numbers[0]) else 0


def _judge(scene: Scene, slo: Slo, now: int, week: int) -> Iterator[Problem]:
    labels = show(", ".join(slo.sli.by))
    place, hint = _place(scene, slo), "group by what is known beforehand and stays: a route, a region"
    if max(now, week) > MOST:
        message = f"{labels} had {max(now, week):,} values in the last week; the first {MOST:,} are measured"
        yield RULE.at(place, message, hint)
    elif week > FEW and week > GROWN * now:
        message = f"{labels} had {week:,} values in the last week and has {now:,}: each makes an SLO of its own that stays; {MOST:,} are measured"
        yield RULE.at(place, message, hint, severity="warning")


def _place(scene: Scene, slo: Slo) -> Span:
    entry = scene.entries[slo.slo_id]
    return entry.by[0].span if entry.by else name_of(entry)
