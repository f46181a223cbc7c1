r"""
Fixtures with real servers. A program that is missing is installed, or the test fails; nothing is skipped.

::

    def test_something(start_prometheus: StartPrometheus) -> None:      # runs twice: [2.x] and [3.x]
        server = start_prometheus(history='# TYPE a counter\na_total{job="x"} 5 1700000000\n')
        requests.get(f"{server.url}/api/v1/query", params={"query": "a_total", "time": 1700000000})
        server.stop(); server.start(); server.kill(); server.reload({...})  # same port, same data

`start_prometheus`          factory: keywords history, config, files (rule files by name), retention, flags -> Server
`start_prometheus_once`     the same, but what it starts lives as long as the test module; for module-scoped fixtures
`binaries`                  Binaries(version, prometheus, promtool) of the version that the test runs with
`promtool`                  its path, likewise for 2.x and 3.x
`prometheus_binaries`       {"2.x": Binaries, "3.x": Binaries}, for a test that wants one or both itself
`start_alertmanager`        factory: config -> Server
`amtool`                    its path
`target`                    Target: set `.text` to what it exposes; scrape `.address`
`webhook`                   Webhook: `.url` for Alertmanager, `.notifications` that arrived
`chromium`                  its path, for browser tests
`postgresql`                the address (SQLAlchemy's) of an empty database in a real PostgreSQL
`postgresql_server`         the PostgreSQL of the session, whose databases those are; leave it running
`start_postgresql`          factory of PostgreSQL servers of the test's own, to stop, kill and start again
`victoria_metrics`          Server: an empty VictoriaMetrics; POST text with timestamps to `/api/v1/import/prometheus`

Types: ``from support.servers import Binaries, StartAlertmanager, StartPrometheus, Target, Webhook`` and
``from support.databases import PostgreSQL``, ``from tallystick.demo.servers import Server``.
"""

import itertools
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.databases import PostgreSQL, fresh_victoria_metrics, serve_postgresql
from support.servers import (
    Binaries,
    StartAlertmanager,
    StartPrometheus,
    Target,
    Webhook,
    fresh_alertmanager,
    fresh_prometheus,
    serve_target,
    serve_webhook,
)
from tallystick.demo.servers import Server
from tallystick.demo.tools import ensure

LONGEST_FIRST = ("demo/test_run", "e2e/", "rules/", "cli/", "wheel/", "web/", "daemon/")
"""What takes longest is begun first, so that two workers end at about the same time."""


def pytest_configure() -> None:
    """Undo what a shell does to programs in the background: whoever is started here would ignore Ctrl-C too, which tests send."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file the order stays."""

    def rank(item: pytest.Item) -> int:
        place = str(item.path.relative_to(Path(__file__).parent))
        return next((index for index, start in enumerate(LONGEST_FIRST) if place.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def prometheus_binaries() -> dict[str, Binaries]:
    """Both versions of Prometheus, by name."""
    return {
        "2.x": Binaries("2.x", ensure("prometheus2"), ensure("promtool2")),
        "3.x": Binaries("3.x", ensure("prometheus3"), ensure("promtool3")),
    }


@pytest.fixture(scope="session", params=["2.x", "3.x"])
def binaries(request: pytest.FixtureRequest, prometheus_binaries: dict[str, Binaries]) -> Binaries:
    """One version of Prometheus after the other."""
    version: str = request.param
    return prometheus_binaries[version]


@pytest.fixture(scope="session")
def promtool(binaries: Binaries) -> Path:
    """Promtool, one version after the other."""
    return binaries.promtool


@pytest.fixture
def start_prometheus(binaries: Binaries, tmp_path: Path) -> Iterator[StartPrometheus]:
    """Start Prometheus servers for one test."""
    with ExitStack() as stack:
        yield _prometheus_factory(binaries, tmp_path, stack)


@pytest.fixture(scope="module")
def start_prometheus_once(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartPrometheus]:
    """Start Prometheus servers for one test module."""
    with ExitStack() as stack:
        yield _prometheus_factory(binaries, tmp_path_factory.mktemp("prometheus"), stack)


def _prometheus_factory(binaries: Binaries, folder: Path, stack: ExitStack) -> StartPrometheus:
    numbers = itertools.count()

    def start(**settings: Any) -> Server:
        fresh = folder / f"prometheus-{next(numbers)}"
        return stack.enter_context(fresh_prometheus(binaries, fresh, **settings))

    return start


@pytest.fixture
def start_alertmanager(tmp_path: Path) -> Iterator[StartAlertmanager]:
    """Start Alertmanager servers for one test."""
    numbers = itertools.count()
    binary = ensure("alertmanager")
    with ExitStack() as stack:
        yield lambda config: stack.enter_context(
            fresh_alertmanager(binary, tmp_path / f"alertmanager-{next(numbers)}", config)
        )


@pytest.fixture(scope="session")
def amtool() -> Path:
    """Where amtool is."""
    return ensure("amtool")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Where a browser is."""
    return ensure("chromium")


@pytest.fixture
def target() -> Iterator[Target]:
    """Something to scrape, with nothing to say at first."""
    served = Target()
    with serve_target(served):
        yield served


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook receiver for Alertmanager."""
    served = Webhook()
    with serve_webhook(served):
        yield served


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """One PostgreSQL for all tests."""
    with serve_postgresql() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> str:
    """An empty database for one test."""
    return postgresql_server.fresh()


@pytest.fixture
def start_postgresql() -> Iterator[Callable[[], PostgreSQL]]:
    """Start PostgreSQL servers for one test, which may stop them."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(serve_postgresql())


@pytest.fixture
def victoria_metrics(tmp_path: Path) -> Iterator[Server]:
    """A VictoriaMetrics for one test."""
    with fresh_victoria_metrics(tmp_path / "victoria-metrics") as server:
        yield server
