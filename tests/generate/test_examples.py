"""
The rules of the example definitions, as files that people review.

After a change that is meant, record them anew: ``RECORD=1 pytest tests/generate/test_examples.py``, and read the diff.
"""

import os
import subprocess
from pathlib import Path

import pytest

from support.rules import evaluated_groups
from support.servers import StartPrometheus
from support.slos import AT
from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.generate.render import render

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden" / "rules"
EXAMPLES = HERE.parents[1] / "slo-definitions"


@pytest.fixture(scope="module")
def slos() -> tuple[Slo, ...]:
    """The SLOs of the example definitions."""
    loaded = load_paths([EXAMPLES])
    assert not loaded.errors
    return loaded.slos


def test_the_rules_are_as_reviewed(slos: tuple[Slo, ...]) -> None:
    """Every byte of the example's rule files is what a person has read and agreed to."""
    made = {Path(name).name: content for name, content in render(slos, ["rules"], at=AT).items()}
    if os.environ.get("RECORD"):
        GOLDEN.mkdir(exist_ok=True)
        for path in GOLDEN.glob("*.yaml"):
            path.unlink()
        for name, content in made.items():
            (GOLDEN / name).write_bytes(content)

    reviewed = {path.name: path.read_bytes() for path in GOLDEN.glob("*.yaml")}
    assert sorted(made) == sorted(reviewed)
    for name, content in made.items():
        assert content.decode() == reviewed[name].decode(), name


def test_promtool_accepts_them(promtool: Path) -> None:
    """Both versions of promtool find nothing wrong with them, duplicates included."""
    done = subprocess.run(
        [promtool, "check", "rules", *sorted(GOLDEN.glob("*.yaml"))], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "duplicate" not in done.stdout + done.stderr


def test_prometheus_loads_and_evaluates_them(slos: tuple[Slo, ...], start_prometheus: StartPrometheus) -> None:
    """A real Prometheus of either version has every group, and evaluates every rule without an error."""
    files = {
        Path(name).name: content.decode()
        for name, content in render(slos, ["rules"], {"slowInterval": "1s"}, at=AT).items()
    }
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": sorted(files)}

    server = start_prometheus(files=files, config=config)

    rules = evaluated_groups(server.url)
    assert {group["name"] for group in rules} == {
        f"tallystick-{slo.slo_id}-{part}" for slo in slos for part in ("sli", "windows", "alerts")
    } | {"tallystick-exporter"}
    faults = {
        rule["name"]: rule.get("lastError") for group in rules for rule in group["rules"] if rule["health"] != "ok"
    }
    assert faults == {}
