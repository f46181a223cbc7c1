"""
Rules of every kind of indicator, as files that people review and as Prometheus takes them.

After a change that is meant, record them anew: ``RECORD=1 pytest tests/generate/test_kinds.py``, and read the diff.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.kinds import slos_of_all_kinds
from support.rules import evaluated_groups
from support.servers import StartPrometheus
from support.slos import AT
from tallystick.generate.render import render

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "kinds"
REVIEWED = (
    "events-bad",
    "events-sums",
    "query-rate-by",
    "latency-own-total-by",
    "threshold",
    "ratio",
    "composite-weighted-bad",
    "composite-serial",
)
"""Those whose rules are kept; the others differ from them in nothing that a person would look at."""


@pytest.fixture(scope="module")
def files() -> Mapping[str, str]:
    """The rule files of all kinds: name -> contents."""
    return {
        Path(name).name: content.decode() for name, content in render(slos_of_all_kinds(), ["rules"], at=AT).items()
    }


@pytest.mark.parametrize("name", REVIEWED)
def test_the_rules_are_as_reviewed(files: Mapping[str, str], name: str) -> None:
    """Every byte of a kind's rules is what a person has read and agreed to."""
    if os.environ.get("RECORD"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / f"{name}.yaml").write_text(files[f"{name}.yaml"])

    assert files[f"{name}.yaml"] == (GOLDEN / f"{name}.yaml").read_text()


def test_nothing_else_is_kept() -> None:
    """A file of a kind that is gone does not stay behind."""
    assert sorted(path.stem for path in GOLDEN.glob("*")) == sorted(REVIEWED)


def test_promtool_accepts_them(files: Mapping[str, str], promtool: Path, tmp_path: Path) -> None:
    """Both versions of promtool find nothing wrong with any kind, native histograms included."""
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    done = subprocess.run(
        [promtool, "check", "rules", *files], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "duplicate" not in done.stdout + done.stderr


def test_prometheus_evaluates_them(files: Mapping[str, str], start_prometheus: StartPrometheus) -> None:
    """A real Prometheus of either version evaluates every rule of every kind without an error."""
    quick = {name: content.replace("interval: 2m", "interval: 1s") for name, content in files.items()}
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": sorted(quick)}

    groups = evaluated_groups(start_prometheus(files=quick, config=config).url)

    assert len(groups) == 3 * (len(files) - 1) + 1
    faults = {
        rule["name"]: rule.get("lastError") for group in groups for rule in group["rules"] if rule["health"] != "ok"
    }
    assert faults == {}
