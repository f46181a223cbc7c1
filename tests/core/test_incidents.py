"""Where budget was lost, found in counts without a look at any alert."""

import numpy as np
import pytest

from support.ledgers import MIDNIGHT
from support.pasts import DAY_MINUTES, minutes_of, past_of
from tallystick.core.incidents import Loss, losses
from tallystick.core.past import Past
from tallystick.core.slices import Slices

BUDGET = 0.001
MONTH = 30 * DAY_MINUTES


def spans(found: list[Loss], least: float = 0) -> list[tuple[int, int]]:
    """Where stretches of at least so many bad counts are, in minutes."""
    return [minutes_of(one.span) for one in found if one.bad >= least]


def noisy(errors: list[tuple[int, int, float]], background: float, *, per_minute: int = 200, seed: int = 5) -> Past:
    """A month with a steady share of bad events, and *errors* on top."""
    random = np.random.default_rng(seed)
    share = np.full(MONTH, background)
    for first, after, ratio in errors:
        share[first:after] = ratio
    total = np.full(MONTH, float(per_minute))
    good = total - random.binomial(per_minute, share).astype(np.float64)
    return Past(Slices(MIDNIGHT, total > 0, good, total), np.zeros(MONTH + 1, np.bool_))


def test_an_outage_is_a_stretch_to_the_minute() -> None:
    """It begins with its first bad minute, ends with its last, and has its bad counts."""
    found = losses(past_of([(700, 712, 0.4)], MONTH), BUDGET)

    assert spans(found) == [(700, 712)]
    assert found[0].bad == 12 * 4_000


def test_what_is_within_the_sustainable_pace_is_no_loss() -> None:
    """A service that always spends exactly its budget, or less, has no stretch at all."""
    assert losses(past_of([(0, MONTH, BUDGET)], MONTH), BUDGET) == []
    assert losses(past_of([], MONTH), BUDGET) == []


@pytest.mark.parametrize(("pause", "expected"), [(59, [(700, 779)]), (61, [(700, 710), (771, 781)])])
def test_an_hour_without_errors_ends_a_stretch(pause: int, expected: list[tuple[int, int]]) -> None:
    """Errors that come back within an hour are the same incident; after an hour in which none were, another one."""
    after = 710 + pause
    found = losses(past_of([(700, 710, 1.0), (after, after + 10, 1.0)], 4_000), BUDGET * 0.999)

    assert spans(found) == expected


def test_an_outage_stands_out_of_the_background() -> None:
    """Single errors before and after an outage, at half the sustainable pace, move neither of its ends."""
    found = losses(noisy([(20_000, 20_015, 0.5)], 0.0005), BUDGET, least=80, grain=1)

    assert spans(found, 80) == [(20_000, 20_015)]


def test_smouldering_is_one_stretch() -> None:
    """Three days at twice the sustainable pace, single errors by nature, are one stretch, give or take a few hours."""
    first, after = 20_000, 20_000 + 3 * DAY_MINUTES
    found = losses(noisy([(first, after, 0.002)], 0.0002), BUDGET, least=86, grain=1)

    (start, end) = spans(found, 86)[0]
    assert len(spans(found, 86)) == 1
    assert abs(start - first) < 180
    assert abs(end - after) < 180


def test_a_fire_and_what_smoulders_after_it_are_two() -> None:
    """The end of the fire is not blurred by the few errors that go on after it, and those are not forgotten."""
    found = losses(past_of([(1_000, 1_020, 1.0), (1_020, 1_620, 0.002)], MONTH), BUDGET, least=1)

    assert spans(found) == [(1_000, 1_020), (1_020, 1_620)]


def test_a_long_time_without_anything_ends_a_stretch() -> None:
    """Errors before and after seven hours without a count are two stretches, over five hours one."""
    errors = [(1_000, 1_010, 0.5)]
    for hours, count in ((5, 1), (7, 2)):
        after = 1_010 + 60 * hours
        gap = past_of([*errors, (after, after + 10, 0.5)], 4_000, unobserved=[range(1_010, after)])
        assert len(losses(gap, BUDGET)) == count


def test_a_reading_of_five_minutes_begins_five_minutes_before_its_counts() -> None:
    """Counts that stand in the last minute of a reading are of all of it."""
    total = np.where(np.arange(600) % 5 == 4, 100.0, 0.0)
    good = np.where((np.arange(600) >= 300) & (np.arange(600) < 310), 0.0, total)
    past = Past(Slices(MIDNIGHT, np.ones(600, np.bool_), good, total), np.zeros(601, np.bool_), 0, 5)

    assert spans(losses(past, BUDGET)) == [(300, 310)]


def test_few_events_take_longer_to_say_that_it_is_over() -> None:
    """With one event a minute an hour saves a sixteenth of an event: errors ten hours apart are one stretch then."""
    total = np.ones(4_000)
    good = total.copy()
    good[[1_000, 1_600]] = 0
    past = Past(Slices(MIDNIGHT, total > 0, good, total), np.zeros(4_001, np.bool_))

    assert spans(losses(past, BUDGET, grain=1)) == [(1_000, 1_601)]
    assert spans(losses(past, BUDGET)) == [(1_000, 1_001), (1_600, 1_601)]
