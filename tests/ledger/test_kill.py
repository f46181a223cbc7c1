"""A process that is killed at any instant loses nothing and counts nothing twice."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from support.ledgers import SLI, everything, made, same
from tallystick.ledger.accounts import accounts
from tallystick.ledger.audit import audit, audit_whole
from tallystick.ledger.database import Database
from tallystick.ledger.store import open_ledger

HERE = Path(__file__).parent
MINUTES = 2 * 1440 + 500
MOST = 60
LONGEST_WAIT_SECONDS = 0.02
"""A few appends: it is killed within any of the things that one does."""


def run(where: str, seed: int, pieces: int, seconds: float) -> bool:
    """Let it append so many pieces, and go on for so long; then kill it. Whether it was done before."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, str(HERE / "appender.py"), where, str(seed)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        lines = [process.stdout.readline() for _ in range(pieces)]
        time.sleep(seconds)
        process.kill()
        return "done\n" in [*lines, *process.stdout]


def test_killed_anywhere_equals_not_killed(where: str) -> None:
    """SIGKILL at random instants, again and again: in the end the record is that of a process that ran through."""
    draw = np.random.default_rng(5)
    kills = 0
    for seed in range(MOST):
        if run(where, seed, int(draw.integers(0, 15)), float(draw.uniform(0, LONGEST_WAIT_SECONDS))):
            break
        kills += 1
    assert 0 < kills < MOST

    ledger = open_ledger(where)
    account = ledger.account("a-b", SLI, {})
    cursor = ledger.cursor(account)
    ledger.close()
    database = Database(where, read_only=True)
    found = everything(database, account.id)
    with database.snapshot() as connection:
        (held,) = accounts(connection)
        findings = [*audit_whole(connection), *audit(connection, held)]
    database.close()

    assert same(found, made(minutes=MINUTES))
    assert findings == []
    assert cursor is not None
    assert cursor.through == found.span.end
    assert cursor.memory.targets["j", "i"].seen_ms == cursor.through
