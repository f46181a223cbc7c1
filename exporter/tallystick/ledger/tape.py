"""
One account's counts as running sums, so that any range costs a few additions, however long it is.

What happened up to an instant is the sum of whole entries before it, of whole hours in its day, and of minutes in its hour.
Entries' sums are all in memory (a day is one entry); hours and minutes are worked out from the entry's slices when a range
first cuts through them, and kept while ranges go on cutting there. A new slice is appended without reading anything.
"""

import bisect
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.core.lens import Lens
from tallystick.core.slices import Slices, join
from tallystick.core.tally import UNOBSERVED, Observation, Tally
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day

HOUR_SECONDS = 3_600
KEPT_DAYS = 12
"""Days whose hours are kept; ranges that end now and begin at some windows' starts need one each."""

KEPT_HOURS = 40
"""Hours whose minutes are kept."""

AHEAD_HOURS = 6
"""
Hours whose minutes are worked out together, when the first of them is needed: windows move on, and will need the others. Where
these blocks begin differs from tape to tape, so that not all tapes need theirs in the same round.
"""

Detail = Callable[[TimeRange], Slices]
"""Gives the slices of an entry's span, in the ledger's units."""

Sums = tuple[float, float, int]
"""Good, total, observed seconds."""

_ZERO: Sums = (0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Counts over one range of time.

    Attributes:
        span: an hour, or a UTC day.
        observation: what is known of it, in the ledger's units.
        source: how it was read.
    """

    span: TimeRange
    observation: Observation
    source: str


class _Running:
    """Sums up to each of a row of instants, the first of which has none before it."""

    __slots__ = ("good", "observed", "total")

    def __init__(self) -> None:
        self.good, self.total, self.observed = array("d", [0.0]), array("d", [0.0]), array("q", [0])

    def add(self, good: float, total: float, observed: int) -> None:
        self.good.append(self.good[-1] + good)
        self.total.append(self.total[-1] + total)
        self.observed.append(self.observed[-1] + observed)

    def drop(self, count: int) -> None:
        """Forget the last *count* sums."""
        if count:
            del self.good[-count:], self.total[-count:], self.observed[-count:]

    def at(self, index: int) -> Sums:
        return self.good[index], self.total[index], self.observed[index]

    def __len__(self) -> int:
        return len(self.good) - 1


def _running(part: Slices, seconds: int) -> _Running:
    """Sums of *part* after each *seconds*, which divide it."""
    made = _Running()
    shape = (-1, seconds // SLICE_SECONDS)
    for name, values in (("good", part.good), ("total", part.total)):
        setattr(made, name, array("d", np.append(0.0, values.reshape(shape).sum(axis=1).cumsum()).tobytes()))
    observed = part.observed.reshape(shape).sum(axis=1).cumsum() * SLICE_SECONDS
    made.observed = array("q", np.append(0, observed).astype(np.int64).tobytes())
    return made


def _minutes_in(seen: Slices, hour: int) -> _Running:
    """Sums of the minutes of *hour*, as far as *seen* has them."""
    return _running(seen.clip(TimeRange(hour, hour + HOUR_SECONDS)), SLICE_SECONDS)


class Tape:
    """
    Sums of one account, seen through a lens.

    Attributes:
        end: how far it reaches; None if it is empty.
        hour: the slices of the hour under way, as the ledger has them; None right at an hour's end.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        detail: Detail,
        lens: Lens,
        *,
        kept_parts: int = 0,
        phase: int = 0,
    ) -> None:
        """
        Take *entries*, which are in order, without a hole.

        Args:
            entries: what is summed, from some hour or day on.
            detail: gives their slices.
            lens: what of it counts, and as what.
            kept_parts: entries whose slices are kept, once they were needed; for who looks at every hour of a window.
            phase: any number, other for other tapes; see `AHEAD_HOURS`.
        """
        self._detail = detail
        self._lens = lens
        self._starts: list[int] = []
        self._sums = _Running()
        self._hours: dict[int, _Running] = {}
        self._minutes: dict[int, _Running] = {}
        self._kept_parts = kept_parts
        self._phase = phase % AHEAD_HOURS
        self._parts: dict[int, Slices] = {}
        self.end = entries[0].span.start if entries else None
        self.hour: Slices | None = None
        for entry in entries:
            assert entry.span.start == self.end, "entries leave a hole"
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        span, known = entry.span, entry.observation
        if span.seconds % HOUR_SECONDS:  # the hour under way, or one that the account began or ends in
            self.append(self._slices_of(span))
            return
        self._starts.append(span.start)
        self.end = span.end
        if not self._lens.plain(span):
            known = self._seen(span).observation()
        self._sums.add(float(known.tally.good), float(known.tally.total), known.observed_seconds)

    def append(self, part: Slices) -> None:
        """
        Go on with the slices that follow, in the ledger's units.

        They may begin in the middle of an hour, and cross any number of them.
        """
        assert self.end is None or part.span.start == self.end, "slices do not follow the tape"
        at = part.span.start
        while at < part.span.end:
            edge = min(part.span.end, (at // HOUR_SECONDS + 1) * HOUR_SECONDS)
            self._grow(part.clip(TimeRange(at, edge)))
            at = edge

    def _grow(self, part: Slices) -> None:
        """Take *part*, which lies within one hour."""
        whole = part if self.hour is None else join([self.hour, part])
        hour = whole.span.start
        if self.hour is None:
            self._starts.append(hour)
        else:
            self._sums.drop(1)
        seen = self._lens.apply(whole)
        self._minutes[hour] = _running(seen, SLICE_SECONDS)
        sums = seen.observation()
        self._sums.add(float(sums.tally.good), float(sums.tally.total), sums.observed_seconds)
        self.end = whole.span.end
        self.hour = whole if self.end % HOUR_SECONDS else None
        if self.end % DAY_SECONDS == 0:
            self._close_day()

    def _close_day(self) -> None:
        """Put the hours of the day that is over into one."""
        assert self.end is not None
        day = self.end - DAY_SECONDS
        first = bisect.bisect_left(self._starts, day)
        count = len(self._starts) - first
        if count != DAY_SECONDS // HOUR_SECONDS or self._starts[first] != day:
            return
        hours = _Running()
        for index in range(first, first + count):
            hours.add(*_less(self._sums.at(index + 1), self._sums.at(index)))
        self._keep(self._hours, day, hours, KEPT_DAYS)
        del self._starts[first + 1 :]
        self._sums.drop(count)
        self._sums.add(*hours.at(count))

    def observe(self, span: TimeRange) -> Observation:
        """What is known of *span*, which is aligned to slices."""
        if self.end is None or not self._starts:
            return UNOBSERVED
        good, total, observed = _less(self._until(span.end), self._until(span.start))
        if total <= 0 and not observed:
            return UNOBSERVED
        total = max(total, 0.0)
        # Sums of counts that are no whole numbers are off by a rounding error, and good must stay within total.
        return self._lens.in_events(Observation(Tally(min(max(good, 0.0), total), total), observed))

    def whole(self) -> Observation:
        """All there is on the tape."""
        if self.end is None or not self._starts:
            return UNOBSERVED
        return self.observe(TimeRange(self._starts[0], self.end))

    def _until(self, at: int) -> Sums:
        """All before instant *at*."""
        assert self.end is not None
        if at <= self._starts[0]:
            return _ZERO
        if at >= self.end:
            return self._sums.at(-1)
        index = bisect.bisect_right(self._starts, at) - 1
        before, start = self._sums.at(index), self._starts[index]
        if at == start:
            return before
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self.end
        return _plus(before, self._within(TimeRange(start, end), at))

    def _within(self, span: TimeRange, at: int) -> Sums:
        """All from the start of the entry of *span* to instant *at* inside it."""
        if span.seconds <= HOUR_SECONDS:
            return self._minutes_of(span, span.start).at((at - span.start) // SLICE_SECONDS)
        hour = (at - span.start) // HOUR_SECONDS
        sums = self._hours_of(span).at(hour) if hour else _ZERO
        start = span.start + hour * HOUR_SECONDS
        if at == start:
            return sums
        return _plus(sums, self._minutes_of(span, start).at((at - start) // SLICE_SECONDS))

    def _hours_of(self, span: TimeRange) -> _Running:
        found = self._hours.pop(span.start, None) or _running(self._seen(span), HOUR_SECONDS)
        return self._keep(self._hours, span.start, found, KEPT_DAYS)

    def _minutes_of(self, span: TimeRange, hour: int) -> _Running:
        found = self._minutes.pop(hour, None)
        if found is None:
            found = _minutes_in(self._seen(span), hour) if self._kept_parts else self._work_out(hour)
        return self._keep(self._minutes, hour, found, KEPT_HOURS)

    def _work_out(self, hour: int) -> _Running:
        """The minutes of *hour*; those of the hours that windows come to next are kept as well."""
        assert self.end is not None
        after = (hour // HOUR_SECONDS + 1) * HOUR_SECONDS
        end = max(min(self._block_end(hour), self.end // HOUR_SECONDS * HOUR_SECONDS), min(after, self.end))
        seen = self._lens.apply(self._detail(TimeRange(hour, end)))
        for later in range(after, end, HOUR_SECONDS):
            if later not in self._minutes:
                self._keep(self._minutes, later, _minutes_in(seen, later), KEPT_HOURS)
        day = floor_day(end - 1)
        index = bisect.bisect_left(self._starts, day)
        if hour < day and index + 1 < len(self._starts) and self._starts[index : index + 2] == [day, day + DAY_SECONDS]:
            self._hours_of(TimeRange(day, day + DAY_SECONDS))
        return _minutes_in(seen, hour)

    def _block_end(self, hour: int) -> int:
        """Up to where minutes are worked out together with those of *hour*."""
        return ((hour // HOUR_SECONDS + self._phase) // AHEAD_HOURS + 1) * AHEAD_HOURS * HOUR_SECONDS - (
            self._phase * HOUR_SECONDS
        )

    @staticmethod
    def _keep(kept: dict[int, _Running], key: int, value: _Running, limit: int) -> _Running:
        """Put *value* last into *kept*, and drop what was not used for longest."""
        kept[key] = value
        if len(kept) > limit:
            del kept[next(iter(kept))]
        return value

    def _seen(self, span: TimeRange) -> Slices:
        """The slices of the entry of *span*, through the lens."""
        found = self._parts.pop(span.start, None)
        if found is None:
            found = self._lens.apply(self._slices_of(span))
        if self._kept_parts:
            self._parts[span.start] = found
            if len(self._parts) > self._kept_parts:
                del self._parts[next(iter(self._parts))]
        return found

    def _slices_of(self, span: TimeRange) -> Slices:
        found = self._detail(span)
        assert found.span == span
        return found


def _plus(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _less(one: Sums, other: Sums) -> Sums:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]
