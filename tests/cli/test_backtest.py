"""``tallystick backtest`` as its users meet it."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.servers import StartPrometheus
from tallystick.cli.reading import read_into
from tallystick.core.memory import Memory
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.daemon.replaying import far_reaching
from tallystick.definition.load import load_paths
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect

MIDNIGHT = 1_764_547_200  # 2025-12-01T00:00Z
DAY = 1_440
DAYS = 5
"""Of history; the last two are replayed."""

DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: availability
    objective: 99%
    window: 2d
    {alerting}
    sli:
      events:
        total: requests_total{{job="shop"}}
        bad: requests_total{{job="shop",code="500"}}
        by: [region]
  - name: reachable
    objective: 99%
    window: 2d
    sli:
      up:
        metric: probe_success{{job="probe"}}
  - name: journey
    objective: 99%
    window: 2d
    sli:
      composite: {{of: [{{slo: login}}, {{slo: reachable}}], method: worst}}
  - name: login
    objective: 99%
    window: 2d
    sli:
      events:
        total: logins_total{{job="shop"}}
        bad: logins_total{{job="shop",code="500"}}
"""

OUTAGE = range(3 * DAY + 600, 3 * DAY + 615)
"""Minutes in which region eu fails altogether."""

SLOW = range(4 * DAY + 300, 4 * DAY + 420)
"""Minutes in which a twentieth fails."""


def defined(folder: Path, alerting: str = "") -> Path:
    """A folder with definitions."""
    folder.mkdir()
    (folder / "shop.yaml").write_text(DEFINITION.format(alerting=alerting))
    return folder


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """Four SLOs, one of them with groups, one a composite."""
    return defined(tmp_path / "slo-definitions")


def bad(minute: int) -> int:
    """Bad requests of region eu in a minute of 100."""
    return 100 if minute in OUTAGE else 5 if minute in SLOW else 0


def history() -> str:
    """Five days of a shop with 100 requests a minute in each of two regions, and as many logins."""
    lines = {"requests": [], "logins": [], "up": []}  # type: dict[str, list[str]]
    counts = {("eu", "200"): 0, ("eu", "500"): 0, ("us", "200"): 0}
    for minute in range(DAYS * DAY + 1):
        at = MIDNIGHT + 60 * minute
        lines["up"].append(f'up{{job="shop",instance="i"}} 1 {at}')
        for (region, code), count in counts.items():
            labels = f'job="shop",instance="i",code="{code}"'
            lines["requests"].append(f'requests_total{{{labels},region="{region}"}} {count} {at}')
            if region == "eu":
                lines["logins"].append(f"logins_total{{{labels}}} {count} {at}")
        failed = bad(minute)
        counts["eu", "200"] += 100 - failed
        counts["eu", "500"] += failed
        counts["us", "200"] += 100
    # One series after the other, each by time.
    parts = [
        f"# TYPE {name} {'gauge' if name == 'up' else 'counter'}\n" + "\n".join(sorted(text, key=_series)) + "\n"
        for name, text in lines.items()
    ]
    return "".join(parts)


