"""
How others tell the events of a window, in PromQL: the formulas of Sloth's and Pyrra's rules, and the plain one.

What their rules record first and add up later is asked for here as a range query at the instants of the recording, and
added up as their second rule does it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from tallystick.demo.scenario import DAY, Span

RECORDED_SECONDS = 30
"""How often rules are evaluated here."""

_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a formula tells of the window.

    Attributes:
        ratio: share of bad events; NaN where it is that.
        bad: bad events; None if it does not tell.
        total: all events; likewise.
    """

    ratio: float
    bad: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked, of which Prometheus.

    Attributes:
        url: address of the Prometheus.
        major: its version; ranges of 2 include both ends.
        total: selector of all events.
        bad: selector of the bad ones.
        window: the time asked for.
    """

    url: str
    major: str
    total: str
    bad: str
    window: Span

    def at_end(self, promql: str) -> list[tuple[Mapping[str, str], float]]:
        """Labels and value of each series of *promql* at the window's end."""
        result = self._ask("query", {"query": promql, "time": str(self.window.end)})
        return [(one["metric"], float(one["value"][1])) for one in result]

    def recorded(self, promql: str, step: int) -> Iterator[tuple[Mapping[str, str], float]]:
        """What a rule with *promql* would have recorded every *step* seconds of the window, as a range selector has it."""
        return self.evaluated(promql, self.window.start + (step if self.major != "2" else 0), step)

    def evaluated(self, promql: str, first: int, step: int) -> Iterator[tuple[Mapping[str, str], float]]:
        """Labels and values of *promql* every *step* seconds from *first* to the window's end."""
        for one in self._over(promql, first, step):
            for _, value in one["values"]:
                yield one["metric"], float(value)

    def timed(self, promql: str, first: int, step: int) -> Iterator[tuple[int, float]]:
        """Likewise, of *promql* that gives one series: instants and values."""
        for one in self._over(promql, first, step):
            for at, value in one["values"]:
                yield int(at), float(value)

    def _over(self, promql: str, first: int, step: int) -> Iterator[Any]:
        """Series of a range query, asked a day at a time."""
        for start in range(first, self.window.end + 1, DAY):
            end = min(start + DAY - step, self.window.end)
            yield from self._ask(
                "query_range", {"query": promql, "start": str(start), "end": str(end), "step": str(step)}
            )

    @property
    def range(self) -> str:
        """The window's length, as a range selector has it."""
        return f"{(self.window.end - self.window.start) // DAY}d"

    def _ask(self, what: str, form: Mapping[str, str]) -> list[Any]:
        answer = requests.post(f"{self.url}/api/v1/{what}", data=form, timeout=_TIMEOUT_SECONDS)
        body = answer.json()
        assert body["status"] == "success", body
        result: list[Any] = body["data"]["result"]
        return result


def sloth(question: Question) -> Told:
    """The mean of 5-minute ratios, as many as were recorded; one that was 0/0 makes it NaN."""
    ratio = f"sum(rate({question.bad}[5m])) / sum(rate({question.total}[5m]))"
    values = [value for _, value in question.recorded(ratio, RECORDED_SECONDS)]
    return Told(math.fsum(values) / len(values) if values else math.nan)


def sloth_not_optimized(question: Question) -> Told:
    """One ratio of rates over the whole window."""
    seconds = question.window.end - question.window.start
    bad, total = (
        sum(value for _, value in question.at_end(f"sum(rate({selector}[{question.range}]))")) * seconds
        for selector in (question.bad, question.total)
    )
    return Told(bad / total, bad, total)


def pyrra(question: Question) -> Told:
    """Increases over the whole window by code, of which the failed ones are picked."""
    found = question.at_end(f"sum by (code) (increase({question.total}[{question.range}]))")
    return _by_code(found)


def pyrra_performance(question: Question) -> Told:
    """Increases of 5 minutes, every 5 minutes, added."""
    return _by_code(question.recorded(f"sum by (code) (increase({question.total}[5m]))", 300))


def plain(question: Question) -> Told:
    """What one writes by hand: ``increase`` over the window."""
    bad, total = (
        sum(value for _, value in question.at_end(f"sum(increase({selector}[{question.range}]))"))
        for selector in (question.bad, question.total)
    )
    return Told(bad / total, bad, total)


FORMULAS: dict[str, Callable[[Question], Told]] = {
    "Sloth": sloth,
    "Sloth, disableOptimized": sloth_not_optimized,
    "Pyrra": pyrra,
    "Pyrra, performanceOverAccuracy": pyrra_performance,
    "increase over the window": plain,
}


def _by_code(found: Any) -> Told:
    bad = total = 0.0
    for labels, value in found:
        total += value
        bad += value if labels["code"].startswith("5") else 0
    return Told(bad / total, bad, total)
