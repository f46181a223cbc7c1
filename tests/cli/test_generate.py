"""The commands generate and export, as a person runs them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.generate.mixin import evaluate

DEFINITION = """
apiVersion: tallystick/v1
service: checkout
team: payments
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli: {events: {total: 'http_requests_total{job="checkout"}', bad: 'http_requests_total{job="checkout",code=~"5.."}'}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to work in, with one definition."""
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/checkout.yaml").write_text(DEFINITION)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``tallystick`` with *arguments* in *folder*."""
    command = [sys.executable, "-m", "tallystick", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_generate_says_what_it_wrote(folder: Path) -> None:
    """The first time files are new, the second time there is nothing to do."""
    first = run(folder, "generate", "slos", "--out", "build")
    second = run(folder, "generate", "slos", "--out", "build")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "  + rules/checkout.yaml" in first.stdout.splitlines()
    assert second.stdout.startswith("build: ")
    assert "same" in second.stdout
    assert "new" not in second.stdout


def test_generate_removes_what_is_gone(folder: Path) -> None:
    """A removed service takes its rule file with it; JSON says so for machines."""
    (folder / "slos/cart.yaml").write_text(DEFINITION.replace("service: checkout", "service: cart"))
    run(folder, "generate", "slos", "--out", "build", "--only", "rules")
    (folder / "slos/cart.yaml").unlink()

    done = run(folder, "generate", "slos", "--out", "build", "--only", "rules", "--format", "json")

    assert json.loads(done.stdout) == {
        "new": [],
        "changed": [],
        "removed": ["rules/cart.yaml"],
        "kept": [],
        "same": ["rules/_exporter.yaml", "rules/checkout.yaml"],
    }
    assert sorted(path.name for path in (folder / "build/rules").iterdir()) == ["_exporter.yaml", "checkout.yaml"]


def test_rules_that_would_not_work_are_not_written(folder: Path) -> None:
    """Evaluated every three minutes, a window of five would hold one evaluation: an error at its place, and no file."""
    done = run(folder, "generate", "slos", "--out", "build", "--evaluation-interval", "3m")

    assert done.returncode == 1
    assert "slos/checkout.yaml:6:11: the 1h page's short window of 5m holds fewer than two evaluations" in done.stderr
    assert not (folder / "build").exists()
    assert run(folder, "generate", "slos", "--out", "build", "--evaluation-interval", "2m30s").returncode == 0


def test_only_rules(folder: Path) -> None:
    """With --only rules there is no folder of dashboards, and no file for Alertmanager."""
    run(folder, "generate", "slos", "--out", "build", "--only", "rules")

    assert sorted(path.name for path in (folder / "build").iterdir()) == [".tallystick.json", "rules"]


def test_only_tests(folder: Path) -> None:
    """With --only tests the rules that they are of are not written, and promtool's path to them is what it always is."""
    run(folder, "generate", "slos", "--out", "build", "--only", "tests")

    assert sorted(path.name for path in (folder / "build").iterdir()) == [".tallystick.json", "tests"]
    assert '- "../rules/checkout.yaml"' in (folder / "build/tests/checkout.yaml").read_text()


def test_only_alertmanager(folder: Path) -> None:
    """With --only alertmanager its file is all there is; made with the others, it is there as well, and the same."""
    run(folder, "generate", "slos", "--out", "build", "--only", "alertmanager")
    alone = {path.name: path.read_bytes() for path in (folder / "build").iterdir()}
    done = run(folder, "generate", "slos", "--out", "build", "--format", "json")

    assert sorted(alone) == [".tallystick.json", "alertmanager.yaml"]
    assert b"payments-page" in alone["alertmanager.yaml"]
    assert json.loads(done.stdout)["same"] == ["alertmanager.yaml"]


def test_a_wrong_definition_writes_nothing(folder: Path) -> None:
    """One mistake anywhere is told with exit code 1, and no file is written or removed."""
    (folder / "slos/wrong.yaml").write_text(DEFINITION.replace("99.9%", "109%"))

    done = run(folder, "generate", "slos", "--out", "build")

    assert done.returncode == 1
    assert "slos/wrong.yaml:" in done.stderr
    assert not (folder / "build").exists()


def test_a_file_in_the_way_can_not_be_overwritten(folder: Path) -> None:
    """Somebody else's file stops the command with exit code 2 and one line that says what to do."""
    (folder / "build/rules").mkdir(parents=True)
    (folder / "build/rules/checkout.yaml").write_text("groups: []\n")

    done = run(folder, "generate", "slos", "--out", "build")

    assert done.returncode == 2
    assert "build/rules/checkout.yaml is there and was not made by tallystick" in done.stderr
    assert "Traceback" not in done.stderr


def test_links_reach_the_alerts(folder: Path) -> None:
    """Addresses of Grafana, the exporter and the runbooks become links on every alert."""
    run(folder, "generate", "slos", "--out", "build", "--grafana.url", "http://g/", "--status.url", "http://s",
        "--runbook.url", "http://r/{alert}/{service}")  # fmt: skip

    text = (folder / "build/rules/checkout.yaml").read_text()
    assert "http://g/d/tallystick-slo?var-service=checkout&var-slo=checkout-availability" in text
    assert "http://s/slo/checkout-availability" in text
    assert "http://r/SLOBurnRate/checkout" in text


def test_a_lowered_threshold_is_told(folder: Path) -> None:
    """At 90 % nothing burns 14.4 times too fast; the page that can fire instead is named."""
    (folder / "slos/checkout.yaml").write_text(DEFINITION.replace("99.9%", "90%"))

    done = run(folder, "generate", "slos", "--out", "build")

    assert (
        "note: checkout-availability: the page for 2% of the budget in 1h is sent at 1.042% (factor 7.5): "
        "nothing burns faster than 10 at 90%"
    ) in done.stderr


def test_notes_on_many_slos_are_summed_up(folder: Path) -> None:
    """Twenty lines are read; what is the same of a hundred more is not."""
    text = DEFINITION.replace("99.9%", "90%")
    for number in range(30):
        (folder / f"slos/{number}.yaml").write_text(text.replace("service: checkout", f"service: checkout-{number}"))

    done = run(folder, "generate", "slos", "--out", "build")

    told = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert len(told) == 21
    assert re.fullmatch(r"note: and \d+ more such notes, on other SLOs", told[-1])


def test_export_is_what_the_rules_are_made_of(folder: Path) -> None:
    """What `export` prints, given to jsonnet, makes a rule file for the service, and the one for all."""
    done = run(folder, "export", "slos")

    slos = json.loads(done.stdout)
    assert [slo["id"] for slo in slos] == ["checkout-availability"]
    assert list(evaluate("rules", slos, {})) == ["_exporter.yaml", "checkout.yaml"]
