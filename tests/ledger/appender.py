"""A process that appends to a ledger until it is killed: ``python appender.py WHERE SEED``; used by test_kill.py."""

import sys

import numpy as np

from support.ledgers import SLI, made
from tallystick.core.memory import LastSample, Memory, TargetMemory
from tallystick.core.timerange import TimeRange
from tallystick.ledger.store import open_ledger

MINUTES = 2 * 1440 + 500


def main(where: str, seed: int) -> None:
    """Go on where the ledger ends, in pieces of any length; a line for each, and one when all is there."""
    draw = np.random.default_rng(seed)
    whole = made(minutes=MINUTES)
    ledger = open_ledger(where)
    account = ledger.account("a-b", SLI, {})
    print("begun", flush=True)  # noqa: T201  # who started it counts these lines
    at = ledger.through(account) or whole.start
    while at < whole.span.end:
        end = min(whole.span.end, at + 60 * int(draw.choice([1, 7, 60, 130])))
        memory = Memory(targets={("j", "i"): TargetMemory(end, 2, series={("total", "{}"): LastSample(end, 1, 2)})})
        ledger.append(account, whole.clip(TimeRange(at, end)), memory, "raw")
        at = end
        print("appended", flush=True)  # noqa: T201
    ledger.close()
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
