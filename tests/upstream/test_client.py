"""What the client makes of a Prometheus that is ill, gone, or something else."""

import gzip
import socket
import threading
import time
import traceback
from dataclasses import replace

import orjson
import pytest
import requests

from support.servers import StartPrometheus
from tallystick.core.selector import Selector
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError, TallystickError
from tallystick.upstream.client import Prometheus, connect
from tallystick.upstream.samples import raw_samples
from upstream.faulty import Fault, faulty_server

SPAN = TimeRange(1_764_547_200, 1_764_547_260)


def answer(result: object, **more: object) -> bytes:
    """A whole answer with *result*."""
    return orjson.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **more})


GOOD = answer([{"metric": {"__name__": "x", "job": "j"}, "values": [[1_764_547_230, "5"]]}])


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (Fault(status=500, body=b"oops"), "http", "answered 500"),
        (Fault(status=503, body=b"Service Unavailable"), "http", "answered 503"),
        (Fault(status=504, body=b"<html>gateway</html>"), "timeout", "answered 504"),
        (
            Fault(status=503, body=b'{"status":"error","errorType":"timeout","error":"query timed out"}'),
            "timeout",
            "503",
        ),
        (Fault(status=503, body=b'{"status":"error","errorType":7,"error":["odd"]}'), "http", "odd"),
        (Fault(status=302, body=b"<html>over there</html>"), "http", "answered 302"),
        (Fault(status=401, body=b"<html>who are you</html>"), "http", "answered 401"),
        (Fault(status=422, body=b'{"status":"error","error":"too many samples"}'), "rejected", "too many samples"),
        (Fault(status=400, body=b'{"status":"error","error":"parse error"}'), "rejected", "parse error"),
        (Fault(body=b"<html>welcome</html>"), "bad_answer", "no JSON"),
        (Fault(body=GOOD[:40]), "bad_answer", "no JSON"),
        (Fault(body=GOOD, sent_bytes=40), "unreachable", "can't reach"),
        (Fault(body=b'{"hello": "world"}'), "bad_answer", "did not answer as Prometheus does"),
        (Fault(body=b"[]"), "bad_answer", "did not answer as Prometheus does"),
        (Fault(body=b'{"status":"success","data":[]}'), "bad_answer", "without a result"),
        (Fault(body=answer([], warnings=["store x is gone"])), "partial", "store x is gone"),
        (Fault(body=answer([{"values": [[1, "2"]]}])), "bad_answer", "can't be read"),
        (Fault(body=answer([{"metric": {}, "values": [[1, "many"]]}])), "bad_answer", "can't be read"),
        (Fault(body=answer([], warnings={"odd": 1})), "partial", "odd"),
        (Fault(body=answer(7)), "bad_answer", "can't be read"),
        (Fault(body=answer(["x"])), "bad_answer", "can't be read"),
        (Fault(body=answer({"metric": {}})), "bad_answer", "can't be read"),
        (Fault(body=answer([{"metric": [], "values": [[1, "2"]]}])), "bad_answer", "can't be read"),
        (Fault(body=answer([{"metric": {}, "values": [[1e300, "2"]]}])), "bad_answer", "can't be read"),
        (Fault(body=answer([{"metric": {}, "values": [[1e18, "2"]]}])), "bad_answer", "can't be read"),
        (Fault(body=b"no gzip", headers={"Content-Encoding": "gzip"}), "bad_answer", "can't be decompressed"),
        (Fault(body=b"[" * 100_000), "bad_answer", "no JSON"),
        (Fault(body=GOOD + b" " * 200_000), "too_large", "more than 100000 bytes"),
        (Fault(body=GOOD, seconds=0.6), "timeout", "no answer in 0.3 s"),
    ],
)
def test_a_fault_has_a_reason(fault: Fault, reason: str, words: str) -> None:
    """Each way to fail is told apart, with words that name the server and what it did."""
    with faulty_server(fault) as url, pytest.raises(PrometheusError, match=words) as caught:
        raw_samples(connect(url, timeout_seconds=0.3, max_bytes=100_000), Selector("x"), SPAN)

    assert caught.value.reason == reason


@pytest.mark.parametrize("drip", ["headers", "body"])
def test_dripping_is_no_answer(drip: str) -> None:
    """A server that sends a byte now and then is given up when the time for the whole answer is over."""
    with faulty_server(Fault(body=GOOD * 10, drip=drip)) as url:
        started = time.monotonic()
        with pytest.raises(PrometheusError, match=r"no answer in 0\.3 s") as caught:
            connect(url, timeout_seconds=0.3).query("x", 0)

    assert caught.value.reason == "timeout"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("fault", [Fault(seconds=3), Fault(body=GOOD * 10, drip="body")])
def test_a_request_under_way_can_be_stopped(fault: Fault) -> None:
    """Setting `stop` ends a request that waits for its answer or reads it, and later ones before they are sent."""
    with faulty_server(fault) as url:
        prometheus = connect(url)
        threading.Timer(0.2, prometheus.stop.set).start()
        started = time.monotonic()
        for _ in range(2):
            with pytest.raises(PrometheusError, match="stopped before") as caught:
                prometheus.query("x", 0)

    assert caught.value.reason == "unreachable"
    assert time.monotonic() - started < 1


