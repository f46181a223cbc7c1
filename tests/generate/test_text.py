"""Text of definitions in rule files: nothing that is written there can break them or say something else."""

import subprocess
from pathlib import Path

import orjson
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from support.slos import AT, make_slo
from tallystick.generate.filename import stem
from tallystick.generate.render import render
from tallystick.generate.ruletext import rule_text
from tallystick.generate.template import literal, references

HOSTILE = """{{ $value }} {{ "}} ' " \\ %(x)s ${x} `b` # : - é 漢 \u2028 \x7f \x00 {"""


@given(st.text())
@example("yes")
@example("1e3")
@example("0x1f")
@example("12:30:45")
@example("2026-11-23")
@example("~")
@example(" a\n b")
@example("a\n\n")
@example('"\t')
@example("- a: b # c")
@example("\x85\u2028\ufeff")
def test_yaml_gives_back_what_was_written(text: str) -> None:
    """Any text in any place of a rule file is read back as it was, by a YAML parser that is not ours."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return
    rule = {
        "alert": text,
        "expr": text,
        "for": text,
        "keep_firing_for": text,
        "labels": {"a": text},
        "annotations": {text: text},
    }
    document = {"groups": [{"name": text, "interval": text, "rules": [rule, {"record": text, "expr": "1"}]}]}

    assert yaml.safe_load(rule_text(document)) == document


@pytest.mark.parametrize("text", ["prod", "checkout-availability", "5m", "slo:sli_bad:rate5m", "a.b/c"])
def test_words_stay_words(text: str) -> None:
    """What needs no quotes has none, so that people can read it."""
    assert f"      - record: {text}\n" in rule_text(
        {"groups": [{"name": "a", "rules": [{"record": text, "expr": "1"}]}]}
    )


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("plain", "plain"),
        ("{{ $value }}", '{{"{{"}} $value }}'),
        ("{{{", '{{"{{"}}{{"{"}}'),
        ("a {", 'a {{"{"}}'),
        ("a { b }", "a { b }"),
    ],
)
def test_literals_print_themselves(text: str, template: str) -> None:
    """Braces of a definition are not read as a template's."""
    assert literal(text) == template


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("on {{ $labels.slo }} now", "on {{ $labels.slo }} now"),
        ("{{$value | humanizePercentage}}", "{{$value | humanizePercentage}}"),
        ("{{ $labels.a }}{{ end }}", '{{ $labels.a }}{{"{{"}} end }}'),
        ("{{ range query `up` }}", '{{"{{"}} range query `up` }}'),
        ("{{{ $value }}", '{{"{"}}{{ $value }}'),
    ],
)
def test_plain_references_work_in_annotations(text: str, template: str) -> None:
    """What people write in annotations works; what could break the file is printed as it stands."""
    assert references(text) == template


def test_hostile_text_passes_promtool(promtool: Path, tmp_path: Path) -> None:
    """Promtool finds nothing wrong with the file, templates included."""
    slo = make_slo(description=HOSTILE, team=HOSTILE, links={"runbook": HOSTILE}, labels={"note": HOSTILE})
    (tmp_path / "rules.yaml").write_bytes(render([slo], ["rules"], at=AT)["rules/checkout.yaml"])

    done = subprocess.run(
        [promtool, "check", "rules", tmp_path / "rules.yaml"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@given(st.text())
@example("..")
@example("../../etc/passwd")
@example(".hidden")
@example("a/b\\c\x00d")
@example("x" * 1_000)
@example("")
def test_file_names_stay_in_their_folder(name: str) -> None:
    """Whatever a service is called, its file is a plain, visible name of bearable length."""
    found = stem(name)

    assert Path("/folder", f"{found}.yaml").resolve().parent == Path("/folder")
    assert found
    assert not found.startswith(".")
    assert len(found) < 140


@given(st.text(), st.text())
def test_two_names_are_two_files(one: str, other: str) -> None:
    """No service overwrites another's rules."""
    assert (one == other) == (stem(one) == stem(other))


def test_rules_of_services_with_odd_names_are_apart() -> None:
    """Two services whose names differ only in special characters have a file each."""
    files = render([make_slo(service="a/b"), make_slo(service="a b"), make_slo(service="a%2Fb")], ["rules"], at=AT)

    assert sorted(files) == ["rules/_exporter.yaml", "rules/a%20b.yaml", "rules/a%252Fb.yaml", "rules/a%2Fb.yaml"]
    assert all(orjson.dumps(yaml.safe_load(content)) for content in files.values())
