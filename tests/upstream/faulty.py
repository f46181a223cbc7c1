"""A server that answers as no healthy Prometheus does."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Fault:
    """
    What every request is answered with.

    Attributes:
        status: of the answer.
        body: of the answer.
        seconds: how long it takes to begin.
        sent_bytes: how much of the body is sent.
        drip: what is sent byte by byte, with a pause after each: "" (nothing), "headers" or "body".
        headers: sent beside Content-Length.
    """

    status: int = 200
    body: bytes = b""
    seconds: float = 0.0
    sent_bytes: int | None = None
    drip: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


DRIP_SECONDS = 0.05
"""Pause after each byte."""


@contextmanager
def faulty_server(
    usual: Fault, paths: Mapping[str, Fault] | None = None, authorized: Callable[[str], object] = str
) -> Iterator[str]:
    """Its address; what is not at one of *paths* gets the *usual* answer. *authorized* is told the header of each request."""

    class Handler(BaseHTTPRequestHandler):
        """Answers with a fault."""

        def do_POST(self) -> None:
            """Any path."""
            authorized(self.headers.get("Authorization", ""))
            fault = (paths or {}).get(self.path, usual)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(fault.seconds)
            self.send_response(fault.status)
            for name, value in fault.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(fault.body)))
            with suppress(OSError):  # the client has left
                if fault.drip == "headers":
                    self._drip(b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 200)
                self.end_headers()
                if fault.drip == "body":
                    self._drip(fault.body)
                self.wfile.write(fault.body[: fault.sent_bytes])

        do_GET = do_POST  # noqa: N815  # the name that the server looks for

        def _drip(self, data: bytes) -> None:
            for byte in data:
                self.wfile.write(bytes([byte]))
                time.sleep(DRIP_SECONDS)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
