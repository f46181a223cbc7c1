"""Many questions in few requests: nothing is mixed up, and one that fails fails alone."""

from collections.abc import Sequence

import numpy as np
import pytest

from online.canned import Canned, Refusal, Told, serve
from support.servers import StartPrometheus
from tallystick.errors import PrometheusError
from tallystick.online.oracle import MOST_FAILED, MOST_LATE, TOGETHER, Answer, Instants, Oracle
from tallystick.upstream.client import connect

INSTANTS = Instants(1_764_547_200_000, 60_000, 3)


def ask(url: str, queries: Sequence[str], timeout_seconds: float = 30) -> list[Answer]:
    """The answers of what is at *url*."""
    return Oracle(connect(url, timeout_seconds=timeout_seconds), lambda *_: None).ask(queries, INSTANTS)


def reasons(answers: Sequence[Answer]) -> list[str]:
    """Why there are none; nothing where there is one."""
    return [one.reason if isinstance(one, PrometheusError) else "" for one in answers]


def test_each_question_gets_its_own_answer() -> None:
    """Fifty questions take three requests, and each gets its own series, in its own order, with NaN where there is nothing."""

    def told(query: str) -> Told:
        return [({"region": "eu"}, [float(query), float(query) + 1])]

    progress: list[tuple[int, int]] = []
    canned = Canned(of=told)
    with serve(canned) as url:
        oracle = Oracle(connect(url), lambda *step: progress.append(step))
        answers = oracle.ask([str(number) for number in range(50)], INSTANTS)

    assert len(canned.asked) == oracle.prometheus.sent == -(-50 // TOGETHER)
    for number, answer in enumerate(answers):
        assert not isinstance(answer, PrometheusError)
        (series,) = answer
        assert series.labels == {"region": "eu"}
        np.testing.assert_array_equal(series.numbers, [number, number + 1, np.nan])
    assert oracle.numbers == 100
    assert progress[-1] == (50, 50)


def test_real_prometheus_tells_answers_apart(start_prometheus: StartPrometheus) -> None:
    """Questions with the same labels in their answers, with comments, and with nothing to say do not meet in Prometheus."""
    url = start_prometheus().url
    queries = ["vector(1) # one", "vector(2)", "no_such_metric", 'label_replace(vector(3), "a", "b", "", "")', "rate("]

    answers = ask(url, queries)

    found = [None if isinstance(one, PrometheusError) else [list(series.numbers) for series in one] for one in answers]
    assert found == [[[1, 1, 1]], [[2, 2, 2]], [], [[3, 3, 3]], None]
    assert reasons(answers)[4] == "rejected"


@pytest.mark.parametrize("refusal", [Refusal(422), Refusal(500), Refusal(503), Refusal(400, "parse error")])
def test_one_that_is_refused_fails_alone(refusal: Refusal) -> None:
    """Of twenty questions that are asked together, and refused together, nineteen are answered."""
    with serve(Canned(of=lambda query: refusal if query == "q7" else [({}, [1])])) as url:
        answers = ask(url, [f"q{number}" for number in range(20)])

    assert [number for number, reason in enumerate(reasons(answers)) if reason] == [7]
    assert refusal.error in str(answers[7])


def test_numbers_that_are_none_fail_alone() -> None:
    """What can't be read, or is of a time that was not asked for, is no answer, and hides no other one."""
    odd: dict[str, Told] = {"q3": [({}, [1] * 4)], "q5": [({}, ["many"])]}  # type: ignore[list-item]  # that is the point
    with serve(Canned(of=lambda query: odd.get(query, [({}, [1])]))) as url:
        answers = ask(url, [f"q{number}" for number in range(20)])

    assert [number for number, reason in enumerate(reasons(answers)) if reason == "bad_answer"] == [3, 5]


def test_who_refuses_everything_is_not_asked_for_ever() -> None:
    """A thousand questions to a server that refuses all are given up after some of them."""
    canned = Canned(of=lambda _: Refusal(500, "no"))
    with serve(canned) as url:
        answers = ask(url, [f"q{number}" for number in range(1_000)])

    assert set(reasons(answers)) == {"http"}
    assert len(canned.asked) < 1_000 / TOGETHER + MOST_FAILED + 10


def test_who_never_answers_is_waited_for_a_few_times() -> None:
    """Answers that do not come are waited for eight times, and some that were under way; the rest is not asked."""
    canned = Canned(of=lambda _: Refusal(seconds=1))
    with serve(canned) as url:
        answers = ask(url, [f"q{number}" for number in range(200)], timeout_seconds=0.2)

    assert set(reasons(answers)) == {"timeout"}
    assert len(canned.asked) <= MOST_LATE + 4


def test_nobody_there_is_no_answer_to_a_question() -> None:
    """A server that hangs up ends it, instead of making a warning of every SLO."""
    with serve(Canned(of=lambda _: Refusal(hangs_up=True))) as url, pytest.raises(PrometheusError, match="can't reach"):
        ask(url, ["q"])
