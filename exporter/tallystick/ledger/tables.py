"""The ledger's tables, for SQLite and PostgreSQL alike."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

SCHEMA = 2
"""
Version of these tables; a ledger with a higher one was written by a newer tallystick and is refused.

1 had no seals; it is brought up to date by who opens it to write (`tallystick.ledger.migrate`).
"""

AMENDMENTS = "amendments"
"""The key in `meta` under which amendments are counted."""

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER keys

metadata = MetaData()

meta = Table(
    "tallystick_meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)

account = Table(
    "tallystick_account",
    metadata,
    Column("id", _id, primary_key=True),
    Column("slo", String, nullable=False),
    Column("group_labels", String, nullable=False, comment="JSON object; {} without groups"),
    Column("generation", String, nullable=False, comment="hash of the SLI's meaning"),
    Column("kind", String, nullable=False),
    Column("sli", String, nullable=False, comment="JSON object: the SLI that was hashed"),
    UniqueConstraint("slo", "group_labels", "generation"),
)
"""One SLO (and group) in one meaning."""

cursor = Table(
    "tallystick_cursor",
    metadata,
    Column("account_id", _id, ForeignKey(account.c.id), primary_key=True),
    Column("start", BigInteger, nullable=False, comment="first instant the entries cover"),
    Column("through", BigInteger, nullable=False, comment="how far they reach"),
    Column("memory", LargeBinary, nullable=False, comment="what the next reading must know"),
)
"""How far an account has been read."""

entry = Table(
    "tallystick_entry",
    metadata,
    Column("account_id", _id, ForeignKey(account.c.id), primary_key=True),
    Column("start", BigInteger, primary_key=True, comment="seconds since 1970, UTC"),
    Column("end", BigInteger, nullable=False),
    Column("observed_seconds", BigInteger, nullable=False),
    Column("good", Double, nullable=False),
    Column("total", Double, nullable=False),
    Column("source", String, nullable=False, comment="how it was read"),
)
"""Sums over an hour, or over a UTC day once that is over. They do not overlap, and leave no hole before the cursor."""

slices = Table(
    "tallystick_slices",
    metadata,
    Column("account_id", _id, ForeignKey(account.c.id), primary_key=True),
    Column("start", BigInteger, primary_key=True, comment="the entry's start"),
    Column("detail", LargeBinary, nullable=False),
)
"""The slices of each entry. They lie apart, so that summing entries reads small rows only."""

seal = Table(
    "tallystick_seal",
    metadata,
    Column("account_id", _id, ForeignKey(account.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True, comment="1, 2, 3, ...: the order of the chain"),
    Column("start", BigInteger, nullable=False, comment="start of the UTC day that is sealed"),
    Column("content", LargeBinary, nullable=False, comment="SHA-256 of what the record says of that day"),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 of this row and of the digest before"),
    Column("why", String, nullable=False, comment="day, amended or migrated"),
    Column("sealed_at", BigInteger, nullable=False, comment="when, by the clock of who sealed it"),
    sqlite_with_rowid=False,
)
"""One row for each day that is over, and one more for each time it was amended: a chain that shows tampering."""
