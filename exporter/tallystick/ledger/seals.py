"""
Seals: a chain of hashes over an account's days, so that a record that was changed afterwards is found.

A day that is over gets a seal in the transaction that makes its entry; a day that is amended gets another one, and keeps
the first. Each digest covers the one before it, so that whoever noted the latest (the *head*) elsewhere can tell later
that nothing up to it was changed, left out or put in. All that is hashed is written so that others can compute it:

- ``content``: SHA-256 of ``tallystick-day-1``, then as little endian 64-bit numbers the first slice's start and how many
  slices there are, then for each slice observed (one byte), then good and total of each (64-bit floats, 0 where a slice
  was not observed), then how the day was read, as UTF-8.
- ``digest``: SHA-256 of a JSON array without blanks: the digest before (hex, empty for the first), number, SLO, group (a
  JSON object as text), generation, start of the day, content (hex), why, when it was sealed (seconds since 1970).
"""

import hashlib
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
from sqlalchemy import Connection, Row, insert, select

from tallystick.core.slices import Slices
from tallystick.core.timerange import floor_day
from tallystick.ledger import tables

Why = Literal["day", "amended", "migrated"]
"""The day was over; it was changed afterwards; it was there before there were seals."""

_DAY = b"tallystick-day-1"
_HEAD = struct.Struct("<qq")


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Whose the seals are.

    Attributes:
        slo: the SLO's id.
        group: its group labels, as the JSON text that the ledger has.
        generation: what it counts.
    """

    slo: str
    group: str
    generation: str


@dataclass(frozen=True, slots=True)
class Seal:
    """
    One link of an account's chain.

    Attributes:
        number: 1, 2, 3, ...
        start: start of the UTC day, in seconds since 1970.
        content: what the record says of that day, as a hash.
        digest: of all this and the digest before.
        why: what made it.
        sealed_at: when, in seconds since 1970.
    """

    number: int
    start: int
    content: bytes
    digest: bytes
    why: str
    sealed_at: int

    def follows(self, before: bytes, identity: Identity) -> bytes:
        """The digest it must have after the digest *before* (empty for the first) in the chain of *identity*."""
        fields = [
            before.hex(),
            self.number,
            identity.slo,
            identity.group,
            identity.generation,
            self.start,
            self.content.hex(),
            self.why,
            self.sealed_at,
        ]
        return hashlib.sha256(orjson.dumps(fields)).digest()


def content_of(day: Slices, source: str) -> bytes:
    """The hash of what the record says of a *day*: its slices, in the ledger's units, and how they were read."""
    known = hashlib.sha256(_DAY)
    known.update(_HEAD.pack(day.start, len(day.observed)))
    known.update(day.observed.astype(np.uint8).tobytes())
    for values in (day.good, day.total):
        known.update((values + 0.0).astype("<f8").tobytes())  # a negative zero is a zero
    known.update(source.encode())
    return known.digest()


def seal(
    connection: Connection,
    account_id: int,
    day: Slices,
    source: str,
    *,
    why: Why = "day",
    clock: Callable[[], float] = time.time,
) -> None:
    """
    Seal a *day* that is over, in the transaction of *connection*.

    Args:
        connection: what is being written.
        account_id: whose day it is.
        day: all slices of its entry.
        source: how they were read.
        why: what makes it; a day that has a seal is "amended".
        clock: the time, in seconds since 1970.
    """
    last = latest(connection, account_id)
    number, before = (last.number + 1, last.digest) if last else (1, b"")
    fresh = Seal(number, floor_day(day.start), content_of(day, source), b"", why, int(clock()))
    connection.execute(
        insert(tables.seal).values(
            account_id=account_id,
            number=fresh.number,
            start=fresh.start,
            content=fresh.content,
            digest=fresh.follows(before, identity_of(connection, account_id)),
            why=fresh.why,
            sealed_at=fresh.sealed_at,
        )
    )


def identity_of(connection: Connection, account_id: int) -> Identity:
    """Whose account *account_id* is."""
    account = tables.account.c
    query = select(account.slo, account.group_labels, account.generation).where(account.id == account_id)
    return Identity(*connection.execute(query).one())


def latest(connection: Connection, account_id: int) -> Seal | None:
    """The head of an account's chain; None if it has none yet."""
    column = tables.seal.c
    query = _SEALS.where(column.account_id == account_id).order_by(column.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _seal(row)


def chain(connection: Connection, account_id: int) -> list[Seal]:
    """All seals of an account, in order."""
    column = tables.seal.c
    query = _SEALS.where(column.account_id == account_id).order_by(column.number)
    return [_seal(row) for row in connection.execute(query)]


def is_sealed(connection: Connection, account_id: int, day: int) -> bool:
    """Whether the UTC day that starts at *day* has a seal."""
    column = tables.seal.c
    query = select(column.number).where(column.account_id == account_id, column.start == day).limit(1)
    return connection.execute(query).first() is not None


_SEALS = select(
    tables.seal.c.number,
    tables.seal.c.start,
    tables.seal.c.content,
    tables.seal.c.digest,
    tables.seal.c.why,
    tables.seal.c.sealed_at,
)


def _seal(row: Row[int, int, bytes, bytes, str, int]) -> Seal:
    number, start, content, digest, why, sealed_at = row
    return Seal(number, start, bytes(content), bytes(digest), why, sealed_at)
