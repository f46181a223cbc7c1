"""An exporter that goes through a fleet's data minute by minute, on a clock turned by hand."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fleet import Fleet
from tallystick.core.memory import Memory
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.tally import Tally
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS, TimeRange, floor_day
from tallystick.daemon.exporter import Exporter, Settings
from tallystick.demo.scenario import Span
from tallystick.demo.servers import Server
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.upstream.client import Prometheus, connect

SETTLE_SECONDS = 120
HOUR_SECONDS = 3_600


@dataclass(slots=True)
class HandClock:
    """A clock that stands still until it is turned."""

    at: float

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.at


@dataclass(frozen=True, slots=True)
class Running:
    """An exporter over a fleet, with everything it was given."""

    fleet: Fleet
    begin: int
    exporter: Exporter
    clock: HandClock
    prometheus: Prometheus

    @property
    def until(self) -> int:
        """How far rounds read by now."""
        return int(self.clock.at) - SETTLE_SECONDS

    def round(self, until: int | None = None) -> None:
        """Do the round of the next minute, or one that reads up to *until*; each must read what is there."""
        self.clock.at = (until or self.until + SLICE_SECONDS) + SETTLE_SECONDS
        self.exporter.round()
        errors = [health.last_error for health in self.exporter.state().health if health.last_error]
        assert not errors, errors[:3]

    def lifetimes(self) -> dict[str, Tally]:
        """All events of each SLO so far, as the exporter shows them."""
        return {health.slo.slo_id: health.lifetime for health in self.exporter.state().health}

    def check(self, before: Mapping[str, Tally]) -> None:
        """Compare how lifetimes grew since *before*, which was after the first round, with what was drawn."""
        span = Span(self.begin + SLICE_SECONDS, self.until)
        for number, (name, became) in enumerate(sorted(self.lifetimes().items())):
            was = before[name]
            read = became.good - was.good, became.total - was.total
            drawn = self.fleet.events(number, span)
            assert read == drawn, f"{name}: {read} were read where {drawn} were drawn"


@contextmanager
def running(fleet: Fleet, server: Server, begin: int, history_days: int) -> Iterator[Running]:
    """An exporter that is about to read the minute from *begin* on; its ledger holds so many days before."""
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        folder = Path(name)
        slos = fleet.write_definitions(folder / "definitions")
        ledger = open_ledger(str(folder / "slo.db"))
        for number, slo in enumerate(slos):
            fill(ledger, slo, TimeRange(_history_start(begin, history_days), begin), number)
        clock, prometheus = HandClock(begin + SETTLE_SECONDS), connect(server.url)
        settings = Settings(SETTLE_SECONDS, SLICE_SECONDS, clock)
        exporter = Exporter(slos, lambda: (slos, []), ledger, prometheus, settings)
        yield Running(fleet, begin, exporter, clock, prometheus)
        ledger.close()


def _history_start(begin: int, days: int) -> int:
    """Midnight so many *days* before the day of *begin*; for none, the start of its hour."""
    return floor_day(begin) - days * DAY_SECONDS if days else begin // HOUR_SECONDS * HOUR_SECONDS


def fill(ledger: Ledger, slo: Slo, span: TimeRange, seed: int) -> None:
    """Write counts that look like a service's for all of *span*."""
    random = np.random.default_rng(seed)
    total = random.poisson(200, span.slices).astype(np.float64)
    good = total - np.minimum(random.poisson(0.2, span.slices), total)
    slices = Slices(span.start, np.ones(span.slices, np.bool_), good, total)
    ledger.append(ledger.account(slo.slo_id, slo.sli, {}), slices, Memory(), "raw")
