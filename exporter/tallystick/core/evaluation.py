"""
Events of SLIs whose queries Prometheus evaluates, one value for each slice.

Whether a value can be believed is decided for each slice alone, so it does not matter in which pieces time is read.
"""

import itertools
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Literal

import numpy as np

from tallystick.core.sli import EvaluatedSli, Op, QuerySli, RatioSli, RecordedSli, ThresholdSli
from tallystick.core.slices import Bools, Floats, Slices
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.core.windowed import is_rate

ROUNDING = 1e-9
"""By how much a part may exceed its whole, or a ratio 1, as both were worked out in floating point; relative."""

Group = tuple[tuple[str, str], ...]
"""Labels and values that an account is for, in the order of the SLI's ``by``; empty where it has no groups."""

_COMPARE: dict[Op, Callable[[Decimal, Decimal], bool]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}


@dataclass(frozen=True, slots=True)
class Doubt:
    """
    Slices that were read and can't be believed; they count as not observed.

    Attributes:
        reason: why, for the metric that counts failures.
        slices: how many, in slices of the SLI.
        words: what a person should know.
    """

    reason: Literal["not_nested", "ambiguous", "no_bucket"]
    slices: int
    words: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """
    What queries said of a span of time.

    Attributes:
        groups: counts in ledger units, each in the last minute of its slice. One entry with the key ``()`` for an SLI
            without groups, even if nothing was found; otherwise an entry for each group that was found.
        doubts: what can't be believed of it.
    """

    groups: Mapping[Group, Slices]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One series of an answer.

    Attributes:
        labels: its labels, without ``__name__``.
        at: at which of the instants asked for it has values; shape (n,).
        texts: the values, as written; shape (n,).
        values: the values as numbers; shape (n,).
    """

    labels: Mapping[str, str]
    at: Sequence[int]
    texts: Sequence[str]
    values: Floats


def evaluate(
    sli: EvaluatedSli, span: TimeRange, answers: Sequence[Sequence[Answer]], there: Container[int] | None = None
) -> Evaluated:
    """
    What *answers* mean for *sli*.

    Args:
        sli: what counts.
        span: the time they are of.
        answers: to each of `queries`.
        there: at which instants there was anything to go by; None: wherever there is an answer. What the first one, or a
            ratio's total, answers elsewhere is no observation.
    """
    if there is not None:
        decisive = 1 if isinstance(sli, RatioSli) and sli.total else 0
        believed = _believed(answers[decisive], there)
        answers = [*answers[:decisive], believed, *answers[decisive + 1 :]]
    if isinstance(sli, ThresholdSli):
        return _threshold(sli, span, answers[0])
    if isinstance(sli, RatioSli):
        return _ratio(sli, span, answers[0], answers[1] if sli.total else None)
    return _counts(sli, span, answers[0], answers[1])


def _believed(answer: Sequence[Answer], there: Container[int]) -> list[Answer]:
    """*answer* without the values at instants that are not *there*."""
    found = []
    for one in answer:
        kept = [place for place, index in enumerate(one.at) if index in there]
        found.append(
            Answer(
                one.labels, [one.at[place] for place in kept], [one.texts[place] for place in kept], one.values[kept]
            )
        )
    return found


def _threshold(sli: ThresholdSli, span: TimeRange, answer: Sequence[Answer]) -> Evaluated:
    texts, doubts = _only(answer, span.seconds // sli.slice_seconds)
    values = [Decimal(text) for text in texts]
    observed = np.array([not value.is_nan() for value in values], np.bool_)
    # The texts are compared: they are the shortest that mean these floats, so 0.3 is not above 0.3.
    good = [not value.is_nan() and _COMPARE[sli.op](value, sli.value) for value in values]
    return Evaluated({(): spread(sli, span, observed, np.array(good, np.float64), observed.astype(np.float64))}, doubts)


def _ratio(sli: RatioSli, span: TimeRange, answer: Sequence[Answer], weights: Sequence[Answer] | None) -> Evaluated:
    texts, doubts = _only(answer, span.seconds // sli.slice_seconds)
    ratio = np.array([float(text) for text in texts])
    total = np.full(len(ratio), float(sli.slice_seconds))
    if weights is not None:
        assert sli.total is not None
        total = _sum(weights, len(ratio)) * _seconds_in(sli.total, sli)
    idle = total == 0  # without events their ratio is 0/0, or not there; that there are none was observed
    share = np.where(idle, 0.0, ratio)
    good = (1 - share if sli.means == "error" else share) * total
    known = np.isfinite(share) & np.isfinite(total)
    nested = (share >= -ROUNDING) & (share <= 1 + ROUNDING) & (total >= 0)
    doubts += not_nested(known & ~nested, "the ratio is outside 0 to 1")
    return Evaluated({(): spread(sli, span, known & nested, good, total)}, doubts)


def _counts(sli: QuerySli, span: TimeRange, totals: Sequence[Answer], parts: Sequence[Answer]) -> Evaluated:
    count = span.seconds // sli.slice_seconds
    total_by, part_by = _grouped(totals, sli.by), _grouped(parts, sli.by)
    found, doubtful = {}, np.zeros(count, np.bool_)
    for group in sorted(total_by) if sli.by else [()]:
        total = _sum(total_by.get(group, ()), count) * _seconds_in(sli.total, sli)
        # Series of good (or bad) events are there from the first one on: none of them, no such events.
        part = _sum(part_by.get(group, ()), count, none=0.0) * _seconds_in(sli.part, sli)
        wrong = is_wrong(total, part)
        doubtful |= wrong
        known = np.isfinite(total) & np.isfinite(part) & ~wrong
        found[group] = spread(sli, span, known, part if sli.good else total - part, total)
    return Evaluated(found, not_nested(doubtful, "more events are bad (or good) than there are"))


def is_wrong(total: Floats, part: Floats) -> Bools:
    """Where *part*, which is known, can't be a part of *total*, which is known as well."""
    nested = (part >= 0) & (part <= total * (1 + ROUNDING))
    return np.isfinite(total) & np.isfinite(part) & ~nested


