"""Native histograms: what is at or under a threshold, whatever happens to their resolution."""

import itertools
import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.core.histogram import BetweenBucketsError, Bucket, Histogram, counter, histogram


def of(values: list[float], schema: int, zero: float = 0.0) -> Histogram:
    """A histogram that has seen *values*, made as a client would: by its buckets."""
    found: Counter[tuple[float, float]] = Counter()
    for value in values:
        if abs(value) <= zero:
            found[-zero, zero] += 1
        else:
            index = math.ceil(math.log2(abs(value)) * 2.0**schema)
            bounds = 2 ** ((index - 1) / 2.0**schema), 2 ** (index / 2.0**schema)
            found[bounds if value > 0 else (-bounds[1], -bounds[0])] += 1
    return histogram(len(values), [Bucket(lower, upper, count) for (lower, upper), count in found.items()])


@given(values=st.lists(st.floats(0.001, 1_000), max_size=30), schema=st.integers(-2, 8), power=st.integers(-2, 2))
def test_bounds_are_exact(values: list[float], schema: int, power: int) -> None:
    """At a threshold that is a bound of its resolution, a histogram counts what was observed, to the last one."""
    threshold = 2.0 ** (power * 4)

    assert of(values, schema).at_most(threshold) == sum(value <= threshold for value in values)


def test_inside_of_a_bucket() -> None:
    """Inside of a bucket the count is interpolated by the logarithm: the middle of 1 to 4 is 2."""
    assert of([3.0] * 8, -1).at_most(2.0) == 4


def test_under_zero_and_near_it() -> None:
    """What is negative or not told apart from zero is under any threshold."""
    found = of([-5.0, 0.0, 0.001, 0.3], 3, zero=0.01)

    assert (found.schema, found.low, found.zero) == (3, 3, 0.01)
    assert found.at_most(0.25) == 3
    assert found.at_most(0.5) == 4


@given(st.lists(st.floats(0.001, 1_000), max_size=30), st.integers(-2, 8), st.integers(0, 4))
def test_coarser_is_what_a_coarser_client_makes(values: list[float], schema: int, by: int) -> None:
    """Lowering the resolution of a sample gives what a histogram of that resolution would have been."""
    coarse = max(schema - by, -4)

    assert dict(of(values, schema).coarser(coarse).powers) == dict(of(values, coarse).powers)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.3, 0.5, 0.75, 1.5]))
def test_a_changed_resolution_is_no_event(seed: int, threshold: float) -> None:
    """Nothing is observed when a client changes its resolution: the counter goes on from where it was, and never falls."""
    drawn = random.Random(seed)
    values = [drawn.lognormvariate(-0.5, 0.6) for _ in range(300)]
    schemas = [drawn.choice([0, 1, 2, 3]) for _ in range(30)]
    samples = [of(values[: 10 * (index + 1)], schema) for index, schema in enumerate(schemas)]

    found = counter(samples, threshold, None)

    rises = [after - earlier for earlier, after in itertools.pairwise(found)]
    assert all(0 <= rise <= 10 for rise in rises)
    truth = sum(value <= threshold for value in values)
    # A half is a bound in all of these resolutions; the others are interpolated, at worst between 1 and 2.
    assert found[-1] == pytest.approx(truth, abs=0 if threshold == 0.5 else 60)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 29))
def test_pieces_equal_the_whole(seed: int, cut: int) -> None:
    """A counter read in two pieces, the second knowing the last sample of the first, is the counter read at once."""
    drawn = random.Random(seed)
    values = [drawn.lognormvariate(-0.5, 0.6) for _ in range(300)]
    samples = [of(values[: 10 * (index + 1)], drawn.choice([0, 3])) for index in range(30)]

    first = counter(samples[:cut], 0.3, None)

    assert first + counter(samples[cut:], 0.3, (samples[cut - 1], first[-1])) == counter(samples, 0.3, None)


def test_low_traffic_is_not_rounded_away() -> None:
    """Parts of events add up: a bucket that holds the threshold in its middle gives half of its observations."""
    samples = [of([3.0] * count, -1) for count in range(101)]

    assert counter(samples, 2.0, None)[-1] == 50


def test_a_reset_begins_from_zero() -> None:
    """A histogram that began anew counts from zero, also if only one of its buckets tells."""
    before, after = of([0.2] * 9 + [3.0] * 9, 3), of([0.2] * 5 + [0.4] * 20, 3)

    assert counter([before, after], 1.0, (of([0.2], 0), 7.0)) == [15.0, 25.0]


def test_a_wider_zero_is_no_reset() -> None:
    """A client that runs out of buckets may take small values for zero; nothing began anew."""
    values = [0.01, 0.02, 0.5, 3.0]

    assert counter([of(values, 3, zero=0.001), of([*values, 3.0], 2, zero=0.03)], 1.0, (of([], 3), 5.0)) == [8.0, 8.0]


def test_custom_bounds_are_exact() -> None:
    """Where a classic histogram's bounds are kept, its bound is the threshold, and between two there is no telling."""
    found = histogram(7, [Bucket(-math.inf, 0.1, 3), Bucket(0.1, 0.5, 2), Bucket(0.5, math.inf, 2)])

    assert [found.at_most(bound) for bound in (0.1, 0.5)] == [3, 5]
    with pytest.raises(BetweenBucketsError) as caught:
        found.at_most(0.3)
    assert (caught.value.lower, caught.value.upper) == (0.1, 0.5)
