"""not-a-counter: ``events`` of a metric that goes up and down."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tallystick.core.selector import Selector
from tallystick.definition.problem import Problem, Rule, show
from tallystick.errors import PrometheusError
from tallystick.generate.indicator import SCRAPE_LABELS
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.lexicon import base_of
from tallystick.online.oracle import Instants, Series
from tallystick.online.presence import presences
from tallystick.online.reads import Read, place_of
from tallystick.upstream.inventory import types

RULE = Rule("not-a-counter", may_warn=True)

FALLS = 10
"""Falls of a series within a day that restarts of its process may explain, beside those that are known."""

SHARE = 0.1
"""Share of its changes that are falls, under which it is a counter of a process that begins anew too often."""


def _find(scene: Scene) -> Iterator[Problem]:
    known = presences(scene)
    asked = [(slo, read) for slo in scene.slos for read, one in known.known(slo).items() if read.counter and one.now]
    reads = list(dict.fromkeys(read for _, read in asked))
    falls = _falls(scene, reads)
    told_types = _types(scene) if reads else {}
    for slo, read in asked:
        fall = falls.get(read, 0)
        told = _type_of(told_types, read.selector.metric)
        place = place_of(scene.entries[slo.slo_id], read)
        metric = show(read.selector.metric)
        if fall > FALLS:
            message = f"{metric} is no counter: each of its series fell {fall:.0f} times in the last day, which no restarts explain"
            yield RULE.at(place, message + (f"; its target calls it a {show(told)}" if told else ""), _HINT)
        elif told and told not in _COUNTERS:
            message = f"{metric} is a {show(told)}, as its target says, and no counter"
            yield RULE.at(place, message, _HINT, severity="warning")


CHECK = OnlineCheck(RULE, "counters", _find)

_COUNTERS = ("counter", "histogram", "summary", "unknown", "gaugehistogram", "untyped", "")
"""Types under which counters come: histograms and summaries have some."""

_HINT = "count events with a counter, or compare the number by sli.threshold"


def _falls(scene: Scene, reads: Sequence[Read]) -> Mapping[Read, float]:
    """How often the series of each fell in a day, on average, beyond what restarts of their targets explain."""
    now = Instants(scene.now_seconds * 1_000)
    answers = scene.oracle.ask([f"avg(resets({read.selector.promql}[1d]))" for read in reads], now)
    found = {}
    for read, answer in zip(reads, answers, strict=True):
        if not isinstance(answer, PrometheusError) and (number := _number(answer)) > FALLS:
            found[read] = number
    asked = [query for read in found for query in (_restarts(read), f"avg(changes({read.selector.promql}[1d]))")]
    told = [0 if isinstance(one, PrometheusError) else _number(one) for one in scene.oracle.ask(asked, now)]
    return {
        read: falls - restarts
        for (read, falls), restarts, changes in zip(found.items(), told[::2], told[1::2], strict=True)
        if falls >= SHARE * changes
    }


def _restarts(read: Read) -> str:
    """How often the targets of *read* began anew in a day, the most of all of them."""
    targets = tuple(one for one in read.selector.matchers if one.label in SCRAPE_LABELS)
    return f"max(changes({Selector('process_start_time_seconds', targets).promql}[1d]))"


def _number(answer: Sequence[Series]) -> float:
    return float(answer[0].numbers[0]) if answer and np.isfinite(answer[0].numbers[0]) else 0


def _types(scene: Scene) -> Mapping[str, frozenset[str]]:
    try:
        return types(scene.oracle.prometheus)
    except PrometheusError as fault:
        scene.note("of which types metrics are", fault)
        return {}


def _type_of(told: Mapping[str, frozenset[str]], metric: str) -> str:
    """The one type that all targets give *metric*; nothing if they give none, or several."""
    found = told.get(metric) or told.get(base_of(metric)) or frozenset()
    return next(iter(found)) if len(found) == 1 else ""
