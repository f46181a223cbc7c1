"""Since when, and until when, the series are there that SLOs are read from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tallystick.core.slo import Slo
from tallystick.errors import PrometheusError
from tallystick.online.base import Scene
from tallystick.online.oracle import Answer, Instants, Numbers
from tallystick.online.reads import Read, longest_seconds, reads_of

STEPS = 60
"""In how many steps a window is looked at."""

LATEST = "10m"
"""How old a sample may be of what is there: twice as long as Prometheus takes the latest one for a value."""


STEADY = 0.9
"""Share of the instants at which what is there all the time may be seen."""


@dataclass(frozen=True, slots=True)
class Presence:
    """
    When a selector had series.

    Attributes:
        instants: the ends and the steps of the longest window of those who read it.
        counts: how many it had at each of them; 0 where there were none.
        between: it had some, but at none of these instants.
    """

    instants: Instants
    counts: Numbers
    between: bool = False

    @property
    def now(self) -> int:
        """How many it has."""
        return int(self.counts[-1])

    @property
    def ever(self) -> bool:
        """Whether it had any within the window."""
        return self.between or bool(self.counts.any())

    @property
    def step_seconds(self) -> int:
        """How exact `first` and `last` are."""
        return self.instants.step_ms // 1_000

    @property
    def first(self) -> int | None:
        """The first instant at which it was there, in seconds since 1970."""
        there = np.flatnonzero(self.counts)
        return self._at(int(there[0])) if len(there) else None

    @property
    def last(self) -> int | None:
        """The last one."""
        there = np.flatnonzero(self.counts)
        return self._at(int(there[-1])) if len(there) else None

    @property
    def steady(self) -> bool:
        """Whether it was there almost all the time from its first instant to its last; a job that runs once a day is not."""
        there = np.flatnonzero(self.counts)
        return len(there) > 0 and len(there) >= STEADY * (there[-1] - there[0] + 1)

    def _at(self, index: int) -> int:
        return (self.instants.first_ms + index * self.instants.step_ms) // 1_000


@dataclass(frozen=True, slots=True)
class Presences:
    """
    All that was looked for.

    Attributes:
        of: by series, when they were there, or why that is not known.
        oldest: the first instant at which anything at all was seen, in seconds since 1970; None if nothing was.
        since: how far back was looked.
    """

    of: Mapping[Read, Presence | PrometheusError]
    oldest: int | None
    since: int

    def faults(self, slo: Slo) -> list[PrometheusError]:
        """Why of some of the series of *slo* nothing is known."""
        found = (self.of[read] for read in reads_of(slo.sli))
        return [one for one in found if isinstance(one, PrometheusError)]

    def known(self, slo: Slo) -> dict[Read, Presence]:
        """When the series of *slo* were there, as far as that is known."""
        found = ((read, self.of[read]) for read in reads_of(slo.sli))
        return {read: one for read, one in found if isinstance(one, Presence)}


def presences(scene: Scene) -> Presences:
    """When the series of all SLOs were there; asked once."""
    return scene.once(presences, lambda: _look(scene))


def steps(scene: Scene, seconds: int) -> Instants:
    """The instants at which a window of so many *seconds* is looked at, until now."""
    step_ms = max(seconds * 1_000 // STEPS, 1_000)
    return Instants(scene.now_seconds * 1_000 - STEPS * step_ms, step_ms, STEPS + 1)


def _look(scene: Scene) -> Presences:
    windows: dict[Read, int] = {}
    for slo in scene.slos:
        for read in reads_of(slo.sli):
            windows[read] = max(windows.get(read, 0), longest_seconds(slo))
    by_window: dict[int, list[Read]] = defaultdict(list)
    for read, seconds in windows.items():
        by_window[seconds].append(read)
    found: dict[Read, Presence | PrometheusError] = {}
    longest = max(by_window, default=0)
    targets = scene.oracle.ask(["count(up)"], steps(scene, longest)) if by_window else []
    for seconds, reads in by_window.items():
        found |= _at_instants(scene, reads, seconds)
    return Presences(found, _oldest(scene, longest, targets, found.values()), scene.now_seconds - longest)


def _at_instants(scene: Scene, reads: list[Read], seconds: int) -> dict[Read, Presence | PrometheusError]:
    instants = steps(scene, seconds)
    answers = scene.oracle.ask([f"count({read.promql(f'last_over_time({{}}[{LATEST}])')})" for read in reads], instants)
    found = {read: _presence(answer, instants) for read, answer in zip(reads, answers, strict=True)}
    unseen = [read for read, one in found.items() if isinstance(one, Presence) and not one.ever]
    # What comes and goes between the instants is looked for in the whole window: where nothing is, that costs nothing.
    whole = f"last_over_time({{}}[{seconds}s])"
    now = Instants(scene.now_seconds * 1_000)
    for read, answer in zip(
        unseen, scene.oracle.ask([f"count({read.promql(whole)})" for read in unseen], now), strict=True
    ):
        if isinstance(answer, PrometheusError):
            found[read] = answer
        elif answer:
            found[read] = Presence(instants, np.zeros(instants.count), between=True)
    return found


def _presence(answer: Answer, instants: Instants) -> Presence | PrometheusError:
    if isinstance(answer, PrometheusError):
        return answer
    return Presence(instants, np.nan_to_num(answer[0].numbers) if answer else np.zeros(instants.count))


def _oldest(
    scene: Scene, longest: int, targets: list[Answer], found: Iterable[Presence | PrometheusError]
) -> int | None:
    known = [one for one in found if isinstance(one, Presence)]
    known += [one for answer in targets if isinstance(one := _presence(answer, steps(scene, longest)), Presence)]
    return min((one.first for one in known if one.first is not None), default=None)
