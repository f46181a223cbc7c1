"""Auditing: whatever is changed in the record behind its back is found, and named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, create_engine, select, update

from support.ledgers import MIDNIGHT, SLI, change, made, url, write
from tallystick.core.memory import Memory
from tallystick.core.selector import Selector
from tallystick.core.sli import UpSli, generation
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import tables
from tallystick.ledger.accounts import accounts
from tallystick.ledger.audit import audit, audit_whole
from tallystick.ledger.codec import encode_slices
from tallystick.ledger.database import Database
from tallystick.ledger.posting import Posting
from tallystick.ledger.store import open_ledger

NAME = "shop-availability"


def filled(where: str) -> None:
    """A ledger of two accounts over some days; the first has id 1."""
    ledger = open_ledger(where)
    write(ledger, ledger.account(NAME, SLI, {"zone": "eu"}), made(MIDNIGHT + 36_000, 3 * 1440, rate=900))
    write(ledger, ledger.account("shop-up", UpSli(Selector("up")), {}), made(minutes=1500))
    ledger.close()


def findings(where: str) -> list[str]:
    """What an auditor finds, as text."""
    database = Database(where, read_only=True)
    try:
        with database.snapshot() as connection:
            found = list(audit_whole(connection))
            for held in accounts(connection):
                found += audit(connection, held)
    finally:
        database.close()
    return [f"{one.account} {one.at} {one.what}" for one in found]


def test_an_untouched_record_is_right(where: str) -> None:
    """There is nothing to find in what was only appended to."""
    filled(where)

    assert findings(where) == []


DAY = MIDNIGHT + DAY_SECONDS
CHANGES = {
    "good of a day": f"UPDATE tallystick_entry SET good = good - 1 WHERE account_id = 1 AND start = {DAY}",
    "total of an hour": "UPDATE tallystick_entry SET total = total + 1 WHERE account_id = 1 AND start > 1764806400",
    "observed time": f"UPDATE tallystick_entry SET observed_seconds = 0 WHERE account_id = 1 AND start = {DAY}",
    "how a day was read": f"UPDATE tallystick_entry SET source = 'guess' WHERE account_id = 1 AND start = {DAY}",
    "the end of a day": f'UPDATE tallystick_entry SET "end" = "end" - 60 WHERE account_id = 1 AND start = {DAY}',
    "a day is gone": (
        f"DELETE FROM tallystick_slices WHERE account_id = 1 AND start = {DAY};"
        f"DELETE FROM tallystick_entry WHERE account_id = 1 AND start = {DAY}"
    ),
    "slices are gone": f"DELETE FROM tallystick_slices WHERE account_id = 1 AND start = {DAY}",
    "slices without an entry": "UPDATE tallystick_slices SET start = start + 60 WHERE account_id = 1 AND start > 1764806400",
    "the last hour is gone": (
        "DELETE FROM tallystick_slices WHERE start = (SELECT max(start) FROM tallystick_entry WHERE account_id = 1);"
        "DELETE FROM tallystick_entry WHERE start = (SELECT max(start) FROM tallystick_entry WHERE account_id = 1)"
    ),
    "days are swapped": (
        f"UPDATE tallystick_slices SET start = 7 WHERE account_id = 1 AND start = {DAY};"
        f"UPDATE tallystick_slices SET start = {DAY} WHERE account_id = 1 AND start = {DAY + DAY_SECONDS};"
        f"UPDATE tallystick_slices SET start = {DAY + DAY_SECONDS} WHERE account_id = 1 AND start = 7"
    ),
    "the account's start": "UPDATE tallystick_cursor SET start = start - 60 WHERE account_id = 1",
    "how far it reaches": "UPDATE tallystick_cursor SET through = through + 60 WHERE account_id = 1",
    "what is remembered": "UPDATE tallystick_cursor SET memory = (SELECT detail FROM tallystick_slices LIMIT 1) WHERE account_id = 1",
    "the first seal is gone": "DELETE FROM tallystick_seal WHERE account_id = 1 AND number = 1",
    "a seal in the middle is gone": "DELETE FROM tallystick_seal WHERE account_id = 1 AND number = 2",
    "the last seal is gone": "DELETE FROM tallystick_seal WHERE account_id = 1 AND number = 3",
    "all seals are gone": "DELETE FROM tallystick_seal WHERE account_id = 1",
    "a seal's day": f"UPDATE tallystick_seal SET start = {DAY + 9 * DAY_SECONDS} WHERE account_id = 1 AND number = 2",
    "a seal's content": (
        "UPDATE tallystick_seal SET content = (SELECT digest FROM tallystick_seal WHERE account_id = 1 AND number = 1)"
        " WHERE account_id = 1 AND number = 2"
    ),
    "a seal's digest": (
        "UPDATE tallystick_seal SET digest = (SELECT content FROM tallystick_seal WHERE account_id = 1 AND number = 1)"
        " WHERE account_id = 1 AND number = 3"
    ),
    "why a day was sealed": "UPDATE tallystick_seal SET why = 'amended' WHERE account_id = 1 AND number = 2",
    "when a day was sealed": "UPDATE tallystick_seal SET sealed_at = sealed_at - 1 WHERE account_id = 1 AND number = 3",
    "seals are swapped": (
        "UPDATE tallystick_seal SET number = 9 WHERE account_id = 1 AND number = 1;"
        "UPDATE tallystick_seal SET number = 1 WHERE account_id = 1 AND number = 2;"
        "UPDATE tallystick_seal SET number = 2 WHERE account_id = 1 AND number = 9"
    ),
    "a seal is put in": (
        "INSERT INTO tallystick_seal SELECT account_id, 4, start, content, digest, 'amended', sealed_at"
        " FROM tallystick_seal WHERE account_id = 1 AND number = 3"
    ),
    "the name": "UPDATE tallystick_account SET slo = 'shop-availabilitz' WHERE id = 1",
    "the group": 'UPDATE tallystick_account SET group_labels = \'{"zone":"us"}\' WHERE id = 1',
    "the generation": "UPDATE tallystick_account SET generation = 'abc' WHERE id = 1",
    "what is counted": 'UPDATE tallystick_account SET sli = \'{"kind":"up","metric":"x"}\' WHERE id = 1',
    "the kind": "UPDATE tallystick_account SET kind = 'up' WHERE id = 1",
}


@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES.keys())
def test_tampering_is_found(where: str, statements: str) -> None:
    """Each change of an entry, of slices, seals, marks or accounts, and of their order, is found, and the account is named."""
    filled(where)
    change(where, *([] if "://" in where else ["PRAGMA foreign_keys=OFF"]), *statements.split(";"))

    found = findings(where)

    assert found
    assert all("shop-up" not in line for line in found)
    assert any("shop-availabili" in line for line in found)


def test_rows_without_an_account_are_found(tmp_path: Path) -> None:
    """Who removes an account and leaves its rows is found; PostgreSQL does not let anybody."""
    where = str(tmp_path / "slo.db")
    filled(where)
    change(where, "PRAGMA foreign_keys=OFF", "DELETE FROM tallystick_account WHERE id = 1")

    found = findings(where)

    assert len(found) == 4
    assert all("belong to no account" in line for line in found)


def test_a_day_that_was_forged_whole_is_found(where: str) -> None:
    """Slices, packed as we pack them, and the sums that go with them: only the seal tells."""
    filled(where)
    forged = made(DAY, 1440, rate=900, seed=8)
    sums = forged.observation()
    values = {"detail": encode_slices(forged), "good": sums.tally.good, "total": sums.tally.total}
    change(
        where,
        f"UPDATE tallystick_slices SET detail = :detail WHERE account_id = 1 AND start = {DAY}",
        f"UPDATE tallystick_entry SET good = :good, total = :total, observed_seconds = {sums.observed_seconds}"
        f" WHERE account_id = 1 AND start = {DAY}",
        **values,
    )

    name = f'{NAME}{{zone="eu"}} [{generation(SLI)}]'
    assert findings(where) == [f"{name} {DAY} the day is not what was sealed (seal 2): it was changed"]


@pytest.mark.parametrize(
    "column",
    [column for table in (tables.entry, tables.slices, tables.seal, tables.account) for column in table.columns],
    ids=str,
)
def test_every_byte_counts(tmp_path: Path, column: "Column[Any]") -> None:
    """Each byte of each value of a day that is over, turned around one at a time, is found."""
    where = str(tmp_path / "slo.db")
    ledger = open_ledger(where)
    write(ledger, ledger.account(NAME, SLI, {}), made(minutes=1440, rate=0.02))
    ledger.close()
    engine = create_engine(url(where))
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        before = connection.execute(select(column)).scalar_one()
    engine.dispose()

    for changed in near(before):
        changing(where, column, changed)
        assert findings_or_refusal(where), f"{column} may be {changed!r} in place of {before!r}"
    changing(where, column, before)
    assert findings(where) == []


def near(value: Any) -> Iterator[Any]:
    """*value* with a byte turned around, each in turn; a number with a bit turned."""
    if isinstance(value, bytes):
        for at in range(len(value)):
            yield value[:at] + bytes([value[at] ^ 0xFF]) + value[at + 1 :]
    elif isinstance(value, str):
        for at, letter in enumerate(value):
            yield value[:at] + chr(ord(letter) ^ 1) + value[at + 1 :]
    elif isinstance(value, float):
        yield from (value + 1, value - 1, -value, 0.0 if value else 1.0)
    else:
        yield from (value ^ 1 << bit for bit in (0, 1, 2, 5, 6, 7, 16, 17, 30, 39))


def changing(where: str, column: "Column[Any]", value: Any) -> None:
    """Set *column* of the only row."""
    engine = create_engine(url(where))
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.execute(update(column.table).values({column.name: value}))
    engine.dispose()


def findings_or_refusal(where: str) -> list[str]:
    """What is found; or what is said, where an account can't even be read."""
    try:
        return findings(where)
    except LedgerError as fault:
        return [str(fault)]


