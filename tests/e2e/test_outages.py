"""A Prometheus that is away, and an exporter that is killed: the totals are the same as without."""

import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import requests

from e2e.conftest import DEFINITIONS, Past
from tallystick.core.slo import Slo
from tallystick.daemon.board import standings_in
from tallystick.daemon.exporter import Exporter, Settings
from tallystick.demo.servers import HOST, Server, free_port
from tallystick.demo.truth import truth
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect

MINUTE = 60
OUTAGE_MINUTES = 10


def assert_true(past: Past, slos: Sequence[Slo], path: Path, at: int) -> None:
    """The ledger at *path* holds what happened until *at*."""
    ledger = open_ledger(str(path))
    for standing in standings_in(ledger, slos, at):
        found = standing.observation.tally
        expected = truth(past.history, standing.slo.slo_id).between(standing.span.start, at)
        assert (found.good, found.total) == expected, (standing.slo.slo_id, standing.window.name)
    ledger.close()


def test_prometheus_is_down_for_ten_minutes(short_past: Past, slos: Sequence[Slo], tmp_path: Path) -> None:
    """Rounds go on and fail, the verdict is withdrawn, and afterwards nothing is missing."""
    end = short_past.history.span.end
    now = end - 40 * MINUTE
    ledger = open_ledger(str(tmp_path / "slo.db"))
    settings = Settings(settle_seconds=120, interval_seconds=60, clock=lambda: now)
    exporter = Exporter(slos, lambda: (slos, ()), ledger, connect(short_past.prometheus.url), settings)
    seen = []
    for minute in range(40 + 3):
        if minute == 10:
            short_past.prometheus.stop()
        if minute == 10 + OUTAGE_MINUTES:
            short_past.prometheus.start()
        exporter.round()
        seen.append((exporter.state().prometheus_up, all(standing.fresh for standing in exporter.standings())))
        now += MINUTE
    ledger.close()

    assert seen[:10] == [(True, True)] * 10
    assert seen[10] == (False, True)
    assert seen[19] == (False, False)
    assert seen[20:] == [(True, True)] * 23
    assert sum(health.failures["unreachable"] for health in exporter.state().health) >= OUTAGE_MINUTES
    assert_true(short_past, slos, tmp_path / "slo.db", end)


def test_the_exporter_is_killed_again_and_again(short_past: Past, slos: Sequence[Slo], tmp_path: Path) -> None:
    """SIGKILL at any instant of the backfill loses nothing and counts nothing twice."""
    draw = random.Random(4)
    path, port = tmp_path / "slo.db", free_port()
    command = [sys.executable, "-m", "tallystick", "serve", str(DEFINITIONS), "--ledger", str(path), "--settle", "0s"]
    command += ["--prometheus.url", short_past.prometheus.url, "--web.listen-address", f"{HOST}:{port}"]
    kills = 0
    while kills < 8:
        victim = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_file(path)
            time.sleep(draw.uniform(0, 0.6))
        finally:
            victim.kill()
            victim.wait()
        kills += 1
    server = Server("exporter", command, tmp_path, f"http://{HOST}:{port}")
    with server.start(timeout_seconds=120):
        metrics = requests.get(f"{server.url}/metrics", timeout=10).text

    assert 'slo_valid{slo="checkout-availability"' in metrics
    assert_true(short_past, slos, path, short_past.history.span.end)


def wait_for_file(path: Path, timeout_seconds: float = 30) -> None:
    """Until *path* is there."""
    deadline = time.monotonic() + timeout_seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not appear"
        time.sleep(0.02)
