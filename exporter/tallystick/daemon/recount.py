"""
Reading again what the ledger has, and what it lacks: from what Prometheus still holds, as the recorder reads it.

What the recorder knows of counters reaches back 48 hours, so a reading that begins in the middle of an account begins
`PREAMBLE_SECONDS` earlier; at the account's own start it begins as the recorder did.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tallystick.core.memory import Memory
from tallystick.core.sli import CompositeSli, QuerySli, RatioSli, RecordedSli, ThresholdSli
from tallystick.core.slices import Slices, join
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange
from tallystick.daemon.track import PREAMBLE_SECONDS as FIRST_PREAMBLE_SECONDS
from tallystick.errors import PrometheusError, Reason
from tallystick.ledger.accounts import Held
from tallystick.ledger.rolls import cut
from tallystick.upstream.reader import Reader

PREAMBLE_SECONDS = 49 * 3_600
"""How much is read before what is compared: memories last 48 hours, and an hour more for their last samples."""

SHORTEST_SECONDS = 3_600
"""Answers that are too large or too slow are asked for in halves, down to this."""

_SMALLER: tuple[Reason, ...] = ("too_large", "timeout", "rejected")


@dataclass(frozen=True, slots=True)
class Subject:
    """
    An account that an SLO goes on with.

    Attributes:
        slo: the SLO's id at present, which may be another than that of the account.
        sli: which events.
        held: its account.
        span: what the account covers.
    """

    slo: str
    sli: RecordedSli
    held: Held
    span: TimeRange


def subjects(slos: Iterable[Slo], held: Sequence[Held]) -> list[Subject]:
    """The accounts that *slos* go on with, those of their groups and of earlier names included."""
    found: list[Subject] = []
    for slo in slos:
        if isinstance(slo.sli, CompositeSli):
            continue
        names = (slo.slo_id, *slo.was)
        first: dict[tuple[tuple[str, str], ...], Subject] = {}
        for one in held:
            if one.slo in names and one.generation == slo.generation and one.span is not None:
                key = tuple(sorted(one.group.items()))
                known = first.get(key)
                if known is None or one.span.start < known.span.start:
                    first[key] = Subject(slo.slo_id, slo.sli, one, one.span)
        found += first.values()
    return found


@dataclass(frozen=True, slots=True)
class Reread:
    """
    A new reading of some time.

    Attributes:
        slices: in the ledger's units.
        first: the first instant of which this reading and what was read before it knew anything; None if there is none.
        source: how it was read.
    """

    slices: Slices
    first: int | None
    source: str


def reread(
    reader: Reader, subject: Subject, span: TimeRange, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Reread]:
    """
    Read *span* of *subject* again, a day or less at once.

    Args:
        reader: what to read with.
        subject: what to read.
        span: which time, aligned to slices.
        progress: told how many seconds more were read, those before the span included.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    whole = _reading(subject, span)
    memory, first = Memory(), None
    for day in cut(whole, DAY_SECONDS):
        at, step = day.start, day.seconds
        while at < day.end:
            piece = TimeRange(at, min(day.end, at + step))
            try:
                result = reader.read(subject.sli, piece, memory, subject.held.group or None)
            except PrometheusError as fault:
                if fault.reason not in _SMALLER or step <= SHORTEST_SECONDS:
                    raise
                step = max(SHORTEST_SECONDS, step // 2 // SHORTEST_SECONDS * SHORTEST_SECONDS)
                continue
            finally:
                reader.forget()
            memory, at = result.memory, piece.end
            if first is None and result.slices.observed.any():
                first = piece.start + int(result.slices.observed.argmax()) * SLICE_SECONDS
            progress(piece.seconds)
            inside = result.slices.clip(span)
            if len(inside.observed):
                yield Reread(inside, first, result.source)


def reading_seconds(subject: Subject, span: TimeRange) -> int:
    """How much `reread` reads, to measure its progress by."""
    return _reading(subject, span).seconds


def evidence_from(subject: Subject, first: int, span: TimeRange, known_from: int | None) -> int:
    """
    From where on a new reading is as good as the recorder's was.

    Args:
        subject: what was read.
        first: the first instant of which it knew anything.
        span: what was to be read.
        known_from: the first instant of which the ledger knows anything.
    """
    if isinstance(subject.sli, QuerySli | ThresholdSli | RatioSli):
        return max(span.start, first)
    whole = _reading(subject, span)
    if first < whole.start + FIRST_PREAMBLE_SECONDS or known_from is None or known_from >= first:
        return max(span.start, first)
    # Prometheus has dropped what was before: its counters are known again when memories of then would have ended.
    warm = first + PREAMBLE_SECONDS
    return warm if warm < span.end else first + FIRST_PREAMBLE_SECONDS


def _reading(subject: Subject, span: TimeRange) -> TimeRange:
    """What must be read so that all is known at the start of *span* that the recorder knew."""
    own = subject.span.start - FIRST_PREAMBLE_SECONDS
    begin = min(span.start - FIRST_PREAMBLE_SECONDS, max(span.start - PREAMBLE_SECONDS, own))
    each = subject.sli.slice_seconds
    return TimeRange(begin // each * each, span.end // each * each)


def gathered(parts: Iterable[Reread]) -> Reread | None:
    """All of *parts*, which follow one another, in one; None if there are none."""
    found = list(parts)
    if not found:
        return None
    sources = "+".join(sorted({way for part in found for way in part.source.split("+")}))
    return Reread(join([part.slices for part in found]), found[-1].first, sources)
