"""A real Prometheus that a test fills while time passes, and exporters on it whose clocks the test turns by hand."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.remote_write import STALE, Written, remote_write
from support.servers import Binaries, fresh_prometheus
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing
from tallystick.core.tally import Observation
from tallystick.core.timerange import TimeRange
from tallystick.core.view import SloHealth
from tallystick.daemon.exporter import Exporter, Settings
from tallystick.daemon.sums import lens_of
from tallystick.ledger.store import Ledger, open_ledger
from tallystick.upstream.client import Prometheus, connect

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOON = 1_764_547_200 + DAY // 2
"""2025-12-01T12:00Z."""

SCRAPES = (7, 37)
"""Seconds of each minute at which targets are scraped."""

_PIECE_SECONDS = 1_800
"""How much is written at once: what is much older than the newest sample is refused."""

Labels = tuple[tuple[str, str], ...]


class Live:
    """
    Targets, a Prometheus that holds what was scraped of them, and the time.

    Attributes:
        now: seconds since 1970.
        url: the Prometheus.
        late: samples are kept back while this is true, until `deliver`.
    """

    def __init__(self, url: str) -> None:
        """Nothing is scraped yet."""
        self.now, self.url, self.late = NOON, url, False
        self._values: dict[Labels, float] = {}
        self._scraped: set[Labels] = set()
        self._samples: dict[Labels, list[tuple[int, float]]] = defaultdict(list)
        self._kept: dict[Labels, list[tuple[int, float]]] = defaultdict(list)

    def add(self, metric: str, count: float = 1, **labels: str) -> None:
        """Let a counter rise; it is born with its first event."""
        key = _key(metric, labels)
        self._values[key] = self._values.get(key, 0) + count

    def put(self, metric: str, value: float, **labels: str) -> None:
        """Let a series have *value*: a gauge, or a counter that begins anew."""
        self._values[_key(metric, labels)] = value

    def remove(self, metric: str, **labels: str) -> None:
        """Let the series that have at least these labels end, or begin anew if they are added to right away."""
        wanted = set(_key(metric, labels))
        gone = [key for key in self._values if wanted <= set(key)]
        assert gone
        for key in gone:
            del self._values[key]

    def scrape(self, at: int) -> None:
        """Take a sample of every series at instant *at*, and mark those that were there and are not any more."""
        into = self._kept if self.late else self._samples
        for key in self._scraped - self._values.keys():
            into[key].append((at * 1_000, STALE))
        self._scraped = set(self._values)
        for key, value in self._values.items():
            into[key].append((at * 1_000, value))

    def pass_time(self, minutes: int, each: Callable[[], None] = lambda: None) -> None:
        """Let *minutes* pass; *each* happens before each scrape, twice a minute."""
        for _ in range(minutes):
            for second in SCRAPES:
                each()
                self.scrape(self.now + second)
            self.now += MINUTE
        self._send(self._samples)

    def deliver(self) -> None:
        """Send what was kept back."""
        self.late = False
        self._send(self._kept)

    def _send(self, samples: dict[Labels, list[tuple[int, float]]]) -> None:
        times = [at for pairs in samples.values() for at, _ in pairs]
        for start in range(min(times, default=0), max(times, default=-1) + 1, _PIECE_SECONDS * 1_000):
            parts = (
                Written(dict(key), [pair for pair in pairs if start <= pair[0] < start + _PIECE_SECONDS * 1_000])
                for key, pairs in samples.items()
            )
            remote_write(f"{self.url}/api/v1/write", [one for one in parts if one.samples])
        samples.clear()

    def seat(self, slos: Sequence[Slo], ledger: Ledger | None = None, **client: Any) -> "Seat":
        """An exporter on this Prometheus; *client* are attributes of `Prometheus`."""
        return Seat(self, slos, ledger or open_ledger(""), **client)


class Seat:
    """One exporter, its ledger and its client."""

    def __init__(self, live: Live, slos: Sequence[Slo], ledger: Ledger, **client: Any) -> None:
        """Nothing is read yet."""
        self.live, self.ledger, self.loaded = live, ledger, slos
        self.prometheus: Prometheus = connect(live.url)
        for name, value in client.items():
            setattr(self.prometheus, name, value)
        settings = Settings(0, MINUTE, lambda: float(live.now))
        self.exporter = Exporter(slos, lambda: (self.loaded, ()), ledger, self.prometheus, settings)

    def round(self) -> None:
        """Read what is new."""
        self.exporter.round()

    def run(self, minutes: int, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass, with a round each minute."""
        for _ in range(minutes):
            self.live.pass_time(1, each)
            self.round()

    def reload(self, slos: Sequence[Slo]) -> None:
        """Load other definitions."""
        self.loaded = slos
        assert not self.exporter.reload()

    def standings(self, slo: Slo, window: str | None = None) -> list[Standing]:
        """How *slo* and its groups stand in a window; its first by default."""
        name = window or slo.windows[0].name
        return [one for one in self.exporter.standings() if one.slo.slo_id == slo.slo_id and one.window.name == name]

    def standing(self, slo: Slo, window: str | None = None) -> Standing:
        """How *slo*, which has no groups, stands."""
        [found] = self.standings(slo, window)
        return found

    def counts(self, slo: Slo, by: str) -> dict[str, tuple[float, float]]:
        """Bad and total events of each group that is shown, by its value of the label *by*."""
        return {
            one.group[by]: (float(one.observation.tally.bad), float(one.observation.tally.total))
            for one in self.standings(slo)
            if one.group
        }

    def health(self, slo: Slo) -> list[SloHealth]:
        """How well *slo* and its groups are measured."""
        return [health for health in self.exporter.state().health if health.slo.slo_id == slo.slo_id]

    def observed(self, slo: Slo, start: int, end: int, group: Mapping[str, str] | None = None) -> Observation:
        """What the ledger itself holds under the SLO's own name."""
        account = self.ledger.find(slo.slo_id, slo.sli, group or {})
        assert account
        return self.ledger.tape(account, lens_of(slo, None), start).observe(TimeRange(start, end))


@contextmanager
def live_prometheus(binaries: Binaries, folder: Path, **settings: Any) -> Iterator[Live]:
    """A fresh Prometheus that is written to; *settings* are those of `fresh_prometheus`."""
    flags = ["--web.enable-remote-write-receiver"]
    with fresh_prometheus(binaries, folder, flags=flags, **settings) as server:
        yield Live(server.url)


def _key(metric: str, labels: Mapping[str, str]) -> Labels:
    return tuple(sorted({"__name__": metric, **labels}.items()))
