"""A server that speaks as Prometheus does, and says what a test wants it to say."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_QUESTION = re.compile(r'label_replace\(\n(.*?)\n, "__question__", "(\d+)", "", ""\)', re.DOTALL)


@dataclass(frozen=True)
class Refusal:
    """
    An answer that is none.

    Attributes:
        status: of HTTP.
        error: what is said.
        seconds: how long it takes.
        hangs_up: nothing is said at all, and the connection ends.
    """

    status: int = 422
    error: str = "query processing would load too many samples into memory in query execution"
    seconds: float = 0.0
    hangs_up: bool = False


Told = Sequence[tuple[Mapping[str, str], Sequence[float]]]
"""Series: labels, and a number for each of the first instants."""


@dataclass
class Canned:
    """
    What it says.

    Attributes:
        now: its clock, in seconds; or a text that is no clock.
        of: gives what a query is answered with; a refusal of one refuses all that are asked with it.
        paths: the ``data`` at other paths than queries, or a refusal.
        asked: the queries of each request, in order.
        url: where it is.
    """

    now: object = 1_764_547_200
    of: Callable[[str], Told | Refusal] = lambda query: []  # noqa: ARG005  # a default
    paths: Mapping[str, object] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, form: Mapping[str, list[str]]) -> "Refusal | object":
        """The ``data`` at *path*."""
        if path == "/api/v1/query":
            clock = [{"metric": {}, "value": [1, str(self.now)]}] if form["query"] == ["vector(time())"] else []
            return {"resultType": "vector", "result": clock}
        if path != "/api/v1/query_range":
            return self.paths.get(path, Refusal(404, "page not found"))
        questions = _QUESTION.findall(form["query"][0])
        self.asked.append([query for query, _ in questions])
        found = [(number, self.of(query)) for query, number in questions]
        if refused := next((told for _, told in found if isinstance(told, Refusal)), None):
            return refused
        start, step = float(form["start"][0]), float(form["step"][0])
        result: list[dict[str, object]] = [
            {
                "metric": dict(labels, __question__=number),
                "values": [[start + at * step, str(value)] for at, value in enumerate(values)],
            }
            for number, told in found
            if not isinstance(told, Refusal)
            for labels, values in told
        ]
        return {"resultType": "matrix", "result": result}


@contextmanager
def serve(canned: Canned) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        """Answers with *canned*."""

        def do_POST(self) -> None:
            """Queries."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._say(canned.answer(urlsplit(self.path).path, parse_qs(body)))

        def do_GET(self) -> None:
            """The rest."""
            parts = urlsplit(self.path)
            self._say(canned.answer(parts.path, parse_qs(parts.query)))

        def _say(self, told: object) -> None:
            status, answer = 200, {"status": "success", "data": told}
            if isinstance(told, Refusal):
                time.sleep(told.seconds)
                if told.hangs_up:
                    return
                status, answer = told.status, {"status": "error", "error": told.error}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    canned.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield canned.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