def _series(line: str) -> str:
    return line.partition("}")[0]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run it."""
    command = [sys.executable, "-m", "tallystick", "backtest", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


AT = ("--at", str(MIDNIGHT + DAYS * 86_400), "--days", "2")


def test_prometheus_and_a_ledger_say_the_same(
    definitions: Path, tmp_path: Path, start_prometheus: StartPrometheus
) -> None:
    """What is read from Prometheus for it and what an exporter recorded give the same, to the last digit, with what happened."""
    url = start_prometheus(history=history()).url
    span = TimeRange(MIDNIGHT + (DAYS - 2) * 86_400, MIDNIGHT + DAYS * 86_400)
    slos = load_paths([definitions]).slos
    with closing(open_ledger(str(tmp_path / "slo.db"))) as book:
        _, unread = read_into(book, connect(url), far_reaching(slos, span), span.end)
    assert unread == []

    live = run(str(definitions), "--prometheus.url", url, *AT, "--format", "json")
    kept = run(str(definitions), "--ledger", str(tmp_path / "slo.db"), *AT, "--format", "json")

    assert (live.returncode, live.stderr) == (0, "")
    assert json.loads(live.stdout) == json.loads(kept.stdout)
    found = {(one["slo"], one["group"].get("region")): one["here"] for one in json.loads(live.stdout)["slos"]}
    assert list(found) == [
        ("shop-availability", "eu"),
        ("shop-availability", "us"),
        ("shop-journey", None),
        ("shop-login", None),
        ("shop-reachable", None),
    ]
    europe = found["shop-availability", "eu"]
    assert (europe["unobserved_seconds"], europe["whole_from"]) == (0, "2025-12-04T00:00:00Z")
    # The counter's value at a minute's start has the minute before: what is counted is seen in the next slice.
    assert [one["start"] for one in europe["incidents"]] == ["2025-12-04T10:01:00Z", "2025-12-05T05:01:00Z"]
    assert europe["incidents"][0]["lost"] == pytest.approx(15 / 28.8)
    # 15 min at 99 % over 2 d: the page is for 2 % in 1 h, which is 0.96 and raised to 1: 0.6 min, and `for`.
    first = europe["alerts"][0]["fired"][0]
    assert (first["firing"], first["detection_seconds"]) == ("2025-12-04T10:03:00Z", 120)
    assert found["shop-availability", "us"]["lost"] == 0
    assert found["shop-reachable", None]["known"] is False
    assert found["shop-journey", None]["alerts"][0]["fired"][0]["firing"] == "2025-12-04T10:03:00Z"
    assert found["shop-journey", None]["lost"] == pytest.approx(found["shop-login", None]["lost"])


def recorded(definitions: Path, path: Path, errors: dict[range, float], *, days: int = DAYS) -> Path:
    """A ledger with five days of logins, of which there are 100 a minute."""
    slo = next(one for one in load_paths([definitions]).slos if one.name == "login")
    total = np.full(days * DAY, 100.0)
    good = total.copy()
    for minutes, share in errors.items():
        good[minutes.start : minutes.stop] -= 100 * share
    with closing(open_ledger(str(path))) as book:
        assert slo.sli.kind == "events"
        account = book.account(slo.slo_id, slo.sli, {})
        book.append(account, Slices(MIDNIGHT, total > 0, good, total), Memory(), "raw")
    return path


def only(answer: "subprocess.CompletedProcess[str]") -> Any:
    """The one SLO of an answer."""
    (found,) = json.loads(answer.stdout)["slos"]
    return found


def test_findings_are_exit_code_1(definitions: Path, tmp_path: Path) -> None:
    """An alert that told of nothing that mattered is a finding; how much matters can be said."""
    ledger = recorded(definitions, tmp_path / "slo.db", {OUTAGE: 1.0})
    arguments = [str(definitions), "--ledger", str(ledger), *AT, "--slo", "shop-login", "--format", "json"]

    assert run(*arguments).returncode == 0
    strict = run(*arguments, "--significant", "60%")

    assert strict.returncode == 1
    assert only(strict)["here"]["incidents"] == []
    assert only(strict)["here"]["noise"] == sum(len(one["fired"]) for one in only(strict)["here"]["alerts"]) > 0


def test_two_settings_are_compared(definitions: Path, tmp_path: Path) -> None:
    """Other definitions with the same ids are replayed over the same counts; both are printed, and what differs."""
    ledger = recorded(definitions, tmp_path / "slo.db", {OUTAGE: 1.0, SLOW: 0.05})
    other = defined(tmp_path / "other")
    text = (
        (other / "shop.yaml")
        .read_text()
        .replace("  - name: login\n", "  - name: login\n    alerting: {page: {for: 10m}}\n")
    )
    (other / "shop.yaml").write_text(text)
    arguments = [str(definitions), "--ledger", str(ledger), *AT, "--slo", "shop-login", "--against", str(other)]

    answer = run(*arguments, "--format", "json")
    shown = run(*arguments)

    found = only(answer)
    assert found["there"]["alerts"][0]["for_seconds"] == 600
    assert found["differences"][0]["later_seconds"] == 540
    assert "there 9m later" in shown.stdout
    assert "page here" in shown.stdout
    assert "page there" in shown.stdout


def test_an_own_end_is_taken_and_told(definitions: Path, tmp_path: Path) -> None:
    """Without --at a ledger is replayed up to its end; history that is short is told with from when on it is whole."""
    ledger = recorded(definitions, tmp_path / "slo.db", {OUTAGE: 1.0})

    answer = run(str(definitions), "--ledger", str(ledger), "--days", "5", "--slo", "shop-login")

    assert "the ledger ends at 2025-12-06T00:00:00Z, and what is replayed ends there" in answer.stderr
    assert "from 2025-12-01 00:00 to 2025-12-06 00:00 UTC" in answer.stdout
    assert "whole from 2025-12-02 00:00" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give --prometheus.url, or --ledger"),
        (["--ledger", "nowhere.db"], "there is no ledger nowhere.db"),
        (["--prometheus.url", "http://127.0.0.1:1", "--slo", "shop-logn"], "there is no SLO shop-logn; there is shop-"),
        (["--prometheus.url", "http://127.0.0.1:1", "--significant", "120%"], "'120%' is not between 0 and 1"),
        (["--prometheus.url", "http://127.0.0.1:1", "--days", "0"], "--days"),
        (["--prometheus.url", "http://127.0.0.1:1"], "can't reach http://127.0.0.1:1"),
    ],
)
def test_wrong_flags_are_told(definitions: Path, arguments: list[str], words: str) -> None:
    """What can't be done is said, with what to write, as exit code 2."""
    answer = run(str(definitions), *arguments)

    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
