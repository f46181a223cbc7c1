"""
Native histograms: how many observations there were at or under a threshold.

Their buckets end at powers of two, ``2 ** (index / 2 ** schema)``; those of custom ones end where a classic histogram's did.
Where the threshold is such a bound the count is exact. Inside of a power's bucket it is interpolated as Prometheus'
``histogram_fraction`` does; inside of a custom one nothing can be said, as with classic histograms.

A client that finds its histogram too wide lowers its resolution: two buckets become one. Interpolated in another bucket, the
count would jump without an event. So what was observed between two samples is worked out in the coarser of their two
resolutions, and the counter goes on from where it was.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, isinf, log2

SCHEMAS = range(-4, 9)
"""Prometheus' resolutions; each is twice as fine as the one before."""

_ON_GRID = 1e-6
"""How far a bound may be from a power of two, in buckets: bounds are printed with all digits, so this is generous."""


class BetweenBucketsError(ValueError):
    """
    A custom bucket with observations lies on both sides of the threshold.

    Attributes:
        lower: where the bucket begins; -inf if it is the first one.
        upper: where it ends; inf if it is the last one.
    """

    def __init__(self, lower: float, upper: float) -> None:
        super().__init__(f"the threshold is inside of the bucket from {lower:g} to {upper:g}")
        self.lower, self.upper = lower, upper


@dataclass(frozen=True, slots=True)
class Bucket:
    """
    Observations within ``(lower, upper]``.

    Attributes:
        lower: where it begins.
        upper: where it ends.
        count: how many there are; not added up over buckets.
    """

    lower: float
    upper: float
    count: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """
    One sample of a native histogram.

    Attributes:
        count: all observations.
        schema: its resolution; None for a custom one, and for one without positive observations.
        low: observations at or under zero, or so near to it that they are not told apart.
        zero: up to where observations are not told apart from zero.
        powers: the positive ones, by the index of the bound that their bucket ends at.
        custom: its buckets, if they are not powers of two.
    """

    count: float
    schema: int | None = None
    low: float = 0.0
    zero: float = 0.0
    powers: Mapping[int, float] = field(default_factory=dict)
    custom: Sequence[Bucket] = ()

    def at_most(self, threshold: float) -> float:
        """
        How many observations were at or under *threshold*, which is positive.

        Raises:
            BetweenBucketsError: that can't be said.
        """
        if self.custom:
            return _custom_at_most(self.custom, threshold)
        low = self.low * min(1.0, threshold / self.zero) if self.zero else self.low
        if self.schema is None:
            return low
        place = log2(threshold) * 2.0**self.schema
        whole = floor(place)
        below = sum(count for index, count in self.powers.items() if index <= whole)
        return low + below + (place - whole) * self.powers.get(whole + 1, 0.0)

    def coarser(self, schema: int | None) -> "Histogram":
        """The same in another resolution, no finer than its own; buckets are added up, so nothing is estimated."""
        if schema is None or self.schema is None or schema == self.schema:
            return self
        shift = self.schema - schema
        powers: Counter[int] = Counter()
        for index, count in self.powers.items():
            powers[-(-index >> shift)] += count  # type: ignore[assignment]  # counts of float histograms are floats
        return Histogram(self.count, schema, self.low, self.zero, powers)

    def upper(self, index: int) -> float:
        """The bound that has *index*."""
        assert self.schema is not None
        return float(2.0 ** (index / 2.0**self.schema))


def histogram(count: float, buckets: Sequence[Bucket]) -> Histogram:
    """
    Recognise what kind of histogram has these buckets; empty ones may be left out.

    Args:
        count: all observations.
        buckets: in any order.
    """
    low = [one for one in buckets if one.upper <= 0 or -one.lower == one.upper]
    high = [one for one in buckets if one not in low]
    if any(isinf(one.lower) for one in buckets) or not all(one.lower > 0 for one in high):
        return Histogram(count, custom=tuple(buckets))
    finite = [one for one in high if not isinf(one.upper)]
    schemas = {_schema(one) for one in finite}
    if not schemas and not high:
        return Histogram(count, None, sum(one.count for one in low), _zero(low))
    schema = schemas.pop() if len(schemas) == 1 and len(finite) == len(high) else None
    if schema is None:
        return Histogram(count, custom=tuple(buckets))
    powers = {round(log2(one.upper) * 2.0**schema): one.count for one in high}
    return Histogram(count, schema, sum(one.count for one in low), _zero(low), powers)


def _zero(low: Sequence[Bucket]) -> float:
    return max((one.upper for one in low if one.upper > 0), default=0.0)


def _schema(bucket: Bucket) -> int | None:
    """The resolution in which *bucket* is one; None if it is none in any."""
    width = log2(bucket.upper / bucket.lower)
    schema = round(-log2(width))
    index = log2(bucket.upper) * 2.0**schema
    on_grid = abs(width * 2.0**schema - 1) < _ON_GRID and abs(index - round(index)) < _ON_GRID
    return schema if on_grid and schema in SCHEMAS else None


def _custom_at_most(buckets: Sequence[Bucket], threshold: float) -> float:
    for one in buckets:
        if one.lower < threshold < one.upper and one.count:
            raise BetweenBucketsError(one.lower, one.upper)
    return sum(one.count for one in buckets if one.upper <= threshold)


def counter(samples: Sequence[Histogram], threshold: float, before: tuple[Histogram, float] | None) -> list[float]:
    """
    A counter of the observations at or under *threshold*; it falls when the histogram began anew.

    It is whole: rounded down at each sample, rather than from one to the next, so that no part of an event gets lost.

    Args:
        samples: of one series, in the order of time.
        threshold: in the histogram's unit; positive.
        before: the sample before them, and the counter's value at it; None if there is none.

    Returns:
        Its values, one for each sample.

    Raises:
        BetweenBucketsError: that can't be said.
    """
    values: list[float] = []
    earlier, value = before or (None, 0.0)
    for now in samples:
        value = _whole(now, threshold) + (0.0 if earlier is None else _offset(earlier, now, threshold, value))
        values.append(value)
        earlier = now
    return values


def _offset(earlier: Histogram, now: Histogram, threshold: float, value: float) -> float:
    """By how much the counter at *now* differs from what *now* alone says, if it was *value* at *earlier*."""
    if earlier.custom or now.custom:
        return 0.0
    schema = min((one.schema for one in (earlier, now) if one.schema is not None), default=None)
    then, after = earlier.coarser(schema), now.coarser(schema)
    if _began_anew(then, after):
        return 0.0
    if earlier.schema == now.schema:
        return value - _whole(earlier, threshold)
    rise = max(0.0, _whole(after, threshold) - _whole(then, threshold))
    return value + rise - _whole(now, threshold)


def _whole(sample: Histogram, threshold: float) -> float:
    return float(floor(sample.at_most(threshold)))


def _began_anew(then: Histogram, after: Histogram) -> bool:
    """Whether any count fell; *then* and *after* have one resolution."""
    if after.count < then.count:
        return True
    # What is near zero moves to the bucket of zero when that one widens.
    width = max(then.zero, after.zero)
    fell = (index for index, count in then.powers.items() if after.powers.get(index, 0.0) < count)
    return any(then.upper(index - 1) >= width for index in fell)
