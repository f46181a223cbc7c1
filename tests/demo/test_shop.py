"""The sample shop: what it answers, what it counts, and how it is broken on request."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tallystick.demo.load import Load
from tallystick.demo.service import ShopService
from tallystick.demo.shape import BY_NAME, SERVICES, Handler, Service, public_url
from tallystick.demo.shop import Shop, make_shop
from tallystick.demo.site import Request, Response, Server

PAY = Request("POST", "/pay", {})


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> float:
        """Seconds since some beginning."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.at += seconds


def make_service(clock: Clock, name: str = "checkout") -> ShopService:
    """A service that sleeps by *clock*."""
    return ShopService(BY_NAME[name], seed=3, sleep=clock.sleep, now=clock.now)


def samples(service: ShopService) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What /metrics shows, by name and labels."""
    text = service.respond(Request("GET", "/metrics", {})).body.decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests_by_code(service: ShopService) -> dict[str, float]:
    """Requests counted so far, by code."""
    found: dict[str, float] = {}
    for (name, labels), value in samples(service).items():
        if name == "http_requests_total":
            code = dict(labels)["code"]
            found[code] = found.get(code, 0) + value
    return found


@pytest.fixture
def shop() -> Iterator[Shop]:
    """The shop without customers, at free ports."""
    opened = make_shop({**dict.fromkeys(BY_NAME, 0), "probe": 0}, seed=1, load=False).start()
    yield opened
    opened.stop()


def test_a_label_set_appears_with_its_first_request() -> None:
    """A fresh service shows when it started and no request at all; then one series for each answer there was."""
    service = make_service(Clock())
    assert samples(service)["process_start_time_seconds", ()] == pytest.approx(time.time(), abs=86_400)
    assert requests_by_code(service) == {}
    service.respond(Request("POST", "/fault", {"mode": "errors"}))
    service.respond(PAY)
    assert requests_by_code(service) == {"500": 1}


def test_every_request_is_counted_once_and_timed_once() -> None:
    """Counter and histogram of a handler agree with the answers that were given."""
    service = make_service(Clock())
    codes = [service.respond(PAY).status for _ in range(500)]
    assert requests_by_code(service) == {str(code): codes.count(code) for code in set(codes)}
    assert samples(service)["http_request_duration_seconds_count", (("handler", "/pay"),)] == 500


def test_an_error_fault_hits_its_share_until_its_time_is_over() -> None:
    """Half of the requests fail while the fault lasts, and hardly any after it has healed by itself."""
    clock = Clock()
    service = make_service(clock)
    service.respond(Request("POST", "/fault", {"mode": "errors", "share": "0.5", "for": "1h"}))
    during = [service.respond(PAY).status for _ in range(400)]
    clock.at += 3_600
    after = [service.respond(PAY).status for _ in range(400)]
    assert 150 < during.count(500) < 250
    assert after.count(500) < 5


def test_a_latency_fault_makes_requests_miss_300_ms() -> None:
    """No request under a latency fault is answered within 300 ms, and none of them fails because of it."""
    clock = Clock()
    service = make_service(clock)
    service.respond(Request("POST", "/fault", {"mode": "latency"}))
    for _ in range(50):
        before = clock.at
        assert service.respond(PAY).status != 500
        assert clock.at - before > 0.3


@pytest.mark.parametrize("off", [Request("DELETE", "/fault", {}), Request("POST", "/fault", {"mode": "off"})])
def test_a_fault_can_be_switched_off(off: Request) -> None:
    """Both ways of switching a fault off leave the health check fine."""
    service = make_service(Clock())
    health = Request("GET", "/healthz", {})
    service.respond(Request("POST", "/fault", {"mode": "errors"}))
    assert service.respond(health).status == 500
    service.respond(off)
    assert service.respond(health).status == 200
    assert json.loads(service.respond(Request("GET", "/fault", {})).body)["mode"] == "off"


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"mode": "smoke"}, "mode is one of"),
        ({"share": "2"}, "share is a number from 0 to 1"),
        ({"share": "much"}, "share is a number from 0 to 1"),
        ({"share": "nan"}, "share is a number from 0 to 1"),
        ({"for": "soon"}, "is not a duration"),
        ({"for": "2d"}, "at most 1d"),
    ],
)
def test_a_senseless_fault_is_refused(query: dict[str, str], complaint: str) -> None:
    """The switch says what is wrong, and leaves the service as it was."""
    service = make_service(Clock())
    answer = service.respond(Request("POST", "/fault", query))
    assert answer.status == 400
    assert complaint in answer.body.decode()
    assert service.respond(Request("GET", "/healthz", {})).status == 200


def test_the_shop_answers_over_http(shop: Shop) -> None:
    """Each service answers its own requests at its own port, and 404 to those of the others."""
    for service in SERVICES:
        url = shop.servers[service.name].url
        for other in SERVICES:
            for handler in other.handlers:
                status = requests.request(handler.method, url + handler.path, timeout=5).status_code
                assert (status != 404) == (other is service), (service.name, handler.path)


def test_a_probe_tells_whether_a_service_answers(shop: Shop) -> None:
    """The prober answers as blackbox_exporter does: 1 for a service that is fine, 0 for one that is broken."""

    def probe(service: str) -> Any:
        answer = requests.get(shop.servers["probe"].url + "/probe", params={"target": public_url(service)}, timeout=5)
        return {family.name: family.samples[0].value for family in text_string_to_metric_families(answer.text)}

    requests.post(shop.servers["cart"].url + "/fault", params={"mode": "errors"}, timeout=5)
    assert probe("checkout")["probe_success"] == 1
    assert probe("cart")["probe_success"] == 0
    unknown = requests.get(shop.servers["probe"].url + "/probe", params={"target": "http://127.0.0.1:1/"}, timeout=5)
    assert unknown.status_code == 404


def test_a_huge_request_is_refused(shop: Shop) -> None:
    """A body over 1 MiB is not read."""
    answer = requests.post(shop.servers["cart"].url + "/cart", data=b"x" * (1 << 20) + b"x", timeout=5)
    assert answer.status_code == 413


class Door:
    """Counts who comes in."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.lock = Lock()

    def respond(self, request: Request) -> Response:
        """Let one in."""
        with self.lock:
            self.paths.append(request.path)
        return Response()


