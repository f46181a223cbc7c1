"""A server that answers as no healthy Prometheus does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Fault:
    """What every request is answered with: a status, a body, how long that takes, and how much of the body is sent."""

    status: int = 200
    body: bytes = b""
    seconds: float = 0.0
    sent_bytes: int | None = None


@contextmanager
def faulty_server(fault: Fault) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        """Answers with *fault*."""

        def do_POST(self) -> None:
            """Any path."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(fault.seconds)
            self.send_response(fault.status)
            self.send_header("Content-Length", str(len(fault.body)))
            self.end_headers()
            self.wfile.write(fault.body[: fault.sent_bytes])

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
