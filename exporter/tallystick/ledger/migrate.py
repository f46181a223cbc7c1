"""Ledgers of earlier versions, brought up to date where they are."""

import logging

from sqlalchemy import Connection, insert, select, update

from tallystick.core.timerange import DAY_SECONDS, floor_day
from tallystick.ledger import tables
from tallystick.ledger.codec import decode_slices
from tallystick.ledger.seals import seal

log = logging.getLogger(__name__)


def begin(connection: Connection) -> None:
    """Write into new tables what they begin with."""
    connection.execute(
        insert(tables.meta), [{"key": "schema", "value": str(tables.SCHEMA)}, {"key": tables.AMENDMENTS, "value": "0"}]
    )


def migrate(connection: Connection, schema: int) -> None:
    """
    Bring a ledger of *schema*, whose missing tables were made, up to date in the transaction of *connection*.

    From 1 to 2: the days that are over get their seals; they attest to the record as it is found now.
    """
    if schema == tables.SCHEMA:
        return
    # Who else opens it waits here, and then finds nothing to do.
    mark = update(tables.meta).filter_by(key="schema", value=str(schema)).values(value=str(tables.SCHEMA))
    if not connection.execute(mark).rowcount:
        return
    connection.execute(insert(tables.meta).values(key=tables.AMENDMENTS, value="0"))
    accounts = connection.scalars(select(tables.cursor.c.account_id).order_by(tables.cursor.c.account_id)).all()
    log.info("the ledger has schema %d: sealing the days of %d accounts", schema, len(accounts))
    for account_id in accounts:
        _seal_days(connection, account_id)


def _seal_days(connection: Connection, account_id: int) -> None:
    """Seal all days of an account that are over."""
    entry, detail = tables.entry.c, tables.slices.c
    through = connection.execute(select(tables.cursor.c.through).filter_by(account_id=account_id)).scalar_one()
    rows = connection.execute(
        select(entry.source, detail.detail)
        .join(tables.slices, (detail.account_id == entry.account_id) & (detail.start == entry.start))
        .where(entry.account_id == account_id, entry.end <= floor_day(through), entry.end % DAY_SECONDS == 0)
        .order_by(entry.start)
    ).all()
    for source, blob in rows:
        seal(connection, account_id, decode_slices(blob), source, why="migrated")
