"""not-nested: more good or bad events than events, or a ratio outside 0 to 1."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.duration import format_seconds
from tallystick.core.sli import EVALUATED_SECONDS, Counters, EventsSli, LatencySli, QuerySli, RatioSli, Sli, terms_of
from tallystick.core.slo import Slo
from tallystick.core.windowed import fill_window
from tallystick.definition.document import Entry
from tallystick.definition.places import name_of
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.source import Span
from tallystick.errors import PrometheusError
from tallystick.generate.indicator import indicator
from tallystick.online.base import OnlineCheck, Scene
from tallystick.online.oracle import Answer, Instants
from tallystick.online.traffic import HOUR_SECONDS, Group, Part, Totals, last_week, named, parts_of, totals_of

RULE = Rule("not-nested")

ROOM = 0.05
"""By which share a part may exceed the whole in an hour: `increase` guesses at both ends, of each series by itself."""

HOURS = 3
"""In how many hours of a week it must be more, to be no accident of scraping."""

LEAST = 10
"""How many events it must be more in all: two programs may count the same event in different hours."""

_ROUNDING = 1e-9


def _find(scene: Scene) -> Iterator[Problem]:
    hours = last_week(scene.now_seconds, HOUR_SECONDS)
    yield from _counts(scene, hours)
    yield from _ratios(scene, hours)


CHECK = OnlineCheck(RULE, "good and bad events", _find)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of an SLO: the parts of all events, and of the good or bad ones, which are written under *field*."""

    slo: Slo
    field: str
    total: Sequence[Part]
    part: Sequence[Part]


def _counts(scene: Scene, hours: Instants) -> Iterator[Problem]:
    asked = [one for slo in scene.slos if (one := _asked_of(slo))]
    queries = [part.promql for one in asked for part in (*one.total, *one.part)]
    answers = iter(scene.oracle.ask(queries, hours))
    for one in asked:
        total, part = ([next(answers) for _ in some] for some in (one.total, one.part))
        known = [answer for answer in (*total, *part) if not isinstance(answer, PrometheusError)]
        if len(known) < len(total) + len(part):
            fault = next(answer for answer in (*total, *part) if isinstance(answer, PrometheusError))
            yield scene.unanswered(one.slo, "whether its events add up", fault)
            continue
        if all_events := totals_of(one.total, known[: len(total)]):  # none at all are told by `series-missing`
            yield from _judge(scene, one, all_events, totals_of(one.part, known[len(total) :]))


def _asked_of(slo: Slo) -> _Asked | None:
    """What has to be asked of *slo*; None where it is so by what is written."""
    sli: Sli = slo.sli
    match sli:
        case EventsSli() if not _is_nested(sli.total, sli.part):
            part: Sli = EventsSli(sli.part, good=sli.part, by=sli.by)
            field = "good" if sli.good else "bad"
        case QuerySli():
            part, field = QuerySli(sli.part, good=sli.part, by=sli.by), "good" if sli.good else "bad"
        case LatencySli() if sli.own_total:
            part, field = EventsSli(sli.good, good=sli.good, by=sli.by), "total"
        case _:
            return None
    return _Asked(slo, field, parts_of(sli, HOUR_SECONDS), parts_of(part, HOUR_SECONDS))


def _is_nested(total: Counters, part: Counters) -> bool:
    """Whether *part* is of series of *total*: one selector each, of which one says more than the other."""
    both = terms_of(total), terms_of(part)
    if any(len(terms) != 1 for terms in both):
        return False
    (whole,), (some,) = both
    same = whole.selector.metric == some.selector.metric and whole.sign == some.sign
    return same and set(whole.selector.matchers) <= set(some.selector.matchers)


def _judge(scene: Scene, one: _Asked, total: Totals, part: Mapping[Group, np.ndarray]) -> Iterator[Problem]:
    worst: tuple[float, str] | None = None
    what = "good" if one.field in ("good", "total") else "bad"
    for group, numbers in part.items():
        some = np.nan_to_num(numbers)
        whole = np.nan_to_num(total[group]) if group in total else np.zeros(len(some))
        over = some > whole * (1 + ROOM) + 1
        hours, excess = int(np.count_nonzero(over)), float((some - whole)[over].sum())
        if hours >= HOURS and excess >= LEAST and (worst is None or excess > worst[0]):
            at = int(np.argmax(some - whole))
            of = f" of {show(named(group))}" if group else ""
            worst = (
                excess,
                f"there were more {what} events than events{of} in {hours} hours of last week, up to {some[at]:,.0f} of {whole[at]:,.0f} in one",
            )
    if worst:
        hint = "count both in the same place, or write matchers that let the one be a part of the other"
        yield RULE.at(_place(scene.entries[one.slo.slo_id], one.field), worst[1], hint)


def _ratios(scene: Scene, hours: Instants) -> Iterator[Problem]:
    slos = [(slo, slo.sli) for slo in scene.slos if isinstance(slo.sli, RatioSli)]
    answers = scene.oracle.ask([_ratio(sli) for _, sli in slos], hours)
    for (slo, sli), answer in zip(slos, answers, strict=True):
        if isinstance(answer, PrometheusError):
            yield scene.unanswered(slo, "what its ratio is", answer)
        elif wrong := _outside(answer):
            length = format_seconds(EVALUATED_SECONDS)
            message = f"its ratio over {length} was outside 0 to 1 at {wrong[0]} of {wrong[1]} hours of last week: {wrong[2]:.4g}"
            hint = "a ratio of 1 is 100 %; divide the part by the whole"
            yield RULE.at(_place(scene.entries[slo.slo_id], sli.means), message, hint)


def _ratio(sli: RatioSli) -> str:
    query = f"(\n{fill_window(sli.query, format_seconds(EVALUATED_SECONDS))}\n)"
    return f"vector{query}" if indicator(sli)["scalar"] else query


def _outside(answer: Answer) -> tuple[int, int, float] | None:
    """At how many instants of how many there is a ratio that is none, and the worst one."""
    assert not isinstance(answer, PrometheusError)
    numbers = np.concatenate([one.numbers for one in answer]) if answer else np.empty(0)
    known = numbers[np.isfinite(numbers)]
    wrong = known[(known < -_ROUNDING) | (known > 1 + _ROUNDING)]
    if not len(wrong):
        return None
    return len(wrong), len(known), float(wrong[np.argmax(np.abs(wrong - 0.5))])


def _place(entry: Entry, field: str) -> Span:
    """The value of *field*."""
    return next((site.node.span for site in entry.sites if site.field == field), name_of(entry))
