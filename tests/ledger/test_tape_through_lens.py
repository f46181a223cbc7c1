"""Sums of a tape are those of the slices that its lens gives, for any range and however they were appended."""

import random
from decimal import Decimal

import numpy as np
import pytest

from tallystick.core.lens import Lens, among
from tallystick.core.sli import NoData
from tallystick.core.slices import Slices
from tallystick.core.slo import Budgeting, BudgetingMethod
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.ledger.tape import Entry, Tape

DAY = DAY_SECONDS // 60
"""Minutes of a day."""


def minutes(chance: random.Random) -> Slices:
    """Two days of slices and a part of the next, with gaps."""
    count, draw = 2 * DAY + chance.randrange(900), np.random.default_rng(chance.randrange(2**32))
    observed = draw.random(count) < chance.choice([0.3, 0.95, 1])
    gap = chance.randrange(count)
    observed[gap : gap + chance.choice([0, 7, 500])] = False
    total = np.floor(draw.random(count) * chance.choice([2, 50])) * observed
    return Slices(3 * DAY_SECONDS, observed, np.floor(total * np.minimum(draw.random(count) * 1.2, 1)), total)


def lens(there: Slices, chance: random.Random) -> Lens:
    """Any lens over *there*, with up to three exclusions."""
    edges = sorted(chance.sample(range(len(there.observed)), chance.choice([0, 2, 6])))
    out = [TimeRange(there.start + 60 * a, there.start + 60 * b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    methods: list[BudgetingMethod] = ["occurrences", "timeslices", "ratio_timeslices"]
    counts_as: list[NoData] = ["ignore", "good", "bad"]
    budgeting = Budgeting(
        method=chance.choice(methods), slice_seconds=60 * chance.choice([1, 5, 15, 60]), slice_target=Decimal("0.9")
    )
    first = there.start + int(there.observed.argmax()) * 60
    return Lens(
        budgeting, chance.choice(counts_as), among(out), first, chance.choice([1, 1_000]), chance.choice([60, 300])
    )


def appended(there: Slices, looking: Lens, chance: random.Random) -> Tape:
    """A tape of *there*: a day from the ledger, and the rest in pieces of any size."""
    day = TimeRange(there.start, there.start + DAY_SECONDS)
    tape = Tape([Entry(day, there.clip(day).observation(), "raw")], there.clip, looking)
    at = day.end
    while at < there.span.end:
        piece = TimeRange(at, min(there.span.end, at + 60 * chance.choice([1, 3, 60, 200])))
        tape.append(there.clip(piece))
        at = piece.end
    return tape


@pytest.mark.parametrize("seed", range(24))
def test_any_range_of_a_tape_is_that_of_its_slices(seed: int) -> None:
    """To the last event and second: whole days, hours and minutes add up to what the lens gives all at once."""
    chance = random.Random(seed)
    there = minutes(chance)
    looking = lens(there, chance)
    tape, whole = appended(there, looking, chance), looking.apply(there)

    for _ in range(30):
        first, last = sorted(chance.randrange(len(there.observed) + 1) for _ in range(2))
        span = TimeRange(there.start + 60 * first, there.start + 60 * last)

        assert looking.in_events(whole.clip(span).observation()) == tape.observe(span)
