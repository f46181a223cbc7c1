"""What the ledger says beside what a new reading says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from tallystick.core.slices import Bools, Slices
from tallystick.core.tally import Tally
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.daemon.recount import Reread, Subject, evidence_from, reread
from tallystick.ledger.amend import lay_over
from tallystick.ledger.rows import details
from tallystick.upstream.reader import ROUNDING, Reader


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A stretch of time of which the two say otherwise.

    Attributes:
        span: slices next to one another, each of which differs.
        ours: what the ledger says of them, in the ledger's units.
        recounted: what the new reading says.
    """

    span: TimeRange
    ours: Tally
    recounted: Tally


@dataclass(slots=True)
class Comparison:
    """
    One account beside a new reading of it.

    Attributes:
        span: what was asked for.
        compared_seconds: time of which both know something.
        gone_seconds: time that the ledger knows and Prometheus holds no more, or not long enough.
        lacking_seconds: time that the ledger does not know and Prometheus holds: a backfill would fill it.
        differences: where they differ, in order.
    """

    span: TimeRange
    compared_seconds: int = 0
    gone_seconds: int = 0
    lacking_seconds: int = 0
    differences: list[Difference] = field(default_factory=list)


def compare(
    connection: Connection,
    reader: Reader,
    subject: Subject,
    span: TimeRange,
    progress: Callable[[int], None] = lambda _: None,
) -> Comparison:
    """
    Compare what the ledger says of *span* with what Prometheus says now.

    Raises:
        LedgerError: the ledger can't be read.
        PrometheusError: there is no answer, or none that is whole.
    """
    found = Comparison(span)
    known_from = first_known(connection, subject)
    for part in reread(reader, subject, span, progress):
        ours = recorded(connection, subject, part.slices.span)
        _add(found, subject, ours, part, known_from)
    _merge(found)
    return found


def first_known(connection: Connection, subject: Subject) -> int | None:
    """The first instant of which the ledger knows anything."""
    for part, _ in details(connection, subject.held.id, subject.span):
        if part.observed.any():
            return part.start + int(part.observed.argmax()) * SLICE_SECONDS
    return None


def recorded(connection: Connection, subject: Subject, span: TimeRange) -> Slices:
    """What the ledger says of *span*; what it does not cover is not observed."""
    nothing = np.zeros(span.slices)
    whole = Slices(span.start, nothing > 0, nothing, nothing)
    for part, _ in details(connection, subject.held.id, span):
        whole = lay_over(whole, part.clip(span))
    return whole


def differing(ours: Slices, theirs: Slices) -> Bools:
    """Slices that both know and count otherwise; sums of fractions may be off by a rounding error."""
    same = [
        np.isclose(one, other, rtol=ROUNDING, atol=0)
        for one, other in ((ours.good, theirs.good), (ours.total, theirs.total))
    ]
    bad = np.isclose(ours.total - ours.good, theirs.total - theirs.good, rtol=0, atol=ROUNDING * (1 + theirs.total))
    differs: Bools = ours.observed & theirs.observed & ~(same[0] & same[1] & bad)
    return differs


def _add(found: Comparison, subject: Subject, ours: Slices, part: Reread, known_from: int | None) -> None:
    theirs = part.slices
    instants = theirs.start + SLICE_SECONDS * np.arange(len(theirs.observed))
    start = theirs.span.end if part.first is None else evidence_from(subject, part.first, found.span, known_from)
    good = instants >= start
    both = ours.observed & theirs.observed & good
    found.compared_seconds += int(both.sum()) * SLICE_SECONDS
    found.gone_seconds += int((ours.observed & ~both).sum()) * SLICE_SECONDS
    found.lacking_seconds += int((~ours.observed & theirs.observed & good).sum()) * SLICE_SECONDS
    found.differences += stretches(ours, theirs, differing(ours, theirs) & good)


def stretches(ours: Slices, theirs: Slices, where: Bools) -> Iterator[Difference]:
    """Slices next to one another that are marked in *where*, as one each."""
    edges = np.flatnonzero(np.diff(where.astype(np.int8), prepend=0, append=0))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        span = TimeRange(ours.start + SLICE_SECONDS * int(first), ours.start + SLICE_SECONDS * int(after))
        yield Difference(span, ours.clip(span).observation().tally, theirs.clip(span).observation().tally)


def _merge(found: Comparison) -> None:
    """Put stretches together that meet where readings do."""
    merged: list[Difference] = []
    for one in found.differences:
        if merged and merged[-1].span.end == one.span.start:
            last = merged.pop()
            span = TimeRange(last.span.start, one.span.end)
            merged.append(Difference(span, last.ours + one.ours, last.recounted + one.recounted))
        else:
            merged.append(one)
    found.differences = merged
