"""The ledger itself: opening it, appending to it, reading from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from tallystick.core.memory import Memory
from tallystick.core.sli import Sli, generation
from tallystick.core.slices import Slices
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import rolls, tables
from tallystick.ledger.book import Book, Entry
from tallystick.ledger.codec import decode_memory, decode_slices, encode_memory
from tallystick.ledger.database import Database


@dataclass(frozen=True, slots=True)
class Account:
    """
    One SLO (and group) in one meaning.

    Attributes:
        id: its number in this ledger.
        slo: the SLO's id.
        per_unit: ledger counts to one event (or second): ``up`` is kept in milliseconds, so that all counts are whole.
    """

    id: int
    slo: str
    per_unit: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    How far an account has been read.

    Attributes:
        start: first instant its entries cover.
        through: how far they reach.
        memory: what the next reading must know.
    """

    start: int
    through: int
    memory: Memory


class Ledger:
    """Good and total events of every SLO, slice by slice."""

    def __init__(self, database: Database) -> None:
        """Use *database*; see `open_ledger`."""
        self._database = database

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    def find(self, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account | None:
        """The account of *slo_id* (and *group*) in the meaning of *sli*; None if there is none."""
        with self._database.transaction() as connection:
            return _find(connection, slo_id, sli, group)

    def account(self, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account:
        """The account of *slo_id* (and *group*) in the meaning of *sli*, opened if there is none."""
        values = {**_key(slo_id, sli, group), "kind": sli.kind, "sli": _json(sli.identity)}
        opening = insert(tables.account).values(values).returning(tables.account.c.id)
        with self._database.transaction() as connection:
            known = _find(connection, slo_id, sli, group)
            return known or Account(connection.execute(opening).scalar_one(), slo_id, sli.per_unit)

    def cursor(self, account: Account) -> Cursor | None:
        """How far *account* has been read; None if it never was."""
        with self._database.transaction() as connection:
            row = connection.execute(
                select(tables.cursor.c.start, tables.cursor.c.through, tables.cursor.c.memory).filter_by(
                    account_id=account.id
                )
            ).first()
        return None if row is None else Cursor(row.start, row.through, decode_memory(row.memory))

    def through(self, account: Account) -> int | None:
        """How far *account* has been read, without what its next reading must know; None if it never was."""
        with self._database.transaction() as connection:
            return _through(connection, account)

    def append(self, account: Account, part: Slices, memory: Memory, source: str) -> None:
        """
        Write slices that follow those written before, with the mark of how far the account reaches; all or nothing.

        Args:
            account: whose they are.
            part: the slices, in the ledger's units.
            memory: what the next reading must know.
            source: how they were read.

        Raises:
            LedgerError: the ledger can't be written, or does not end where *part* starts: somebody else is writing.
        """
        span, state = part.span, encode_memory(memory)
        with self._database.transaction() as connection:
            moved = connection.execute(
                update(tables.cursor)
                .filter_by(account_id=account.id, through=span.start)
                .values(through=span.end, memory=state)
            ).rowcount
            if not moved:
                self._open_cursor(connection, account, span, state)
            rolls.write(connection, account.id, part, source)

    @staticmethod
    def _open_cursor(connection: Connection, account: Account, span: TimeRange, state: bytes) -> None:
        through = _through(connection, account)
        if through is not None:
            raise LedgerError(
                f"the ledger of {account.slo} reaches to {through}, not to {span.start}: "
                "is another exporter writing to the same ledger?"
            )
        connection.execute(
            insert(tables.cursor).values(account_id=account.id, start=span.start, through=span.end, memory=state)
        )

    def book(self, account: Account, span: TimeRange) -> Book:
        """The entries of *account* that reach into *span*, to sum."""
        entries = self.entries(account, span)
        return Book(entries, lambda part: self.slices(account, part), per_unit=account.per_unit)

    def entries(self, account: Account, span: TimeRange) -> list[Entry]:
        """The entries of *account* that may reach into *span*, in order."""
        entry = tables.entry.c
        near = (entry.start < span.end) & (entry.start >= span.start - rolls.LONGEST_SECONDS)
        query = (
            select(entry.start, entry.end, entry.observed_seconds, entry.good, entry.total, entry.source)
            .where(entry.account_id == account.id, near)
            .order_by(entry.start)
        )
        with self._database.transaction() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def slices(self, account: Account, span: TimeRange) -> Slices:
        """
        The slices of *account* in *span*, which one entry covers or did, in the ledger's units.

        Entries may have been put together since somebody saw one with that span; the one that holds it now has its
        slices unchanged.

        Raises:
            LedgerError: they are not there any more.
        """
        detail = tables.slices.c
        query = (
            select(detail.detail)
            .where(detail.account_id == account.id, detail.start <= span.start)
            .order_by(detail.start.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            found = connection.execute(query).scalar()
        part = None if found is None else decode_slices(found).clip(span)
        if part is None or part.span != span:
            raise LedgerError(f"the ledger of {account.slo} has lost {span.start} to {span.end}: was it replaced?")
        return part

    def lifetime(self, account: Account) -> Tally:
        """All events of *account*, ever."""
        entry = tables.entry.c
        query = select(func.sum(entry.good), func.sum(entry.total)).where(entry.account_id == account.id)
        with self._database.transaction() as connection:
            good, total = connection.execute(query).one()
        return Tally((good or 0) / account.per_unit, (total or 0) / account.per_unit)


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


def _through(connection: Connection, account: Account) -> int | None:
    found: int | None = connection.execute(select(tables.cursor.c.through).filter_by(account_id=account.id)).scalar()
    return found


def _key(slo_id: str, sli: Sli, group: Mapping[str, str]) -> dict[str, str]:
    return {"slo": slo_id, "group_labels": _json(dict(group)), "generation": generation(sli)}


def _entry(row: Row[int, int, int, float, float, str]) -> Entry:
    start, end, observed_seconds, good, total, source = row
    return Entry(TimeRange(start, end), Observation(Tally(good, total), observed_seconds), source)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
