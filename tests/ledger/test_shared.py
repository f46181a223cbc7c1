"""Several processes on one ledger: the mark in the cursor decides, and nothing is lost or counted twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select

from support.databases import PostgreSQL
from support.ledgers import MIDNIGHT, SLI, everything, made, same, write
from tallystick.core.memory import Memory
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import tables
from tallystick.ledger.accounts import accounts
from tallystick.ledger.amend import amend
from tallystick.ledger.audit import audit, audit_whole
from tallystick.ledger.database import Database
from tallystick.ledger.posting import Posting
from tallystick.ledger.store import Ledger, open_ledger

MINUTES = 2 * 1440 + 40


def findings(database: Database) -> list[str]:
    """What an auditor finds."""
    with database.snapshot() as connection:
        found = [*audit_whole(connection)]
        for held in accounts(connection):
            found += audit(connection, held)
    return [one.what for one in found]


def catch_up(ledger: Ledger, whole: Slices, piece: int) -> int:
    """Append as an exporter does: go on where the ledger ends, also where somebody else was first; how often it was."""
    account, refused = ledger.account("a-b", SLI, {}), 0
    at = ledger.through(account) or whole.start
    while at < whole.span.end:
        end = min(whole.span.end, at + 60 * piece)
        try:
            ledger.append(account, whole.clip(TimeRange(at, end)), Memory(), "raw")
            at = end
        except LedgerError:
            refused += 1
            at = ledger.through(account) or whole.start
    return refused


def test_two_exporters_make_one_record(where: str) -> None:
    """Both read all and write what is missing: each minute is there once, whoever came first, and every day is sealed once."""
    open_ledger(where).close()
    whole = made(minutes=MINUTES)
    ledgers = [open_ledger(where), open_ledger(where)]
    accounts_of = [ledger.account("a-b", SLI, {}) for ledger in ledgers]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: catch_up(pair[0], whole, pair[1]), zip(ledgers, (7, 11), strict=True)))
    for ledger in ledgers:
        ledger.close()

    database = Database(where)
    assert accounts_of[0] == accounts_of[1]
    assert same(whole, everything(database, accounts_of[0].id))
    assert findings(database) == []
    database.close()


def test_who_comes_second_is_refused(where: str) -> None:
    """One transaction has several accounts, of which one has moved on: none of it is written."""
    first, second = open_ledger(where), open_ledger(where)
    one, other = (first.account(name, SLI, {}) for name in ("a-b", "a-c"))
    for account in (one, other):
        write(first, account, made(minutes=100))
    more = made(MIDNIGHT + 6_000, 3)
    hour = made(minutes=100).clip(TimeRange(MIDNIGHT + 3_600, MIDNIGHT + 6_000))
    first.append(other, more, Memory(), "raw")

    with pytest.raises(LedgerError, match="another exporter"):
        second.append_all([Posting(account, more, Memory(), "raw", hour) for account in (one, other)])

    assert (second.through(one), second.through(other)) == (MIDNIGHT + 6_000, MIDNIGHT + 6_180)
    second.append_all([Posting(one, more, Memory(), "raw", hour)])
    first.close()
    second.close()
    database = Database(where)
    for account in (one, other):
        assert same(made(minutes=100), everything(database, account.id).clip(TimeRange(MIDNIGHT, MIDNIGHT + 6_000)))
    assert findings(database) == []
    database.close()


def test_an_amendment_and_an_append_wait_for_one_another(postgresql: str) -> None:
    """Who appends while a day is being amended goes on after it; both are in the record."""
    ledger = open_ledger(postgresql)
    account = ledger.account("a-b", SLI, {})
    whole = made(minutes=MINUTES)
    write(ledger, account, whole.clip(TimeRange(MIDNIGHT, MIDNIGHT + 60 * 1500)))
    part = whole.clip(TimeRange(MIDNIGHT + 60 * 1430, MIDNIGHT + 60 * 1460))
    fresh = replace(part, total=part.total + 1)
    fresh.total[~fresh.observed] = 0
    appending = threading.Thread(target=catch_up, args=(ledger, whole, 200))
    database = Database(postgresql)

    with database.transaction() as connection:
        amend(connection, account.id, fresh, "raw")
        appending.start()
        appending.join(0.5)
        assert appending.is_alive()
    appending.join(30)

    found = everything(database, account.id)
    assert same(found.clip(fresh.span), fresh)
    assert same(
        found.clip(TimeRange(fresh.span.end, whole.span.end)), whole.clip(TimeRange(fresh.span.end, whole.span.end))
    )
    assert findings(database) == []
    database.close()
    ledger.close()


def test_two_may_begin_at_once(postgresql_server: PostgreSQL) -> None:
    """Of several that open an empty database together, each finds a ledger, and there is one."""
    for _ in range(3):
        where = postgresql_server.fresh()
        with ThreadPoolExecutor(4) as pool:
            opened = list(pool.map(Database, [where] * 4))
        with opened[0].transaction() as connection:
            assert len(connection.execute(select(tables.meta)).all()) == 2
        for database in opened:
            database.close()


def test_a_server_that_goes_away_is_told(start_postgresql: Callable[[], PostgreSQL]) -> None:
    """PostgreSQL crashes in the middle of a transaction: nothing of it is there, it is told in words, and then goes on."""
    server = start_postgresql()
    where = server.fresh()
    ledger, database = open_ledger(where), Database(where)
    account = ledger.account("a-b", SLI, {})
    write(ledger, account, made(minutes=100))
    fresh = Slices(MIDNIGHT, np.ones(5, np.bool_), np.zeros(5), np.ones(5))

    with pytest.raises(LedgerError, match=r"(?i)connection|terminat"), database.transaction() as connection:  # noqa: PT012
        amend(connection, account.id, fresh, "raw")
        server.kill()
        connection.execute(select(tables.meta))
    with pytest.raises(LedgerError, match="connection"):
        ledger.append(account, made(MIDNIGHT + 6_000, 5), Memory(), "raw")
    server.start()
    ledger.append(account, made(MIDNIGHT + 6_000, 5), Memory(), "raw")

    found = everything(database, account.id)
    assert same(found.clip(TimeRange(MIDNIGHT, MIDNIGHT + 6_000)), made(minutes=100))
    assert found.span.end == MIDNIGHT + 6_300
    assert findings(database) == []
    ledger.close()
    database.close()
