"""``tallystick export``: what it prints, and how it exits."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tallystick.cli.export import export
from tallystick.definition.load import load_paths

EXAMPLES = Path(__file__).parents[2] / "slo-definitions"
BAD = Path(__file__).parent.parent / "bad"


def run(*arguments: str | Path) -> Result:
    """The command with *arguments*."""
    return CliRunner().invoke(export, [str(argument) for argument in arguments])


def test_what_jsonnet_gets_is_json() -> None:
    """Without a flag it is the one value that rules and dashboards are made of."""
    done = run(EXAMPLES)

    assert done.exit_code == 0
    assert json.loads(done.stdout)
    assert done.stdout.splitlines()[0] == run("--to", "jsonnet", "--format", "json", EXAMPLES).stdout.splitlines()[0]


@pytest.mark.parametrize("arguments", [(), ("--format", "yaml"), ("--format", "json")])
def test_openslo_is_yaml_or_json(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Both are read as the same SLOs; what OpenSLO has no word for is told on standard error."""
    done = run("--to", "openslo", *arguments, EXAMPLES)

    assert done.exit_code == 0
    (tmp_path / "a.yaml").write_text(done.stdout, encoding="utf-8")
    again, made = load_paths([tmp_path]), load_paths([EXAMPLES])
    assert again.problems == ()
    assert [(slo.slo_id, slo.generation) for slo in again.slos] == [(slo.slo_id, slo.generation) for slo in made.slos]
    assert "tallystick: cart-latency: OpenSLO has no word for sli, alerting; it is in annotations\n" in done.stderr


def test_other_tools_files_are_exported_too(tmp_path: Path) -> None:
    """A file of Sloth's becomes OpenSLO's."""
    text = """
version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99.9
    sli: {events: {error_query: 'sum(rate(e_total[{{.window}}]))', total_query: 'sum(rate(t_total[{{.window}}]))'}}
"""
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    done = run("--to", "openslo", tmp_path)

    service, slo = yaml.safe_load_all(done.stdout)
    assert (service["kind"], slo["spec"]["objectives"]) == ("Service", [{"target": 0.999}])
    assert slo["spec"]["indicator"]["spec"]["ratioMetric"]["bad"]["metricSource"]["spec"] == {"query": "sum(e_total)"}
    assert done.stderr == ""


def test_jsonnet_reads_no_yaml() -> None:
    """What can't be is refused, and does not look like it worked."""
    done = run("--to", "jsonnet", "--format", "yaml", EXAMPLES)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "jsonnet is not written as yaml" in done.stderr


def test_wrong_definitions_are_not_exported() -> None:
    """There is never half of a catalogue."""
    done = run("--to", "openslo", BAD / "reference.yaml")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no SLI reqests" in done.stderr
