"""Ledgers in SQLite and in a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.ledger.store import Ledger, open_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger may be: a file that is not there yet, then an empty PostgreSQL database."""
    if request.param == "sqlite":
        return str(tmp_path / "slo.db")
    address: str = request.getfixturevalue("postgresql")
    return address


@pytest.fixture
def ledger(where: str) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = open_ledger(where)
    yield opened
    opened.close()
