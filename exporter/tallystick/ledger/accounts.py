"""What is in a ledger: its accounts, how much they hold, and how large it is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select

from tallystick.core.sli import THOUSANDTHS
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import tables


@dataclass(frozen=True, slots=True)
class Held:
    """
    One account as the ledger knows it, without a definition.

    Attributes:
        id: its number in this ledger.
        slo: the SLO's id.
        group: its group labels.
        generation: what it counts, as a hash.
        kind: of its SLI.
        sli: what was hashed.
        span: what its entries cover; None if there are none.
    """

    id: int
    slo: str
    group: Mapping[str, str]
    generation: str
    kind: str
    sli: Mapping[str, Any]
    span: TimeRange | None

    @property
    def name(self) -> str:
        """What people call it: the SLO with its group, and the generation, of which there may be several."""
        labels = ",".join(f"{label}={json.dumps(value, ensure_ascii=False)}" for label, value in self.group.items())
        return f"{self.slo}{f'{{{labels}}}' if labels else ''} [{self.generation}]"

    @property
    def per_unit(self) -> int:
        """Ledger counts to one event, as `tallystick.core.sli` has it for each kind."""
        return THOUSANDTHS if self.kind in {"up", "ratio"} or ("query" in self.sli and self.kind == "events") else 1

    @property
    def is_itself(self) -> bool:
        """Whether its kind and its hash are those of its SLI."""
        hashed = hashlib.sha256(json.dumps(dict(self.sli), sort_keys=True).encode()).hexdigest()
        return self.sli.get("kind") == self.kind and hashed.startswith(self.generation) and len(self.generation) > 0


@dataclass(frozen=True, slots=True)
class Holdings:
    """
    How much an account holds.

    Attributes:
        entries: its rows.
        observed_seconds: time that was observed.
        detail_bytes: what its slices take, packed.
        sources: the ways in which it was read.
    """

    entries: int
    observed_seconds: int
    detail_bytes: int
    sources: tuple[str, ...]


def accounts(connection: Connection) -> list[Held]:
    """
    All accounts, by SLO, group and generation.

    Raises:
        LedgerError: one of them is damaged.
    """
    account, cursor = tables.account.c, tables.cursor.c
    query = (
        select(account.id, account.slo, account.group_labels, account.generation, account.kind, account.sli)
        .add_columns(cursor.start, cursor.through)
        .outerjoin(tables.cursor, cursor.account_id == account.id)
        .order_by(account.slo, account.group_labels, account.generation)
    )
    return [_held(row) for row in connection.execute(query)]


def _held(row: Row[int, str, str, str, str, str, int, int]) -> Held:
    try:
        span = None if row.start is None or row.through is None else TimeRange(row.start, row.through)
        group, sli = orjson.loads(row.group_labels), orjson.loads(row.sli)
        return Held(row.id, row.slo, group, row.generation, row.kind, sli, span)
    except (ValueError, TypeError) as fault:
        raise LedgerError(f"account {row.id} of {row.slo!r} is damaged: {fault}") from fault


def holdings(connection: Connection, account_id: int) -> Holdings:
    """How much account *account_id* holds."""
    entry, detail = tables.entry.c, tables.slices.c
    count, observed = connection.execute(
        select(func.count(), func.sum(entry.observed_seconds)).where(entry.account_id == account_id)
    ).one()
    size = connection.execute(
        select(func.sum(func.length(detail.detail))).where(detail.account_id == account_id)
    ).scalar()
    sources = connection.scalars(select(entry.source).where(entry.account_id == account_id).distinct())
    return Holdings(count, int(observed or 0), int(size or 0), tuple(sorted(sources)))


def size_bytes(connection: Connection) -> int:
    """What the whole ledger takes in its database, indexes and room for more included."""
    if connection.dialect.name == "postgresql":
        sizes = [
            connection.execute(select(func.pg_total_relation_size(name))).scalar_one()
            for name in tables.metadata.tables
        ]
        return sum(sizes)
    pages, each = (connection.exec_driver_sql(f"PRAGMA {what}").scalar_one() for what in ("page_count", "page_size"))
    return int(pages) * int(each)
