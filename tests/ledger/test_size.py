"""How large a ledger is: the whole of it, and not only what it counts."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from support.ledgers import MIDNIGHT, SLI, url
from tallystick.core.memory import JobMemory, JobRun, LastSample, Memory, TargetMemory
from tallystick.core.slices import Slices
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.ledger.accounts import size_bytes
from tallystick.ledger.database import Database
from tallystick.ledger.store import open_ledger

DAYS = 30
RATES = (300, 2_000, 5_000, 20_000)
"""Events a minute at mid-day of each SLO; one in a hundred is bad."""

LIMIT = 4_096
"""Bytes for each SLO and day."""


def busy(rate: float, seed: int) -> Slices:
    """Some days of a service that is busier at noon, with the noise of events that come by themselves, and some gaps."""
    draw = np.random.default_rng(seed)
    at = np.arange(DAYS * 1440)
    observed = draw.random(len(at)) >= 0.001
    total = np.where(observed, draw.poisson(rate * (1 + 0.6 * np.sin(2 * np.pi * at / 1440))), 0)
    bad = draw.binomial(total, 0.01)
    return Slices(MIDNIGHT, observed, (total - bad).astype(float), total.astype(float))


def memory(through: int) -> Memory:
    """What must be remembered of twenty series."""
    series = {("total", f'{{"code":"{code}"}}'): LastSample(through * 1_000, 1e7 + code, 60_000) for code in range(20)}
    targets = {
        ("shop", f"10.0.0.{host}:8080"): TargetMemory(through * 1_000, 60_000, series=series) for host in range(1)
    }
    return Memory(targets=targets, jobs={"shop": JobMemory(1, through * 1_000, JobRun(1, None))})


def test_busy_slos_take_at_most_four_kilobytes_a_day(where: str) -> None:
    """Thousands of noisy events a minute, written by the hour as an exporter does: file or tables, indexes, seals and memories."""
    open_ledger(where).close()
    empty = size(where)  # of PostgreSQL, which has some dozen pages for a table without a row
    ledger = open_ledger(where)
    days = {ledger.account(f"shop-{rate}", SLI, {}): busy(rate, rate) for rate in RATES}
    for hour in range(MIDNIGHT, MIDNIGHT + DAYS * DAY_SECONDS, 8 * 3_600):
        span = TimeRange(hour, hour + 8 * 3_600)
        for account, slices in days.items():
            ledger.append(account, slices.clip(span), memory(span.end), "raw")
    ledger.close()

    each = (size(where) - (empty if "://" in where else 0)) / (DAYS * len(RATES))
    assert each <= LIMIT


def size(where: str) -> int:
    """What it takes, after PostgreSQL has swept up what it would by itself."""
    if "://" not in where:
        return sum(file.stat().st_size for file in Path(where).parent.glob(f"{Path(where).name}*"))
    engine = create_engine(url(where), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM FULL")
    engine.dispose()
    database = Database(where, read_only=True)
    with database.snapshot() as connection:
        found = size_bytes(connection)
    database.close()
    return found


@pytest.mark.parametrize("read_only", [False, True])
def test_the_size_that_is_told_is_that_of_the_file(tmp_path: Path, *, read_only: bool) -> None:
    """What ``ledger info`` says is what the file system says, once all is in the file."""
    where = str(tmp_path / "slo.db")
    ledger = open_ledger(where)
    ledger.append(ledger.account("a-b", SLI, {}), busy(100, 1), Memory(), "raw")
    ledger.close()

    database = Database(where, read_only=read_only)
    with database.snapshot() as connection:
        assert size_bytes(connection) == Path(where).stat().st_size
    database.close()
