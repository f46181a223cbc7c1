"""
How slices become entries: by the hour while a day is under way, by the day once it is over.

A window of 30 days is then some 30 days, 24 hours and at most two entries that it cuts through; and a round
rewrites no more than the present hour. A day that is over is sealed.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, insert, select, update

from tallystick.core.slices import Slices, join
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_day
from tallystick.ledger import tables
from tallystick.ledger.codec import decode_slices, encode_slices
from tallystick.ledger.seals import is_sealed, seal

HOUR_SECONDS = 3_600
LONGEST_SECONDS = DAY_SECONDS
"""No entry is longer."""


@dataclass(frozen=True, slots=True)
class Detailed:
    """
    The slices of one entry, or of several that follow one another.

    Attributes:
        slices: in the ledger's units.
        source: how they were read.
    """

    slices: Slices
    source: str


def write(connection: Connection, account_id: int, part: Slices, source: str) -> None:
    """Write *part*, which starts where the account's entries end, in the transaction of *connection*."""
    for day in cut(part.span, DAY_SECONDS):
        if day.end % DAY_SECONDS == 0:
            whole = _put_together(connection, account_id, floor_day(day.start), Detailed(part.clip(day), source))
            seal(connection, account_id, whole.slices, whole.source)
        else:
            for hour in cut(day, HOUR_SECONDS):
                start = hour.start // HOUR_SECONDS * HOUR_SECONDS
                _put_together(connection, account_id, start, Detailed(part.clip(hour), source))


def roll_day(connection: Connection, account_id: int, day: int) -> None:
    """Make one entry of the hours of the UTC day that starts at *day*, which is over, and seal it, unless that was done."""
    period = TimeRange(day, day + DAY_SECONDS)
    if not hold(connection, account_id) or is_sealed(connection, account_id, day):
        return
    whole = found_in(connection, account_id, period)
    if whole is not None:
        replace(connection, account_id, period, whole)
        seal(connection, account_id, whole.slices, whole.source)


def hold(connection: Connection, account_id: int) -> bool:
    """
    Keep all others from writing to an account until the transaction of *connection* is over; whether it has any entry.

    Both databases do that for who writes, so it comes before anything is read.
    """
    same = update(tables.cursor).filter_by(account_id=account_id).values(through=tables.cursor.c.through)
    return bool(connection.execute(same).rowcount)


def cut(span: TimeRange, seconds: int) -> list[TimeRange]:
    """*span* in pieces that do not cross a multiple of *seconds*."""
    edges = [span.start, *range((span.start // seconds + 1) * seconds, span.end, seconds), span.end]
    return [TimeRange(start, end) for start, end in itertools.pairwise(edges) if start < end]


def found_in(connection: Connection, account_id: int, period: TimeRange) -> Detailed | None:
    """What the entries that start in *period* hold; None if there is none."""
    entry, detail = tables.entry.c, tables.slices.c
    found = connection.execute(
        select(entry.source, detail.detail)
        .join(tables.slices, (detail.account_id == entry.account_id) & (detail.start == entry.start))
        .where(entry.account_id == account_id, entry.start >= period.start, entry.start < period.end)
        .order_by(entry.start)
    ).all()
    if not found:
        return None
    return Detailed(join([decode_slices(row.detail) for row in found]), together([row.source for row in found]))


def replace(connection: Connection, account_id: int, period: TimeRange, whole: Detailed) -> None:
    """Make one entry of all that starts in *period*: *whole*."""
    start, rows = whole.slices.start, _rows(account_id, whole)
    for table, row in rows:
        mine = (table.c.account_id == account_id) & (table.c.start >= period.start) & (table.c.start < period.end)
        connection.execute(delete(table).where(mine, table.c.start != start))
        # The first row is kept and grows: SQLite would put a new one behind the rows of others that are deleted next, and
        # two fifths of its pages would stay empty.
        if not connection.execute(update(table).filter_by(account_id=account_id, start=start).values(row)).rowcount:
            connection.execute(insert(table).values(row))


def together(ways: Iterable[str]) -> str:
    """How the parts were read: each way once."""
    return "+".join(sorted({way for part in ways for way in part.split("+")}))


def _put_together(connection: Connection, account_id: int, start: int, last: Detailed) -> Detailed:
    """Make one entry of those that start at or after *start* and of the *last* slices, which follow them."""
    period = TimeRange(start, last.slices.span.end)
    found = found_in(connection, account_id, period)
    if found is None:
        _insert(connection, account_id, last)
        return last
    whole = Detailed(join([found.slices, last.slices]), together([found.source, last.source]))
    replace(connection, account_id, period, whole)
    return whole


def _insert(connection: Connection, account_id: int, whole: Detailed) -> None:
    for table, row in _rows(account_id, whole):
        connection.execute(insert(table).values(row))


def _rows(account_id: int, whole: Detailed) -> list[tuple[Table, dict[str, object]]]:
    """The rows of an entry, by their tables."""
    sums, span = whole.slices.observation(), whole.slices.span
    entry: dict[str, object] = {
        "account_id": account_id,
        "start": span.start,
        "end": span.end,
        "observed_seconds": sums.observed_seconds,
        "good": sums.tally.good,
        "total": sums.tally.total,
        "source": whole.source,
    }
    detail: dict[str, object] = {"account_id": account_id, "start": span.start, "detail": encode_slices(whole.slices)}
    return [(tables.entry, entry), (tables.slices, detail)]