def _seconds_in(query: str, sli: EvaluatedSli) -> int:
    """What turns the values of *query* into events: the length of a slice for a rate, 1 for a count."""
    return sli.slice_seconds if is_rate(query) else 1


def _only(answer: Iterable[Answer], count: int) -> tuple[list[str], tuple[Doubt, ...]]:
    """The one value at each of *count* instants, ``NaN`` where there is none or more than one."""
    texts, several = ["NaN"] * count, set()
    seen = [False] * count
    for index, text in itertools.chain.from_iterable(zip(one.at, one.texts, strict=True) for one in answer):
        if seen[index]:
            several.add(index)
        seen[index], texts[index] = True, text
    for index in several:
        texts[index] = "NaN"
    words = (
        f"in {len(several)} slices the query gives several series where one is meant; write sum(...), max(...) or alike"
    )
    return texts, (Doubt("ambiguous", len(several), words),) if several else ()


def _grouped(answer: Iterable[Answer], by: Sequence[str]) -> dict[Group, list[Answer]]:
    found: dict[Group, list[Answer]] = {}
    for one in answer:
        found.setdefault(tuple((label, one.labels.get(label, "")) for label in by), []).append(one)
    return found


def _sum(answer: Iterable[Answer], count: int, none: float = np.nan) -> Floats:
    """All series of *answer* added at each of *count* instants; *none* where there is no value."""
    values, there = np.zeros(count), np.zeros(count, np.bool_)
    for one in answer:
        values[list(one.at)] += one.values
        there[list(one.at)] = True
    return np.where(there, values, none)


def not_nested(doubtful: Bools, words: str) -> tuple[Doubt, ...]:
    """That the slices that are *doubtful* are not believed, and why, in *words*; nothing if there are none."""
    slices = int(doubtful.sum())
    return (Doubt("not_nested", slices, f"in {slices} slices {words}"),) if slices else ()


def spread(
    sli: RecordedSli, span: TimeRange, observed: Bools, good: Floats, total: Floats, *, seconds: int | None = None
) -> Slices:
    """
    Events as ledger counts, each in the last minute of the time that it is of.

    Args:
        sli: what was counted.
        span: the time at hand.
        observed: which parts of it were observed.
        good: good events in each part.
        total: all events in each part.
        seconds: length of a part; a slice of the SLI if None.
    """
    minutes = (seconds or sli.slice_seconds) // SLICE_SECONDS
    whole = np.where(observed, np.rint(total * sli.per_unit), 0)
    part = np.clip(np.where(observed, np.rint(good * sli.per_unit), 0), 0, whole)
    return Slices(span.start, np.repeat(observed, minutes), _at_ends(part, minutes), _at_ends(whole, minutes))


def _at_ends(counts: Floats, minutes: int) -> Floats:
    found = np.zeros(len(counts) * minutes)
    found[minutes - 1 :: minutes] = counts
    return found
