"""A real PostgreSQL and a real VictoriaMetrics, for the fixtures of ``tests/conftest.py``."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TypedDict

import psycopg

from tallystick.demo import leash
from tallystick.demo.servers import HOST, LAST_LINES, Server, free_port
from tallystick.demo.tools import ensure
from tallystick.errors import DemoError

_SPEED = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "jit=off")
"""Settings for data that outlive a crash of the server, and not one of the machine."""

_ZONE = {"TZ": "GMT"}
"""The one zone that PostgreSQL knows without a database of zones."""


@dataclass(slots=True)
class PostgreSQL:
    """
    A PostgreSQL server of our own; made stopped, and its data are not there before `start`.

    It refuses to run as root, so that then it is run by nobody.

    Attributes:
        folder: where its data and its log are; belongs to whom it runs as.
        port: on the loopback address.
        process: the running program; None while it is stopped.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count, init=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / "postgresql.log"

    def start(self, timeout_seconds: float = 60) -> Self:
        """
        Start it and wait until it answers; a stopped one starts again with the same port and data.

        Raises:
            DemoError: it does not, with its last words.
        """
        data = self.folder / "data"
        if not data.exists():
            self._made(data)
        with self.log.open("ab") as output:
            settings = (f"port={self.port}", f"listen_addresses={HOST}", "unix_socket_directories=", *_SPEED)
            options = [word for setting in settings for word in ("-c", setting)]
            self.process = subprocess.Popen(
                [str(self._program("postgres")), "-D", str(data), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
                env={**os.environ, **_ZONE},
                **_nobody(),
            )
        leash.tie(self.process.pid)
        self._wait(timeout_seconds)
        return self

    def _made(self, data: Path) -> None:
        command = [str(self._program("initdb")), "-D", str(data), "-U", "tallystick", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run(
            [*command, "--locale=C", "--no-sync"],
            cwd=self.folder,
            env={**os.environ, **_ZONE},
            capture_output=True,
            text=True,
            check=False,
            **_nobody(),
        )
        if made.returncode:
            raise DemoError(f"initdb ended with {made.returncode}: {made.stderr or made.stdout}")

    def _program(self, name: Literal["initdb", "postgres"]) -> Path:
        """Where the program is; a copy where those who run it could not reach it."""
        found = ensure(name)
        if os.geteuid() or all(parent.stat().st_mode & 0o001 for parent in found.parents):
            return found
        copy = self.folder / "program"
        if not copy.exists():
            shutil.copytree(found.parent.parent.parent, copy, symlinks=True)
        return copy / "usr/bin" / name

    def _wait(self, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                psycopg.connect(self.url("postgres").replace("+psycopg", "")).close()
            except psycopg.OperationalError:
                ended = self.process is None or self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    self.kill()
                    words = "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])
                    raise DemoError(f"PostgreSQL does not start; its log ends with:\n{words}") from None
                time.sleep(0.05)
            else:
                return

    def url(self, database: str) -> str:
        """The address of *database*, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://tallystick@{HOST}:{self.port}/{database}"

    def fresh(self) -> str:
        """The address of a new, empty database."""
        name = f"ledger{next(self._numbers)}"
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def stop(self) -> None:
        """End it in order, without waiting for its clients; fine if it has ended."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as a crash would; fine if it has ended."""
        self._end(signal.SIGQUIT)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        leash.untie(self.process.pid)
        self.process.send_signal(number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@contextmanager
def serve_postgresql() -> Iterator[PostgreSQL]:
    """A fresh PostgreSQL with its data in memory where there is room for that, ended and removed afterwards."""
    shared = Path("/dev/shm")
    where = shared if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**30 else None
    with tempfile.TemporaryDirectory(dir=where, prefix="tallystick-postgresql-") as name:
        folder = Path(name)
        if not os.geteuid():
            who = pwd.getpwnam("nobody")
            os.chown(folder, who.pw_uid, who.pw_gid)
        server = PostgreSQL(folder)
        try:
            yield server.start()
        finally:
            server.stop()


class _Owner(TypedDict, total=False):
    """Whose a process is; arguments of `subprocess.Popen`."""

    user: str
    group: int
    extra_groups: list[int]


def _nobody() -> _Owner:
    """Arguments for a process that must not be root's."""
    if os.geteuid():
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def fresh_victoria_metrics(folder: Path, *flags: str) -> Server:
    """
    A VictoriaMetrics in *folder*, ready; it takes text in Prometheus' format at ``/api/v1/import/prometheus``.

    What was imported is found at once, however old or new it is. *flags*: more of its flags.
    """
    port = free_port()
    command = [
        str(ensure("victoria-metrics")),
        f"-httpListenAddr={HOST}:{port}",
        "-storageDataPath=data",
        "-retentionPeriod=100y",
        "-search.latencyOffset=0s",
        "-search.disableCache",
        "-dedup.minScrapeInterval=0s",
        *flags,
    ]
    return Server("victoria-metrics", command, folder, f"http://{HOST}:{port}", ready_path="/health").start()
