"""Amending: a stretch is replaced by a new reading of it, and nothing that is known is lost."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.ledgers import MIDNIGHT, SLI, everything, made, same, write
from tallystick.core.memory import Memory
from tallystick.core.slices import Slices, join
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger.accounts import accounts
from tallystick.ledger.amend import Amended, amend, amendments, lay_over
from tallystick.ledger.audit import audit, audit_whole
from tallystick.ledger.database import Database
from tallystick.ledger.posting import Account
from tallystick.ledger.rows import details
from tallystick.ledger.store import Ledger

MINUTES = 2 * 1440 + 200


@pytest.fixture
def database(where: str) -> Iterator[Database]:
    """An empty ledger's database."""
    opened = Database(where)
    yield opened
    opened.close()


def filled(database: Database, slices: Slices) -> tuple[Ledger, Account]:
    """A ledger with *slices*."""
    ledger = Ledger(database)
    account = ledger.account("a-b", SLI, {})
    write(ledger, account, slices)
    return ledger, account


def findings(database: Database) -> list[str]:
    """What an auditor finds."""
    with database.snapshot() as connection:
        found = list(audit_whole(connection))
        for held in accounts(connection):
            found += audit(connection, held)
    return [one.what for one in found]


def amended(database: Database, account: Account, part: Slices, source: str = "raw") -> Amended:
    """Amend in a transaction of its own."""
    with database.transaction() as connection:
        return amend(connection, account.id, part, source)


@settings(max_examples=30, deadline=None)
@given(edges=st.tuples(st.integers(-1500, MINUTES), st.integers(1, MINUTES)).map(sorted), offset=st.integers(0, 1439))
def test_any_stretch_can_be_replaced(edges: list[int], offset: int) -> None:
    """Whatever hours and days a stretch cuts through, within the account or before its start: the rest stays, all is sealed."""
    first, after = max(edges[0], -1500), max(edges[1], 0)
    database = Database("")
    slices = made(MIDNIGHT + 60 * offset, MINUTES)
    _, account = filled(database, slices)
    fresh = made(slices.start + 60 * first, after - first, seed=9)
    fresh = replace(fresh, observed=np.ones(len(fresh.observed), np.bool_))

    if first == after:
        with pytest.raises(LedgerError, match="can't be amended"):
            amended(database, account, fresh)
    else:
        amended(database, account, fresh)
        assert same(lay_over(slices, fresh), everything(database, account.id))
    assert findings(database) == []
    database.close()


def test_what_changed_is_told(database: Database) -> None:
    """Time gained, slices changed, and by how much the events rose."""
    slices = made(minutes=MINUTES)
    ledger, account = filled(database, slices)
    part = slices.clip(TimeRange(MIDNIGHT, MIDNIGHT + 6_000))
    fresh = Slices(part.start, np.ones(100, np.bool_), part.good.copy(), part.total.copy())
    fresh.total[10] += 5  # seen before, counted otherwise
    fresh.total[3], fresh.good[3] = 7, 6  # not seen before; the other one, 53, had no events

    found = amended(database, account, fresh, "query")

    assert found == Amended(gained_seconds=120, changed_slices=1, good=6, total=12)
    assert ledger.entries(account)[0].source == "query+raw"


def test_the_same_again_changes_nothing(database: Database) -> None:
    """A reading that says what is there writes nothing: no entry, no seal, no count."""
    slices = made(minutes=MINUTES)
    _, account = filled(database, slices)

    assert not amended(database, account, slices, "query")

    with database.snapshot() as connection:
        assert amendments(connection) == 0
        assert {source for _, source in details(connection, account.id, slices.span)} == {"raw"}


def test_what_is_known_stays_known(database: Database) -> None:
    """A reading that lacks a minute that is known is refused as a whole, whatever else it would bring."""
    slices = made(minutes=MINUTES)
    _, account = filled(database, slices)
    fresh = Slices(MIDNIGHT, np.ones(MINUTES, np.bool_), slices.good, slices.total)
    fresh.observed[MINUTES - 20] = False

    with pytest.raises(LedgerError, match=r"1 minutes .* are known, and would not be any more"):
        amended(database, account, fresh)

    assert same(slices, everything(database, account.id))


@pytest.mark.parametrize(
    ("first", "minutes"), [(MINUTES - 10, 11), (MINUTES, 5), (-20, 19)], ids=["past the end", "after it", "with a hole"]
)
def test_stretches_that_do_not_fit_are_refused(database: Database, first: int, minutes: int) -> None:
    """What reaches past the end is for who appends; what ends before the start would leave a hole."""
    _, account = filled(database, made(minutes=MINUTES))

    with pytest.raises(LedgerError, match="can't be amended"):
        amended(database, account, made(MIDNIGHT + 60 * first, minutes))


def test_an_account_without_entries_is_refused(database: Database) -> None:
    """Before anything was read there is nothing to amend."""
    account = Ledger(database).account("a-b", SLI, {})

    with pytest.raises(LedgerError, match="no entry yet"):
        amended(database, account, made(minutes=5))


def test_several_accounts_are_amended_or_none(database: Database) -> None:
    """What one transaction amends is all there or not at all."""
    ledger, one = filled(database, made(minutes=MINUTES))
    other = ledger.account("a-c", SLI, {})
    fresh = Slices(MIDNIGHT, np.ones(5, np.bool_), np.ones(5), np.ones(5))

    with pytest.raises(LedgerError, match="no entry yet"), database.transaction() as connection:  # noqa: PT012
        amend(connection, one.id, fresh, "raw")
        amend(connection, other.id, fresh, "raw")

    assert same(made(minutes=MINUTES), everything(database, one.id))


def test_an_account_goes_on_after_it(database: Database) -> None:
    """Appending, and rolling the day that was amended while it was under way, go on as ever."""
    slices = made(minutes=MINUTES)
    ledger, account = filled(database, slices)
    today = made(MIDNIGHT + 2 * DAY_SECONDS - 600, 190, seed=5)
    today = replace(today, observed=np.ones(190, np.bool_))
    rest = made(slices.span.end, 3 * 1440 - MINUTES)

    amended(database, account, today)
    ledger.append(account, rest, Memory(), "raw")

    assert same(join([lay_over(slices, today), rest]), everything(database, account.id))
    assert findings(database) == []
    with database.snapshot() as connection:
        assert amendments(connection) == 1
