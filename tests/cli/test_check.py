"""``tallystick check``: what it prints, and how it exits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tallystick.cli.check import check

EXAMPLES = Path(__file__).parents[2] / "slo-definitions"
BAD = Path(__file__).parent.parent / "bad"


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command as a user runs it."""
    command = [sys.executable, "-m", "tallystick", "check", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, env={**os.environ, **environment})


def test_good_definitions_exit_0() -> None:
    """Without problems there is one line, and nothing on standard error."""
    done = run(EXAMPLES)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == ["11 SLOs in 5 files: no problems"]


def test_problems_exit_1() -> None:
    """All problems of all files are told at once, and counted."""
    done = run(BAD / "objective-hundred.yaml", BAD / "wrong-type-text.yaml", BAD / "warnings" / "empty-document.yaml")

    assert done.returncode == 1
    assert [line for line in done.stdout.decode().splitlines() if line.endswith(")")] == [
        f"{BAD}/objective-hundred.yaml:6:16: objective 100% leaves no error budget (objective-range)",
        f"{BAD}/warnings/empty-document.yaml:1:1: warning: the file is empty (empty-document)",
        f"{BAD}/wrong-type-text.yaml:1:1: a definition must be a mapping, found text (wrong-type)",
    ]
    assert done.stdout.decode().splitlines()[-1] == "2 errors, 1 warning in 3 files"


@pytest.mark.parametrize("arguments", [["nowhere"], ["--format", "xml"], ["--nope"]])
def test_what_can_not_run_exits_2(tmp_path: Path, arguments: list[str]) -> None:
    """A path that is not there, and a flag that is none, are told apart from wrong definitions, without a traceback."""
    done = run(*[str(tmp_path / one) if one == "nowhere" else one for one in arguments])

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_missing_path_is_told(tmp_path: Path) -> None:
    """The message is short: there is no text to underline."""
    done = run(tmp_path / "nowhere")

    assert done.stdout.decode().splitlines()[0] == f"{tmp_path}/nowhere:1:1: no such file or folder (path)"


def test_json_is_all_there_is() -> None:
    """With --format json standard output is one JSON value, also where there is no problem."""
    assert json.loads(run(EXAMPLES, "--format", "json").stdout) == []
    assert [one["code"] for one in json.loads(run(BAD / "duplicate-id.yaml", "--format", "json").stdout)] == [
        "duplicate-id"
    ]


def test_github_annotations() -> None:
    """With --format github each problem is a workflow command at its place."""
    done = run(BAD / "objective-comma.yaml", "--format", "github")

    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[0] == (
        f"::error file={BAD}/objective-comma.yaml,line=6,endLine=6,col=16,endColumn=21,title=objective-range"
        "::objective 99,9%25 is not a number or a percentage: write 99.9%25"
    )


def test_sarif_is_all_there_is() -> None:
    """With --format sarif standard output is one log, with a rule for every result and a page for every rule."""
    done = run(BAD, "--format", "sarif", "--docs.url", "https://docs.example.com")

    (log,) = json.loads(done.stdout)["runs"]
    rules = {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}
    assert done.returncode == 1
    assert {result["ruleId"] for result in log["results"]} <= set(rules)
    pages = {page.stem for page in (EXAMPLES.parent / "docs" / "checks").glob("*.md")} - {"README"}
    assert {rule["helpUri"] for rule in rules.values()} == {
        f"https://docs.example.com/checks/{page}.md" for page in pages
    }
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in rules.values())


def test_code_quality_is_all_there_is() -> None:
    """With --format codequality standard output is one list, also where there is no problem."""
    assert json.loads(run(EXAMPLES, "--format", "codequality").stdout) == []
    (issue,) = json.loads(run(BAD / "objective-comma.yaml", "--format", "codequality").stdout)
    assert issue["location"]["lines"] == {"begin": 6}


IGNORED = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: reachable
    objective: 20%
    window: 30d
    ignore: [{check: objective-range, reason: it is an experiment}]
    sli: {up: {metric: up}}
"""


def test_what_is_ignored_is_shown_on_demand(tmp_path: Path) -> None:
    """It fails nothing, --strict included, and is counted; --show-ignored lists it in every format that can."""
    path = tmp_path / "a.yaml"
    path.write_text(IGNORED, encoding="utf-8")

    quiet = run(path, "--strict")
    assert (quiet.returncode, quiet.stdout.decode()) == (0, "1 SLO in 1 file: no problems, 1 ignored\n")
    assert json.loads(run(path, "--format", "json").stdout) == []

    text = run(path, "--show-ignored").stdout.decode()
    assert text.startswith(
        f"{path}:5:16: ignored: objective 20% allows more bad events than good ones (objective-range)\n"
    )
    assert "^^^ ignored in line 7: it is an experiment" in text
    (one,) = json.loads(run(path, "--show-ignored", "--format", "json").stdout)
    assert one["ignored"] == {"reason": "it is an experiment", "file": str(path), "line": 7}
    assert run(path, "--show-ignored", "--format", "github").stdout.startswith(b"::notice file=")
    (log,) = json.loads(run(path, "--show-ignored", "--format", "sarif").stdout)["runs"]
    assert log["results"][0]["suppressions"][0]["justification"] == "it is an experiment"


def test_superfluous_interval_ignores_are_told_when_intervals_are(tmp_path: Path) -> None:
    """`low-traffic` can't be judged without a Prometheus, whatever else is known."""
    path = tmp_path / "a.yaml"
    path.write_text(IGNORED.replace("objective-range", "low-traffic").replace("20%", "99%"), encoding="utf-8")

    assert run(path, "--strict").returncode == run(path, "--strict", "--scrape-interval", "1m").returncode == 0


def test_colours_are_for_terminals() -> None:
    """In a pipe there are none; where colour is asked for, the message has one and still says the same."""
    plain = run(BAD / "objective-hundred.yaml").stdout.decode()
    coloured = CliRunner().invoke(check, [str(BAD / "objective-hundred.yaml")], color=True).output

    assert "\x1b" not in plain
    assert "\x1b[31m" in coloured
    assert "objective 100% leaves no error budget" in coloured


def test_an_encoding_without_the_character_is_no_traceback() -> None:
    """On a terminal that knows ASCII alone, what it can't show is written as an escape."""
    done = run(BAD / "shown-wide.yaml", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\\u76ee" in done.stdout


def test_flags_are_environment_variables_too() -> None:
    """--strict and --format can be set for a whole pipeline."""
    done = run(BAD / "warnings" / "severity-same.yaml", TALLYSTICK_STRICT="1", TALLYSTICK_FORMAT="json")

    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["severity"] == "warning"


def test_slo_definitions_is_where_it_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a path it reads the folder that has the usual name."""
    monkeypatch.chdir(EXAMPLES.parent)

    assert CliRunner().invoke(check, []).exit_code == 0

    monkeypatch.chdir(tmp_path)

    assert CliRunner().invoke(check, []).exit_code == 2


def test_help_has_examples() -> None:
    """Who asks for help gets commands to copy."""
    text = run("--help").stdout.decode()

    assert "tallystick check slo-definitions/checkout.yaml" in text
    assert "TALLYSTICK_STRICT" in text
