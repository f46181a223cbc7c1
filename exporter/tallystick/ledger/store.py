"""The ledger itself: opening it, appending to it, reading from it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection, Engine, Row, create_engine, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from tallystick.core.memory import Memory
from tallystick.core.sli import Sli, generation
from tallystick.core.slices import Slices
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import rolls, tables
from tallystick.ledger.book import Book, Entry
from tallystick.ledger.codec import decode_memory, decode_slices, encode_memory

BUSY_SECONDS = 10
"""How long to wait for another process that is writing to the same SQLite file."""

MILLISECONDS_PER_SECOND = 1_000


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

    def __init__(self, engine: Engine) -> None:
        """Use *engine*, whose tables exist; see `open_ledger`."""
        self._engine = engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def find(self, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account | None:
        """The account of *slo_id* (and *group*) in the meaning of *sli*; None if there is none."""
        with self._transaction() as connection:
            found = connection.execute(select(tables.account.c.id).filter_by(**_key(slo_id, sli, group))).scalar()
        return None if found is None else Account(found, slo_id, _per_unit(sli))

    def account(self, slo_id: str, sli: Sli, group: Mapping[str, str]) -> Account:
        """The account of *slo_id* (and *group*) in the meaning of *sli*, opened if there is none."""
        known = self.find(slo_id, sli, group)
        if known is not None:
            return known
        values = {**_key(slo_id, sli, group), "kind": sli.kind, "sli": _json(sli.identity)}
        opening = insert(tables.account).values(values).returning(tables.account.c.id)
        with self._transaction() as connection:
            return Account(connection.execute(opening).scalar_one(), slo_id, _per_unit(sli))

    def cursor(self, account: Account) -> Cursor | None:
        """How far *account* has been read; None if it never was."""
        with self._transaction() as connection:
            row = connection.execute(
                select(tables.cursor.c.start, tables.cursor.c.through, tables.cursor.c.memory).filter_by(
                    account_id=account.id
                )
            ).first()
        return None if row is None else Cursor(row.start, row.through, decode_memory(row.memory))

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
        with self._transaction() as connection:
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
        through = connection.execute(select(tables.cursor.c.through).filter_by(account_id=account.id)).scalar()
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
        return Book(entries, lambda start: self.slices(account, start), per_unit=account.per_unit)

    def entries(self, account: Account, span: TimeRange) -> list[Entry]:
        """The entries of *account* that may reach into *span*, in order."""
        entry = tables.entry.c
        near = (entry.start < span.end) & (entry.start >= span.start - rolls.LONGEST_SECONDS)
        query = (
            select(entry.start, entry.end, entry.observed_seconds, entry.good, entry.total, entry.source)
            .where(entry.account_id == account.id, near)
            .order_by(entry.start)
        )
        with self._transaction() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def slices(self, account: Account, start: int) -> Slices:
        """The slices of the entry of *account* that starts at *start*, in the ledger's units."""
        with self._transaction() as connection:
            detail = connection.execute(
                select(tables.slices.c.detail).filter_by(account_id=account.id, start=start)
            ).scalar_one()
        return decode_slices(detail)

    def lifetime(self, account: Account) -> Tally:
        """All events of *account*, ever."""
        entry = tables.entry.c
        query = select(func.sum(entry.good), func.sum(entry.total)).where(entry.account_id == account.id)
        with self._transaction() as connection:
            good, total = connection.execute(query).one()
        return Tally((good or 0) / account.per_unit, (total or 0) / account.per_unit)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as fault:
            raise LedgerError(f"ledger {self._engine.url.render_as_string()}: {_reason(fault)}") from fault


def open_ledger(where: str) -> Ledger:
    """
    Open the ledger at *where*, made if there is none.

    Args:
        where: path of an SQLite file, an SQLAlchemy URL (``postgresql+psycopg://...``), or "" for one in memory.

    Raises:
        LedgerError: it can't be opened, is not a ledger, or was written by a newer tallystick.
    """
    url = where if "://" in where else f"sqlite:///{Path(where)}" if where else "sqlite://"
    try:
        engine = _engine(url)
        with engine.begin() as connection:
            _prepare(connection)
    except (SQLAlchemyError, ArgumentError) as fault:
        raise LedgerError(f"can't open the ledger {where}: {_reason(fault)}") from fault
    return Ledger(engine)


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    in_memory = make_url(url).database in (None, "", ":memory:")
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, **({"poolclass": StaticPool} if in_memory else {}))

    @event.listens_for(engine, "connect")
    def _tune(connection: object, _record: object) -> None:
        # Readers never wait for the writer; a killed process loses nothing, a power cut at most the last round.
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _prepare(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    found = connection.execute(select(tables.meta.c.value).filter_by(key="schema")).scalar()
    if found is None:
        connection.execute(insert(tables.meta).values(key="schema", value=str(tables.SCHEMA)))
    elif int(found) > tables.SCHEMA:
        raise LedgerError(
            f"the ledger has schema {found}, and this tallystick knows up to {tables.SCHEMA}: "
            "it was written by a newer one; run that, or start another ledger"
        )


def _key(slo_id: str, sli: Sli, group: Mapping[str, str]) -> dict[str, str]:
    return {"slo": slo_id, "group_labels": _json(dict(group)), "generation": generation(sli)}


def _per_unit(sli: Sli) -> int:
    return MILLISECONDS_PER_SECOND if sli.kind == "up" else 1


def _entry(row: Row[int, int, int, float, float, str]) -> Entry:
    start, end, observed_seconds, good, total, source = row
    return Entry(TimeRange(start, end), Observation(Tally(good, total), observed_seconds), source)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _reason(fault: Exception) -> str:
    """The database's own words, without SQLAlchemy's frame."""
    return str(getattr(fault, "orig", None) or fault)
