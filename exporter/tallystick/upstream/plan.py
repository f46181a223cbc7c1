"""What reading an SLI from raw samples takes: its counters, and what tells of their targets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from tallystick.core.increments import TOTAL, role, role_of
from tallystick.core.matching import may_match
from tallystick.core.memory import Memory
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.sli import CountedSli, EventsSli, LatencySli, UpSli, terms_of

Up = TypeVar("Up")


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What reading an SLI takes.

    Attributes:
        roles: its counters, by role.
        signs: whether each is added or subtracted.
        part: the name of the other role than `TOTAL`.
        jobs: how its selectors name their jobs: of each of them the matchers; None if one of them does not.
    """

    roles: Mapping[str, Selector]
    signs: Mapping[str, int]
    part: str
    jobs: tuple[tuple[Matcher, ...], ...] | None


@lru_cache(maxsize=16_384)
def plan_of(sli: EventsSli | LatencySli) -> Plan:
    """How *sli* is read."""
    part = "bad" if isinstance(sli, EventsSli) and sli.bad else "good"
    counters = sli.part if isinstance(sli, EventsSli) else sli.good
    named = [(TOTAL, terms_of(sli.total)), (part, terms_of(counters))]
    terms = {role(name, index): term for name, some in named for index, term in enumerate(some)}
    jobs = [_named_jobs(term.selector) for term in terms.values()]
    return Plan(
        {name: term.selector for name, term in terms.items()},
        {name: term.sign for name, term in terms.items()},
        part,
        tuple(dict.fromkeys(jobs)) if all(jobs) else None,
    )


def _named_jobs(selector: Selector) -> tuple[Matcher, ...]:
    """The matchers by which *selector* names its jobs; none if it names none."""
    jobs = tuple(sorted({matcher for matcher in selector.matchers if matcher.label == "job"}))
    names = any(matcher.op in (MatchOp.EQUAL, MatchOp.REGEX) for matcher in jobs)
    return jobs if names else ()


def jobs_asked(plan: Plan, memory: Memory) -> Sequence[tuple[Matcher, ...]]:
    """Of which jobs the targets are asked for: those that are named, or else those known."""
    if plan.jobs is not None:
        return plan.jobs
    known = sorted(set(memory.jobs) - {""})
    return [(one_of("job", known),)] if known else []


@lru_cache(maxsize=16_384)
def around_of(jobs: tuple[Matcher, ...]) -> tuple[Selector, Selector]:
    """What tells of the targets of *jobs*: their ``up``, and when their processes started."""
    return Selector("up", jobs), Selector("process_start_time_seconds", jobs)


def sorted_up(plan: Plan, up: Sequence[Up], labels_of: Callable[[Up], Mapping[str, str]]) -> tuple[list[Up], list[Up]]:
    """Those of *up* whose targets may show counters of all events, and those that may show any."""
    total_up, own_up = [], []
    for one in up:
        labels = labels_of(one)
        shown = [name for name, selector in plan.roles.items() if may_match(selector, labels)]
        if shown:
            own_up.append(one)
            if any(role_of(name) == TOTAL for name in shown):
                total_up.append(one)
    return total_up, own_up


def total_selectors(sli: CountedSli) -> list[Selector]:
    """The counters of all events, or the gauge, which tell of groups."""
    if isinstance(sli, UpSli):
        return [sli.metric]
    return [selector for name, selector in plan_of(sli).roles.items() if role_of(name) == TOTAL]


@lru_cache(maxsize=16_384)
def _pinned_to(sli: CountedSli, group: tuple[tuple[str, str], ...]) -> CountedSli:
    return sli.pinned(dict(group))


def pinned(sli: CountedSli, group: Mapping[str, str]) -> CountedSli:
    """The SLI of *group*, or *sli* itself if that has none."""
    return _pinned_to(sli, tuple(group.items())) if group else sli


def selectors_of(sli: CountedSli) -> list[Selector]:
    """What *sli* counts; of a histogram also the native one, of which it is told whether it is there."""
    if isinstance(sli, UpSli):
        return [sli.metric]
    native = [sli.histogram] if isinstance(sli, LatencySli) else []
    return [*plan_of(sli).roles.values(), *native]
