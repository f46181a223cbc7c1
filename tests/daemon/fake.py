"""A Prometheus made of numbers, and an exporter whose clocks a test turns by hand."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from support.slos import make_slo
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli
from tallystick.core.slo import Slo
from tallystick.core.tally import Observation
from tallystick.core.timerange import TimeRange
from tallystick.core.view import SloHealth
from tallystick.core.window import RollingWindow
from tallystick.daemon.exporter import Exporter, Settings
from tallystick.daemon.sums import lens_of
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.upstream.client import Prometheus

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOON = 1_764_547_200 + DAY // 2
"""2025-12-01T12:00Z."""

QUERY = re.compile(r'(?:(?P<metric>\w+)(?:\{.*\})?|\{__name__=~?"(?P<metrics>[\w|]+)".*\})\[(?P<milliseconds>\d+)ms\]')

COUNT = re.compile(r"count\(last_over_time\((?P<metric>\w+)(?:\{.*\})?\[(?P<seconds>\d+)s\]\)\)")

Value = Callable[[int], float | None]
"""A series: its value at an instant in seconds, None where there is no sample."""


def _nothing(_: int) -> None:
    """No sample, ever."""


class FakePrometheus(Prometheus):
    """Scrapes every metric of *values* each 30 s, for ever, and gives what is not after its own clock."""

    def __init__(self, values: Mapping[str, Value], clock: Callable[[], float]) -> None:
        super().__init__("http://prometheus", requests.Session())
        self.values: dict[str, Value] = {"up": lambda _: 1.0, **values}
        self.clock = clock
        self.asked: list[tuple[str, int, int]] = []
        self.before: Callable[[str, int], None] = lambda _metric, _seconds: None

    def query(self, promql: str, at_ms: int) -> Any:
        """The samples of a range selector; labels are not looked at."""
        if counted := COUNT.fullmatch(promql):
            seconds = int(counted["seconds"])
            return self._series(counted["metric"], seconds, at_ms // 1_000 + 1)
        found = QUERY.fullmatch(promql)
        assert found, promql
        seconds, end = int(found["milliseconds"]) // 1_000, at_ms // 1_000 + 1
        self.sent += 1
        metrics = (found["metric"] or found["metrics"]).split("|")
        return [one for metric in metrics for one in self._series(metric, seconds, end)]

    def _series(self, metric: str, seconds: int, end: int) -> list[Any]:
        self.asked.append((metric, end - seconds, end))
        self.before(metric, seconds)
        value = self.values.get(metric, _nothing)
        times = range(-(-(end - seconds) // 30) * 30, min(end, int(self.clock()) + 1), 30)
        samples = [[at, str(value(at))] for at in times if value(at) is not None]
        labels = {"__name__": metric, "job": "shop", "instance": "a"}
        return [{"metric": labels, "values": samples}] if samples else []

    def series(self, promql: str, start_ms: int, end_ms: int) -> Any:
        """The series of a selector; labels are not looked at."""
        metric = promql.partition("{")[0]
        return [one["metric"] for one in self._series(metric, (end_ms - start_ms) // 1_000, end_ms // 1_000)]

    def now(self) -> float:
        """Its own clock."""
        self.sent += 1
        self.before("time", 0)
        return self.clock()


class Scene:
    """An exporter on a fake Prometheus, all on one clock unless a test says otherwise."""

    def __init__(
        self, slos: Sequence[Slo], values: Mapping[str, Value], *, settle: int = 0, ledger: Ledger | None = None
    ) -> None:
        """Nothing is read yet."""
        self.now, self.ahead, self.passed = float(NOON), 0.0, 0.0
        self.loaded: tuple[Sequence[Slo], Sequence[str]] = (slos, ())
        self.ledger = open_ledger("") if ledger is None else ledger
        self.prometheus = FakePrometheus(values, lambda: self.now)
        settings = Settings(settle, MINUTE, lambda: self.now + self.ahead, lambda: self.passed)
        self.exporter = Exporter(slos, lambda: self.loaded, self.ledger, self.prometheus, settings)

    def sleep(self, seconds: float) -> None:
        """Let time pass, on every clock."""
        self.now += seconds
        self.passed += seconds

    def again(self, slos: Sequence[Slo]) -> "Scene":
        """Another exporter on the same ledger, at the same time."""
        other = Scene(slos, self.prometheus.values, ledger=self.ledger)
        other.sleep(self.now - NOON)
        return other

    def observed(self, slo: Slo, start: float, end: float) -> Observation:
        """What the ledger knows of a range of time."""
        span = TimeRange(int(start), int(end))
        account = self.ledger.find(slo.slo_id, slo.sli, {})
        assert account
        return self.ledger.tape(account, lens_of(slo, None), span.start).observe(span)

    def through(self, slo: Slo) -> int:
        """How far the ledger reaches."""
        account = self.ledger.find(slo.slo_id, slo.sli, {})
        assert account
        cursor = self.ledger.cursor(account)
        assert cursor
        return cursor.through

    def health(self, slo: Slo) -> SloHealth:
        """What is shown of its health."""
        (found,) = [health for health in self.exporter.state().health if health.slo.slo_id == slo.slo_id]
        return found


def events(name: str = "a", **more: Any) -> Slo:
    """An SLO of its own counters, over a day."""
    job = (Matcher("job", MatchOp.EQUAL, "shop"),)
    sli = EventsSli(total=Selector(f"all_{name}", job), bad=Selector(f"bad_{name}", job))
    settings: dict[str, Any] = {"name": name, "objective": "0.9", "sli": sli, "windows": (RollingWindow(DAY),)}
    return make_slo(**(settings | more))


def steady(name: str = "a") -> dict[str, Value]:
    """Ten events a scrape, one of them bad, since 1970."""
    return {f"all_{name}": lambda at: float(at // 3), f"bad_{name}": lambda at: float(at // 30)}
