"""Seals: a chain of hashes over days, that grows and never changes."""

import hashlib
import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from support.ledgers import MIDNIGHT, SLI, ask, change, everything, made, same, write
from tallystick.core.memory import Memory
from tallystick.core.sli import generation
from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger.amend import amend
from tallystick.ledger.database import Database
from tallystick.ledger.seals import Seal, chain
from tallystick.ledger.store import Ledger, open_ledger

SEALS = "SELECT number, start, content, digest, why, sealed_at FROM tallystick_seal ORDER BY account_id, number"


def chain_of(where: str, account_id: int) -> list[Seal]:
    """The seals of an account."""
    database = Database(where, read_only=True)
    with database.snapshot() as connection:
        found = chain(connection, account_id)
    database.close()
    return found


def content_of(where: str, account_id: int) -> Slices:
    """All slices of an account."""
    database = Database(where, read_only=True)
    found = everything(database, account_id)
    database.close()
    return found


def test_a_day_that_is_over_is_sealed(ledger: Ledger, where: str) -> None:
    """Each whole day has one seal, in the order in which days ended; the day under way has none."""
    account = ledger.account("a-b", SLI, {})
    write(ledger, account, made(minutes=2 * 1440 + 90), [700, 1440, 1500])

    found = chain_of(where, account.id)

    assert [(seal.number, seal.start, seal.why) for seal in found] == [
        (1, MIDNIGHT, "day"),
        (2, MIDNIGHT + DAY_SECONDS, "day"),
    ]


def test_a_seal_can_be_computed_by_others(ledger: Ledger, where: str) -> None:
    """The documented recipe, written once more without any code of ours, gives the digests that are stored."""
    account = ledger.account("a-b", SLI, {"zone": 'ä"'})
    slices = made(minutes=2 * 1440)
    write(ledger, account, slices)

    before = ""
    for number, start, content, digest, why, sealed_at in ask(where, SEALS):
        day = slices.clip(TimeRange(start, start + DAY_SECONDS))
        known = b"tallystick-day-1" + struct.pack("<qq", start, 1440)
        known += bytes(int(one) for one in day.observed)
        known += struct.pack("<1440d", *day.good) + struct.pack("<1440d", *day.total) + b"raw"
        assert hashlib.sha256(known).digest() == bytes(content)
        group = '{"zone":"ä\\""}'
        fields = [before, number, "a-b", group, generation(SLI), start, bytes(content).hex(), why, sealed_at]
        text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).digest() == bytes(digest)
        before = bytes(digest).hex()


def test_the_same_history_has_the_same_contents(where: str) -> None:
    """What is sealed does not depend on the pieces in which it was written."""
    ledger = open_ledger(where)
    one, other = ledger.account("a-b", SLI, {}), ledger.account("a-c", SLI, {})
    write(ledger, one, made(minutes=2 * 1440))
    write(ledger, other, made(minutes=2 * 1440), [3, 61, 700, 1441, 2000])
    ledger.close()

    contents = [[seal.content for seal in chain_of(where, account.id)] for account in (one, other)]

    assert contents[0] == contents[1]
    assert chain_of(where, one.id)[-1].digest != chain_of(where, other.id)[-1].digest


def test_a_seal_and_its_day_are_written_together(ledger: Ledger, where: str) -> None:
    """Where the seal can't be written, the day is not either, and the account ends where it did."""
    account = ledger.account("a-b", SLI, {})
    write(ledger, account, made(minutes=1400))
    change(where, "ALTER TABLE tallystick_seal RENAME TO elsewhere")

    with pytest.raises(LedgerError):
        ledger.append(account, made(MIDNIGHT + 1400 * 60, 40), Memory(), "raw")

    assert ledger.through(account) == MIDNIGHT + 1400 * 60
    change(where, "ALTER TABLE elsewhere RENAME TO tallystick_seal")
    ledger.append(account, made(MIDNIGHT + 1400 * 60, 40), Memory(), "raw")
    assert len(chain_of(where, account.id)) == 1


def as_first_schema(where: str) -> None:
    """Make of a ledger what a tallystick of schema 1 would have left."""
    change(
        where,
        "DROP TABLE tallystick_seal",
        "DELETE FROM tallystick_meta WHERE key = 'amendments'",
        "UPDATE tallystick_meta SET value = '1' WHERE key = 'schema'",
    )


def test_a_ledger_without_seals_gets_them(where: str) -> None:
    """Who opens a ledger of schema 1 to write seals its days, once; what is in it stays, and it goes on."""
    ledger = open_ledger(where)
    account = ledger.account("a-b", SLI, {})
    slices = made(MIDNIGHT + 600 * 60, minutes=2 * 1440)
    write(ledger, account, slices.clip(TimeRange(slices.start, slices.start + 2400 * 60)))
    ledger.close()
    before = [seal.content for seal in chain_of(where, account.id)]
    as_first_schema(where)

    for _ in range(2):
        open_ledger(where).close()
    again = open_ledger(where)
    again.append(account, slices.clip(TimeRange(slices.start + 2400 * 60, slices.span.end)), Memory(), "raw")
    again.close()

    assert [(seal.content, seal.why) for seal in chain_of(where, account.id)] == [
        (content, "migrated") for content in before
    ]
    assert same(slices, content_of(where, account.id))
    assert ask(where, "SELECT value FROM tallystick_meta ORDER BY key") == [("0",), ("2",)]


def test_a_ledger_without_seals_can_be_read(where: str) -> None:
    """Who opens a ledger of schema 1 to read leaves it as it is, and finds what is in it."""
    ledger = open_ledger(where)
    account = ledger.account("a-b", SLI, {})
    write(ledger, account, made(minutes=2000))
    ledger.close()
    as_first_schema(where)

    assert same(made(minutes=2000), content_of(where, account.id))
    assert ask(where, "SELECT value FROM tallystick_meta") == [("1",)]


def test_an_amended_day_keeps_its_first_seal(ledger: Ledger, where: str) -> None:
    """A day that changes gets one more seal, at the end of the chain; those before stay as they were."""
    account = ledger.account("a-b", SLI, {})
    slices = made(minutes=3 * 1440)
    write(ledger, account, slices)
    before = chain_of(where, account.id)
    part = replace(made(MIDNIGHT + DAY_SECONDS, 1440, seed=8), observed=np.ones(1440, np.bool_))

    database = Database(where)
    with database.transaction() as connection:
        amend(connection, account.id, part, "raw")
    database.close()

    after = chain_of(where, account.id)
    assert after[:3] == before
    assert [(seal.start, seal.why) for seal in after[3:]] == [(MIDNIGHT + DAY_SECONDS, "amended")]
    assert after[3].content != before[1].content
