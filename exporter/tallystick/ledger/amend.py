"""
Amending what was recorded: samples that arrived late, and time that was not read when it was there.

An amendment replaces a whole stretch by a new reading of that stretch, in one transaction: entries are rewritten, days that
are over are sealed anew. It may only add to what is known: time that was observed stays so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import BigInteger, Connection, String, cast, select, update

from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.errors import LedgerError
from tallystick.ledger import tables
from tallystick.ledger.rolls import HOUR_SECONDS, Detailed, cut, found_in, hold, replace, together
from tallystick.ledger.seals import is_sealed, seal


@dataclass(frozen=True, slots=True)
class Amended:
    """
    What an amendment changed.

    Attributes:
        gained_seconds: time that is observed now and was not.
        changed_slices: slices that were observed before, with other counts.
        good: by how much good events rose, in the ledger's units; may be negative.
        total: by how much all events rose; likewise.
    """

    gained_seconds: int = 0
    changed_slices: int = 0
    good: float = 0
    total: float = 0

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.gained_seconds or self.changed_slices)

    def __add__(self, other: "Amended") -> "Amended":
        return Amended(
            self.gained_seconds + other.gained_seconds,
            self.changed_slices + other.changed_slices,
            self.good + other.good,
            self.total + other.total,
        )


def amend(connection: Connection, account_id: int, part: Slices, source: str) -> Amended:
    """
    Replace a stretch of an account by *part*, in the transaction of *connection*.

    Args:
        connection: a transaction; nothing may have been read in it before.
        account_id: whose slices.
        part: a new reading of all of its span, in the ledger's units. The span lies within what the account covers, or
            begins before its start and meets it, which lengthens its history.
        source: how it was read.

    Returns:
        What that changed; nothing is written where nothing did.

    Raises:
        LedgerError: the span leaves a hole, reaches past the account's end, or would make unknown what is known.
    """
    covered = _locked(connection, account_id)
    span = part.span
    if not (span.start < span.end <= covered.end and span.end >= covered.start):
        raise LedgerError(
            f"{span.start} to {span.end} can't be amended in a ledger that covers {covered.start} to {covered.end}"
        )
    changes = Amended()
    for period in _periods(span, covered.end):
        changes += _rewrite(connection, account_id, period, Detailed(part.clip(period), source))
    if span.start < covered.start:
        cursor = update(tables.cursor).filter_by(account_id=account_id)
        connection.execute(cursor.values(start=span.start))
    if changes or span.start < covered.start:
        _count_one(connection)
    return changes


def amendments(connection: Connection) -> int:
    """How many amendments there were, in any account: who keeps sums in memory forgets them when it grows."""
    found = connection.execute(select(tables.meta.c.value).filter_by(key=tables.AMENDMENTS)).scalar()
    return int(found or 0)


def lay_over(before: Slices | None, part: Slices) -> Slices:
    """*before*, with *part* in place of what it covers; they meet or overlap."""
    if before is None:
        return part
    start, end = min(before.start, part.start), max(before.span.end, part.span.end)
    count = (end - start) // SLICE_SECONDS
    whole = Slices(start, np.zeros(count, np.bool_), np.zeros(count), np.zeros(count))
    for one in (before, part):
        first = (one.start - start) // SLICE_SECONDS
        inside = slice(first, first + len(one.observed))
        whole.observed[inside], whole.good[inside], whole.total[inside] = one.observed, one.good, one.total
    return whole


def _locked(connection: Connection, account_id: int) -> TimeRange:
    """What the account covers, which nobody else changes until the transaction is over."""
    if not hold(connection, account_id):
        raise LedgerError("there is nothing to amend: the account has no entry yet")
    row = connection.execute(
        select(tables.cursor.c.start, tables.cursor.c.through).filter_by(account_id=account_id)
    ).one()
    return TimeRange(row.start, row.through)


def _periods(span: TimeRange, through: int) -> Iterator[TimeRange]:
    """The days, and the hours of the day under way, that *span* touches."""
    for day in cut(span, DAY_SECONDS):
        start = floor_day(day.start)
        if start + DAY_SECONDS <= through:
            yield TimeRange(start, start + DAY_SECONDS)
        else:
            for hour in cut(day, HOUR_SECONDS):
                first = hour.start // HOUR_SECONDS * HOUR_SECONDS
                yield TimeRange(first, first + HOUR_SECONDS)


def _rewrite(connection: Connection, account_id: int, period: TimeRange, part: Detailed) -> Amended:
    """Write the entry of *period* anew, with *part* in it."""
    before = found_in(connection, account_id, period)
    whole = lay_over(before.slices if before else None, part.slices)
    changes = _compare(before.slices if before else None, whole)
    if before is not None and whole.span == before.slices.span and not changes:
        return changes
    entry = Detailed(whole, together([part.source, *([before.source] if before else [])]))
    replace(connection, account_id, period, entry)
    if period.seconds == DAY_SECONDS:
        known = is_sealed(connection, account_id, period.start)
        seal(connection, account_id, entry.slices, entry.source, why="amended" if known else "day")
    return changes


def _compare(before: Slices | None, after: Slices) -> Amended:
    """
    What changes from *before* to *after*, which covers at least as much.

    Raises:
        LedgerError: something is known no more.
    """
    old = lay_over(_unknown(after.span), before) if before is not None else _unknown(after.span)
    lost = old.observed & ~after.observed
    if lost.any():
        at = after.start + int(lost.argmax()) * SLICE_SECONDS
        raise LedgerError(
            f"{int(lost.sum())} minutes from {at} on are known, and would not be any more: they are not amended"
        )
    changed = old.observed & ((old.good != after.good) | (old.total != after.total))
    gained = after.observed & ~old.observed
    return Amended(
        int(gained.sum()) * SLICE_SECONDS,
        int(changed.sum()),
        float(after.good.sum() - old.good.sum()),
        float(after.total.sum() - old.total.sum()),
    )


def _unknown(span: TimeRange) -> Slices:
    return Slices(span.start, np.zeros(span.slices, np.bool_), np.zeros(span.slices), np.zeros(span.slices))


def _count_one(connection: Connection) -> None:
    more = cast(cast(tables.meta.c.value, BigInteger) + 1, String)
    connection.execute(update(tables.meta).filter_by(key=tables.AMENDMENTS).values(value=more))