def test_compressed_answers_are_read() -> None:
    """An answer that gzip made small is the same answer, and its limit is that of what comes out."""
    packed = Fault(body=gzip.compress(answer([{"metric": {"job": "j"}, "values": [[1_764_547_230, "5"]]}])))
    with faulty_server(replace(packed, headers={"Content-Encoding": "gzip"})) as url:
        (series,) = raw_samples(connect(url), Selector("x"), SPAN)
    bomb = Fault(body=gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"})
    with faulty_server(bomb) as url, pytest.raises(PrometheusError) as caught:
        connect(url, max_bytes=100_000).query("x", 0)

    assert series.values.tolist() == [5]
    assert caught.value.reason == "too_large"


def test_a_query_that_prometheus_ends_is_a_timeout(start_prometheus: StartPrometheus) -> None:
    """The time limit of the server itself is told apart from a server that is broken."""
    server = start_prometheus(flags=("--query.timeout=1ms",))

    with pytest.raises(PrometheusError, match="answered 503") as caught:
        connect(server.url).query("sum_over_time(vector(time())[10h:1s])", 1_700_000_000_000)

    assert caught.value.reason == "timeout"


def test_nobody_there() -> None:
    """No server at all is told with the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(PrometheusError, match="refused") as caught:
        connect(url).query("x", 0)

    assert caught.value.reason == "unreachable"


def test_credentials_stay_secret() -> None:
    """User name and password of the address appear in no message."""
    prometheus = connect("http://me:secret@127.0.0.1:1/prom")

    with pytest.raises(PrometheusError) as caught:
        prometheus.query("x", 0)

    assert "secret" not in str(caught.value)
    assert prometheus.public_url == "http://127.0.0.1:1/prom"


SECRET_URLS = [
    "bob:s3cret@host:9090",
    "http://[::1?token=s3cret",
    "http://bob:s3c/ret@host",
    "http://bob:9/s3cret@host",
    "http://bob:s3cret@",
    "http://bob:s3cret@host:many",
    "http://bob:s3cret@host\n",
    "ftp://bob:s3cret@host",
    "postgresql://bob:s3cret@host",
    "//bob:s3cret@host",
    "http:bob:s3cret@host",
    "s3cret",
    "",
]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_what_is_no_address_is_refused(url: str) -> None:
    """An address that can't be used is told before the first request, and not repeated."""
    with pytest.raises(TallystickError, match="write http://HOST:PORT") as caught:
        connect(url)

    assert_secret(caught.value)
    assert_secret(Prometheus(url, requests.Session()).public_url)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Authorization", "Bearer s3cret\r\nX: y", "'Authorization': its value"),
        ("Authorization", "Bearer s3cret\n", "'Authorization': its value"),
        ("Authorization", "Bearer s3cret\N{EURO SIGN}", "'Authorization': its value"),
        ("Authorization: Bearer s3cret", "", "'Authorization': its name"),
        ("", "s3cret", "its name"),
        ("\N{EURO SIGN}s3cret", "s3cret", "its name"),
    ],
)
def test_a_header_that_can_not_be_sent_is_refused(name: str, value: str, words: str) -> None:
    """It is told by name, before the first request, and its value is not repeated."""
    with pytest.raises(TallystickError, match=words) as caught:
        connect("http://localhost", headers={name: value})

    assert_secret(caught.value)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_timeout_is_some_time(seconds: float) -> None:
    """No time at all, or no end of it, is refused."""
    with pytest.raises(TallystickError, match="can't be waited for"):
        connect("http://localhost", timeout_seconds=seconds)


@pytest.mark.parametrize(
    "proxy", ["http://bob:s3cret@127.0.0.1:1", "http://bob:s3cret@[::1", "http://bob:s3cret@127.0.0.1:many", "s3cret:"]
)
def test_a_proxy_that_fails_stays_secret(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with a proxy of the environment, its address is not told."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)

    with pytest.raises(PrometheusError) as caught:
        connect("http://prometheus.invalid").query("x", 0)

    assert caught.value.reason == "unreachable"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://{}/prom/?token=s3cret#s3cret", "http://bob:s3cret@{}/prom"])
def test_secrets_are_sent_and_not_shown(url: str) -> None:
    """A query in the address goes with each request; it and the user name show nowhere."""
    with faulty_server(Fault(status=500)) as there:
        prometheus = connect(url.format(there.removeprefix("http://")))
        with pytest.raises(PrometheusError, match="answered 500") as caught:
            prometheus.query("x", 0)

    assert_secret(caught.value)
    assert prometheus.public_url.rstrip("/") == f"{there}/prom"


def assert_secret(told: object) -> None:
    """Neither the words nor a traceback of *told* have the secret."""
    text = "".join(traceback.format_exception(told)) if isinstance(told, BaseException) else ""
    assert "s3c" not in str(told)
    assert "s3c" not in "\n".join(line for line in text.splitlines() if not line.startswith("    "))


def test_samples_outside_and_without_a_number_are_left_out() -> None:
    """What a closed range brings along, NaN and infinity are not counted."""
    values = [[SPAN.start - 0.001, "1"], [SPAN.start, "2"], [SPAN.start + 1, "NaN"], [SPAN.start + 2, "+Inf"]]
    values += [[SPAN.end - 0.001, "3"], [SPAN.end, "4"]]

    with faulty_server(Fault(body=answer([{"metric": {"job": "j"}, "values": values}]))) as url:
        (series,) = raw_samples(connect(url), Selector("x"), SPAN)

    assert series.values.tolist() == [2, 3]
    assert series.times.tolist() == [SPAN.start * 1_000, SPAN.end * 1_000 - 1]
    assert series.labels == {"job": "j"}
