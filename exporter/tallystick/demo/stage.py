"""The processes of the demo: starting them in order, watching them, stopping them."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from tallystick.demo.configs import Ports, alertmanager_config, prometheus_config
from tallystick.demo.prepare import LEDGER, PROMETHEUS, RETENTION, Binaries, definitions_folder
from tallystick.demo.servers import Server, start_alertmanager, start_prometheus
from tallystick.demo.site import Server as SiteServer
from tallystick.demo.state import DemoState, remove_state, write_state
from tallystick.demo.webhook import Notification, Webhook
from tallystick.errors import DemoError

SETTLE = "10s"
"""Scrapes come every five seconds here, and nothing is written remotely: a slice is whole soon after its end."""

ROUND = "10s"

READY_SECONDS = 300
"""How long the exporter may take to read the whole history; some ten seconds are usual."""

_POLL_SECONDS = 0.2


@dataclass
class Stage:
    """
    The processes of one demo; as a context manager it stops them at the end.

    Attributes:
        folder: where everything is kept.
        ports: where they listen.
        servers: those that run, in the order of their start.
        webhook: where Alertmanager delivers.
    """

    folder: Path
    ports: Ports
    servers: list[Server] = field(default_factory=list)
    webhook: SiteServer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        remove_state(os.getpid())
        for server in reversed(self.servers):
            server.stop()
        if self.webhook is not None:
            self.webhook.stop()

    @property
    def ledger(self) -> Path:
        """The exporter's ledger."""
        return self.folder / LEDGER

    def start_shop(self, seed: int) -> None:
        """Open the shop."""
        ports = {**self.ports.services, "probe": self.ports.probe}
        flags = [text for name, port in ports.items() for text in (f"--{name}", str(port))]
        url = self.ports.url(ports["checkout"])
        self._start(
            Server("shop", _python("tallystick.demo.shop", *flags, "--seed", str(seed)), self.folder, url, "/healthz")
        )

    def start_prometheus(self, binaries: Binaries, rules: Path) -> None:
        """Start Prometheus on the data that are there."""
        config = prometheus_config(self.ports, rules)
        folder = self.folder / PROMETHEUS
        self.servers.append(
            start_prometheus(binaries.prometheus, folder, config, port=self.ports.prometheus, retention=RETENTION)
        )

    def start_alerting(self, binaries: Binaries, tell: Callable[[Notification], None]) -> None:
        """Start Alertmanager, and the webhook that it delivers to; *tell* hears of each alert."""
        try:
            self.webhook = SiteServer(Webhook(tell), self.ports.webhook).start()
        except OSError as fault:
            raise DemoError(f"the webhook can't listen at port {self.ports.webhook}: {fault.strerror}") from fault
        folder = self.folder / "alertmanager"
        config = alertmanager_config(self.ports)
        self.servers.append(start_alertmanager(binaries.alertmanager, folder, config, port=self.ports.alertmanager))

    def start_exporter(self) -> None:
        """Start ``tallystick serve``; it answers, but is not ready yet."""
        flags = {
            "--prometheus.url": self.ports.url(self.ports.prometheus),
            "--ledger": str(self.ledger),
            "--web.listen-address": self.ports.url(self.ports.exporter).removeprefix("http://"),
            "--settle": SETTLE,
            "--interval": ROUND,
        }
        command = _python(
            "tallystick", "serve", str(definitions_folder()), *(text for pair in flags.items() for text in pair)
        )
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
        url = self.ports.url(self.ports.exporter)
        self._start(Server("exporter", command, self.folder, url, "/-/healthy", environment=environment))

    def wait_exporter(self) -> None:
        """
        Wait until the exporter has read the whole history.

        Raises:
            DemoError: it takes too long, or something died.
        """
        deadline = time.monotonic() + READY_SECONDS
        while (
            requests.get(self.ports.url(self.ports.exporter) + "/-/ready", timeout=10).status_code != requests.codes.ok
        ):
            self.check()
            if time.monotonic() > deadline:
                raise DemoError(
                    f"the exporter is not ready after {READY_SECONDS} s; its log:\n{self.servers[-1].last_words()}"
                )
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """
        See whether everything runs.

        Raises:
            DemoError: something has ended; says what, and its last words.
        """
        for server in self.servers:
            if not server.running:
                code = server.process.returncode if server.process else None
                raise DemoError(f"{server.name} ended with {code}; {server.log} ends with:\n{server.last_words()}")

    def announce(self) -> DemoState:
        """Let ``tallystick demo fault`` find this demo."""
        state = DemoState(
            pid=os.getpid(),
            folder=str(self.folder),
            prometheus=self.ports.url(self.ports.prometheus),
            alertmanager=self.ports.url(self.ports.alertmanager),
            exporter=self.ports.url(self.ports.exporter),
            webhook=self.ports.url(self.ports.webhook),
            services={name: self.ports.url(port) for name, port in self.ports.services.items()},
            children=self._pids(),
        )
        write_state(state)
        return state

    def _pids(self) -> Mapping[str, int]:
        return {server.name: server.process.pid for server in self.servers if server.process}

    def _start(self, server: Server) -> None:
        self.servers.append(server)
        server.start()


def _python(module: str, *arguments: str) -> list[str]:
    """A module of ours, run by the same Python."""
    return [sys.executable, "-m", module, *arguments]
