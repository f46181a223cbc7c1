"""Writing slices that follow those that an account has: together with the mark of how far it reaches, for many accounts at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from tallystick.core.memory import Memory
from tallystick.core.slices import Bools, Slices, join
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import rolls, tables
from tallystick.ledger.codec import encode_memory, encode_slices
from tallystick.ledger.rolls import HOUR_SECONDS


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


def post(connection: Connection, postings: Sequence[Posting]) -> None:
    """
    Write *postings*, at most one for each account, in the transaction of *connection*.

    Raises:
        LedgerError: an account does not end where its part starts: somebody else is writing.
    """
    ordered = sorted(postings, key=lambda posting: posting.account.id)  # two writers never wait for each other
    small = [posting for posting in ordered if posting.within_hour]
    for posting in ordered:
        if not posting.within_hour:
            _append(connection, posting)
    if small:
        _add_to_hours(connection, small)


def through(connection: Connection, account_id: int) -> int | None:
    """How far an account has been read; None if it never was."""
    found: int | None = connection.execute(select(tables.cursor.c.through).filter_by(account_id=account_id)).scalar()
    return found


def _append(connection: Connection, posting: Posting) -> None:
    account, span, state = posting.account, posting.part.span, encode_memory(posting.memory)
    marks = {"account": account.id, "from": span.start, "to": span.end, "state": state}
    if not connection.execute(_MOVE, marks).rowcount:
        _open_cursor(connection, account, span, state)
    rolls.write(connection, account.id, posting.part, posting.source)


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


def _open_cursor(connection: Connection, account: Account, span: TimeRange, state: bytes) -> None:
    reached = through(connection, account.id)
    if reached is not None:
        raise LedgerError(
            f"the ledger of {account.slo} reaches to {reached}, not to {span.start}: "
            "is another exporter writing to the same ledger?"
        )
    connection.execute(
        insert(tables.cursor).values(account_id=account.id, start=span.start, through=span.end, memory=state)
    )


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
