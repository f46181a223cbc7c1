"""``tallystick import``: what it writes where, what it refuses, and how it exits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from definition.samples import SLO_GENERATOR, SLO_GENERATOR_CONFIG, SLOTH, SLOTH_RESOURCE
from tallystick.definition.load import load_paths

EXAMPLES = Path(__file__).parents[2] / "slo-definitions"
WRONG = SLOTH.replace("objective: 99\n", "objective: 100\n")


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it in *folder*."""
    command = [sys.executable, "-m", "tallystick", "import", *map(str, arguments)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", cwd=folder, env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of two tools."""
    (tmp_path / "sloth").mkdir()
    (tmp_path / "sloth" / "shop.yaml").write_text(SLOTH, encoding="utf-8")
    (tmp_path / "sloth" / "stock.yml").write_text(SLOTH_RESOURCE, encoding="utf-8")
    (tmp_path / "generator.yaml").write_text(f"{SLO_GENERATOR}---\n{SLO_GENERATOR_CONFIG}", encoding="utf-8")
    return tmp_path


def test_prints(folder: Path) -> None:
    """Without --out the documents are on standard output, and what was done on standard error."""
    done = run(folder, "sloth", "generator.yaml")

    assert done.returncode == 0
    documents = list(yaml.safe_load_all(done.stdout))
    assert [one["service"] for one in documents] == ["cart", "shop", "stock", "wifi"]
    assert done.stdout.startswith("# Imported by tallystick from generator.yaml.\n")
    assert done.stderr.startswith("8 SLOs of 4 services; ")


def test_writes_a_file_for_each_service(folder: Path) -> None:
    """A folder is made; what is in it loads as what was read."""
    done = run(folder, "sloth", "generator.yaml", "--out", "made/of/all")

    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(path.name for path in (folder / "made" / "of" / "all").iterdir()) == [
        "cart.yaml",
        "shop.yaml",
        "stock.yaml",
        "wifi.yaml",
    ]
    assert len(load_paths([folder / "made"]).slos) == 8


def test_writes_one_file(folder: Path) -> None:
    """A name that ends in .yaml is one file for all."""
    assert run(folder, "sloth", "--out", "all.yaml").returncode == 0

    assert {slo.service for slo in load_paths([folder / "all.yaml"]).slos} == {"shop", "stock"}


def test_overwrites_nothing(folder: Path) -> None:
    """A file that holds something else stays, and so do all others; with --force it does not. Doing it again is fine."""
    kept = folder / "out" / "stock.yaml"
    kept.parent.mkdir()
    kept.write_text("mine", encoding="utf-8")

    done = run(folder, "sloth", "--out", "out")

    assert done.returncode == 2
    assert "stock.yaml is there already; --force writes over it" in done.stderr
    assert [path.name for path in kept.parent.iterdir()] == ["stock.yaml"]
    assert kept.read_text(encoding="utf-8") == "mine"
    assert run(folder, "sloth", "--out", "out", "--force").returncode == 0
    assert "counted" in kept.read_text(encoding="utf-8")
    assert run(folder, "sloth", "--out", "out").returncode == 0


def test_what_is_wrong_stops_it(folder: Path) -> None:
    """Problems are told at their places, and nothing is written."""
    (folder / "sloth" / "shop.yaml").write_text(WRONG, encoding="utf-8")

    done = run(folder, "sloth", "--out", "out")

    assert (done.returncode, done.stdout) == (1, "")
    assert "sloth/shop.yaml:21:16: objective 100% leaves no error budget (objective-range)" in done.stderr
    assert "nothing is written; --partial writes the rest" in done.stderr
    assert not (folder / "out").exists()


def test_the_rest_may_be_written(folder: Path) -> None:
    """With --partial what is right is written, what is not is told there too, and the exit code stays."""
    (folder / "sloth" / "shop.yaml").write_text(WRONG, encoding="utf-8")

    done = run(folder, "sloth", "--out", "out", "--partial")

    assert done.returncode == 1
    assert "# Not imported: regions: objective 100%" in (folder / "out" / "shop.yaml").read_text(encoding="utf-8")
    assert load_paths([folder / "out"]).problems == ()
    assert len(load_paths([folder / "out"]).slos) == 4


def test_our_own_format(folder: Path) -> None:
    """There is nothing to do, which is no mistake; beside other tools' files ours are let be."""
    done = run(folder, EXAMPLES)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing to do in 5 files; all is in the format of tallystick already\n"

    both = run(folder, EXAMPLES, "sloth/shop.yaml")
    assert [one["service"] for one in yaml.safe_load_all(both.stdout)] == ["shop"]


def test_tiers_are_written_out(folder: Path) -> None:
    """What our own files say of a tier is in the result, which means the same without them."""
    (folder / "tiers.yaml").write_text(
        "apiVersion: tallystick/v1\ntiers:\n  2:\n    alerting: {page: {enabled: false}}\n", encoding="utf-8"
    )
    done = run(folder, "sloth/stock.yml", "tiers.yaml")

    (document,) = yaml.safe_load_all(done.stdout)
    assert all(slo["alerting"]["page"]["enabled"] is False for slo in document["slos"])


@pytest.mark.parametrize("arguments", [[], ["nowhere"], ["sloth", "--out", "generator.yaml/x"]])
def test_what_can_not_run_exits_2(folder: Path, arguments: list[str]) -> None:
    """No file, a file that is not there, and a place that can't be written are told without a traceback."""
    done = run(folder, *arguments)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_odd_file_name(folder: Path) -> None:
    """Where a definition lies can't add lines to what is written."""
    odd = folder / "a\nservice: b.yaml"
    odd.write_text(SLOTH, encoding="utf-8")

    done = run(folder, odd.name)

    assert done.returncode == 0
    assert done.stdout.startswith("# Imported by tallystick from a<U+000A>service: b.yaml.\n")
