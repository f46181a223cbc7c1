"""The sample shop's past on a real Prometheus, and its own count of what happened."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.servers import Binaries
from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.demo.history import History, make_history
from tallystick.demo.loading import load_history
from tallystick.demo.servers import Server, start_prometheus

DEFINITIONS = Path(__file__).parents[2] / "slo-definitions"
SEED = 20


@dataclass(frozen=True)
class Past:
    """A history, and the Prometheus that holds it."""

    history: History
    prometheus: Server


@pytest.fixture(scope="session")
def slos() -> tuple[Slo, ...]:
    """The sample definitions."""
    loaded = load_paths([DEFINITIONS])
    assert not loaded.problems
    return loaded.slos


def load_past(binaries: Binaries, folder: Path, days: int) -> Past:
    """A history that ends a little before now, loaded into a Prometheus that is started."""
    history = make_history(SEED, int(time.time()) // 60 * 60 - 300, days)
    data, work = folder / "data", folder / "work"
    data.mkdir()
    work.mkdir()
    load_history(history, binaries.promtool, data, work)
    return Past(history, start_prometheus(binaries.prometheus, folder, {}))


@pytest.fixture(scope="session")
def long_past(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """35 days."""
    past = load_past(binaries, tmp_path_factory.mktemp("long-past"), 35)
    with past.prometheus:
        yield past


@pytest.fixture
def short_past(binaries: Binaries, tmp_path: Path) -> Iterator[Past]:
    """3 days, on a Prometheus that the test may stop."""
    past = load_past(binaries, tmp_path, 3)
    with past.prometheus:
        yield past
