"""Rules of OpenSLO's files: Prometheus takes them, and they fire at the burn rate that is written."""

import subprocess
from pathlib import Path

from support.openslo import TEXT
from support.promtool import Trial
from support.slos import AT, counter
from tallystick.definition.load import load_paths
from tallystick.generate.render import render


def test_prometheus_takes_the_rules(tmp_path: Path, promtool: Path) -> None:
    """Of every kind of indicator, with and without policies."""
    (tmp_path / "slos.yaml").write_text(TEXT, encoding="utf-8")
    loaded = load_paths([tmp_path / "slos.yaml"])
    assert loaded.errors == ()

    files = []
    for name, content in render(loaded.slos, ["rules"], at=AT).items():
        files.append(tmp_path / name.replace("/", "-"))
        files[-1].write_bytes(content)

    done = subprocess.run([promtool, "check", "rules", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_fires_at_the_burn_rate_of_the_file(tmp_path: Path, promtool: Path) -> None:
    """At ten times 1 % bad nothing fires, and a little above it does, with the file's words as labels."""
    (tmp_path / "slos.yaml").write_text(TEXT, encoding="utf-8")
    slo = next(slo for slo in load_paths([tmp_path / "slos.yaml"]).slos if slo.name == "requests")
    for bad, firing in ((9.9, []), (10.5, ["1h"])):
        given = {
            'requests_total{job="a"}': counter((150, 100)),
            'errors_total{job="a"}': counter((150, bad)),
        }
        trial = Trial(promtool, tmp_path, [slo], given)

        trial.expect_firing((9_000, firing))

    assert slo.alerting.page.labels == {"severity": "critical", "notify": "on-call"}
