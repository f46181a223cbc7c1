"""One HTTP client for Prometheus' query API, and for what speaks it (Mimir, Thanos, VictoriaMetrics)."""

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import requests

from tallystick import __version__
from tallystick.errors import PrometheusError

MAX_BYTES = 256 * 1024 * 1024
"""Longest answer that is read; about 9 million samples."""

_CHUNK_BYTES = 1024 * 1024
_REFUSED = (400, 422)
"""Statuses with which Prometheus refuses a query: bad syntax, or too many samples."""


@dataclass(slots=True)
class Prometheus:
    """
    A Prometheus server.

    Attributes:
        url: its address, with a path prefix and credentials as needed.
        session: what sends the requests.
        timeout_seconds: how long one answer may take, from the request to its last byte.
        max_bytes: longest answer that is read.
        sent: how many requests were sent.
    """

    url: str
    session: requests.Session
    timeout_seconds: float = 30
    max_bytes: int = MAX_BYTES
    sent: int = 0

    @property
    def public_url(self) -> str:
        """Its address without user name and password."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def query(self, promql: str, at_ms: int) -> Any:
        """
        Evaluate *promql* at one instant.

        Args:
            promql: any query; a range selector gives the raw samples.
            at_ms: the instant, in milliseconds since 1970.

        Returns:
            The ``result`` of the answer.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        answer = self._post("/api/v1/query", {"query": promql, "time": f"{at_ms / 1_000:.3f}"})
        if not isinstance(answer, dict) or answer.get("status") != "success" or "data" not in answer:
            raise PrometheusError("bad_answer", f"{self.public_url} did not answer as Prometheus does")
        if answer.get("warnings"):
            raise PrometheusError("partial", f"{self.public_url} answered in part: {answer['warnings'][0]}")
        try:
            return answer["data"]["result"]
        except (TypeError, KeyError) as fault:
            raise PrometheusError("bad_answer", f"{self.public_url} answered without a result") from fault

    def _post(self, path: str, form: Mapping[str, str]) -> Any:
        self.sent += 1
        deadline = time.monotonic() + self.timeout_seconds
        try:
            with self.session.post(
                self.url.rstrip("/") + path, data=form, timeout=self.timeout_seconds, stream=True
            ) as response:
                body = self._read(response, deadline)
        except requests.Timeout as fault:
            raise PrometheusError(
                "timeout", f"{self.public_url} gave no answer in {self.timeout_seconds:g} s"
            ) from fault
        except requests.RequestException as fault:
            raise PrometheusError("unreachable", f"can't reach {self.public_url}: {_cause(fault)}") from fault
        return self._parse(response.status_code, body)

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        parts, size = [], 0
        for part in response.iter_content(_CHUNK_BYTES):
            parts.append(part)
            size += len(part)
            if size > self.max_bytes:
                raise PrometheusError("too_large", f"{self.public_url} answered with more than {self.max_bytes} bytes")
            if time.monotonic() > deadline:
                raise requests.Timeout
        return b"".join(parts)

    def _parse(self, status: int, body: bytes) -> Any:
        try:
            with _without_gc():
                answer = orjson.loads(body)
        except orjson.JSONDecodeError as fault:
            reason = "bad_answer" if status // 100 == 2 else "http"  # noqa: PLR2004  # 2xx
            raise PrometheusError(reason, f"{self.public_url} answered {status} with no JSON") from fault  # type: ignore[arg-type]
        if status // 100 != 2:  # noqa: PLR2004  # 2xx
            words = answer.get("error", "") if isinstance(answer, dict) else ""
            raise PrometheusError(
                "rejected" if status in _REFUSED else "http", f"{self.public_url} answered {status}: {words}"
            )
        return answer

    def now(self) -> float:
        """
        The server's own clock, in seconds since 1970: samples bear its time, whatever the clock is here.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        answer = self._post("/api/v1/query", {"query": "vector(time())"})  # without a time, it is evaluated now
        try:
            return float(answer["data"]["result"][0]["value"][1])
        except (TypeError, KeyError, IndexError, ValueError) as fault:
            raise PrometheusError("bad_answer", f"{self.public_url} did not tell its time") from fault


def connect(
    url: str, *, timeout_seconds: float = 30, headers: Mapping[str, str] | None = None, max_bytes: int = MAX_BYTES
) -> Prometheus:
    """A client for the Prometheus at *url*; nothing is sent yet."""
    session = requests.Session()
    session.headers.update({"User-Agent": f"tallystick/{__version__}", **(headers or {})})
    return Prometheus(url, session, timeout_seconds, max_bytes)


@contextmanager
def _without_gc() -> Iterator[None]:
    """Parsing makes millions of small objects and no garbage; collecting meanwhile takes three times as long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _cause(fault: BaseException) -> str:
    """The innermost reason, which is the one that helps: "Connection refused"."""
    while fault.__cause__ or fault.__context__:
        fault = fault.__cause__ or fault.__context__  # type: ignore[assignment]
    return str(fault)
