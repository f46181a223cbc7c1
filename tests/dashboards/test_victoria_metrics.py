"""
VictoriaMetrics answers every query of every dashboard as Prometheus does.

What MetricsQL does otherwise on purpose does not matter to them but for two things, which the tests allow for: a rate looks at
the sample before its range too (steady counters have the same), and a series that ends without a mark is gone sooner (the
flag below makes that as late as Prometheus).
"""

import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import requests

from dashboards import test_groups as groups
from dashboards.queries import Json, asking, asking_over, promql, queries, variable_values
from dashboards.synthetic import DAY, END, HOUR, series
from dashboards.test_queries import CHOSEN
from support.databases import fresh_victoria_metrics
from support.servers import Binaries, fresh_prometheus
from support.slos import AT
from tallystick.definition.load import load_paths
from tallystick.demo.openmetrics import write_openmetrics
from tallystick.demo.samples import Series
from tallystick.generate.render import render

DEFINITIONS = Path(__file__).parents[2] / "slo-definitions"
OVER = ((HOUR, 60), (3 * DAY, DAY))
"""How long, and in which steps, graphs are drawn."""
Url = str
Labels = tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def both(
    prometheus_binaries: dict[str, Binaries], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Url, Url]]:
    """A Prometheus 3 and a VictoriaMetrics that hold the same series; half a day before the others, those of SLOs with groups."""
    folder = tmp_path_factory.mktemp("both")
    text = folder / "series.om"
    write_openmetrics([*series(END, shown_seconds=2 * HOUR, step=60), *histograms()], text)
    lines = [line for line in (groups.history() + text.read_text()).splitlines() if not line.startswith("#")]
    prometheus = fresh_prometheus(prometheus_binaries["3.x"], folder / "prometheus", history="\n".join(lines))
    with prometheus, fresh_victoria_metrics(folder / "victoria", "-search.minStalenessInterval=5m") as victoria:
        samples = [line.rsplit(" ", 1) for line in lines]
        body = "\n".join(f"{sample} {round(1000 * float(at))}" for sample, at in samples)
        requests.post(f"{victoria.url}/api/v1/import/prometheus", data=body, timeout=60).raise_for_status()
        requests.get(f"{victoria.url}/internal/force_flush", timeout=60).raise_for_status()
        yield prometheus.url, victoria.url


def histograms() -> Iterator[Series]:
    """Steady latencies of the services that have a heatmap."""
    times = np.arange(END - 2 * HOUR, END + 1, 60, dtype=np.float64)
    for service, (at, bound) in product(("cart", "checkout", "search"), enumerate(("0.1", "0.3", "1.0", "+Inf"), 1)):
        labels = {"job": service, "handler": "/search", "le": bound}
        yield Series("http_request_duration_seconds_bucket", labels, times, at * (times - times[0]))


@pytest.fixture(scope="module")
def dashboards() -> dict[str, Json]:
    """All dashboards of the example definitions, those of single services among them."""
    files = render(load_paths([DEFINITIONS]).slos, ["dashboards"], at=AT)
    return {path: json.loads(text) for path, text in files.items() if path.endswith(".json")}


def by_labels(found: list[Json]) -> dict[Labels, dict[float, float]]:
    """Values by time, of each series."""
    return {
        tuple(sorted(one["metric"].items())): {
            float(at): float(value) for at, value in one.get("values") or [one["value"]]
        }
        for one in found
    }


def differences(prometheus: list[Json], victoria: list[Json]) -> Iterator[str]:
    """Series, times and values in which two answers differ; one line each."""
    one, other = by_labels(prometheus), by_labels(victoria)
    yield from (f"only Prometheus has {labels}" for labels in one.keys() - other.keys())
    yield from (f"only VictoriaMetrics has {labels}" for labels in other.keys() - one.keys())
    for labels in one.keys() & other.keys():
        if one[labels].keys() != other[labels].keys():
            yield f"{labels} at {sorted(one[labels].keys() ^ other[labels].keys())[:3]}"
        for at in one[labels].keys() & other[labels].keys():
            values = one[labels][at], other[labels][at]
            if not math.isclose(*values, rel_tol=1e-9, abs_tol=1e-12):
                yield f"{labels} at {at}: {values}"


def test_the_same_lists_to_choose_from(both: tuple[Url, Url], dashboards: Mapping[str, Json]) -> None:
    """Each variable offers the same, asked as Grafana asks."""
    for dashboard in dashboards.values():
        values = variable_values(dashboard, asking(both[0]), END, CHOSEN)
        for variable in (one for one in dashboard["templating"]["list"] if one["type"] == "query"):
            selector, label = promql(variable["definition"], values).removeprefix("label_values(")[:-1].rsplit(", ", 1)
            asked: dict[str, str | int] = {"match[]": selector, "start": END - HOUR, "end": END}
            answers = [
                requests.get(f"{url}/api/v1/label/{label}/values", params=asked, timeout=30).json()["data"]
                for url in both
            ]
            assert answers[0], variable["name"]
            assert sorted(answers[0]) == sorted(answers[1]), variable["name"]


def test_the_same_figures(both: tuple[Url, Url], dashboards: Mapping[str, Json]) -> None:
    """Each query gives the same series and values, now and over time; what it gives is something."""
    found, silent, asked = [], 0, 0
    asks, overs = [asking(url) for url in both], [asking_over(url) for url in both]
    for path, dashboard in dashboards.items():
        for query in queries(dashboard, variable_values(dashboard, asks[0], END, CHOSEN)):
            asked += 1
            now = [ask(query.expr, END) for ask in asks]
            silent += not now[0]
            pairs = [now] + [[over(query.expr, END - long, END, step) for over in overs] for long, step in OVER]
            found += [f"{path}, {query.where}: {one}" for pair in pairs for one in differences(*pair)]
    assert not found, "\n".join(found)
    assert asked > 200
    assert silent < asked / 4


@pytest.mark.parametrize("slo", [groups.GROUPED, groups.PLAIN])
def test_the_same_figures_of_groups(slo: str, both: tuple[Url, Url]) -> None:
    """The queries of dashboards that know of groups: the same rows, of an SLO with groups and of one without."""
    asks = [asking(url) for url in both]
    at = groups.AT + 60  # at midnight itself, series that begin then are not found
    found = [
        f"{name}, {query.where}: {one}"
        for name, dashboard in groups.made().items()
        if "exporter" not in name
        for query in queries(dashboard, variable_values(dashboard, asks[0], at, {**CHOSEN, "slo": slo}))
        for one in differences(*(ask(query.expr, at) for ask in asks))
    ]
    assert not found, "\n".join(found)


def test_a_difference_is_found(both: tuple[Url, Url]) -> None:
    """The comparison tells other labels, other times and other values apart."""
    ask, over = asking(both[0]), asking_over(both[0])
    assert list(differences(ask("slo_met", END), ask("slo_valid", END)))
    assert list(differences(ask("vector(1)", END), ask("vector(1.000001)", END)))
    assert list(differences(over("vector(1)", END - 60, END, 60), over("vector(1)", END - 60, END, 30)))
    assert list(differences(ask("slo_met", END), ask("slo_met", END))) == []
