"""When exactly series began and ended, once it is known between which instants."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from tallystick.errors import PrometheusError
from tallystick.online.base import Scene
from tallystick.online.oracle import Instants
from tallystick.online.presence import Presence
from tallystick.online.reads import Read

_POINTS = 720
"""At how many points between two instants is looked."""


def first_samples(scene: Scene, of: Mapping[Read, Presence]) -> dict[Read, int]:
    """When each was first there, in seconds since 1970; to the sample where the server tells, else to a step."""
    return _edges(scene, {read: one.first or 0 for read, one in of.items()}, of, "min")


def last_samples(scene: Scene, of: Mapping[Read, Presence]) -> dict[Read, int]:
    """When each was last there, likewise."""
    return _edges(scene, {read: (one.last or 0) + one.step_seconds for read, one in of.items()}, of, "max")


def _edges(scene: Scene, ends: Mapping[Read, int], of: Mapping[Read, Presence], which: str) -> dict[Read, int]:
    reads = list(ends)
    queries = [_query(scene, read, ends[read], of[read].step_seconds, which) for read in reads]
    found = dict(ends)
    for read, answer in zip(reads, scene.oracle.ask(queries, Instants(scene.now_seconds * 1_000)), strict=True):
        if not isinstance(answer, PrometheusError) and answer and np.isfinite(answer[0].numbers[0]):
            found[read] = int(answer[0].numbers[0])
    return found


def _query(scene: Scene, read: Read, end: int, step_seconds: int, which: str) -> str:
    # Twice as far back as a step: the instants take samples that are some minutes old.
    length, apart = 2 * step_seconds, max(2 * step_seconds // _POINTS, 15)
    end = min(end, scene.now_seconds)
    return f"{which}({which}_over_time(({read.promql('timestamp({})')})[{length}s:{apart}s] @ {end}))"


def day_of(seconds: float) -> str:
    """An instant as messages have it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
