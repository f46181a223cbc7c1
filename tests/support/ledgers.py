"""Ledgers for tests: slices to fill them with, and a way to change them behind their back."""

from typing import Any

import numpy as np
from sqlalchemy import create_engine, text

from tallystick.core.memory import Memory
from tallystick.core.selector import Selector
from tallystick.core.sli import EventsSli
from tallystick.core.slices import Slices, join
from tallystick.core.timerange import TimeRange
from tallystick.ledger.database import Database
from tallystick.ledger.posting import Account
from tallystick.ledger.rows import details
from tallystick.ledger.store import Ledger

MIDNIGHT = 1_764_547_200
"""2025-12-01T00:00Z."""

SLI = EventsSli(total=Selector("requests_total"), bad=Selector("errors_total"))


def made(start: int = MIDNIGHT, minutes: int = 3 * 1440, *, rate: float = 20, seed: int = 7) -> Slices:
    """Slices with noise, and a part unobserved."""
    draw = np.random.default_rng(seed)
    observed = np.arange(minutes) % 50 != 3
    total = np.where(observed, draw.poisson(rate, minutes), 0).astype(np.float64)
    return Slices(start, observed, total - draw.binomial(total.astype(int), 0.1), total)


def write(ledger: Ledger, account: Account, slices: Slices, cuts: list[int] | None = None) -> None:
    """Append *slices* in the pieces that *cuts* (in minutes) make; by default by the day."""
    cuts = list(range(1440, len(slices.observed), 1440)) if cuts is None else cuts
    edges = [slices.span.start, *(slices.span.start + 60 * cut for cut in sorted(cuts)), slices.span.end]
    for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007  # reads as what it is
        ledger.append(account, slices.clip(TimeRange(start, end)), Memory(), "raw")


def url(where: str) -> str:
    """The address of a ledger, as SQLAlchemy reads it."""
    return where if "://" in where else f"sqlite:///{where}"


def change(where: str, *statements: str, **values: Any) -> None:
    """Run SQL in the ledger at *where*, as somebody would who should not."""
    engine = create_engine(url(where))
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)
    finally:
        engine.dispose()


def ask(where: str, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """What the ledger at *where* answers."""
    engine = create_engine(url(where))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]
    finally:
        engine.dispose()


def everything(database: Database, account_id: int) -> Slices:
    """All slices of an account."""
    with database.snapshot() as connection:
        return join([part for part, _ in details(connection, account_id, TimeRange(0, 2**40))])


def same(one: Slices, other: Slices) -> bool:
    """Whether both hold the same, bit by bit."""
    return one.start == other.start and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("observed", "good", "total")
    )
