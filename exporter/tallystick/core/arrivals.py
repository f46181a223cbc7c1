"""
Which new counters count from zero, where only sums by target and five minutes are known.

These are the rules of `tallystick.core.scrapes` on a coarser grid. Everything is decided from a fixed time before each
five minutes, so that it does not matter in which pieces time is read.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tallystick.core.increments import SAME_PROCESS_SECONDS, SKEW_MS
from tallystick.core.scrapes import DISCOVERY_MS
from tallystick.core.series import Target
from tallystick.core.slices import Bools, Floats

STEP_SECONDS = 300
"""Length of what is looked at at once."""

LOOKBACK_STEPS = 36
"""How far back the latest sample of a series is looked for: three hours, after which a missing one has begun anew."""

_DISCOVERY_SECONDS = DISCOVERY_MS // 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """
    When targets were scraped with success, on a grid that begins `LOOKBACK_STEPS` before the time at hand.

    Attributes:
        start: when the grid begins, in seconds since 1970.
        targets: by target, the steps in which it was scraped; shape (steps,).
        starts: by target, when its process had started as told in each step, in seconds since 1970; NaN where it is
            unknown; shape (steps,).
        job_past: the steps before the grid in which a job was scraped, as far back as is known; it ends where the grid
            begins.
        returned: by target, the steps of the time at hand in which it came back after a longer absence; shape (n,).
    """

    start: int
    targets: Mapping[Target, Bools]
    starts: Mapping[Target, Floats]
    job_past: Mapping[str, Bools] = field(default_factory=dict)
    returned: Mapping[Target, Bools] = field(default_factory=dict)

    def jobs(self) -> dict[str, Bools]:
        """The steps in which any target of a job was scraped."""
        found: dict[str, list[Bools]] = defaultdict(list)
        for target, steps in self.targets.items():
            found[target[0]].append(steps)
        return {job: np.logical_or.reduce(some) for job, some in found.items()}


def arrivals(steps: Bools) -> Bools:
    """
    When something is there that had not been for `LOOKBACK_STEPS`.

    Args:
        steps: in which it is there, from `LOOKBACK_STEPS` before the time at hand.

    Returns:
        Steps of the time at hand; shape (n,).
    """
    return np.asarray(steps[LOOKBACK_STEPS:] & ~_seen_before(steps))


def restarts(presence: Presence, target: Target) -> Bools:
    """In which steps of the grid *target*, which goes on, has another process than before; shape (steps,)."""
    starts = presence.starts.get(target)
    found = np.zeros(len(presence.targets[target]), np.bool_)
    if starts is not None:
        told = np.flatnonzero(~np.isnan(starts))
        changed = np.abs(np.diff(starts[told])) > SAME_PROCESS_SECONDS
        # A start that lies before the time it was told last is no restart since then: a clock was set.
        since = starts[told[1:]] >= presence.start + told[:-1] * STEP_SECONDS - SKEW_MS / 1_000
        found[told[1:]] = changed & since & (np.diff(told) <= LOOKBACK_STEPS)
    return found


def count_from_zero(presence: Presence, target: Target, job: Bools) -> Bools:
    """
    In which steps of the time at hand a new counter of *target* began under our eyes; shape (n,).

    Args:
        presence: of all targets.
        target: which one.
        job: the steps in which its job was scraped, see `Presence.jobs`.
    """
    steps = presence.targets[target]
    counts = _seen_before(steps)
    back = presence.returned.get(target)
    if back is not None:
        counts |= back
    starts = presence.starts.get(target)
    for index in np.flatnonzero(arrivals(steps) & ~counts):
        step = int(index) + LOOKBACK_STEPS
        start = float("nan") if starts is None else float(starts[step])
        counts[index] = _is_born(presence, job, target[0], step, start)
    return counts


def _is_born(presence: Presence, job: Bools, name: str, step: int, process_start: float) -> bool:
    """Whether a target of job *name* that was first seen in *step* has counters that began under our eyes."""
    past = presence.job_past.get(name, np.zeros(0, np.bool_))
    seen = np.flatnonzero(np.concatenate([past, job[:step]])) - len(past)
    if np.isnan(process_start):
        return bool(len(seen)) and int(seen[0]) < step - 1  # its job has been watched for more than a step
    if len(seen) > 1 and seen[-2:].tolist() == [step - 2, step - 1]:
        watched = step
    else:
        # A run of scrapes has just begun: what started since the one before it was not there to be seen then.
        earlier = seen[seen < step - 1] if len(seen) and seen[-1] == step - 1 else seen
        if not len(earlier):
            return False
        watched = int(earlier[-1]) + 1
    return process_start >= presence.start + watched * STEP_SECONDS - _DISCOVERY_SECONDS


def _seen_before(steps: Bools) -> Bools:
    """Before which steps of the time at hand any of the `LOOKBACK_STEPS` is set; shape (n,)."""
    sums = np.concatenate([[0], np.cumsum(steps)])
    return np.asarray(sums[LOOKBACK_STEPS:-1] > sums[: -1 - LOOKBACK_STEPS])
