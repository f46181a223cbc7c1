"""A real Prometheus over samples of our own making, for as long as a measurement takes."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import requests
from rich.console import Console
from rich.table import Table

from tallystick.demo import tools
from tallystick.demo.loading import load_series
from tallystick.demo.samples import Series
from tallystick.demo.scenario import Span
from tallystick.demo.servers import Server, start_prometheus

Major = Literal["2", "3"]

_WIDE = 200

PROGRAMS: dict[Major, tuple[tools.Name, tools.Name]] = {
    "2": ("prometheus2", "promtool2"),
    "3": ("prometheus3", "promtool3"),
}


@contextmanager
def served(major: Major, series: Iterable[Series], span: Span) -> Iterator[Server]:
    """
    A Prometheus that holds *series* as blocks; it and its data are gone afterwards.

    Args:
        major: which Prometheus.
        series: all samples, families together.
        span: the time they cover.
    """
    server, promtool = (tools.ensure(name) for name in PROGRAMS[major])
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        load_series(list(series), span, promtool, folder / "data", folder)
        with start_prometheus(server, folder, {}) as prometheus:
            yield prometheus


def counter(server: Server, name: str) -> float:
    """Value of a metric of *server* itself, one without labels."""
    text = requests.get(f"{server.url}/metrics", timeout=30).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not shown by {server.url}"
    return float(found[1])


def version(server: Server) -> str:
    """Which Prometheus *server* is; one that was built by ``go install`` knows its number from its module alone."""
    told = requests.get(f"{server.url}/api/v1/status/buildinfo", timeout=30).json()["data"]["version"]
    module = re.search(r"v0\.(\d)(\d\d)\.(\d+)", tools.PROMETHEUS[1])
    assert module
    return str(told).split("+", maxsplit=1)[0] or f"{module[1]}.{int(module[2])}.{module[3]}"


def show(table: Table) -> None:
    """Print *table*, whole where there is no terminal to fit into."""
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(table)
