"""The ledger itself: opening it, appending to it, reading from it."""

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import Connection, Row, bindparam, func, insert, select

from tallystick.core.lens import Lens
from tallystick.core.memory import Memory
from tallystick.core.sli import Sli, generation
from tallystick.core.slices import Slices, join
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.errors import LedgerError
from tallystick.ledger import rolls, tables
from tallystick.ledger.amend import amendments
from tallystick.ledger.codec import decode_memory, decode_slices
from tallystick.ledger.database import Database
from tallystick.ledger.posting import Account, Cursor, Posting, post, through
from tallystick.ledger.tape import Entry, Tape


class Ledger:
    """
    Good and total events of every SLO, slice by slice.

    Attributes:
        database: where they are.
    """

    def __init__(self, database: Database) -> None:
        """Use *database*; see `open_ledger`."""
        self.database = database

    def close(self) -> None:
        """Give all connections back."""
        self.database.close()

    def find(self, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account | None:
        """The account of *slo_id* (and *group*) in the meaning of *sli*; None if there is none."""
        with self.database.transaction() as connection:
            return _find(connection, slo_id, sli, group)

    def account(self, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account:
        """The account of *slo_id* (and *group*) in the meaning of *sli*, opened if there is none."""
        values = {**_key(slo_id, sli, group), "kind": sli.kind, "sli": _json(sli.identity)}
        opening = insert(tables.account).values(values).returning(tables.account.c.id)
        with self.database.transaction() as connection:
            known = _find(connection, slo_id, sli, group)
            return known or Account(connection.execute(opening).scalar_one(), slo_id, sli.per_unit)

    def cursor(self, account: Account) -> Cursor | None:
        """How far *account* has been read; None if it never was."""
        with self.database.transaction() as connection:
            row = connection.execute(
                select(tables.cursor.c.start, tables.cursor.c.through, tables.cursor.c.memory).filter_by(
                    account_id=account.id
                )
            ).first()
        return None if row is None else Cursor(row.start, row.through, decode_memory(row.memory))

    def through(self, account: Account) -> int | None:
        """How far *account* has been read, without what its next reading must know; None if it never was."""
        with self.database.transaction() as connection:
            return through(connection, account.id)

    def append(self, account: Account, part: Slices, memory: Memory, source: str) -> None:
        """Append to one account; see `append_all`."""
        self.append_all([Posting(account, part, memory, source)])

    def append_all(self, postings: Sequence[Posting]) -> None:
        """
        Write slices that follow those written before, with the marks of how far the accounts reach; all or nothing.

        Args:
            postings: at most one for each account.

        Raises:
            LedgerError: the ledger can't be written, or an account does not end where its part starts: somebody else is
                writing.
        """
        with self.database.transaction() as connection:
            post(connection, postings)

    def unrolled(self, account: Account, before: int) -> list[int]:
        """The UTC days of *account*, over by instant *before*, that are hours still, and not sealed; by their starts."""
        entry = tables.entry.c
        query = select(entry.start).where(
            entry.account_id == account.id, entry.start < before, entry.end - entry.start < DAY_SECONDS
        )
        with self.database.transaction() as connection:
            days = {floor_day(start) for start in connection.scalars(query)}
            sealed = connection.scalars(select(tables.seal.c.start).filter_by(account_id=account.id))
            return sorted(day for day in days.difference(sealed) if day + DAY_SECONDS <= before)

    def roll(self, days: Sequence[tuple[Account, int]]) -> None:
        """
        Make one entry of each of *days*: an account, and the start of a UTC day that it has been read beyond.

        Raises:
            LedgerError: the ledger can't be written.
        """
        with self.database.transaction() as connection:
            for account, day in days:
                rolls.roll_day(connection, account.id, day)

    def tape(self, account: Account, lens: Lens, since: int | None = None, *, kept_parts: int = 0) -> Tape:
        """
        The sums of *account*, seen through *lens*, from the entry on that holds instant *since*; None: all.

        For *kept_parts* see `Tape`.
        """
        entries = self.entries(account, since)
        return Tape(entries, lambda part: self.slices(account, part), lens, kept_parts=kept_parts, phase=account.id)

    def entries(self, account: Account, since: int | None = None) -> list[Entry]:
        """The entries of *account* that end after instant *since*, in order; all, if that is None."""
        entry = tables.entry.c
        query = (
            select(entry.start, entry.end, entry.observed_seconds, entry.good, entry.total, entry.source)
            .where(entry.account_id == account.id)
            .order_by(entry.start)
        )
        if since is not None:
            query = query.where(entry.start > since - rolls.LONGEST_SECONDS)
        with self.database.transaction() as connection:
            found = [_entry(row) for row in connection.execute(query)]
        return [one for one in found if since is None or one.span.end > since]

    def groups(self, slo_id: str, sli: Sli) -> list[dict[str, str]]:
        """The groups of *slo_id* that have an account in the meaning of *sli*."""
        account = tables.account.c
        query = select(account.group_labels).where(account.slo == slo_id, account.generation == generation(sli))
        with self.database.transaction() as connection:
            return [orjson.loads(labels) for labels in connection.scalars(query)]

    def amendments(self) -> int:
        """How often the ledger was amended; sums that were worked out before the latest may be wrong."""
        with self.database.transaction() as connection:
            return amendments(connection)

    def reached(self) -> dict[int, int]:
        """How far each account has been read, by its number."""
        with self.database.transaction() as connection:
            rows = connection.execute(select(tables.cursor.c.account_id, tables.cursor.c.through))
            return {row.account_id: row.through for row in rows}

    def last_source(self, account: Account) -> str:
        """How the latest entry of *account* was read; empty if it has none."""
        entry = tables.entry.c
        query = select(entry.source).where(entry.account_id == account.id).order_by(entry.start.desc()).limit(1)
        with self.database.transaction() as connection:
            return connection.scalar(query) or ""

    def count_accounts(self) -> int:
        """How many accounts there are."""
        with self.database.transaction() as connection:
            return int(connection.scalar(select(func.count()).select_from(tables.account)) or 0)

    def first_observed(self, account: Account) -> int | None:
        """The first instant of which anything is known of *account*; None if there is none."""
        entry = tables.entry.c
        query = (
            select(entry.start, entry.end)
            .where(entry.account_id == account.id, entry.observed_seconds > 0)
            .order_by(entry.start)
            .limit(1)
        )
        with self.database.transaction() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        part = self.slices(account, TimeRange(row.start, row.end))
        return part.start + int(part.observed.argmax()) * SLICE_SECONDS

    def slices(self, account: Account, span: TimeRange) -> Slices:
        """
        The slices of *account* in *span*, which an hour's or a day's entry covers, did or will, in the ledger's units.

        Entries may have been put together since somebody saw one with that span, or may yet be; slices stay the same.

        Raises:
            LedgerError: they are not there any more.
        """
        with self.database.snapshot() as connection:
            where = {"account": account.id, "at": span.start, "end": span.end}
            found = connection.execute(_DETAIL_AT, where).scalar()
            part = None if found is None else decode_slices(found)
            if part is not None and part.span.end < span.end:
                part = join([part, *map(decode_slices, connection.scalars(_DETAILS_BETWEEN, where))])
        part = None if part is None else part.clip(span)
        if part is None or part.span != span:
            raise LedgerError(f"the ledger of {account.slo} has lost {span.start} to {span.end}: was it replaced?")
        return part

    def lifetime(self, account: Account) -> Tally:
        """All events of *account*, ever, in the ledger's units."""
        entry = tables.entry.c
        query = select(func.sum(entry.good), func.sum(entry.total)).where(entry.account_id == account.id)
        with self.database.transaction() as connection:
            good, total = connection.execute(query).one()
        return Tally(good or 0, total or 0)


_DETAIL_AT = (
    select(tables.slices.c.detail)
    .where(tables.slices.c.account_id == bindparam("account"), tables.slices.c.start <= bindparam("at"))
    .order_by(tables.slices.c.start.desc())
    .limit(1)
)
_DETAILS_BETWEEN = (
    select(tables.slices.c.detail)
    .where(
        tables.slices.c.account_id == bindparam("account"),
        tables.slices.c.start > bindparam("at"),
        tables.slices.c.start < bindparam("end"),
    )
    .order_by(tables.slices.c.start)
)


def open_ledger(where: str, *, read_only: bool = False) -> Ledger:
    """
    Open the ledger at *where*.

    Args:
        where: path of an SQLite file, an SQLAlchemy URL (``postgresql+psycopg://...``), or "" for one in memory.
        read_only: it must be there and is not changed in any way; otherwise it is made if there is none.

    Raises:
        LedgerError: it can't be opened, is not a ledger, or was written by a newer tallystick.
    """
    return Ledger(Database(where, read_only=read_only))


def _find(connection: Connection, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account | None:
    found = connection.execute(select(tables.account.c.id).filter_by(**_key(slo_id, sli, group))).scalar()
    return None if found is None else Account(found, slo_id, sli.per_unit)


def _key(slo_id: str, sli: Sli, group: Mapping[str, str]) -> dict[str, str]:
    return {"slo": slo_id, "group_labels": _json(dict(group)), "generation": generation(sli)}


def _entry(row: Row[int, int, int, float, float, str]) -> Entry:
    start, end, observed_seconds, good, total, source = row
    return Entry(TimeRange(start, end), Observation(Tally(good, total), observed_seconds), source)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
