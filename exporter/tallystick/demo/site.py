"""A small HTTP server for what the demo serves: the shop, its probe, the webhook."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from tallystick.demo.servers import HOST

_BODY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """
    What was asked.

    Attributes:
        method: ``GET``, ``POST``, ...
        path: without the query.
        query: its parameters; of repeated ones the last.
        body: at most 1 MiB.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class Site(Protocol):
    """Something that answers requests, from many threads."""

    def respond(self, request: Request) -> Response:
        """Answer *request*."""
        ...


class Server(ThreadingHTTPServer):
    """Serves a site in threads of its own, from `start` to `stop`."""

    daemon_threads = True

    def __init__(self, site: Site, port: int) -> None:
        """Listen at *port* (0: any that is free) for *site*."""
        super().__init__((HOST, port), _Handler)
        self.site = site
        self.thread = Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{HOST}:{self.server_port}"

    def start(self) -> "Server":
        """Answer from now on."""
        self.thread.start()
        return self

    def stop(self) -> None:
        """Answer no more, and free the port."""
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that hung up is no news, and a mistake of ours is answered with 500 before it gets here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_DELETE = do_GET  # noqa: N815  # names the library looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's signature
        """Requests are not logged: the load makes ten a second."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _BODY_BYTES:
            self.send_error(413)
            return
        parts = urlsplit(self.path)
        request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), self.rfile.read(length))
        response = self.server.site.respond(request)
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
