"""Real servers as child processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import requests

from support.servers import StartAlertmanager, StartPrometheus, Target, Webhook
from tallystick.demo.servers import HOST, Server, free_port, start_prometheus
from tallystick.errors import DemoError


def value(server: Server, query: str, at: float | None = None) -> str | None:
    """The one value that *query* gives, as Prometheus writes it; None without one."""
    parameters: dict[str, str | float] = {"query": query} if at is None else {"query": query, "time": at}
    answer = requests.get(f"{server.url}/api/v1/query", params=parameters, timeout=10).json()
    result = answer["data"]["result"]
    return result[0]["value"][1] if result else None


def wait_for(server: Server, query: str, expected: str, seconds: float = 20) -> None:
    """Fail unless *query* gives *expected* within *seconds*."""
    deadline = time.monotonic() + seconds
    while (now := value(server, query)) != expected:
        assert time.monotonic() < deadline, f"{query} is {now}, not {expected}"
        time.sleep(0.1)


def alive(pid: int) -> bool:
    """Whether process *pid* exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_history_can_be_queried(start_prometheus: StartPrometheus) -> None:
    """Samples of 40 days that were loaded as blocks are there, the first and the last alike."""
    now = int(time.time()) // 60 * 60
    stamps = range(now - 40 * 86_400, now, 3_600)
    lines = [f'jobs_total{{job="x"}} {number} {stamp}' for number, stamp in enumerate(stamps)]
    server = start_prometheus(history="# TYPE jobs counter\n" + "\n".join(lines))
    assert value(server, "jobs_total", stamps[0]) == "0"
    assert value(server, "jobs_total", stamps[-1]) == str(len(stamps) - 1)
    assert value(server, "count_over_time(jobs_total[41d])") == str(len(stamps))


def test_scraping_goes_on_after_history(start_prometheus: StartPrometheus, target: Target) -> None:
    """New samples join a series whose past was loaded as blocks."""
    now = int(time.time())
    target.text = "jobs_total 9\n"
    server = start_prometheus(
        history=f'# TYPE jobs counter\njobs_total{{job="x",instance="a"}} 5 {now - 60}\n',
        config={
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": "x", "static_configs": [{"targets": [target.address], "labels": {"instance": "a"}}]}
            ],
        },
    )
    wait_for(server, "jobs_total", "9")
    assert value(server, "min_over_time(jobs_total[5m])") == "5"


@pytest.mark.parametrize("end", [Server.stop, Server.kill])
def test_data_survives_a_restart(start_prometheus: StartPrometheus, target: Target, end: object) -> None:
    """What was scraped is there after a stop or a SIGKILL, at the same address."""
    assert callable(end)
    target.text = "answers 42\n"
    server = start_prometheus(
        config={
            "scrape_configs": [
                {"job_name": "x", "scrape_interval": "1s", "static_configs": [{"targets": [target.address]}]}
            ]
        }
    )
    wait_for(server, "answers", "42")
    end(server)
    assert not server.running
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)
    target.text = None
    server.start()
    assert value(server, "max_over_time(answers[10m])") == "42"


def test_reload_reads_rules(start_prometheus: StartPrometheus) -> None:
    """A rule file that is named in a reloaded configuration is evaluated."""
    rules = "groups: [{name: g, interval: 1s, rules: [{record: seven, expr: vector(7)}]}]"
    server = start_prometheus(files={"rules.yml": rules})
    assert value(server, "seven") is None
    server.reload({"rule_files": ["rules.yml"]})
    wait_for(server, "seven", "7")


def test_bad_configuration_is_told(start_prometheus: StartPrometheus) -> None:
    """A configuration that is refused at a reload raises with Prometheus' words, and the server goes on."""
    server = start_prometheus()
    with pytest.raises(DemoError, match="prometheus does not accept its configuration"):
        server.reload({"no_such_key": 1})
    assert value(server, "vector(1)") == "1"


def test_server_that_does_not_start_says_why(start_prometheus: StartPrometheus) -> None:
    """The error carries the end of the log."""
    with pytest.raises(DemoError, match=r"ended with 2 at once(.|\n)*no_such_key"):
        start_prometheus(config={"no_such_key": 1})


def test_server_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    """A program that runs but does not answer is given up and ended."""
    sleeper = Server("sleeper", ["sleep", "60"], tmp_path, f"http://{HOST}:{free_port()}")
    with pytest.raises(DemoError, match=r"was not ready within 0.3 s(.|\n)*it said nothing"):
        sleeper.start(timeout_seconds=0.3)
    assert not sleeper.running


def test_missing_program_is_told(tmp_path: Path) -> None:
    """A program that is not there is an error of the demo, not a traceback."""
    with pytest.raises(DemoError, match="prometheus can't be run"):
        start_prometheus(tmp_path / "nothing", tmp_path, {})


def test_deaf_server_is_killed(tmp_path: Path) -> None:
    """A server that ignores SIGTERM ends after its grace."""
    port = free_port()
    code = (
        "import http.server, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"http.server.test(http.server.SimpleHTTPRequestHandler, port={port}, bind='{HOST}')"
    )
    server = Server("deaf", [sys.executable, "-c", code], tmp_path, f"http://{HOST}:{port}", ready_path="/")
    with server:
        assert server.process is not None
        pid = server.process.pid
        server.stop(grace_seconds=0.2)
    assert not alive(pid)


def test_alertmanager_delivers(start_alertmanager: StartAlertmanager, webhook: Webhook) -> None:
    """An alert that is sent to Alertmanager arrives at the webhook."""
    server = start_alertmanager(
        {
            "route": {"receiver": "hook", "group_wait": "0s"},
            "receivers": [{"name": "hook", "webhook_configs": [{"url": webhook.url}]}],
        }
    )
    sent = requests.post(f"{server.url}/api/v2/alerts", json=[{"labels": {"alertname": "Test"}}], timeout=10)
    assert sent.ok, sent.text
    deadline = time.monotonic() + 10
    while not webhook.notifications:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert webhook.notifications[0]["alerts"][0]["labels"] == {"alertname": "Test"}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_children_do_not_outlive_us(tmp_path: Path, end: signal.Signals) -> None:
    """Whatever ends the process that started a server, the server ends too."""
    program = textwrap.dedent(
        f"""
        import pathlib, sys, threading, time
        from tallystick.demo.servers import Server, free_port
        port = free_port()
        code = f"import http.server as h; h.test(h.SimpleHTTPRequestHandler, port={{port}}, bind='{HOST}')"
        folder = pathlib.Path({str(tmp_path)!r})
        server = Server("child", [sys.executable, "-c", code], folder, f"http://{HOST}:{{port}}", ready_path="/")
        starter = threading.Thread(target=server.start)
        starter.start()
        starter.join()
        print(server.process.pid, flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child), "it must outlive the thread that started it"
        os.kill(parent.pid, end)
    deadline = time.monotonic() + 15
    while alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)
