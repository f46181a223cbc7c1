"""The dashboards, and a Prometheus with what they read."""

import json
from pathlib import Path

import pytest
import rjsonnet

from dashboards.queries import Ask, Json, asking
from dashboards.synthetic import END, HOUR, series
from support.servers import StartPrometheus
from tallystick.demo.openmetrics import write_openmetrics

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "dashboards/dashboards.jsonnet"


@pytest.fixture(scope="session")
def rendered() -> dict[str, Json]:
    """Every dashboard by file name, as users get it."""
    made: dict[str, Json] = json.loads(rjsonnet.evaluate_file(str(ENTRY)))
    return made


@pytest.fixture(scope="module")
def ask(start_prometheus_once: StartPrometheus, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks a Prometheus, of either major version, that holds two hours of made-up series up to `END`."""
    text = tmp_path_factory.mktemp("synthetic") / "series.om"
    write_openmetrics(series(END, shown_seconds=2 * HOUR, step=60), text)
    return asking(start_prometheus_once(history=text.read_text()).url)
