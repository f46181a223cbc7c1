"""What the fixtures of ``tests/conftest.py`` give, for type hints: real servers, and real things beside them."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import requests

from tallystick.demo.servers import HOST, Server, import_blocks, start_alertmanager, start_prometheus

NOTHING_TO_SCRAPE: Mapping[str, Any] = {"global": {"scrape_interval": "15s"}}


@dataclass(frozen=True, slots=True)
class Binaries:
    """One version of Prometheus: ``2.x`` or ``3.x``."""

    version: str
    prometheus: Path
    promtool: Path


class StartPrometheus(Protocol):
    """Starts a fresh Prometheus of the version that the test runs with; stopped when the fixture's scope ends."""

    def __call__(
        self,
        *,
        history: str | None = None,
        config: Mapping[str, Any] = NOTHING_TO_SCRAPE,
        files: Mapping[str, str] | None = None,
        retention: str = "400d",
        flags: Sequence[str] = (),
    ) -> Server:
        """
        Start it.

        Args:
            history: OpenMetrics text with timestamps, loaded as TSDB blocks before the start; ``# EOF`` is added.
            config: what is in ``prometheus.yml``.
            files: contents by name, written beside ``prometheus.yml`` (rule files).
            retention: older blocks are deleted.
            flags: more of its flags.
        """


class StartAlertmanager(Protocol):
    """Starts a fresh Alertmanager; stopped when the test ends."""

    def __call__(self, config: Mapping[str, Any]) -> Server:
        """Start it with *config* as its ``alertmanager.yml``."""


def fresh_prometheus(
    binaries: Binaries,
    folder: Path,
    *,
    history: str | None = None,
    config: Mapping[str, Any] = NOTHING_TO_SCRAPE,
    files: Mapping[str, str] | None = None,
    retention: str = "400d",
    flags: Sequence[str] = (),
) -> Server:
    """A Prometheus in *folder*; the arguments are those of `StartPrometheus`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files or {}).items():
        (folder / name).write_text(content, encoding="utf-8")
    if history is not None:
        text = folder / "history.om"
        text.write_text(history.removesuffix("# EOF\n").rstrip("\n") + "\n# EOF\n", encoding="utf-8")
        import_blocks(binaries.promtool, text, folder / "data")
    return start_prometheus(binaries.prometheus, folder, config, retention=retention, flags=flags)


def fresh_alertmanager(binary: Path, folder: Path, config: Mapping[str, Any]) -> Server:
    """An Alertmanager in *folder*."""
    return start_alertmanager(binary, folder, config)


def wait_for(server: Server, path: str, there: Callable[[str], bool]) -> None:
    """Wait until what *server* answers at *path* is *there*."""
    until = time.monotonic() + 60
    while not there(text := requests.get(server.url + path, timeout=10).text):
        assert time.monotonic() < until, text
        time.sleep(0.2)


class _Listener(ThreadingHTTPServer):
    """An HTTP server in a thread, on a free port."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__((HOST, 0), handler)
        self.url = f"http://{HOST}:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


@dataclass(slots=True)
class Target:
    """
    Something to scrape: serves `text` at ``/metrics``, whatever it is set to at that moment; None is a failure (503).

    Attributes:
        text: in Prometheus' text format.
        url: where it is; `address` is the same without the scheme, as ``static_configs`` wants it.
        scrapes: how often it was asked.
    """

    text: str | None = ""
    url: str = ""
    scrapes: int = 0

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.removeprefix("http://")


def serve_target(target: Target) -> _Listener:
    """An HTTP server for *target*; a context manager."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target.scrapes += 1
            self.send_response(503 if target.text is None else 200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write((target.text or "").encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Say nothing: the tests' output is about tests."""

    listener = _Listener(Handler)
    target.url = listener.url
    return listener


@dataclass(slots=True)
class Webhook:
    """
    What an Alertmanager's webhook receiver got.

    Attributes:
        url: for ``webhook_configs``.
        notifications: the bodies, as they came.
    """

    url: str = ""
    notifications: list[dict[str, Any]] = field(default_factory=list)


def serve_webhook(webhook: Webhook) -> _Listener:
    """An HTTP server for *webhook*; a context manager."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            webhook.notifications.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Say nothing: the tests' output is about tests."""

    listener = _Listener(Handler)
    webhook.url = listener.url
    return listener
