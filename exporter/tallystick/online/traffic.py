"""How many events an SLO had, piece by piece of a week: what is asked, and what is made of the answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Literal

import numpy as np

from tallystick.core.burn import BurnAlert
from tallystick.core.duration import format_seconds
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.selector import Selector, label_text
from tallystick.core.sli import EventsSli, LatencySli, QuerySli, Sli, terms_of
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.core.windowed import fill_window, is_rate
from tallystick.generate.indicator import indicator
from tallystick.online.oracle import Instants, Numbers, Series

WEEK_SECONDS = 7 * DAY_SECONDS
HOUR_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Part:
    """
    A query that counts some of the events of each piece.

    Attributes:
        sign: whether they are added or subtracted.
        promql: the query.
        native: it counts native histograms, which not every server has.
    """

    sign: Literal[1, -1]
    promql: str
    native: bool = False


HAS_NATIVE = "histogram_count(vector(0))"
"""A query that gives nothing, and is refused by who knows no native histograms."""


def piece_of(alerts: Sequence[BurnAlert]) -> int:
    """The longest piece of time, in seconds and at most an hour, of which all long windows of *alerts* are made."""
    return gcd(HOUR_SECONDS, *(alert.policy.long_seconds for alert in alerts))


def last_week(now_seconds: int, piece_seconds: int) -> Instants:
    """
    The ends of all pieces of the week that ended with the last whole piece.

    A millisecond earlier, because Prometheus 2 takes both ends of a range.
    """
    end = now_seconds // piece_seconds * piece_seconds
    step_ms = piece_seconds * 1_000
    return Instants((end - WEEK_SECONDS) * 1_000 + step_ms - 1, step_ms, WEEK_SECONDS // piece_seconds)


def parts_of(sli: Sli, piece_seconds: int) -> list[Part]:
    """What counts the events of *sli* in a piece of time, by group; nothing if its events are slices of time."""
    window = format_seconds(piece_seconds)
    by = f" by ({', '.join(label_text(label) for label in sli.by)})" if sli.by else ""
    match sli:
        case EventsSli():
            return [Part(one.sign, f"sum{by}({_increase(one.selector, window)})") for one in terms_of(sli.total)]
        case LatencySli(own_total=None):
            classic = _increase(sli.total, window)
            # Of a target that shows both, the classic one is taken, as in the rules.
            native = f"histogram_count({_increase(sli.histogram, window)}) unless {classic}"
            return [Part(1, f"sum{by}({classic})"), Part(1, f"sum{by}({native})", native=True)]
        case LatencySli():
            return [Part(1, f"sum{by}({_increase(sli.total, window)})")]
        case QuerySli():
            return [Part(1, _of_query(sli, piece_seconds, by))]
    return []


def _increase(selector: Selector, window: str) -> str:
    return f"increase({selector.promql}[{window}])"


def _of_query(sli: QuerySli, piece_seconds: int, by: str) -> str:
    query = f"(\n{fill_window(sli.total, format_seconds(piece_seconds))}\n)"
    if indicator(sli)["total"]["scalar"]:
        query = f"vector{query}"
    return f"sum{by}({query})" + (f" * {piece_seconds}" if is_rate(sli.total) else "")


Group = tuple[tuple[str, str], ...]
"""Labels and their values, sorted; nothing of an SLO without groups."""

Totals = Mapping[Group, Numbers]


def totals_of(parts: Sequence[Part], answers: Sequence[Sequence[Series]]) -> dict[Group, Numbers]:
    """
    Events of each piece, by group: whole numbers, NaN where there is nothing.

    What `increase` extrapolates is rounded; parts that are not there count nothing, as in the rules.
    """
    found: dict[Group, Numbers] = {}
    for part, answer in zip(parts, answers, strict=True):
        for series in answer:
            group = tuple(sorted(series.labels.items()))
            numbers = np.where(np.isfinite(series.numbers), part.sign * series.numbers, np.nan)
            found[group] = _added(found[group], numbers) if group in found else numbers
    return {group: np.maximum(np.rint(numbers), 0) for group, numbers in found.items()}


def without(exclusions: Iterable[Exclusion], totals: Totals, instants: Instants) -> dict[Group, Numbers]:
    """*totals* without the pieces that *exclusions* reach into: of these the rules know nothing, or a part."""
    step = instants.step_ms // 1_000
    end = (instants.last_ms + 1) // 1_000
    start = end - step * instants.count
    kept = np.ones(instants.count, dtype=bool)
    for part in excluded(exclusions, TimeRange(start, end)):
        kept[(part.start - start) // step : -((start - part.end) // step)] = False
    return {group: np.where(kept, numbers, np.nan) for group, numbers in totals.items()}


def _added(one: Numbers, other: Numbers) -> Numbers:
    both = np.nan_to_num(one) + np.nan_to_num(other)
    return np.where(np.isnan(one) & np.isnan(other), np.nan, both)


@dataclass(frozen=True, slots=True)
class Windows:
    """
    The windows of one length of a week that had any event, sliding by a piece.

    Attributes:
        events: how many each had; at least one.
        starts: when each begins, in seconds since 1970.
    """

    events: Numbers
    starts: Numbers

    def __len__(self) -> int:
        return len(self.events)

    @property
    def quietest(self) -> tuple[int, int]:
        """Events of the window with the fewest, and when it begins; the latest such window."""
        at = len(self) - 1 - int(np.argmin(self.events[::-1]))
        return int(self.events[at]), int(self.starts[at])

    @property
    def median(self) -> int:
        """Half of them had no more events than this."""
        return int(np.sort(self.events)[(len(self) - 1) // 2])

    def under(self, bound: float) -> int:
        """How many had fewer events than *bound*."""
        return int(np.count_nonzero(self.events < bound))


def windows_of(numbers: Numbers, instants: Instants, long_seconds: int) -> Windows:
    """The windows of *long_seconds* in which there was any event; a piece without data holds none."""
    pieces = long_seconds * 1_000 // instants.step_ms
    if pieces > len(numbers):
        return Windows(np.empty(0), np.empty(0))
    until: Numbers = np.concatenate((np.zeros(1), np.cumsum(np.nan_to_num(numbers))))
    events = until[pieces:] - until[:-pieces]
    first, step = (instants.first_ms + 1) // 1_000, instants.step_ms // 1_000
    starts = first - step + step * np.arange(len(events), dtype=np.float64)
    some = events > 0
    return Windows(events[some], starts[some])


def named(group: Group) -> str:
    """A group as people know it: ``region="eu"``; nothing of an SLO without groups."""
    return ", ".join(f'{label}="{value}"' for label, value in group)
