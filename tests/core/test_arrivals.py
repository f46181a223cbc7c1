"""Which new counters count from zero on a grid of five minutes, rule by rule."""

import numpy as np
import pytest

from tallystick.core.arrivals import LOOKBACK_STEPS, STEP_SECONDS, Presence, arrivals, count_from_zero, restarts
from tallystick.core.slices import Bools, Floats

START = 1_764_547_200
STEPS = 6
"""Length of the time at hand."""

NEW, OLD = ("shop", "new"), ("shop", "old")


def there(*steps: int) -> Bools:
    """Scraped in some steps, counted from the time at hand; negative ones lie before it."""
    found = np.zeros(LOOKBACK_STEPS + STEPS, np.bool_)
    found[[LOOKBACK_STEPS + step for step in steps]] = True
    return found


def told(*pairs: tuple[int, float]) -> Floats:
    """Process starts as told in some steps, in steps from the time at hand."""
    found = np.full(LOOKBACK_STEPS + STEPS, np.nan)
    for step, start in pairs:
        found[LOOKBACK_STEPS + step] = START + start * STEP_SECONDS
    return found


def presence(
    new: Bools, old: Bools, start: Floats | None = None, past: Bools | None = None, returned: Bools | None = None
) -> Presence:
    """Two targets of a job."""
    return Presence(
        START - LOOKBACK_STEPS * STEP_SECONDS,
        {NEW: new, OLD: old},
        {} if start is None else {NEW: start},
        {} if past is None else {"shop": past},
        {} if returned is None else {NEW: returned},
    )


def counted(found: Presence) -> list[int]:
    """The steps in which new counters of the new target count from zero."""
    return np.flatnonzero(count_from_zero(found, NEW, found.jobs()["shop"])).tolist()


ALWAYS = there(*range(-LOOKBACK_STEPS, STEPS))
NEVER = there()


def test_a_target_that_was_scraped() -> None:
    """What a target shows after its first step is new; it stays known for three hours."""
    assert counted(presence(there(0, 1, 2, 3, 4, 5), NEVER, told((0, -9)))) == [1, 2, 3, 4, 5]
    assert counted(presence(there(-LOOKBACK_STEPS, 1), NEVER, told((1, -99)))) == [0, 2, 3, 4, 5]


@pytest.mark.parametrize(("start", "born"), [(2.9, True), (1.01, True), (0.99, False), (-9.0, False)])
def test_a_process_that_was_just_born(start: float, born: bool) -> None:  # noqa: FBT001  # a parameter of the table
    """A new target of a job that is watched counts from zero if its process began ten minutes before, or later."""
    assert (3 in counted(presence(there(3), ALWAYS, told((3, start))))) is born


def test_the_first_of_a_job() -> None:
    """What is there when a job is first seen may be old, with or without a start; a little later it is new."""
    assert counted(presence(there(0), there(0, 1, 2), told((0, -0.5)))) == [1, 2, 3, 4, 5]
    assert counted(presence(there(1), there(0, 1, 2), told((1, 0.5)))) == [2, 3, 4, 5]
    assert counted(presence(there(1), there(0, 1, 2))) == [2, 3, 4, 5]
    assert counted(presence(there(2), there(0, 1, 2))) == [2, 3, 4, 5]
    assert counted(presence(there(2), there(0, 1, 2), told((2, 1.5)))) == [2, 3, 4, 5]


def test_born_in_a_gap() -> None:
    """After a gap those processes are new that began since the scrape before it, and not the others."""
    for start, born in ((-3.0, True), (-6.0, True), (-6.1, False)):
        assert (2 in counted(presence(there(2), there(-5, 2), told((2, start))))) is born


def test_born_in_a_gap_of_hours() -> None:
    """A gap longer than what is looked back is known from further back."""
    past = np.zeros(100, np.bool_)
    past[60] = True  # 40 steps before the grid, the end of which is 76 + 1 - 1 before the time at hand
    edge = 60 - 100 - LOOKBACK_STEPS + 1 - 2
    for start, born in ((edge, True), (edge - 0.1, False)):
        assert (2 in counted(presence(there(2), NEVER, told((2, start)), past))) is born


def test_a_target_that_came_back() -> None:
    """It is as good as one that was always there, when it is known to have been there before."""
    back = np.zeros(STEPS, np.bool_)
    back[2] = True

    assert 2 in counted(presence(there(2), NEVER, told((2, -999)), returned=back))


def test_arrivals() -> None:
    """Something arrives when it had not been there for three hours."""
    assert np.flatnonzero(arrivals(there(-LOOKBACK_STEPS - 0, 1, 2))).tolist() == [1]
    assert np.flatnonzero(arrivals(there(-LOOKBACK_STEPS + 1, 1, 2))).tolist() == []
    assert np.flatnonzero(arrivals(there(0, 5))).tolist() == [0]


@pytest.mark.parametrize(
    ("starts", "found"),
    [
        (told((-2, -9), (-1, -9), (1, 0.5)), [1]),
        (told((-2, -9), (-1, -1.5)), [-1]),
        (told((0, -9), (1, -9.001)), []),
        (told((0, -9), (1, -5)), []),
        (told((0, -9)), []),
        (told(), []),
    ],
    ids=["restart", "before the time at hand", "jitter", "a clock was set", "once", "never"],
)
def test_restarts(starts: Floats, found: list[int]) -> None:
    """Another start is another process, if it lies after the scrape before."""
    seen = restarts(presence(ALWAYS, ALWAYS, starts), NEW)

    assert (np.flatnonzero(seen) - LOOKBACK_STEPS).tolist() == found


def test_a_target_without_starts_never_restarts() -> None:
    """Nothing is made up where nothing is told."""
    assert not restarts(presence(ALWAYS, ALWAYS), NEW).any()
