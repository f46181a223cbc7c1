"""One HTTP client for Prometheus' query API, and for what speaks it (Mimir, Thanos, VictoriaMetrics)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Literal

import orjson
import requests
import urllib3

from tallystick import __version__
from tallystick.errors import PrometheusError, Reason, TallystickError
from tallystick.uncollected import uncollected
from tallystick.upstream.address import check_headers, check_url, endpoint, public
from tallystick.upstream.deadline import OverdueError, StoppedError, within

MAX_BYTES = 32 * 1024 * 1024
"""Longest answer that is read; about a million samples. Parsed, it takes some eight times as much memory."""

Form = Mapping[str, str | Sequence[str]]
Method = Literal["GET", "POST"]

_CHUNK_BYTES = 256 * 1024
_REFUSED = (400, 422)
"""Statuses with which Prometheus refuses a query: bad syntax, or too many samples."""

_GATEWAY_TIMEOUT = 504
_WORDS = 300
"""How much of a server's own words a message takes over, in characters."""

_LATE = (OverdueError, requests.Timeout, urllib3.exceptions.TimeoutError)
_GARBLED = (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError)
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


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
        stop: once it is set, the request under way and all later ones fail at once.
    """

    url: str
    session: requests.Session
    timeout_seconds: float = 30
    max_bytes: int = MAX_BYTES
    sent: int = 0
    stop: Event = field(default_factory=Event)

    @property
    def public_url(self) -> str:
        """Its address without user name, password and query."""
        return public(self.url)

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
        return self._result("/api/v1/query", {"query": promql, "time": _seconds(at_ms)})

    def query_range(self, promql: str, start_ms: int, end_ms: int, step_ms: int) -> Any:
        """
        Evaluate *promql* at each of several instants.

        Args:
            promql: any query that gives numbers.
            start_ms: the first instant, in milliseconds since 1970.
            end_ms: none is later.
            step_ms: how far they are apart; Prometheus takes at most 11,000 of them.

        Returns:
            The ``result`` of the answer: series with the values that there were.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        times = {"start": _seconds(start_ms), "end": _seconds(end_ms), "step": _seconds(step_ms)}
        # VictoriaMetrics moves the instants to multiples of the step, unless it is told not to cache.
        return self._result("/api/v1/query_range", {"query": promql, **times, "nocache": "1"})

    def series(self, promql: str, start_ms: int, end_ms: int) -> list[Mapping[str, str]]:
        """
        The labels of the series of a selector that had any sample within a range of time, or near it.

        Args:
            promql: the selector.
            start_ms: where the range begins, in milliseconds since 1970.
            end_ms: where it ends.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        form = {"match[]": promql, "start": _seconds(start_ms), "end": _seconds(end_ms)}
        answer = self._answered("/api/v1/series", form)
        try:
            return [{str(name): str(value) for name, value in one.items()} for one in answer]
        except (TypeError, AttributeError) as fault:
            raise PrometheusError("bad_answer", f"{self.public_url} answered without series") from fault

    def get(self, path: str, **form: str | Sequence[str]) -> Any:
        """
        What the API has at *path* beside queries: ``/api/v1/targets``, ``/api/v1/rules``.

        Returns:
            The ``data`` of the answer.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        return self._answered(path, form, "GET")

    def _result(self, path: str, form: Mapping[str, str]) -> Any:
        data = self._answered(path, form)
        try:
            return data["result"]
        except (TypeError, KeyError) as fault:
            raise PrometheusError("bad_answer", f"{self.public_url} answered without a result") from fault

    def _answered(self, path: str, form: Form, method: Method = "POST") -> Any:
        """The ``data`` of a whole answer."""
        answer = self._send(path, form, method)
        if not isinstance(answer, dict) or answer.get("status") != "success" or "data" not in answer:
            raise PrometheusError("bad_answer", f"{self.public_url} did not answer as Prometheus does")
        if answer.get("warnings"):
            raise PrometheusError("partial", f"{self.public_url} answered in part: {_first(answer['warnings'])}")
        if answer.get("isPartial") is True:  # VictoriaMetrics' word for it
            raise PrometheusError("partial", f"{self.public_url} answered in part: some of its storage is not there")
        return answer["data"]

    def now(self) -> float:
        """
        The server's own clock, in seconds since 1970: samples bear its time, whatever the clock is here.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        answer = self._send("/api/v1/query", {"query": "vector(time())"})  # without a time, it is evaluated now
        try:
            return float(answer["data"]["result"][0]["value"][1])
        except (TypeError, KeyError, IndexError, ValueError) as fault:
            raise PrometheusError("bad_answer", f"{self.public_url} did not tell its time") from fault

    def document(self, path: str) -> Any:
        """
        The JSON at *path*, whatever it says: for what speaks no API of Prometheus' (Alertmanager, Grafana).

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        return self._send(path, {}, "GET")

    def fetch(self, path: str, form: Form | None = None, method: Method = "GET") -> tuple[int, bytes]:
        """
        Status and body of what is at *path*, whatever they are.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        self.sent += 1
        try:
            return within(self.timeout_seconds, self.stop, partial(self._exchange, method, path, form or {}))
        except StoppedError as fault:
            raise PrometheusError("unreachable", f"stopped before {self.public_url} answered") from fault
        except _LATE as fault:
            raise PrometheusError(
                "timeout", f"{self.public_url} gave no answer in {self.timeout_seconds:g} s"
            ) from fault
        except _GARBLED as fault:
            raise PrometheusError("bad_answer", f"{self.public_url} sent what can't be decompressed") from fault
        except _BROKEN as fault:
            raise PrometheusError("unreachable", f"can't reach {self.public_url}: {_cause(fault)}") from fault

    def _send(self, path: str, form: Form, method: Method = "POST") -> Any:
        return self._parse(*self.fetch(path, form, method))

    def _exchange(self, method: Method, path: str, form: Form, given_up: Event) -> tuple[int, bytes]:
        """Status and body of one answer; runs in a thread of its own."""
        address, limit = endpoint(self.url, path), self.timeout_seconds
        # A redirect would turn the query into a GET and hand our headers to whoever is named: it is told instead.
        data, params = (form, None) if method == "POST" else (None, form)
        with self.session.request(
            method, address, params=params, data=data, timeout=limit, stream=True, allow_redirects=False
        ) as response:
            return response.status_code, self._read(response, given_up)

    def _read(self, response: requests.Response, given_up: Event) -> bytes:
        parts, size = [], 0
        # read1 gives what has arrived; iter_content would wait for a whole chunk.
        while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self.max_bytes:
                raise PrometheusError("too_large", f"{self.public_url} answered with more than {self.max_bytes} bytes")
            if given_up.is_set():
                raise requests.Timeout
        return b"".join(parts)

    def _parse(self, status: int, body: bytes) -> Any:
        try:
            with uncollected():
                answer = orjson.loads(body)
        except ValueError as fault:
            reason = _reason(status, None) if status // 100 != 2 else "bad_answer"  # noqa: PLR2004  # 2xx
            raise PrometheusError(reason, f"{self.public_url} answered {status} with no JSON") from fault
        if status // 100 != 2:  # noqa: PLR2004  # 2xx
            told = answer if isinstance(answer, dict) else {}
            words = str(told.get("error", ""))[:_WORDS]
            raise PrometheusError(
                _reason(status, told.get("errorType")), f"{self.public_url} answered {status}: {words}"
            )
        return answer


def connect(
    url: str, *, timeout_seconds: float = 30, headers: Mapping[str, str] | None = None, max_bytes: int = MAX_BYTES
) -> Prometheus:
    """
    A client for the Prometheus at *url*; nothing is sent yet.

    Raises:
        TallystickError: the address, a header or the timeout can't be used; no message repeats what may be secret.
    """
    if not 0 < timeout_seconds < float("inf"):
        raise TallystickError(f"an answer of Prometheus can't be waited for {timeout_seconds:g} s")
    session = requests.Session()
    session.headers.update({"User-Agent": f"tallystick/{__version__}", **check_headers(headers or {})})
    return Prometheus(check_url(url), session, timeout_seconds, max_bytes)


def _seconds(milliseconds: int) -> str:
    """*milliseconds* as the API takes an instant or a length."""
    return f"{milliseconds / 1_000:.3f}"


def _reason(status: int, error_type: object) -> Reason:
    """Why an answer with *status*, which is not 2xx, is none; Prometheus says ``timeout`` of a query that took long."""
    if status == _GATEWAY_TIMEOUT or error_type == "timeout":
        return "timeout"
    return "rejected" if status in _REFUSED else "http"


def _first(warnings: object) -> str:
    """The first of *warnings*, which should be a list of texts."""
    return str(warnings[0] if isinstance(warnings, list) else warnings)[:_WORDS]


def _cause(fault: BaseException) -> str:
    """
    The innermost reason, which is the one that helps: "Connection refused".

    Only the system and the connection are quoted; messages about addresses, proxies and headers repeat them.
    """
    while fault.__cause__ or fault.__context__:
        fault = fault.__cause__ or fault.__context__  # type: ignore[assignment]
    told = isinstance(fault, OSError | urllib3.exceptions.ProtocolError)
    return str(fault) if told and not isinstance(fault, requests.RequestException) else type(fault).__name__
