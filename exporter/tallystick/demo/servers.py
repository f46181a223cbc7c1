"""
Real servers as child processes, for the demo and the tests alike.

Each runs in a session of its own, so that Ctrl-C in a terminal reaches only us and we stop them in order. Should we be
killed before that, `tallystick.demo.leash` stops them.
"""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Any, Self

import requests
import yaml

from tallystick.demo import leash
from tallystick.errors import DemoError

HOST = "127.0.0.1"
LAST_LINES = 15
"""How much of a log is told when a server does not start."""


def free_port() -> int:
    """A TCP port on which nothing listens at the moment."""
    with socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Server:
    """
    A program that serves HTTP; made stopped. As a context manager it is started and stopped.

    Attributes:
        name: what people call it.
        command: the program and its arguments.
        folder: where it runs, and where ``<name>.log`` is appended to.
        url: its address, without a slash at the end.
        ready_path: answers 200 once it can be used.
        config_file: what `reload` writes, if it has one.
        environment: all of its environment variables; ours if None.
        process: the running program; None while it is stopped.
    """

    name: str
    command: Sequence[str]
    folder: Path
    url: str
    ready_path: str = "/-/ready"
    config_file: Path | None = None
    environment: Mapping[str, str] | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / f"{self.name}.log"

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def start(self, timeout_seconds: float = 60) -> Self:
        """
        Start it, and wait until it is ready. A stopped one starts again with the same command, port and data.

        Raises:
            DemoError: it can't be run, ended, or was not ready in time; with its last words.
        """
        assert not self.running, f"{self.name} runs already"
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            try:
                self.process = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as fault:
                raise DemoError(f"{self.name} can't be run: {fault}") from fault
        leash.tie(self.process.pid)
        self._wait(timeout_seconds)
        return self

    def _wait(self, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not self._ready():
            if not self.running:
                code = self.process.returncode if self.process else None
                self.stop()
                raise DemoError(f"{self.name} ended with {code} at once; its log ends with:\n{self.last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                late = f"{self.name} was not ready within {timeout_seconds:g} s"
                raise DemoError(f"{late}; its log ends with:\n{self.last_words()}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return self.running and requests.get(self.url + self.ready_path, timeout=5).ok
        except requests.RequestException:
            return False

    def last_words(self) -> str:
        """The last lines of its log, indented."""
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:] if self.log.exists() else []
        return "\n".join(f"  {line}" for line in lines) or "  (it said nothing)"

    def reload(self, config: Mapping[str, Any] | None = None) -> None:
        """
        Let it read its configuration again, after writing *config* if there is one.

        Raises:
            DemoError: it does not accept the configuration, or does not answer.
        """
        if config is not None:
            assert self.config_file is not None, f"{self.name} has no configuration file"
            write_yaml(self.config_file, config)
        try:
            answer = requests.post(f"{self.url}/-/reload", timeout=60)
        except requests.RequestException as fault:
            raise DemoError(f"{self.name} does not answer: {fault}") from fault
        if not answer.ok:
            raise DemoError(f"{self.name} does not accept its configuration: {answer.text.strip()}")

    def stop(self, grace_seconds: float = 20) -> None:
        """Ask it to end (SIGTERM), and end it (SIGKILL) if it takes longer than *grace_seconds*; fine if it has."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._bury()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would; fine if it has ended."""
        if self.process is not None:
            self.process.kill()
            self._bury()

    def _bury(self) -> None:
        assert self.process is not None
        # Untied before it is waited for: from then on its number may belong to somebody else.
        leash.untie(self.process.pid)
        self.process.wait()
        self.process = None

    def __enter__(self) -> Self:
        """Start it, unless it runs."""
        return self if self.running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()


def start_prometheus(
    binary: Path,
    folder: Path,
    config: Mapping[str, Any],
    *,
    port: int = 0,
    retention: str = "400d",
    flags: Sequence[str] = (),
) -> Server:
    """
    Start a Prometheus.

    Args:
        binary: the program.
        folder: where ``prometheus.yml``, the log and ``data/`` are; rule files may be named relative to it.
        config: its configuration, as ``prometheus.yml`` has it.
        port: what it listens on; 0 is a free one.
        retention: older blocks are deleted, so it must exceed the age of what was imported.
        flags: more of its flags.

    Returns:
        The server, ready.

    Raises:
        DemoError: it doesn't start.
    """
    port = port or free_port()
    command = [
        str(binary),
        "--config.file=prometheus.yml",
        f"--web.listen-address={HOST}:{port}",
        "--web.enable-lifecycle",
        "--storage.tsdb.path=data",
        f"--storage.tsdb.retention.time={retention}",
        *flags,
    ]
    config_file = folder / "prometheus.yml"
    write_yaml(config_file, config)
    return Server("prometheus", command, folder, f"http://{HOST}:{port}", config_file=config_file).start()


def start_alertmanager(
    binary: Path, folder: Path, config: Mapping[str, Any], *, port: int = 0, flags: Sequence[str] = ()
) -> Server:
    """
    Start an Alertmanager on its own, without peers.

    Args:
        binary: the program.
        folder: where ``alertmanager.yml``, the log and ``data/`` are.
        config: its configuration, as ``alertmanager.yml`` has it.
        port: what it listens on; 0 is a free one.
        flags: more of its flags.

    Returns:
        The server, ready.

    Raises:
        DemoError: it doesn't start.
    """
    port = port or free_port()
    command = [
        str(binary),
        "--config.file=alertmanager.yml",
        f"--web.listen-address={HOST}:{port}",
        "--storage.path=data",
        "--cluster.listen-address=",
        *flags,
    ]
    config_file = folder / "alertmanager.yml"
    write_yaml(config_file, config)
    for template in (binary.parent.parent / "share/prometheus/alertmanager").glob("*.tmpl"):  # Debian's, unpacked
        (folder / template.name).unlink(missing_ok=True)
        (folder / template.name).symlink_to(template)
    return Server("alertmanager", command, folder, f"http://{HOST}:{port}", config_file=config_file).start()


def import_blocks(promtool: Path, openmetrics: Path, data: Path, *, longest: str = "1458h") -> None:
    """
    Make TSDB blocks of a text, for a Prometheus that does not run yet.

    Args:
        promtool: of the same major version as the Prometheus.
        openmetrics: OpenMetrics text with timestamps in seconds, families together, ending with ``# EOF``.
        data: the Prometheus' ``data/``.
        longest: how much time one block may hold. promtool reads the whole text once for each block and makes
            blocks of two hours unless told otherwise, by a flag that its help does not show.

    Raises:
        DemoError: promtool does not accept the text.
    """
    data.mkdir(parents=True, exist_ok=True)
    command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={longest}"]
    answer = subprocess.run([*command, str(openmetrics), str(data)], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise DemoError(f"promtool does not accept {openmetrics}: {(answer.stderr or answer.stdout).strip()[-2000:]}")


def write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    """Write *content* as YAML, with its keys in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")
