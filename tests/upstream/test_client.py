"""What the client makes of a Prometheus that is ill, gone, or something else."""

import socket

import orjson
import pytest

from tallystick.core.selector import Selector
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import connect
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
        (Fault(body=answer(7)), "bad_answer", "can't be read"),
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


def test_samples_outside_and_without_a_number_are_left_out() -> None:
    """What a closed range brings along, NaN and infinity are not counted."""
    values = [[SPAN.start - 0.001, "1"], [SPAN.start, "2"], [SPAN.start + 1, "NaN"], [SPAN.start + 2, "+Inf"]]
    values += [[SPAN.end - 0.001, "3"], [SPAN.end, "4"]]

    with faulty_server(Fault(body=answer([{"metric": {"job": "j"}, "values": values}]))) as url:
        (series,) = raw_samples(connect(url), Selector("x"), SPAN)

    assert series.values.tolist() == [2, 3]
    assert series.times.tolist() == [SPAN.start * 1_000, SPAN.end * 1_000 - 1]
    assert series.labels == {"job": "j"}
