"""Rules as the Prometheus operator takes them: the same groups, in objects that Kubernetes takes."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from support.kinds import slos_of_all_kinds
from support.slos import AT, make_slo
from tallystick.cli.generate import generate
from tallystick.generate.operator import LARGEST, Metadata, object_name
from tallystick.generate.render import render

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""RFC 1123, as Kubernetes checks names of objects."""

EXAMPLES = Path(__file__).parents[2] / "slo-definitions"
METADATA = Metadata("monitoring", {"release": "prometheus", "example.com/team": "yes"})


def loaded(files: dict[str, bytes]) -> dict[str, Any]:
    """Contents of rule files, by path."""
    return {path: yaml.safe_load(text) for path, text in files.items()}


def test_both_forms_carry_the_same_groups() -> None:
    """Whatever the SLI, name or label: a group is the same to the last character, in the same order."""
    slos = [*slos_of_all_kinds(), make_slo(service="""a "b" {{ $value }}\n'c' 漢""")]
    plain = loaded(render(slos, ["rules"], at=AT))
    objects = loaded(render(slos, ["rules"], at=AT, operator=METADATA))

    assert objects.keys() == plain.keys()
    for path, document in objects.items():
        assert document["spec"] == plain[path]


def test_an_object_is_what_the_operator_looks_for() -> None:
    """Kind, version, a name that Kubernetes takes, and the labels of the operator's selector as text."""
    objects = loaded(render(slos_of_all_kinds(), ["rules"], at=AT, operator=METADATA)).values()

    for document in objects:
        assert document.keys() == {"apiVersion", "kind", "metadata", "spec"}
        assert (document["apiVersion"], document["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
        metadata = document["metadata"]
        assert SUBDOMAIN.fullmatch(metadata["name"])
        assert metadata["namespace"] == "monitoring"
        assert metadata["labels"] == {
            "app.kubernetes.io/managed-by": "tallystick", "example.com/team": "yes", "release": "prometheus",
        }  # fmt: skip
    assert len({document["metadata"]["name"] for document in objects}) == len(objects)


@pytest.mark.parametrize(
    "stem", ["checkout", "Checkout", "_exporter", "a_b", "a-b", "a.b", "A%2FB", "-", "x" * 500, "über", "a..b", "9"]
)
def test_every_service_has_a_name_of_its_own(stem: str) -> None:
    """Names that differ in what Kubernetes does not tell apart are told apart by a hash."""
    others = {"checkout", "a-b", "a.b", "x" * 501} - {stem}

    assert SUBDOMAIN.fullmatch(object_name(stem))
    assert len(object_name(stem)) <= 253
    assert object_name(stem) not in {object_name(other) for other in others}
    assert SUBDOMAIN.fullmatch(object_name(stem, 2))
    assert object_name(stem, 2) not in {
        object_name(other) for other in (f"{stem}-2", f"{stem}.2", f"2-{stem}", f".2-{stem}")
    }


def test_a_large_service_comes_in_several_objects() -> None:
    """Of 60 SLOs no object is over the limit, all groups are there once, and names follow one another."""
    slos = [make_slo(name=f"n{number:02}") for number in range(60)]
    plain = loaded(render(slos, ["rules"], at=AT))["rules/checkout.yaml"]["groups"]
    files = {path: text for path, text in render(slos, ["rules"], at=AT, operator=METADATA).items() if "_" not in path}

    assert list(files) == ["rules/checkout.yaml", "rules/checkout~2.yaml"]
    assert max(map(len, files.values())) < LARGEST + 1_000
    objects = loaded(files)
    assert [one["metadata"]["name"] for one in objects.values()] == ["tallystick-checkout", "tallystick.2-checkout"]
    assert [group for one in objects.values() for group in one["spec"]["groups"]] == plain


def test_the_groups_are_accepted(promtool: Path, tmp_path: Path) -> None:
    """The spec of an object is a rule file to promtool."""
    for path, document in loaded(render(slos_of_all_kinds(), ["rules"], at=AT, operator=METADATA)).items():
        (tmp_path / Path(path).name).write_text(yaml.safe_dump(document["spec"]), encoding="utf-8")

    command: list[str | Path] = [promtool, "check", "rules", *sorted(tmp_path.glob("*.yaml"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_writes_them(tmp_path: Path) -> None:
    """`--rules-format operator`, with namespace and labels; and back to plain files in the same folder."""
    command = [str(EXAMPLES), "--out", str(tmp_path), "--only", "rules"]
    flags = ["--rules-format", "operator", "--operator.namespace", "slo", "--operator.label", "release=x"]

    assert CliRunner().invoke(generate, [*command, *flags]).exit_code == 0
    made = yaml.safe_load((tmp_path / "rules" / "checkout.yaml").read_text(encoding="utf-8"))
    assert (made["metadata"]["namespace"], made["metadata"]["labels"]["release"]) == ("slo", "x")

    assert CliRunner().invoke(generate, command).exit_code == 0
    assert list(yaml.safe_load((tmp_path / "rules" / "checkout.yaml").read_text(encoding="utf-8"))) == ["groups"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--operator.label", "a=b"], "need --rules-format operator"),
        (["--operator.namespace", "a"], "need --rules-format operator"),
        (["--rules-format", "operator", "--operator.label", "ab"], "'ab' is not a label of Kubernetes"),
        (["--rules-format", "operator", "--operator.label", "a b=c"], "'a b=c' is not a label of Kubernetes"),
        (["--rules-format", "operator", "--operator.label", f"a={'b' * 64}"], "is not a label of Kubernetes"),
        (["--rules-format", "operator", "--operator.namespace", "A_b"], "'A_b' is not a namespace of Kubernetes"),
    ],
)
def test_what_kubernetes_would_refuse_is_refused(tmp_path: Path, flags: list[str], told: str) -> None:
    """Before anything is written, with what was wrong."""
    result = CliRunner().invoke(generate, [str(EXAMPLES), "--out", str(tmp_path / "out"), *flags])

    assert result.exit_code == 2
    assert told in result.output
    assert not (tmp_path / "out").exists()
