"""The record as rows of equal steps, one after the other, however long it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection, select

from tallystick.core.slices import Slices
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.ledger import tables
from tallystick.ledger.codec import decode_slices
from tallystick.ledger.rolls import LONGEST_SECONDS, together

AT_ONCE = 16
"""Entries that are fetched at once; more would only take memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    Counts over one step.

    Attributes:
        span: a multiple of the step, or the part of one that the account covers.
        observed_seconds: how much of it was observed.
        good: good events, in the ledger's units.
        total: all events, likewise.
        source: how they were read.
    """

    span: TimeRange
    observed_seconds: int
    good: float
    total: float
    source: str


def rows(connection: Connection, account_id: int, span: TimeRange, step_seconds: int) -> Iterator[Row]:
    """
    What account *account_id* knows of *span*, step by step, in order.

    Args:
        connection: what to read from; it is read from while rows are taken.
        account_id: whose.
        span: which time, aligned to slices; what the account does not cover has no rows.
        step_seconds: length of a step, which divides a day.
    """
    pending: Row | None = None
    for part, source in details(connection, account_id, span):
        for row in _steps(part.clip(span), source, step_seconds):
            if pending is not None and pending.span.start // step_seconds == row.span.start // step_seconds:
                pending = _joined(pending, row)
                continue
            if pending is not None:
                yield pending
            pending = row
    if pending is not None:
        yield pending


def details(connection: Connection, account_id: int, span: TimeRange) -> Iterator[tuple[Slices, str]]:
    """The slices of each entry that reaches into *span*, in order, and how they were read."""
    entry, detail = tables.entry.c, tables.slices.c
    near = (entry.start < span.end) & (entry.start > span.start - LONGEST_SECONDS) & (entry.end > span.start)
    query = (
        select(detail.detail, entry.source)
        .join(tables.slices, (detail.account_id == entry.account_id) & (detail.start == entry.start))
        .where(entry.account_id == account_id, near)
        .order_by(entry.start)
    )
    for blob, source in connection.execution_options(yield_per=AT_ONCE).execute(query):
        yield decode_slices(blob), source


def _steps(part: Slices, source: str, step_seconds: int) -> Iterator[Row]:
    if not len(part.observed):
        return
    instants = part.start + SLICE_SECONDS * np.arange(len(part.observed))
    edges = np.flatnonzero(np.diff(instants // step_seconds, prepend=-1))
    sums = (np.add.reduceat(values, edges) for values in (part.observed.astype(np.int64), part.good, part.total))
    ends = [*instants[edges[1:]], part.span.end]
    for start, end, observed, good, total in zip(instants[edges], ends, *sums, strict=True):
        span = TimeRange(int(start), int(end))
        yield Row(span, int(observed) * SLICE_SECONDS, float(good), float(total), source)


def _joined(one: Row, other: Row) -> Row:
    return replace(
        one,
        span=TimeRange(one.span.start, other.span.end),
        observed_seconds=one.observed_seconds + other.observed_seconds,
        good=one.good + other.good,
        total=one.total + other.total,
        source=together([one.source, other.source]),
    )
