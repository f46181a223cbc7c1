"""Definitions of other tools, read as they stand: what we count of each is what happened, on a real Prometheus."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner

from support.forms import DAY, HOUR, SLOTH, Form, World, make_world
from support.servers import Binaries, fresh_prometheus
from tallystick.cli.status import status
from tallystick.definition.load import load_paths

DAYS = 2
FORMS = SLOTH
WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 2d
  page:
    quick: {errorBudgetPercent: 10, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 20, shortWindow: 15m, longWindow: 3h}
  ticket:
    quick: {errorBudgetPercent: 30, shortWindow: 30m, longWindow: 6h}
    slow: {errorBudgetPercent: 60, shortWindow: 2h, longWindow: 1d}
"""


@dataclass(frozen=True)
class Told:
    """What is told of each form, and of what."""

    world: World
    end: int
    rows: Mapping[tuple[str, str], Mapping[str, Any]]


@pytest.fixture(scope="module")
def told(prometheus_binaries: Mapping[str, Binaries], tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What ``tallystick status`` says of all forms, from a Prometheus alone."""
    folder = tmp_path_factory.mktemp("forms")
    end = int(time.time()) // HOUR * HOUR - HOUR
    world = make_world(end, DAYS)
    (folder / "definitions").mkdir()
    for form in FORMS:
        (folder / "definitions" / f"{form.name}.yaml").write_text(form.document, encoding="utf-8")
    (folder / "definitions" / "windows.yaml").write_text(WINDOWS, encoding="utf-8")
    loaded = load_paths([folder / "definitions"])
    assert [problem.message for problem in loaded.errors] == []
    with fresh_prometheus(prometheus_binaries["3.x"], folder / "prometheus", history=world.text()) as server:
        flags = ["--prometheus.url", server.url, "--at", str(end), "--format", "json"]
        result = CliRunner().invoke(status, [str(folder / "definitions"), *flags], catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    rows = {(row["slo"], ",".join((row["group"] or {}).values())): row for row in json.loads(result.stdout)}
    return Told(world, end, rows)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.tool}-{form.name}")
def test_each_form_is_counted(told: Told, form: Form) -> None:
    """Bad and all events of the period, group by group, are those that happened; of a mere ratio, their share."""
    expected = form.truth(told.world, told.end - DAYS * DAY, told.end)

    assert {group for slo, group in told.rows if slo == f"forms-{form.name}"} == set(expected)
    for group, (bad, total) in expected.items():
        row = told.rows[f"forms-{form.name}", group]
        assert row["window"] == "2d"
        assert row["coverage"] == 1
        assert bad > 0
        if form.timed:
            assert row["bad"] / row["total"] == pytest.approx(bad / total, rel=1e-4)
        else:
            assert (row["bad"], row["total"]) == (pytest.approx(bad, abs=0.5), pytest.approx(total, abs=0.5))
