"""The web server: starts, answers, stops, and says why it can't."""

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from support.servers import StartPrometheus
from tallystick.errors import REASONS, TallystickError
from tallystick.web.app import create_app
from tallystick.web.server import Server
from web.fake_view import FakeView, Life, slo

HOST = "127.0.0.1"


def test_it_answers_from_start_to_stop() -> None:
    """On a free port it answers at once, and after its stop nobody does."""
    server = Server(create_app(FakeView()), HOST, 0)
    server.start()
    answer = requests.get(f"{server.url}/-/healthy", timeout=10)
    url = server.url
    server.stop()

    assert answer.text == "tallystick is Healthy.\n"
    assert "server" not in answer.headers
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/-/healthy", timeout=10)


def test_answers_under_way_are_finished() -> None:
    """Who was being answered when the server was told to stop gets the whole answer."""
    asked = threading.Event()

    def slow(_request: Request) -> PlainTextResponse:
        asked.set()
        time.sleep(0.5)
        return PlainTextResponse("done")

    with ThreadPoolExecutor() as pool:
        with Server(Starlette(routes=[Route("/", slow)]), HOST, 0) as server:
            answer = pool.submit(requests.get, server.url, timeout=10)
            assert asked.wait(10)

        assert answer.result().text == "done"


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    """An address that another program listens on is an error that names it."""
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(TallystickError, match=rf"^can't listen on {HOST}:{port}: .*in use"):
            Server(create_app(FakeView()), HOST, port).start()


@pytest.mark.parametrize(("host", "port"), [("256.256.256.256", 0), ("192.0.2.1", 0), (HOST, 70_000)])
def test_an_address_that_is_none_is_told_in_a_sentence(host: str, port: int) -> None:
    """A host that is not this machine's and a port that does not exist are errors, not tracebacks."""
    with pytest.raises(TallystickError, match=rf"^can't listen on {host}:{port}: "):
        Server(create_app(FakeView()), host, port).start()


def test_stopping_what_never_started_is_nothing() -> None:
    """Clean-up code may stop a server that could not start."""
    server = Server(create_app(FakeView()), HOST, 0)

    server.stop()


def test_signals_stay_with_the_program() -> None:
    """The server takes no signal: how a program ends is its own affair."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    with Server(create_app(FakeView()), HOST, 0) as server:
        requests.get(server.url, timeout=10)
        during = {number: signal.getsignal(number) for number in before}

    assert before == during


def test_everywhere_is_shown_as_here() -> None:
    """A server that listens on every address tells one that can be opened."""
    with Server(create_app(FakeView()), "0.0.0.0", 0) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert requests.get(f"{server.url}/-/ready", timeout=10).status_code == 200


def test_a_name_with_a_percent_sign_is_decoded_once() -> None:
    """An address is decoded as often as it was encoded: ``%25`` in it is a percent sign, and nothing more."""
    view = FakeView([Life(slo("shop", "%2e%2e/%00"))])
    with Server(create_app(view), HOST, 0) as server:
        answer = requests.get(f"{server.url}/api/v1/slo/shop-%252e%252e%2F%2500", timeout=10)

    assert answer.json()["name"] == "%2e%2e/%00"


def test_prometheus_scrapes_it(start_prometheus: StartPrometheus) -> None:
    """A real Prometheus takes the metrics in the format it asks for, without a complaint."""
    with Server(create_app(FakeView()), HOST, 0) as server:
        job = {
            "job_name": "tallystick",
            "scrape_interval": "1s",
            "static_configs": [{"targets": [server.url.removeprefix("http://")]}],
        }
        prometheus = start_prometheus(config={"scrape_configs": [job]})

        def query(text: str) -> list[dict[str, object]]:
            answer = requests.get(f"{prometheus.url}/api/v1/query", params={"query": text}, timeout=10).json()
            found: list[dict[str, object]] = answer["data"]["result"]
            return found

        deadline = time.monotonic() + 30
        while not query("up == 1") and time.monotonic() < deadline:
            time.sleep(0.2)
        (breached,) = query('slo_met{slo="checkout-availability"} == 0')
        (target,) = requests.get(f"{prometheus.url}/api/v1/targets", timeout=10).json()["data"]["activeTargets"]
        counted = query("count(tallystick_query_failures_total)")

    assert target["lastError"] == ""
    assert breached["metric"] == {
        "__name__": "slo_met",
        "instance": target["labels"]["instance"],
        "job": "tallystick",
        "slo": "checkout-availability",
        "slo_service": "checkout",
        "window": "30d",
    }
    slos = {health.slo.slo_id for health in FakeView().state().health}
    assert counted[0]["value"][1] == str(len(slos) * len(REASONS))  # type: ignore[index]  # as the API writes a value
