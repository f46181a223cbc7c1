"""Whether the record is whole: every sum, every seal, nothing left out, nothing put in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, func, select

from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_day
from tallystick.errors import LedgerError
from tallystick.ledger import tables
from tallystick.ledger.accounts import Held
from tallystick.ledger.codec import decode_memory, decode_slices
from tallystick.ledger.rolls import HOUR_SECONDS
from tallystick.ledger.seals import Identity, Seal, chain, content_of, identity_of

_BROKEN = (LedgerError, ValueError, TypeError, AttributeError, OverflowError)
"""What values of other types or lengths than ours lead to; SQLite takes any."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Something in the record that can't be so.

    Attributes:
        account: whose, as people call it; empty for the ledger as a whole.
        at: start of the entry or day, in seconds since 1970; None for the account as a whole.
        what: what is wrong, in words.
    """

    account: str
    at: int | None
    what: str


def audit(connection: Connection, held: Held, *, sealed: bool = True) -> Iterator[Finding]:
    """
    Everything that can't be so in one account.

    Args:
        connection: a snapshot: nobody's writing may be seen halfway.
        held: the account.
        sealed: whether the ledger has seals; those of schema 1 have none.
    """
    if not held.is_itself:
        yield Finding(held.name, None, "its generation is not the hash of its SLI: the account was changed")
    seals = chain(connection, held.id) if sealed else []
    last = {seal.start: seal for seal in seals}
    if sealed:
        yield from _chain(held, identity_of(connection, held.id), seals)
    seen: set[int] = set()
    yield from _entries(connection, held, last if sealed else None, seen)
    for start in sorted(set(last) - seen):
        yield Finding(held.name, start, "the day is sealed, and its entry is gone")
    yield from _cursor(connection, held)


def audit_whole(connection: Connection) -> Iterator[Finding]:
    """What belongs to no account, and entries and slices that lack one another."""
    for table in (tables.cursor, tables.entry, tables.slices, tables.seal):
        if not connection.dialect.has_table(connection, table.name):
            continue
        known = select(tables.account.c.id)
        count = connection.execute(
            select(func.count()).select_from(table).where(table.c.account_id.not_in(known))
        ).scalar_one()
        if count:
            yield Finding("", None, f"{count} rows of {table.name} belong to no account")
    paired = tables.slices.outerjoin(
        tables.entry,
        (tables.entry.c.account_id == tables.slices.c.account_id) & (tables.entry.c.start == tables.slices.c.start),
    )
    lone = connection.execute(
        select(func.count()).select_from(paired).where(tables.entry.c.start.is_(None))
    ).scalar_one()
    if lone:
        yield Finding("", None, f"{lone} rows of {tables.slices.name} belong to no entry")


def _chain(held: Held, identity: Identity, seals: list[Seal]) -> Iterator[Finding]:
    """Seals that do not follow one another."""
    before, sealed = b"", set[int]()
    for number, seal in enumerate(seals, start=1):
        if seal.number != number:
            yield Finding(held.name, seal.start, f"seal {number} is missing: the chain goes on with {seal.number}")
            return
        try:
            intact = seal.follows(before, identity) == seal.digest
        except _BROKEN as fault:
            intact = False
            yield Finding(held.name, None, f"seal {number} is damaged: {fault}")
        if not intact:
            yield Finding(held.name, seal.start, f"seal {number} does not follow from the one before: it was changed")
        if (seal.start in sealed) != (seal.why == "amended"):
            yield Finding(held.name, seal.start, f"seal {number} says {seal.why!r}, which it can't be")
        sealed.add(seal.start)
        before = seal.digest


def _entries(connection: Connection, held: Held, seals: dict[int, Seal] | None, seen: set[int]) -> Iterator[Finding]:
    """Entries that do not follow one another, differ from their slices, or from their seals."""
    entry, detail = tables.entry.c, tables.slices.c
    query = (
        select(entry.start, entry.end, entry.observed_seconds, entry.good, entry.total, entry.source, detail.detail)
        .outerjoin(tables.slices, (detail.account_id == entry.account_id) & (detail.start == entry.start))
        .where(entry.account_id == held.id)
        .order_by(entry.start)
    )
    at = held.span.start if held.span else None
    closed = floor_day(held.span.end) if held.span else 0
    for row in connection.execution_options(yield_per=16).execute(query):
        try:
            if row.start != at:
                how = "a hole before it" if at is None or row.start > at else "an overlap with the one before"
                yield Finding(held.name, row.start, f"the entry has {how}")
            at = row.end
            over = row.start < closed and not _waits(row, seals)
            yield from (Finding(held.name, row.start, what) for what in _entry(row, over=over))
            if over and seals is not None:
                seen.add(floor_day(row.start))
                yield from (Finding(held.name, row.start, what) for what in _sealed(row, seals))
        except _BROKEN as fault:
            yield Finding(held.name, None, f"the entry at {row.start!r} is damaged: {fault}")
    if held.span and at != held.span.end:
        yield Finding(held.name, None, f"the account reaches to {_when(held.span.end)}, its entries to {_when(at)}")


def _waits(row: Row[int, int, int, float, float, str, bytes], seals: dict[int, Seal] | None) -> bool:
    """Whether it is an hour of a day that is over, and is to be put together and sealed yet: none after it is sealed."""
    if row.end - row.start > HOUR_SECONDS:
        return False
    return seals is None or floor_day(row.start) > max(seals, default=-1)


def _entry(row: Row[int, int, int, float, float, str, bytes], *, over: bool) -> Iterator[str]:
    """What is wrong with one entry and its slices; its day may be *over*."""
    if row.detail is None:
        yield "the slices of the entry are gone"
        return
    part, span = decode_slices(row.detail), TimeRange(row.start, row.end)
    if part.span != span:
        yield f"its slices are of {_when(part.span.start)} to {_when(part.span.end)}"
    if floor_day(span.end - 1) != floor_day(span.start):
        yield "the entry is of several days"
    if over and row.end % DAY_SECONDS:
        yield "the day is over, and its entry does not reach to its end"
    sums = part.observation()
    found = (row.observed_seconds, row.good, row.total)
    summed = (sums.observed_seconds, sums.tally.good, sums.tally.total)
    if found != summed:
        yield f"observed seconds, good and total are {found}, and those of its slices {summed}"
    if not _possible(part):
        yield "slices have more good events than events, or events without being observed"


def _possible(part: Slices) -> bool:
    counts = (part.good >= 0) & (part.good <= part.total)
    return bool((counts & (part.observed | (part.total == 0))).all())


def _sealed(row: Row[int, int, int, float, float, str, bytes], seals: dict[int, Seal]) -> Iterator[str]:
    """Whether a day that is over is what its latest seal says."""
    seal = seals.get(floor_day(row.start))
    if seal is None:
        yield "the day is over and not sealed"
    elif row.detail is not None and content_of(decode_slices(row.detail), row.source) != seal.content:
        yield f"the day is not what was sealed (seal {seal.number}): it was changed"


def _cursor(connection: Connection, held: Held) -> Iterator[Finding]:
    """Whether the next reading can go on."""
    memory = connection.execute(select(tables.cursor.c.memory).filter_by(account_id=held.id)).scalar()
    if memory is not None:
        try:
            decode_memory(memory)
        except _BROKEN as fault:
            yield Finding(held.name, None, str(fault))


def _when(at: int | None) -> str:
    if at is None:
        return "nowhere"
    try:
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    except _BROKEN:
        return f"{at!r}"
