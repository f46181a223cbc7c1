"""``tallystick serve`` as its users meet it: a process that is started, asked, told to reload, and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from support.servers import StartPrometheus
from tallystick.demo.servers import HOST, Server, free_port
from upstream.faulty import Fault, faulty_server

DEFINITION = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: availability
    objective: {objective}
    window: 1d
    sli:
      events:
        total: requests_total{{job="shop"}}
        bad: requests_total{{job="shop",code="500"}}
"""


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A folder with one SLO."""
    folder = tmp_path / "slo-definitions"
    folder.mkdir()
    (folder / "shop.yaml").write_text(DEFINITION.format(objective="99%"))
    return folder


def command(definitions: Path, port: int, *more: str) -> list[str]:
    """How the exporter is started."""
    address = f"{HOST}:{port}"
    return [sys.executable, "-m", "tallystick", "serve", str(definitions), "--web.listen-address", address, *more]


@pytest.fixture
def exporter(definitions: Path, tmp_path: Path, start_prometheus: StartPrometheus) -> Server:
    """An exporter over an empty Prometheus, started."""
    port = free_port()
    url = start_prometheus().url
    more = ("--prometheus.url", url, "--ledger", str(tmp_path / "slo.db"), "--interval", "1s")
    return Server("exporter", command(definitions, port, *more), tmp_path, f"http://{HOST}:{port}")


def metric(server: Server, line: str) -> bool:
    """Whether a scrape of *server* has *line*."""
    return line in requests.get(f"{server.url}/metrics", timeout=10).text.splitlines()


def wait_for(condition: Callable[[], bool], what: str, timeout_seconds: float = 20) -> None:
    """Until *condition* holds."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


OBJECTIVE = 'slo_objective_ratio{{slo="shop-availability",slo_service="shop"}} {}'


def test_reloading_takes_all_or_nothing(exporter: Server, definitions: Path) -> None:
    """A good change is taken by POST and by SIGHUP; a bad one is refused with its problems, and the old one stays."""
    file = definitions / "shop.yaml"
    with exporter:
        wait_for(lambda: metric(exporter, OBJECTIVE.format(0.99)), "the first objective shows")

        file.write_text(DEFINITION.format(objective="99.5%"))
        assert requests.post(f"{exporter.url}/-/reload", timeout=10).status_code == 200
        wait_for(lambda: metric(exporter, OBJECTIVE.format(0.995)), "the second objective shows")

        file.write_text(DEFINITION.format(objective="99.5"))
        answer = requests.post(f"{exporter.url}/-/reload", timeout=10)
        assert answer.status_code == 500
        assert "shop.yaml:5:16" in answer.text
        assert metric(exporter, OBJECTIVE.format(0.995))
        assert metric(exporter, "tallystick_config_last_reload_successful 0.0")
        assert "shop.yaml:5:16" in requests.get(exporter.url, timeout=10).text

        file.write_text(DEFINITION.format(objective="99.7%"))
        assert exporter.process is not None
        os.kill(exporter.process.pid, signal.SIGHUP)
        wait_for(lambda: metric(exporter, OBJECTIVE.format(0.997)), "the third objective shows")
        assert metric(exporter, "tallystick_config_last_reload_successful 1.0")


def test_a_removed_slo_leaves_no_series(exporter: Server, definitions: Path) -> None:
    """What is not defined any more is not shown any more."""
    file = definitions / "shop.yaml"
    with exporter:
        wait_for(lambda: metric(exporter, OBJECTIVE.format(0.99)), "the objective shows")
        file.write_text(file.read_text().replace("availability", "reachability"))
        requests.post(f"{exporter.url}/-/reload", timeout=10).raise_for_status()
        wait_for(lambda: not metric(exporter, OBJECTIVE.format(0.99)), "the old SLO is gone")

        assert "shop-availability" not in requests.get(f"{exporter.url}/metrics", timeout=10).text


def test_no_data_is_no_verdict(exporter: Server) -> None:
    """An SLO whose series do not exist is unknown: not valid, neither met nor breached, and has no compliance."""
    with exporter:
        labels = '{slo="shop-availability",slo_service="shop",window="1d"}'
        wait_for(lambda: metric(exporter, f"slo_valid{labels} 0.0"), "slo_valid shows")
        text = requests.get(f"{exporter.url}/metrics", timeout=10).text

    assert f"slo_coverage_ratio{labels} 0.0" in text
    assert f"slo_met{labels}" not in text
    assert f"slo_compliance_ratio{labels}" not in text


def test_it_ends_soon_when_asked(exporter: Server) -> None:
    """SIGTERM ends it with 0, without waiting for the next round."""
    exporter.start()
    process = exporter.process
    assert process is not None

    started = time.monotonic()
    process.terminate()
    code = process.wait(20)
    exporter.stop()

    assert code == 0
    assert time.monotonic() - started < 8


