"""``tallystick status`` as its users meet it."""

import json
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.servers import StartPrometheus
from tallystick.core.memory import Memory
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange, floor_slice
from tallystick.definition.load import load_paths
from tallystick.ledger.store import Ledger, open_ledger

DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: availability
    objective: 99%
    window: 1d
    sli:
      events:
        total: requests_total{job="shop"}
        bad: requests_total{job="shop",code="500"}
  - name: reachable
    objective: 99%
    window: [1d, 2d]
    sli:
      up:
        metric: probe_success{job="probe"}
"""
MIDNIGHT = 1_764_547_200  # 2025-12-01T00:00Z


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A folder with two SLOs."""
    (tmp_path / "slo-definitions").mkdir()
    (tmp_path / "slo-definitions" / "shop.yaml").write_text(DEFINITION)
    return tmp_path / "slo-definitions"


def history(bad_each_hour: int) -> str:
    """Two days of a shop with 100 requests an hour, scraped each minute."""
    minutes = range(2 * 1440 + 1)
    requests_total = [
        f'requests_total{{job="shop",instance="i",code="{code}"}} {minute // 60 * count} {MIDNIGHT + 60 * minute}'
        for code, count in (("200", 100 - bad_each_hour), ("500", bad_each_hour))
        for minute in minutes
    ]
    up = [f'up{{job="shop",instance="i"}} 1 {MIDNIGHT + 60 * minute}' for minute in minutes]
    counters = "\n".join(requests_total)
    gauge = "\n".join(up)
    return f"# TYPE requests counter\n{counters}\n# TYPE up gauge\n{gauge}\n"


def status(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run it."""
    command = [sys.executable, "-m", "tallystick", "status", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_figures_and_states(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """The contract's keys, exact counts, and unknown as null; a breach is exit code 1."""
    url = start_prometheus(history=history(bad_each_hour=2)).url

    answer = status(str(definitions), "--prometheus.url", url, "--at", "2025-12-03T00:00:00Z", "--format", "json")
    rows = json.loads(answer.stdout)

    assert answer.returncode == 1
    assert [(row["slo"], row["window"], row["state"]) for row in rows] == [
        ("shop-availability", "1d", "breached"),
        ("shop-reachable", "1d", "no_data"),
        ("shop-reachable", "2d", "no_data"),
    ]
    assert rows[0] == {
        "slo": "shop-availability",
        "service": "shop",
        "group": {},
        "window": "1d",
        "start": "2025-12-02T00:00:00Z",
        "end": "2025-12-03T00:00:00Z",
        "objective": 0.99,
        "good": 24 * 98,
        "total": 2400,
        "bad": 48,
        "compliance": 0.98,
        "budget_remaining": -1,
        "coverage": 1,
        "state": "breached",
        "burn_rates": {"5m": None, "30m": None, "1h": 2, "2h": 2, "6h": 2, "1d": 2, "3d": 2},
        "excluded_seconds": 0,
        "gross": {"good": 24 * 98, "total": 2400, "compliance": 0.98},
    }
    assert (rows[1]["compliance"], rows[1]["budget_remaining"], rows[1]["coverage"]) == (None, None, 0)


def test_a_kept_promise_is_exit_code_0(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """Nothing breached, nothing found; and the table says so to people."""
    url = start_prometheus(history=history(bad_each_hour=0)).url

    answer = status(str(definitions), "--prometheus.url", url, "--at", str(MIDNIGHT + 86_400))

    assert answer.returncode == 0
    assert "shop-availability" in answer.stdout
    assert "met" in answer.stdout
    assert "no data" in answer.stdout


def test_prometheus_that_is_away_is_told(definitions: Path) -> None:
    """Without an answer there are no figures: exit code 2, and why, without a traceback."""
    answer = status(str(definitions), "--prometheus.url", "http://127.0.0.1:1")

    assert answer.returncode == 2
    assert "can't reach http://127.0.0.1:1" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give --prometheus.url, or --ledger"),
        (["--ledger", "nowhere.db"], "there is no ledger nowhere.db"),
        (["--prometheus.url", "http://127.0.0.1:1", "--at", "yesterday"], "'yesterday' is not a time"),
        *(
            (["--prometheus.url", "http://127.0.0.1:1", f"--at={at}"], f"'{at}' is before 1970 or in the future")
            for at in ("nan", "inf", "-inf", "-1e300", "1e300", "-1", "1969-12-31T23:59:59Z", "9000-01-01T00:00:00Z")
        ),
    ],
)
def test_wrong_flags_are_told(definitions: Path, arguments: list[str], words: str) -> None:
    """What is missing is said, with what to write."""
    answer = status(str(definitions), *arguments)

    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def recorded(definitions: Path, path: Path, *, through: int) -> Ledger:
    """A ledger at *path* with two days of a shop without a fault, up to instant *through*."""
    ledger = open_ledger(str(path))
    slo = load_paths([definitions]).slos[0]
    span = TimeRange(through - 2 * 86_400, through)
    ones = np.ones(span.slices)
    account = ledger.account(slo.slo_id, slo.sli, {})
    ledger.append(account, Slices(span.start, ones > 0, ones, ones), Memory(), "raw")
    return ledger


