"""The ledger itself: opening it, appending to it, reading from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from tallystick.core.lens import Lens
from tallystick.core.memory import Memory
from tallystick.core.sli import Sli, generation
from tallystick.core.slices import Bools, Slices, join
from tallystick.core.tally import Observation, Tally
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.errors import LedgerError
from tallystick.ledger import rolls, tables
from tallystick.ledger.amend import amendments
from tallystick.ledger.codec import decode_memory, decode_slices, encode_memory, encode_slices
from tallystick.ledger.database import Database
from tallystick.ledger.tape import HOUR_SECONDS, Entry, Tape


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


@dataclass(frozen=True, slots=True)
class Posting:
    """
    Slices to append to one account.

    Attributes:
        account: whose they are.
        part: the slices, in the ledger's units.
        memory: what the next reading must know.
        source: how they were read.
        hour: the slices of the hour under way that are written already, by the same source, empty at an hour's start; None
            if they are not at hand.
    """

    account: Account
    part: Slices
    memory: Memory
    source: str
    hour: Slices | None = None

    @property
    def within_hour(self) -> bool:
        """Whether it only adds to the hour under way, whose slices are at hand."""
        if self.hour is None:
            return False
        written = self.hour.span
        assert written.end == self.part.span.start
        return self.part.span.end <= (written.start // HOUR_SECONDS + 1) * HOUR_SECONDS


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
            return _through(connection, account)

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
            small = [posting for posting in postings if posting.within_hour]
            for posting in postings:
                if not posting.within_hour:
                    self._append(connection, posting)
            if small:
                self._add_to_hours(connection, small)

    def _append(self, connection: Connection, posting: Posting) -> None:
        account, span, state = posting.account, posting.part.span, encode_memory(posting.memory)
        marks = {"account": account.id, "from": span.start, "to": span.end, "state": state}
        if not connection.execute(_MOVE, marks).rowcount:
            self._open_cursor(connection, account, span, state)
        rolls.write(connection, account.id, posting.part, posting.source)

    @staticmethod
    def _add_to_hours(connection: Connection, postings: Sequence[Posting]) -> None:
        """Write the hours under way, whose slices so far are at hand; a day that is over is rolled later, see `roll`."""
        marks = [
            {
                "account": posting.account.id,
                "from": posting.part.span.start,
                "to": posting.part.span.end,
                "state": encode_memory(posting.memory),
            }
            for posting in postings
        ]
        if connection.execute(_MOVE, marks).rowcount != len(marks):
            raise LedgerError("an account ends elsewhere than it did: is another exporter writing to the same ledger?")
        begun = [_hour_row(posting) for posting in postings if not len(_written(posting))]
        longer = [_hour_row(posting) for posting in postings if len(_written(posting))]
        if begun:
            connection.execute(_BEGIN_ENTRY, begun)
            connection.execute(_BEGIN_DETAIL, begun)
        if longer:
            connection.execute(_LENGTHEN_ENTRY, longer)
            connection.execute(_LENGTHEN_DETAIL, longer)

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
        with self.database.transaction() as connection:
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


_MOVE = (
    update(tables.cursor)
    .where(tables.cursor.c.account_id == bindparam("account"), tables.cursor.c.through == bindparam("from"))
    .values(through=bindparam("to"), memory=bindparam("state"))
)
_BEGIN_ENTRY = insert(tables.entry).values(
    account_id=bindparam("account"),
    start=bindparam("hour"),
    source=bindparam("new_source"),
    **{name: bindparam(f"new_{name}") for name in ("end", "observed_seconds", "good", "total")},
)
_BEGIN_DETAIL = insert(tables.slices).values(
    account_id=bindparam("account"), start=bindparam("hour"), detail=bindparam("new_detail")
)
_LENGTHEN_ENTRY = (
    update(tables.entry)
    .where(tables.entry.c.account_id == bindparam("account"), tables.entry.c.start == bindparam("hour"))
    .values({name: bindparam(f"new_{name}") for name in ("end", "observed_seconds", "good", "total")})
)
_LENGTHEN_DETAIL = (
    update(tables.slices)
    .where(tables.slices.c.account_id == bindparam("account"), tables.slices.c.start == bindparam("hour"))
    .values(detail=bindparam("new_detail"))
)


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


def _written(posting: Posting) -> Bools:
    assert posting.hour is not None
    return posting.hour.observed


def _hour_row(posting: Posting) -> dict[str, object]:
    assert posting.hour is not None
    whole = join([posting.hour, posting.part])
    sums = whole.observation()
    return {
        "account": posting.account.id,
        "hour": whole.start,
        "new_end": whole.span.end,
        "new_observed_seconds": sums.observed_seconds,
        "new_good": sums.tally.good,
        "new_total": sums.tally.total,
        "new_source": posting.source,
        "new_detail": encode_slices(whole),
    }


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
