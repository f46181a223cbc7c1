"""
Many small questions, asked in few requests: several queries become one answer, in which each series says whose it is.

One question that fails fails alone: what was asked together is then asked apart.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

TOGETHER = 20
"""Questions of one request."""

AT_ONCE = 4
"""Requests that are under way at the same time, so that others still get their answers."""

MOST_LATE = 8
"""Answers that are waited for in vain; each takes as long as the timeout."""

MOST_FAILED = 40
"""Questions that fail before it is plain that all of them do."""

_MARK = "__question__"

Numbers = npt.NDArray[np.float64]
Report = Callable[[int, int], None]
"""Is told how many questions were answered, and of how many."""


@dataclass(frozen=True, slots=True)
class Instants:
    """
    When something is asked.

    Attributes:
        first_ms: the first instant, in milliseconds since 1970.
        step_ms: how far they are apart.
        count: how many there are; Prometheus takes at most 11,000.
    """

    first_ms: int
    step_ms: int = 1_000
    count: int = 1

    @property
    def last_ms(self) -> int:
        """The last of them."""
        return self.first_ms + self.step_ms * (self.count - 1)

    def index(self, seconds: float) -> int:
        """Which of them is at *seconds*; an `IndexError` if none is."""
        index = round((seconds * 1_000 - self.first_ms) / self.step_ms)
        if not 0 <= index < self.count:
            raise IndexError(seconds)
        return index


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and a number for each instant, NaN where there is none."""

    labels: Mapping[str, str]
    numbers: Numbers


Answer = list[Series] | PrometheusError


@dataclass(slots=True)
class Oracle:
    """
    Asks a Prometheus.

    Attributes:
        prometheus: whom.
        report: is told how far it is.
        numbers: how many numbers came back.
        kept: answers, by query and instants: several checks may ask for the same.
    """

    prometheus: Prometheus
    report: Report
    numbers: int = 0
    kept: dict[tuple[str, Instants], Answer] = field(default_factory=dict)
    _late: int = 0
    _failed: int = 0
    _answered: int = 0

    def ask(self, queries: Sequence[str], instants: Instants) -> list[Answer]:
        """
        Evaluate *queries* at each of *instants*.

        Args:
            queries: PromQL that gives vectors; it may end in a comment.
            instants: when.

        Returns:
            For each query its series, or why there is no answer.

        Raises:
            PrometheusError: nobody is there.
        """
        new = [query for query in dict.fromkeys(queries) if (query, instants) not in self.kept]
        for query, answer in zip(new, self._ask(new, instants), strict=True):
            self.kept[query, instants] = answer
        return [self.kept[query, instants] for query in queries]

    def _ask(self, queries: Sequence[str], instants: Instants) -> list[Answer]:
        found: dict[int, Answer] = {}
        if fault := self._hopeless(found):  # what was asked before is lesson enough
            return [fault for _ in queries]
        todo = [list(range(len(queries)))[at : at + TOGETHER] for at in range(0, len(queries), TOGETHER)]
        running: dict[Future[Any], list[int]] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while todo or running:
                while todo and len(running) < AT_ONCE:
                    some = todo.pop()
                    running[pool.submit(self._result, [queries[at] for at in some], instants)] = some
                    self.prometheus.sent += 1
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    todo += self._take(done, running.pop(done), instants, found)
                if (fault := self._hopeless(found)) and todo:
                    found.update({at: fault for some in todo for at in some})
                    todo.clear()
                self.report(len(found), len(queries))
        return [found[at] for at in range(len(queries))]

    def _result(self, queries: Sequence[str], instants: Instants) -> Any:
        """Ask *queries* as one; runs in a thread of its own."""
        promql = "\nor\n".join(
            f'label_replace(\n{query}\n, "{_MARK}", "{at}", "", "")' for at, query in enumerate(queries)
        )
        # A client of its own: it counts what it sends, and adding is no business of several threads.
        return replace(self.prometheus).query_range(promql, instants.first_ms, instants.last_ms, instants.step_ms)

    def _take(
        self, done: Future[Any], some: list[int], instants: Instants, found: dict[int, Answer]
    ) -> list[list[int]]:
        """Put what one request brought into *found*; what has to be asked again comes back."""
        try:
            answers = self._dealt(done.result(), len(some), instants)
        except PrometheusError as fault:
            if fault.reason == "unreachable":
                raise
            self._late += fault.reason == "timeout"
            if len(some) > 1:
                return [[at] for at in some]
            self._failed += 1
            found[some[0]] = fault
            return []
        self._answered += len(some)
        self.numbers += sum(int(np.count_nonzero(~np.isnan(one.numbers))) for each in answers for one in each)
        found.update(zip(some, answers, strict=True))
        return []

    def _dealt(self, result: Any, count: int, instants: Instants) -> list[list[Series]]:
        """The series of each of *count* questions, of the answer to all of them."""
        answers: list[list[Series]] = [[] for _ in range(count)]
        try:
            for one in result:
                labels = {str(name): str(value) for name, value in one["metric"].items()}
                whose = int(labels.pop(_MARK))
                numbers = np.full(instants.count, np.nan)
                for at, text in one.get("values", ()):
                    numbers[instants.index(at)] = float(text)
                answers[whose].append(Series(labels, numbers))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
            words = f"{self.prometheus.public_url} sent numbers that can't be read: {fault}"
            raise PrometheusError("bad_answer", words) from fault
        return answers

    def _hopeless(self, found: Mapping[int, Answer]) -> PrometheusError | None:
        """Why the next question would only fail too; None if it need not."""
        if self._late < MOST_LATE and (self._answered or self._failed < MOST_FAILED):
            return None
        faults = [one for one in (*found.values(), *self.kept.values()) if isinstance(one, PrometheusError)]
        return (
            faults[0] if faults else PrometheusError("timeout", f"{self.prometheus.public_url} gave no answer in time")
        )