def test_customers_come_at_the_rate_they_should() -> None:
    """Over three seconds about as many requests arrive as the rate says, split over the handlers by their shares."""
    handlers = tuple(Handler(path, "GET", share, "404", 0, (0, 0, 0)) for path, share in (("/a", 0.8), ("/b", 0.2)))
    door = Door()
    server = Server(door, 0).start()
    load = Load(Service("busy", peak=50, floor=1, errors=0, handlers=handlers), server.url, seed=5)
    thread = load.start()
    time.sleep(3)
    load.stop()
    thread.join()
    server.stop()
    # 150 expected on a working day, 120 at a weekend; bounds of more than four standard deviations.
    assert 75 < len(door.paths) < 205
    assert 0.6 < door.paths.count("/a") / len(door.paths) < 0.95


def test_the_trend_is_the_rate_beside_what_it_just_was() -> None:
    """In the morning there is more than in the hour before, at night less; a rate of its own mean has no trend."""
    service = BY_NAME["checkout"]
    monday = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
    for hour, low, high in ((8, 1.05, 1.3), (14, 0.99, 1.01), (20, 0.7, 0.95)):
        at = monday + hour * 3_600
        before = [service.rate(at - ago) for ago in range(3_600)]
        trend = service.trend(at, 3_600)
        assert trend == pytest.approx(service.rate(at) / (sum(before) / len(before)), rel=0.01)
        assert low < trend < high