def test_a_day_that_waits_to_be_put_together_is_right(where: str) -> None:
    """Hours of a day that is over are fine until it is sealed, and no longer; once a later day is, they were left out."""
    ledger = open_ledger(where)
    account = ledger.account(NAME, SLI, {})
    whole = made(minutes=1440)
    for hour in range(24):
        part = whole.clip(TimeRange(MIDNIGHT + 3_600 * hour, MIDNIGHT + 3_600 * (hour + 1)))
        nothing = part.clip(TimeRange(part.start, part.start))
        if hour == 0:
            ledger.append(account, part, Memory(), "raw")
        else:
            ledger.append_all([Posting(account, part, Memory(), "raw", nothing)])
    waiting = findings(where)
    days = ledger.unrolled(account, MIDNIGHT + DAY_SECONDS)
    ledger.append(account, made(MIDNIGHT + DAY_SECONDS, 1440), Memory(), "raw")
    left_out = findings(where)
    ledger.close()

    assert (waiting, days) == ([], [MIDNIGHT])
    assert any("the day is over and not sealed" in line for line in left_out)


def test_a_day_is_sealed_once(where: str) -> None:
    """Two that put the same day together make one entry and one seal, and the record is right."""
    ledger = open_ledger(where)
    account = ledger.account(NAME, SLI, {})
    write(ledger, account, made(minutes=1440))

    for _ in range(2):
        ledger.roll([(account, MIDNIGHT)])

    assert ledger.unrolled(account, MIDNIGHT + DAY_SECONDS) == []
    ledger.close()
    assert findings(where) == []