def test_it_does_not_wait_for_prometheus(definitions: Path, tmp_path: Path) -> None:
    """SIGTERM ends it soon while a request is under way."""
    port = free_port()
    with faulty_server(Fault(seconds=30)) as url:
        more = ("--prometheus.url", url, "--ledger", str(tmp_path / "slo.db"))
        server = Server(
            "exporter", command(definitions, port, *more), tmp_path, f"http://{HOST}:{port}", ready_path="/-/healthy"
        )
        server.start()
        process = server.process
        assert process is not None
        started = time.monotonic()
        process.terminate()
        code = process.wait(20)
        server.stop()

    assert code == 0
    assert time.monotonic() - started < 8


def patched(definitions: Path, tmp_path: Path, rounds: str) -> Server:
    """An exporter whose rounds are *rounds*, a Python expression."""
    port = free_port()
    program = (
        "import time; from tallystick.cli.main import main; from tallystick.daemon.exporter import Exporter; "
        f"Exporter.run = lambda self, stop: {rounds}; main()"
    )
    more = ("--prometheus.url", "http://127.0.0.1:1", "--ledger", str(tmp_path / "slo.db"))
    arguments = command(definitions, port, *more)
    arguments[1:3] = ["-c", program]
    return Server("exporter", arguments, tmp_path, f"http://{HOST}:{port}", ready_path="/-/healthy")


def test_a_second_signal_ends_it_at_once(definitions: Path, tmp_path: Path) -> None:
    """Whatever still holds up the end after the first SIGTERM, the second does not wait for it."""
    server = patched(definitions, tmp_path, "time.sleep(60)")
    server.start()
    process = server.process
    assert process is not None
    process.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    process.terminate()
    code = process.wait(5)
    server.stop()

    assert code == -signal.SIGTERM


def test_rounds_that_die_are_a_failure(definitions: Path, tmp_path: Path) -> None:
    """An exporter that can measure no more ends, says why, and not with 0."""
    server = patched(definitions, tmp_path, "1 / 0")

    answer = subprocess.run(server.command, capture_output=True, text=True, check=False, timeout=60)

    assert answer.returncode == 2
    assert "the rounds ended by an unexpected ZeroDivisionError: division by zero" in answer.stderr


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """``tallystick serve`` that is expected to end by itself."""
    everything = [sys.executable, "-m", "tallystick", "serve", *arguments]
    return subprocess.run(everything, capture_output=True, text=True, check=False, timeout=60)


def test_it_does_not_start_on_wrong_definitions(definitions: Path, tmp_path: Path) -> None:
    """Problems are told, and the exit code is that of findings."""
    (definitions / "shop.yaml").write_text(DEFINITION.format(objective="99.5"))

    answer = run(str(definitions), "--prometheus.url", "http://127.0.0.1:1", "--ledger", str(tmp_path / "slo.db"))

    assert answer.returncode == 1
    assert "shop.yaml:5:16" in answer.stderr
    assert not (tmp_path / "slo.db").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--prometheus.url is missing"),
        (["--prometheus.url", "http://127.0.0.1:1", "--web.listen-address", "here"], "is not HOST:PORT"),
        (["--prometheus.url", "http://127.0.0.1:1", "--prometheus.header", "X"], "is not NAME=VALUE"),
        (["--prometheus.url", "http://127.0.0.1:1", "--interval", "often"], "is not a duration"),
        (["--prometheus.url", "http://127.0.0.1:1", "--interval", "0s"], "'0s' is too short"),
        (["--prometheus.url", "bob:secret@host:9090"], "write http://HOST:PORT"),
        (["--prometheus.url", "http://127.0.0.1:1", "--ledger", ""], "would be gone at the end"),
        (["--prometheus.url", "http://127.0.0.1:1", "--ledger", ":memory:"], "would be gone at the end"),
        (["--prometheus.url", "http://127.0.0.1:1", "--ledger", "sqlite://"], "would be gone at the end"),
        (["--prometheus.url", "http://127.0.0.1:1", "--ledger", "postgresql://b:secret@h:p/s"], "is no URL"),
    ],
)
def test_wrong_flags_are_told(definitions: Path, arguments: list[str], words: str) -> None:
    """What is wrong with the command line is said, with exit code 2 and without a traceback."""
    answer = run(str(definitions), *arguments)

    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "secret" not in answer.stderr


def test_a_taken_port_is_told(exporter: Server, definitions: Path, tmp_path: Path) -> None:
    """A second exporter on the same port says so and ends with 2."""
    with exporter:
        address = exporter.url.removeprefix("http://")
        more = ["--prometheus.url", "http://127.0.0.1:1", "--ledger", str(tmp_path / "other.db")]
        answer = run(str(definitions), "--web.listen-address", address, *more)

    assert answer.returncode == 2
    assert address.rpartition(":")[2] in answer.stderr
    assert "Traceback" not in answer.stderr
