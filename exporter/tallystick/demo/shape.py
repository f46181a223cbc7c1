"""
What the sample shop's traffic looks like: rates by the hour, codes, latencies.

Both the live shop and its history are drawn from this, so that a window which spans the two sees one service.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

BUCKETS = (0.1, 0.3, 1.0)
"""Upper bounds of the latency histogram, in seconds; +Inf follows."""

BUCKET_MEANS = (0.04, 0.18, 0.55, 1.3)
"""Usual latency in each bucket and above the last, in seconds: far enough from the bounds to end up on the right side."""

REQUESTS = "http_requests_total"
DURATION = "http_request_duration_seconds"
START_TIME = "process_start_time_seconds"
PROBE = "probe_success"
"""Names of the metrics, as the usual client libraries and blackbox_exporter have them."""

_BUSIEST_HOUR = 14
_WEEKEND = 0.8
_DAY_SECONDS = 86_400
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Handler:
    """
    One kind of request.

    Attributes:
        path: what is asked for.
        method: HTTP method.
        share: part of its service's requests.
        client_code: what it answers to a customer's mistake.
        client_share: part of its requests that are such mistakes.
        exceed: share of its requests that take longer than each of `BUCKETS`, falling.
    """

    path: str
    method: str
    share: float
    client_code: str
    client_share: float
    exceed: tuple[float, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes it answers with, the good one first."""
        return ("200", self.client_code, "500")


@dataclass(frozen=True, slots=True)
class Service:
    """
    One service of the shop; its name is also its ``job``.

    Attributes:
        name: what it is called.
        peak: requests per second at the busiest hour of a working day.
        floor: part of *peak* that is left at the quietest hour.
        errors: share of requests answered with 500 on a good day.
        handlers: what it answers.
    """

    name: str
    peak: float
    floor: float
    errors: float
    handlers: tuple[Handler, ...]

    def rate(self, at: float) -> float:
        """Requests per second at instant *at* (seconds since 1970): a cosine over the UTC day, less at weekends."""
        days = at / _DAY_SECONDS
        wave = (1 + math.cos(2 * math.pi * (days - _BUSIEST_HOUR / 24))) / 2
        # 1970-01-01 was a Thursday, day 3 of the week.
        weekend = (int(days) + 3) % 7 >= _SATURDAY
        return self.peak * (self.floor + (1 - self.floor) * wave) * (_WEEKEND if weekend else 1)

    def trend(self, at: float, seconds: int) -> float:
        """The rate at instant *at*, as a multiple of what it was on average in the *seconds* before."""
        minutes = range(0, seconds, 60)
        return self.rate(at) * len(minutes) / sum(self.rate(at - ago) for ago in minutes)


SERVICES = (
    Service(
        name="checkout",
        peak=3.5,
        floor=0.2,
        errors=0.0003,
        handlers=(
            Handler("/pay", "POST", 0.4, "402", 0.008, (0.30, 0.006, 0.0004)),
            Handler("/orders", "GET", 0.6, "404", 0.003, (0.05, 0.003, 0.0002)),
        ),
    ),
    Service(
        name="search",
        peak=5.0,
        floor=0.25,
        errors=0.001,
        handlers=(Handler("/search", "GET", 1.0, "400", 0.004, (0.06, 0.012, 0.001)),),
    ),
    Service(
        name="cart",
        peak=1.2,
        floor=0.003,
        errors=0.0012,
        handlers=(Handler("/cart", "POST", 1.0, "409", 0.01, (0.10, 0.002, 0.0003)),),
    ),
)
"""The shop: about ten requests per second at its busiest, and a cart that sees one request in five minutes at night."""

BY_NAME: Mapping[str, Service] = {service.name: service for service in SERVICES}


def public_url(service: str) -> str:
    """Address under which customers, and the probe, know *service*; it exists inside the demo only."""
    return f"https://{service}.shop.example/"
