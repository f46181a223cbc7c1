"""
How slices become entries: by the hour while a day is under way, by the day once it is over.

A window of 30 days is then some 30 days, 24 hours and at most two entries that it cuts through; and a round
rewrites no more than the present hour.
"""

import itertools
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from tallystick.core.slices import Slices, join
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_day
from tallystick.ledger import tables
from tallystick.ledger.codec import decode_slices, encode_slices

HOUR_SECONDS = 3_600
LONGEST_SECONDS = DAY_SECONDS
"""No entry is longer."""


def write(connection: Connection, account_id: int, part: Slices, source: str) -> None:
    """Write *part*, which starts where the account's entries end, in the transaction of *connection*."""
    for day in cut(part.span, DAY_SECONDS):
        if day.end % DAY_SECONDS == 0:
            _put_together(connection, account_id, floor_day(day.start), part.clip(day), source)
        else:
            for hour in cut(day, HOUR_SECONDS):
                start = hour.start // HOUR_SECONDS * HOUR_SECONDS
                _put_together(connection, account_id, start, part.clip(hour), source)


def cut(span: TimeRange, seconds: int) -> list[TimeRange]:
    """*span* in pieces that do not cross a multiple of *seconds*."""
    edges = [span.start, *range((span.start // seconds + 1) * seconds, span.end, seconds), span.end]
    return [TimeRange(start, end) for start, end in itertools.pairwise(edges) if start < end]


def _put_together(connection: Connection, account_id: int, start: int, last: Slices, source: str) -> None:
    """Make one entry of those that start at or after *start* and of the *last* slices, which follow them."""
    entry, detail = tables.entry.c, tables.slices.c
    found = connection.execute(
        select(entry.start, entry.source, detail.detail)
        .join(tables.slices, (detail.account_id == entry.account_id) & (detail.start == entry.start))
        .where(entry.account_id == account_id, entry.start >= start)
        .order_by(entry.start)
    ).all()
    whole = join([*(decode_slices(row.detail) for row in found), last])
    if found:
        for table in (tables.slices, tables.entry):
            connection.execute(delete(table).where(table.c.account_id == account_id, table.c.start >= start))
    _insert(connection, account_id, whole, _sources([row.source for row in found], source))


def _sources(earlier: Sequence[str], latest: str) -> str:
    """How the parts were read: each way once."""
    return "+".join(sorted({way for ways in earlier for way in ways.split("+")} | {latest}))


def _insert(connection: Connection, account_id: int, whole: Slices, source: str) -> None:
    sums, span = whole.observation(), whole.span
    connection.execute(
        insert(tables.entry).values(
            account_id=account_id,
            start=span.start,
            end=span.end,
            observed_seconds=sums.observed_seconds,
            good=sums.tally.good,
            total=sums.tally.total,
            source=source,
        )
    )
    connection.execute(
        insert(tables.slices).values(account_id=account_id, start=span.start, detail=encode_slices(whole))
    )
