"""One service of the sample shop: it answers requests, sometimes badly, and counts them as real services do."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from tallystick.demo.fault import Fault, Mode, parse_fault
from tallystick.demo.shape import BUCKET_MEANS, BUCKETS, DURATION, REQUESTS, Handler, Service
from tallystick.demo.site import Request, Response

_SLOW_BUCKET = 2
"""A latency fault makes requests as slow as those between 300 ms and 1 s."""

_SPREAD = 0.15
"""Latencies lie this far around their bucket's usual one; no bucket's bound is within."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request goes: its code, and how long it takes in seconds."""

    code: str
    seconds: float


class ShopService:
    """
    A service with handlers, metrics, a health check and a fault switch.

    Its label sets appear with their first request, as in any service that uses a client library.
    """

    def __init__(
        self,
        service: Service,
        seed: int,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Prepare *service*; *seed* decides how its requests go."""
        self.service = service
        self.fault = Fault()
        self.registry = CollectorRegistry()
        self._random = random.Random(f"{service.name}-{seed}")
        self._sleep = sleep
        self._now = now
        self._handlers = {(handler.method, handler.path): handler for handler in service.handlers}
        ProcessCollector(registry=self.registry)
        self._requests = Counter(REQUESTS, "Requests answered.", ["handler", "method", "code"], registry=self.registry)
        self._duration = Histogram(
            DURATION, "Time to answer a request.", ["handler"], buckets=BUCKETS, registry=self.registry
        )

    def respond(self, request: Request) -> Response:
        """Answer *request*."""
        handler = self._handlers.get((request.method, request.path))
        if handler is not None:
            return self._handle(handler)
        match request.path:
            case "/metrics":
                return Response(200, generate_latest(self.registry), CONTENT_TYPE_LATEST)
            case "/healthz":
                broken = self._strikes() == "errors"
                return Response(500, b"broken\n") if broken else Response(200, b"fine\n")
            case "/fault":
                return self._switch(request)
            case _:
                return Response(404, b"not found\n")

    def _handle(self, handler: Handler) -> Response:
        outcome = self._outcome(handler)
        with self._duration.labels(handler.path).time():
            self._sleep(outcome.seconds)
        self._requests.labels(handler.path, handler.method, outcome.code).inc()
        return Response(int(outcome.code), b"{}\n", "application/json")

    def _outcome(self, handler: Handler) -> Outcome:
        strike = self._strikes()
        slow = self._random.random()
        bucket = sum(slow < share for share in handler.exceed)
        if strike == "latency":
            bucket = max(bucket, _SLOW_BUCKET)
        seconds = BUCKET_MEANS[bucket] * self._random.uniform(1 - _SPREAD, 1 + _SPREAD)
        return Outcome("500" if strike == "errors" else self._code(handler), seconds)

    def _code(self, handler: Handler) -> str:
        if self._random.random() < self.service.errors:
            return "500"
        return handler.client_code if self._random.random() < handler.client_share else "200"

    def _strikes(self) -> Mode:
        return self.fault.hits(self._now(), self._random.random())

    def _switch(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self.fault = parse_fault(request.query, self._now())
            except ValueError as mistake:
                return Response(400, f"{mistake}\n".encode())
        elif request.method == "DELETE":
            self.fault = Fault()
        return Response(200, self.fault.to_json(self.service.name), "application/json")
