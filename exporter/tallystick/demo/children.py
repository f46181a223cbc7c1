"""Processes that the demo starts, watches and stops."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import requests

from tallystick.demo.site import HOST
from tallystick.errors import DemoError

STOP_SECONDS = 10
"""How long a process may take to end after SIGTERM, before it is killed."""

_POLL_SECONDS = 0.1
_LOG_LINES = 12


class Stopped(BaseException):
    """Somebody asked the demo to end: Ctrl-C, SIGTERM, or the terminal was closed."""


@dataclass
class Signals:
    """
    Turns signals into `Stopped`, raised in the main thread.

    Attributes:
        held: while true a signal waits; so nothing is interrupted between starting a process and noting it down.
        asked: whether a signal waits.
    """

    held: bool = False
    asked: bool = False

    @contextmanager
    def caught(self) -> Iterator["Signals"]:
        """Raise `Stopped` on the first signal inside; more of them are ignored, so that stopping is not interrupted."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._handle) for number in numbers}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let signals wait until the end of the block."""
        self.held = True
        try:
            yield
        finally:
            self.held = False
        if self.asked:
            self._stop()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        if not self.held:
            self._stop()

    def _stop(self) -> None:
        self.held = True
        raise Stopped


@dataclass(frozen=True, slots=True)
class Child:
    """
    A process of ours.

    Attributes:
        name: what it is called to the user.
        process: the process.
        log: file that its output goes to.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """
        See whether it runs.

        Raises:
            DemoError: it has ended; with the last lines it wrote.
        """
        if (code := self.process.poll()) is not None:
            raise DemoError(f"{self.name} ended with exit code {code}; the end of {self.log}:\n{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of its log, indented."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        return "\n".join(f"  {line}" for line in lines)

    def stop(self) -> None:
        """End it, kindly at first."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Children:
    """
    All processes of a demo.

    Attributes:
        logs: folder for their logs.
        signals: hold signals back while one is started.
    """

    logs: Path
    signals: Signals
    running: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str | Path]) -> Child:
        """Start *command*; it does not see the terminal's Ctrl-C, which is for us to pass on."""
        log = self.logs / f"{name}.log"
        with self.signals.held_back(), log.open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
            child = Child(name, process, log)
            self.running.append(child)
        return child

    def check(self) -> None:
        """
        See whether all of them run.

        Raises:
            DemoError: one has ended; says which, and what it wrote last.
        """
        for child in self.running:
            child.check()

    def wait_ready(self, child: Child, url: str, timeout_seconds: float) -> None:
        """
        Wait until *url* answers with 200.

        Raises:
            DemoError: a process ended meanwhile, or it took too long.
        """
        deadline = time.monotonic() + timeout_seconds
        while not _answers(url):
            self.check()
            if time.monotonic() > deadline:
                raise DemoError(
                    f"{child.name} is not ready after {timeout_seconds:g} s; the end of {child.log}:\n{child.last_lines()}"
                )
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End all of them, the latest first."""
        while self.running:
            self.running[-1].stop()
            self.running.pop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def free_port(preferred: int = 0) -> int:
    """*preferred* if nobody listens there, else any free port."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier demo that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred))
        except OSError:
            probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
