"""The shop's prober: asks each service from outside, and answers as blackbox_exporter does."""

import time
from collections.abc import Mapping

import requests
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from tallystick.demo.shape import PROBE
from tallystick.demo.site import Request, Response

_TIMEOUT_SECONDS = 2


class Prober:
    """``/probe?target=URL`` asks for that address and tells how it went."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Know where public *addresses* really are; nothing else is probed."""
        self.addresses = addresses

    def respond(self, request: Request) -> Response:
        """Answer *request*."""
        address = self.addresses.get(request.query.get("target", ""))
        if request.path != "/probe" or address is None:
            return Response(404, b"ask for /probe?target=, one of " + " ".join(self.addresses).encode() + b"\n")
        return Response(200, probe(address), CONTENT_TYPE_LATEST)


def probe(address: str) -> bytes:
    """Ask for *address*, and write down how it went as metrics."""
    registry = CollectorRegistry()
    success = Gauge(PROBE, "Whether the probe succeeded.", registry=registry)
    duration = Gauge("probe_duration_seconds", "How long the probe took.", registry=registry)
    start = time.perf_counter()
    try:
        success.set(requests.get(address, timeout=_TIMEOUT_SECONDS).ok)
    except requests.RequestException:
        success.set(0)
    duration.set(time.perf_counter() - start)
    return generate_latest(registry)