def rows(*arguments: str) -> tuple[dict[str, Any], str]:
    """The first row of the answer, and what was said beside it."""
    answer = status(*arguments, "--format", "json")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)[0]
    return found, answer.stderr


def test_a_ledger_is_read_up_to_its_own_end(definitions: Path, tmp_path: Path) -> None:
    """An exporter that settles late is not behind: its figures are those of where it is; one that is long gone is told."""
    end = floor_slice(time.time() - 900)
    with closing(recorded(definitions, tmp_path / "late.db", through=end)):  # while the exporter has it open
        late, said = rows(str(definitions), "--ledger", str(tmp_path / "late.db"))
    recorded(definitions, tmp_path / "old.db", through=MIDNIGHT).close()
    old, warned = rows(str(definitions), "--ledger", str(tmp_path / "old.db"))
    then, _ = rows(str(definitions), "--ledger", str(tmp_path / "old.db"), "--at", str(MIDNIGHT + 86_400))

    assert (late["end"], late["state"], said) == (f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ}", "met", "")
    assert (old["end"], old["state"]) == ("2025-12-01T00:00:00Z", "met")
    assert "the ledger ends at 2025-12-01T00:00:00Z" in warned
    assert (then["end"], then["state"]) != (old["end"], "met")


def test_a_ledger_is_not_changed(definitions: Path, tmp_path: Path) -> None:
    """Looking leaves the file as it was, puts none beside it, and makes no ledger of another database."""
    folder = tmp_path / "ledgers"
    folder.mkdir()
    recorded(definitions, folder / "slo.db", through=MIDNIGHT).close()
    with closing(sqlite3.connect(folder / "guests.db")) as connection:
        connection.execute("CREATE TABLE guests (name TEXT)")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    rows(str(definitions), "--ledger", str(folder / "slo.db"))
    answer = status(str(definitions), "--ledger", str(folder / "guests.db"))

    assert answer.returncode == 2
    assert "guests.db is not a ledger" in answer.stderr
    assert before == {file.name: file.read_bytes() for file in folder.iterdir()}


AGREED = """\
agreements:
  - name: gold
    kind: sla
    party: "ACME \\e[31m"
    slo: availability
    objective: {objective}
    window: day
    credits: [{{below: {objective}, credit: 10%}}]
"""


@pytest.mark.parametrize(("objective", "state", "due"), [("97%", "broken", 10), ("90%", "kept", 0)])
def test_agreements_instead_of_slos(
    definitions: Path, start_prometheus: StartPrometheus, objective: str, state: str, due: int
) -> None:
    """The present day and the one before, as a table and as JSON; the exit code is of the agreement, not of its SLO."""
    (definitions / "shop.yaml").write_text(DEFINITION + AGREED.format(objective=objective))
    server = start_prometheus(history=history(bad_each_hour=5))
    end = MIDNIGHT + 2 * 86_400
    asked = [str(definitions), "--prometheus.url", server.url, "--at", str(end - 3_600), "--agreements"]

    table, answer = status(*asked), status(*asked, "--format", "json")

    code = int(state == "broken")
    assert (table.returncode, answer.returncode) == (code, code), table.stderr
    lines = table.stdout.splitlines()
    assert re.search(rf"shop-gold +ACME .*sla +day .*{objective[:2]} % +95\.00 % .*{state} +{due} %", lines[1])
    assert lines[3] == "Ended periods"
    assert re.search(rf"shop-gold +2025-12-01 .*95\.00 % .*{state} +{due} %", lines[5])
    assert "\x1b" not in table.stdout
    (promise,) = json.loads(answer.stdout)
    assert promise["party"] == "ACME \x1b[31m"
    assert [one["period"] for one in promise["periods"]] == ["2025-12-01"]
    assert promise["credit"] == promise["periods"][0]["credit"] == due / 100


def test_no_agreements(definitions: Path, start_prometheus: StartPrometheus) -> None:
    """That there are none is said."""
    server = start_prometheus(history=history(bad_each_hour=0))
    asked = [str(definitions), "--prometheus.url", server.url, "--at", str(MIDNIGHT + 86_400), "--agreements"]

    assert status(*asked).stdout == "There are no agreements.\n"
    assert json.loads(status(*asked, "--format", "json").stdout) == []
