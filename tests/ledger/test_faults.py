"""What becomes of a ledger when the disk, the file or another process fails it: never a wrong total, always words."""

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.ledgers import MIDNIGHT, SLI, everything, made, same, write
from tallystick.core.memory import Memory
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger import database as database_module
from tallystick.ledger.accounts import accounts
from tallystick.ledger.audit import audit, audit_whole
from tallystick.ledger.database import Database
from tallystick.ledger.store import open_ledger

FILLING = """
import resource, signal, sys
from support.ledgers import SLI, made
from tallystick.core.memory import Memory
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger.store import open_ledger

where, most = sys.argv[1], int(sys.argv[2])
ledger = open_ledger(where)
account = ledger.account("a-b", SLI, {})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
whole = made(minutes=20 * 1440, rate=3_000)
at = whole.start
try:
    while at < whole.span.end:
        ledger.append(account, whole.clip(TimeRange(at, at + 7_200)), Memory(), "raw")
        at += 7_200
except LedgerError as fault:
    print(fault)
print(ledger.through(account), at)
"""


def findings(where: str) -> list[str]:
    """What an auditor finds."""
    database = Database(where, read_only=True)
    with database.snapshot() as connection:
        found = [*audit_whole(connection)]
        for held in accounts(connection):
            found += audit(connection, held)
    database.close()
    return [one.what for one in found]


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    """Where the file may grow no more, the append fails in words; what was written is right, and goes on when there is room."""
    where = str(tmp_path / "slo.db")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", FILLING, where, "400000"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()

    assert len(said) == 2
    assert "disk" in said[0]
    through, at = map(int, said[1].split())
    assert through == at > MIDNIGHT
    ledger = open_ledger(where)
    account = ledger.account("a-b", SLI, {})
    whole = made(minutes=20 * 1440, rate=3_000)
    assert findings(where) == []
    write(ledger, account, whole.clip(TimeRange(through, whole.span.end)))
    ledger.close()
    database = Database(where, read_only=True)
    assert same(everything(database, account.id), whole)
    database.close()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_locked_ledger_is_waited_for_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the file, an append waits, then fails in words; once it is let go it works again."""
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.3)
    where = str(tmp_path / "slo.db")
    ledger = open_ledger(where)
    account = ledger.account("a-b", SLI, {})
    write(ledger, account, made(minutes=100))
    more = made(MIDNIGHT + 6_000, 10)
    holder = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LedgerError, match="locked"):
            ledger.append(account, more, Memory(), "raw")
        assert ledger.through(account) == MIDNIGHT + 6_000
    ledger.append(account, more, Memory(), "raw")
    ledger.close()

    assert findings(where) == []


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_truncated_file_is_told(tmp_path: Path, *, share: float, read_only: bool) -> None:
    """A file that was cut off gives no figures: it is refused when it is opened, or when what is missing is read."""
    path = tmp_path / "slo.db"
    ledger = open_ledger(str(path))
    write(ledger, ledger.account("a-b", SLI, {}), made(minutes=5 * 1440, rate=3_000))
    ledger.close()
    os.truncate(path, int(path.stat().st_size * share))

    if share == 0 and not read_only:
        opened = open_ledger(str(path))  # an empty file is one that is begun
        assert opened.find("a-b", SLI, {}) is None
        opened.close()
        return
    with pytest.raises(LedgerError, match=r"slo\.db"):
        assert findings_of(str(path), read_only=read_only) == []


def findings_of(where: str, *, read_only: bool) -> list[str]:
    """What an auditor finds who opens it so."""
    database = Database(where, read_only=read_only)
    try:
        with database.snapshot() as connection:
            found = [*audit_whole(connection)]
            for held in accounts(connection):
                found += audit(connection, held)
    finally:
        database.close()
    return [one.what for one in found]


@pytest.mark.parametrize("read_only", [False, True])
def test_garbage_is_refused(tmp_path: Path, *, read_only: bool) -> None:
    """A file that is no database stays as it is."""
    path = tmp_path / "slo.db"
    path.write_bytes(bytes(range(256)) * 64)

    with pytest.raises(LedgerError, match="not a database"):
        open_ledger(str(path), read_only=read_only)

    assert path.read_bytes() == bytes(range(256)) * 64


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_another_database_is_refused(tmp_path: Path, journal: str) -> None:
    """Somebody else's database gets no tables of ours, and not one byte of it changes."""
    path = tmp_path / "guests.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("CREATE TABLE guests (name TEXT)")
        connection.execute("INSERT INTO guests VALUES ('Ada')")
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(LedgerError, match=r"guests\.db is another database, not a ledger: its tables are guests"):
        open_ledger(str(path))

    assert path.read_bytes() == before


def test_a_database_may_be_shared_in_postgresql(postgresql: str) -> None:
    """Where tables have schemas and owners of their own, others' beside ours are usual."""
    database = Database(postgresql)
    with database.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE guests (name TEXT)")
    database.close()

    ledger = open_ledger(postgresql)
    write(ledger, ledger.account("a-b", SLI, {}), made(minutes=100))
    ledger.close()

    assert findings(postgresql) == []
