"""cardinality: an SLO that reads more series than is good for Prometheus, or whose series never stay."""

from collections.abc import Iterator, Mapping, Sequence

from tallystick.core.slo import Slo
from tallystick.definition.problem import Problem, Rule, show
from tallystick.errors import PrometheusError
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Answer, Instants
from tallystick.online.presence import presences
from tallystick.online.reads import Read, place_of

RULE = Rule("cardinality", "warning")

CHURN = 10
"""How many series come and go for each that is there, within a week, before it is told."""

CHURNING = 1_000
"""Series of a week under which nobody minds."""

_MINUTES_A_DAY = 1_440
_COUNTED_MINUTES = 10


def _find(scene: Scene) -> Iterator[Problem]:
    known = presences(scene)
    sizes = {slo.slo_id: _sizes({read: one.now for read, one in known.known(slo).items()}) for slo in scene.slos}
    many = [slo for slo in scene.slos if sum(sizes[slo.slo_id].values()) > scene.limits.series]
    yield from _too_many(scene, many, sizes)
    large = {slo.slo_id for slo in many}
    yield from _churning(scene, [slo for slo in scene.slos if slo.slo_id not in large], sizes)


CHECK = OnlineCheck(RULE, "cardinality", _find)

Sizes = Mapping[Read, int]
"""How many series there are of each; of a histogram the count, and one bucket for each of it."""


def _sizes(now: Mapping[Read, int]) -> Sizes:
    return {
        read: (2 if read.field == "histogram" else 1) * count
        for read, count in now.items()
        if not any(_is_part(read, other) for other in now)
    }


def _is_part(read: Read, other: Read) -> bool:
    """Whether all series of *read* are also ones of *other*, and it has more."""
    same = read.selector.metric == other.selector.metric
    return same and set(other.selector.matchers) < set(read.selector.matchers)


def _too_many(scene: Scene, slos: Sequence[Slo], sizes: Mapping[str, Sizes]) -> Iterator[Problem]:
    """Those of many series, with how many samples that is."""
    now = Instants(scene.now_seconds * 1_000)
    latest = f"count_over_time({{}}[{_COUNTED_MINUTES}m])"
    for slo in slos:
        own = sizes[slo.slo_id]
        answers = scene.oracle.ask([f"sum({read.promql(latest)})" for read in own], now)
        message = (
            f"it reads {sum(own.values()):,} series{_samples(own, answers)}; more than {scene.limits.series:,} are told"
        )
        hint = "narrow it, or let a rule sum it up and read that; --limit.series is the limit"
        largest = max(own, key=lambda read: own[read])
        yield RULE.at(place_of(scene.entries[slo.slo_id], largest), message, hint)


def _samples(own: Sizes, answers: Sequence[Answer]) -> str:
    total = 0.0
    for read, answer in zip(own, answers, strict=True):
        if isinstance(answer, PrometheusError):
            return ""
        total += sum(float(one.numbers[0]) for one in answer) * (2 if read.field == "histogram" else 1)
    return f" and {int(total) * _MINUTES_A_DAY // _COUNTED_MINUTES:,} samples a day"


def _churning(scene: Scene, slos: Sequence[Slo], sizes: Mapping[str, Sizes]) -> Iterator[Problem]:
    """Those of which far more series came and went within a week than there are."""
    asked = [(slo, read, count) for slo in slos for read, count in sizes[slo.slo_id].items() if count]
    # Hour by hour, which takes few samples; what lives for less than an hour may be missed.
    queries = [f"count({read.promql('last_over_time({}[1w:1h])')})" for _, read, _ in asked]
    answers = scene.oracle.ask(queries, Instants(scene.now_seconds * 1_000))
    for (slo, read, count), answer in zip(asked, answers, strict=True):
        if isinstance(answer, PrometheusError) or not answer:
            continue  # who is asked for a week of it in another check says why
        week = int(answer[0].numbers[0]) * (2 if read.field == "histogram" else 1)
        if week > CHURNING and week > CHURN * count:
            message = f"{show(read.selector.promql)} had {week:,} series in the last week, and has {count:,}: they come and go"
            hint = "see which label changes with each start; counters that begin anew lose events to every rate"
            yield RULE.at(place_of(scene.entries[slo.slo_id], read), message, hint)
