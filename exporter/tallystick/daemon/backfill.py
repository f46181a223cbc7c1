"""
Filling what the ledger lacks from what Prometheus holds: gaps, and time before an account's start.

A gap that is filled may change what is around it: the last sample before it stood for a while, and a counter's first sample
after it holds what happened in it. So what is written again reaches from the first slice that differs to the last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from tallystick.core.slices import Bools, Slices
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.daemon.compared import differing, first_known, recorded
from tallystick.daemon.recount import PREAMBLE_SECONDS, Reread, Subject, evidence_from, gathered, reread
from tallystick.errors import LedgerError
from tallystick.ledger.amend import Amended, amend
from tallystick.ledger.database import Database
from tallystick.ledger.rolls import HOUR_SECONDS
from tallystick.upstream.reader import Reader

_REACH = PREAMBLE_SECONDS // SLICE_SECONDS
"""How many slices after a gained one may differ because of it."""


_BEFORE = 10
"""How many slices before a gained one may: a sample stands for at most five minutes."""


@dataclass(slots=True)
class Backfilled:
    """
    What a backfill did to one account.

    Attributes:
        gained: what it gained, in the ledger's units.
        spans: what was written again.
        conflicts: why a stretch was not, in words.
    """

    gained: Amended = field(default_factory=Amended)
    spans: list[TimeRange] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def fillable(subject: Subject, span: TimeRange) -> TimeRange:
    """What of *span* may be filled: nothing of the hour under way, which a running exporter has in memory and writes."""
    latest = subject.span.end // HOUR_SECONDS * HOUR_SECONDS
    end = min(span.end, latest)
    return TimeRange(min(span.start, end), end)


def read_span(subject: Subject, span: TimeRange) -> TimeRange:
    """What is read to fill *span*: as much after it as may change with it."""
    latest = subject.span.end // HOUR_SECONDS * HOUR_SECONDS
    return TimeRange(span.start, max(span.end, min(latest, span.end + PREAMBLE_SECONDS)))


def backfill(
    database: Database,
    reader: Reader,
    subject: Subject,
    span: TimeRange,
    progress: Callable[[int], None] = lambda _: None,
) -> Backfilled:
    """
    Fill what is not observed in *span* (of `fillable`), and Prometheus holds.

    Raises:
        LedgerError: the ledger can't be read or written.
        PrometheusError: there is no answer, or none that is whole.
    """
    done = Backfilled()
    wide = read_span(subject, span)
    found = gathered(reread(reader, subject, wide, progress))
    if found is None or found.first is None:
        return done
    with database.snapshot() as connection:
        known_from = first_known(connection, subject)
        ours = recorded(connection, subject, found.slices.span)
    start = evidence_from(subject, found.first, wide, known_from)
    for part in _parts(subject, ours, found, TimeRange(min(start, span.end), span.end)):
        lost = ours.clip(part.span).observed & ~part.observed
        if lost.any():
            done.conflicts.append(
                f"{int(lost.sum())} minutes there are known to the ledger and not to Prometheus any more: {_named(part)}"
            )
            continue
        try:
            with database.transaction() as connection:
                done.gained += amend(connection, subject.held.id, part, found.source)
        except LedgerError as fault:
            done.conflicts.append(f"{fault}: {_named(part)}")
        else:
            done.spans.append(part.span)
    return done


def _parts(subject: Subject, ours: Slices, found: Reread, inside: TimeRange) -> Iterator[Slices]:
    """The stretches to write again, in order: each gains something within *inside*."""
    theirs = found.slices
    instants = theirs.start + SLICE_SECONDS * np.arange(len(theirs.observed))
    gains = ~ours.observed & theirs.observed & (instants >= inside.start) & (instants < inside.end)
    others = differing(ours, theirs)
    account_start = (subject.span.start - theirs.start) // SLICE_SECONDS
    for first, after in _stretches(gains, others, account_start):
        start = theirs.start + SLICE_SECONDS * first
        yield theirs.clip(TimeRange(start, theirs.start + SLICE_SECONDS * after))


def _stretches(gains: Bools, others: Bools, account_start: int) -> Iterator[tuple[int, int]]:
    """First and after-last slice of each stretch, with a gained slice in it and those that differ because of it."""
    at = 0
    marks = np.flatnonzero(gains | others)
    while True:
        left = marks[(marks >= at) & gains[marks]]
        if not len(left):
            return
        gained = int(left[0])
        first = int(marks[(marks >= max(at, gained - _BEFORE)) & (marks <= gained)][0])
        at, reach = gained + 1, gained + _REACH
        if first < account_start:  # history meets what is there
            at, reach = account_start, max(reach, account_start)
        for mark in marks[marks >= at]:
            if mark > reach:
                break
            at = int(mark) + 1
            if gains[mark]:
                reach = int(mark) + _REACH
        yield first, at


def _named(part: Slices) -> str:
    edges = (part.span.start, part.span.end)
    start, end = (datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") for at in edges)
    return f"{start} to {end} is left as it is"
