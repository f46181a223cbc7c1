"""How the command ``demo fault`` finds the demo that runs, and which ports a demo takes."""

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.demo.configs import Wanted, choose_ports
from tallystick.demo.state import DemoState, read_state, remove_state, state_path, write_state
from tallystick.errors import DemoError

STATE = DemoState(
    pid=os.getpid(),
    folder="/somewhere",
    prometheus="http://127.0.0.1:1",
    alertmanager="http://127.0.0.1:2",
    exporter="http://127.0.0.1:3",
    webhook="http://127.0.0.1:4",
    services={"checkout": "http://127.0.0.1:5"},
    children={"shop": 6},
)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder of the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_what_is_written_is_read() -> None:
    """A demo that runs is found as it was announced, and not any more once it has ended."""
    write_state(STATE)
    assert read_state() == STATE
    remove_state(STATE.pid)
    with pytest.raises(DemoError, match="no demo is running"):
        read_state()


def test_a_demo_that_was_killed_is_not_running() -> None:
    """A file that was left behind is not taken for a running demo."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_state(replace(STATE, pid=ended.pid))
    with pytest.raises(DemoError, match="no demo is running"):
        read_state()


def test_an_older_demo_leaves_the_newer_ones_file() -> None:
    """A demo that ends removes only what is about itself."""
    write_state(STATE)
    remove_state(STATE.pid + 1)
    assert read_state() == STATE


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"pid": "x"}'])
def test_a_broken_file_is_no_demo(text: str) -> None:
    """Whatever is in the file, the answer is that no demo is running."""
    state_path().write_text(text)
    with pytest.raises(DemoError, match="no demo is running"):
        read_state()


def test_the_file_is_this_users_alone() -> None:
    """Nobody else may read it, let alone write it."""
    write_state(STATE)
    assert state_path().stat().st_mode & 0o077 == 0


def test_without_a_runtime_folder_the_temporary_one_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A variable that names no folder is as good as none; then the file bears the user's id."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert state_path().name == f"tallystick-demo-{os.getuid()}.json"
    assert state_path().parent.is_dir()


def test_a_taken_port_is_replaced() -> None:
    """A port at which somebody listens is not chosen, one that is free is."""
    with socket.socket() as taken, socket.socket() as free:
        for one in (taken, free):
            one.bind(("127.0.0.1", 0))
        taken.listen()
        taken_port, free_port = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        ports = choose_ports(Wanted(prometheus=taken_port, alertmanager=free_port, exporter=0))
    assert ports.prometheus not in {0, taken_port}
    assert ports.alertmanager == free_port
    assert ports.exporter > 0
