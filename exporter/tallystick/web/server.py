"""Serving the application from a thread."""

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from tallystick.errors import TallystickError

GRACE_SECONDS = 5
"""How long answers that are under way may take when the server stops."""

LAST_PORT = 65_535

MOST_CONNECTIONS = 256
"""More than so many at a time are answered with 503."""


class Server:
    """
    A web server in a thread of its own; it takes no signals.

    It listens from `start` to `stop`, and may be used with ``with``.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        """
        Prepare to serve *app*.

        Args:
            app: what answers.
            host: name or address to listen on.
            port: port to listen on; 0 for any that is free.
        """
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, as an address for this machine."""
        assert self._socket is not None
        host, port = self._socket.getsockname()[:2]
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not listened on
        return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"

    def start(self) -> None:
        """
        Listen, and answer from now on.

        Raises:
            TallystickError: the address can't be listened on.
        """
        self._socket = _listen(self._host, self._port)
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, finish those under way, and wait until that is done; without effect before `start`."""
        if self._socket is None:
            return
        self._server.should_exit = True
        self._thread.join(GRACE_SECONDS + 1)
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        assert self._socket is not None
        self._server.run(sockets=[self._socket])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens; whoever connects before the server runs waits for its turn."""
    if not 0 <= port <= LAST_PORT:
        raise TallystickError(f"can't listen on {host}:{port}: ports end at {LAST_PORT}")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except OSError as fault:
        raise TallystickError(f"can't listen on {host}:{port}: {fault}") from fault
