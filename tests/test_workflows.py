"""What others put into their workflows: the hook, the action and the template do what they say, command by command."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[1]
HOOKS = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((CHECKOUT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))

GOOD = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: reachable
    objective: 99.9%
    window: 30d
    sli: {up: {metric: up}}
"""
SHIMS = {
    "tallystick": f'exec {shlex.quote(sys.executable)} -m tallystick "$@"',
    "pip": 'printf "%s\\n" "$@" > "$PIP_WAS_TOLD"',  # tests install nothing
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a definition that was committed, and the programs of a runner before all others."""
    folder = tmp_path / "repository"
    (folder / "slo-definitions").mkdir(parents=True)
    (folder / "slo-definitions" / "shop.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name, line in SHIMS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    for command in ("git init -q", "git add .", "git -c user.name=a -c user.email=a@example.com commit -qm one"):
        subprocess.run(shlex.split(command), cwd=folder, check=True)
    return folder


def spoil(repository: Path) -> None:
    """A mistake in line 5."""
    path = repository / "slo-definitions" / "shop.yaml"
    path.write_text(GOOD.replace("99.9%", "100%"), encoding="utf-8")


def run(
    script: str, repository: Path, variables: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:  # it is read alone
    """*script* as GitHub runs the shell `bash`, in the *repository*."""
    own = {
        "PATH": f"{repository.parent / 'bin'}:{os.environ['PATH']}",
        "PIP_WAS_TOLD": str(repository.parent / "pip"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command,
        cwd=repository,
        env={**os.environ, **own, **variables},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def test_the_hook_checks_the_folder(repository: Path) -> None:
    """As pre-commit runs it: the entry's words and the arguments, in the repository's top, without names of files."""
    (hook,) = HOOKS
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    entry = hook["entry"]
    assert run(entry, repository).returncode == 0

    spoil(repository)
    done = run(entry, repository)

    assert done.returncode == 1
    assert "slo-definitions/shop.yaml:5:16: objective 100% leaves no error budget" in done.stdout
    assert run(f"{entry} --strict slo-definitions", repository).returncode == 1


def test_the_hook_runs_for_definitions_alone(repository: Path) -> None:
    """Which files make it run: those of the folder, and of the kind that it reads."""
    (hook,) = HOOKS
    staged = run("git ls-files", repository).stdout.split()

    assert [
        name for name in [*staged, "README.md", "src/slo-definitions/a.yaml"] if re.search(hook["files"], name)
    ] == staged
    assert hook["types"] == ["yaml"]


def steps() -> list[dict[str, Any]]:
    """The action's steps that are scripts."""
    return [step for step in ACTION["runs"]["steps"] if "run" in step]


def is_skipped(step: dict[str, Any], inputs: Mapping[str, str]) -> bool:
    """Whether the step's one kind of condition, that an input is not empty, does not hold."""
    asked = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) != '' \}\}", step.get("if", "${{ inputs.paths != '' }}"))
    assert asked
    return not inputs[asked[1]]


def filled(text: str, inputs: Mapping[str, str]) -> str:
    """*text* with the values of *inputs*, as the runner puts them in."""
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: inputs[match[1]], text)


def act(repository: Path, **given: str) -> list[subprocess.CompletedProcess[str]]:
    """All scripts of the action, with its defaults but for what is *given*; one that fails is the last."""
    inputs = {name: value["default"] for name, value in ACTION["inputs"].items()} | given
    done = []
    for step in steps():
        if is_skipped(step, inputs):
            continue
        variables = {name: filled(value, inputs) for name, value in step.get("env", {}).items()}
        done.append(run(step["run"], repository, {**runner(repository), **variables}))
        if done[-1].returncode:
            break
    return done


def runner(repository: Path) -> dict[str, str]:
    """What the runner sets."""
    return {"GITHUB_ACTION_PATH": str(CHECKOUT), "GITHUB_STEP_SUMMARY": str(repository.parent / "summary.md")}


def change(repository: Path) -> None:
    """A commit on top, with a looser objective."""
    path = repository / "slo-definitions" / "shop.yaml"
    path.write_text(GOOD.replace("99.9%", "99%"), encoding="utf-8")
    subprocess.run(
        shlex.split("git -c user.name=a -c user.email=a@example.com commit -qam two"), cwd=repository, check=True
    )


def test_the_action_says_what_a_change_means(repository: Path) -> None:
    """With a revision to compare with, the job's summary has the difference."""
    change(repository)

    assert [one.returncode for one in act(repository, base="HEAD~1")] == [0, 0, 0]

    assert "shop-reachable" in (repository.parent / "summary.md").read_text(encoding="utf-8")


def test_the_action_installs_itself(repository: Path) -> None:
    """What pip is told to install is the action's own folder, which is this project."""
    act(repository)

    folder = Path((repository.parent / "pip").read_text(encoding="utf-8").splitlines()[-1])
    assert 'name = "tallystick"' in (folder / "pyproject.toml").read_text(encoding="utf-8")


def test_the_action_annotates(repository: Path) -> None:
    """A mistake is a workflow command at its place, and fails the job; without one nothing does."""
    assert [one.returncode for one in act(repository)] == [0, 0]

    spoil(repository)
    done = act(repository)[-1]

    assert done.returncode == 1
    assert done.stdout.startswith(
        "::error file=slo-definitions/shop.yaml,line=5,endLine=5,col=16,endColumn=20,title=objective-range::objective 100%25"
    )


def test_the_action_takes_its_inputs(repository: Path) -> None:
    """Several paths, and warnings that fail; a path that looks like a script is a path."""
    path = repository / "slo-definitions" / "shop.yaml"
    path.write_text(GOOD.replace("99.9%", "20%"), encoding="utf-8")
    assert act(repository, paths="slo-definitions/shop.yaml")[-1].returncode == 0
    assert act(repository, paths="slo-definitions  slo-definitions/shop.yaml", strict="true")[-1].returncode == 1

    assert act(repository, paths='$(touch made) "; touch made; "')[-1].returncode == 2
    assert not (repository / "made").exists()


def test_no_script_of_the_action_has_an_input_in_it() -> None:
    """Expressions stand in variables alone."""
    assert steps()
    assert not any("${{" in step["run"] for step in steps())


def jobs() -> dict[str, dict[str, Any]]:
    """The template's jobs, with what they extend."""
    own = {name: job for name, job in GITLAB.items() if isinstance(job, dict) and "script" in job}
    return {name: {**GITLAB[job["extends"]], **job} for name, job in own.items()}


def test_the_template_says_what_a_change_means(repository: Path) -> None:
    """In the log of a merge request's job, and in its artifact."""
    change(repository)
    base = run("git rev-parse HEAD~1", repository).stdout.strip()
    job = jobs()["slo-diff"]
    script = "\n".join([*job["before_script"], *job["script"]])

    done = run(script, repository, {**GITLAB["variables"], "CI_MERGE_REQUEST_DIFF_BASE_SHA": base})

    (kept,) = job["artifacts"]["paths"]
    assert done.returncode == 0
    assert "shop-reachable" in done.stdout
    assert (repository / kept).read_text(encoding="utf-8") == done.stdout


def work(repository: Path, job: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """A job, line by line in one shell, as GitLab runs it."""
    return run("\n".join([*job["before_script"], *job["script"]]), repository, GITLAB["variables"])


def test_the_template_reports_and_fails(repository: Path) -> None:
    """The report is there in either case, its paths are the repository's, and people are told."""
    job = jobs()["slo-check"]
    report = repository / job["artifacts"]["reports"]["codequality"]
    assert work(repository, job).returncode == 0
    assert json.loads(report.read_text(encoding="utf-8")) == []

    spoil(repository)
    done = work(repository, job)

    assert done.returncode == 1
    assert "objective 100% leaves no error budget (objective-range)" in done.stdout
    (issue,) = json.loads(report.read_text(encoding="utf-8"))
    assert issue["location"] == {"path": "slo-definitions/shop.yaml", "lines": {"begin": 5}}
    assert job["artifacts"]["when"] == "always"


def test_the_template_keeps_what_is_generated(repository: Path) -> None:
    """The artifact's folder is the one that was written, with rules in it."""
    job = jobs()["slo-generate"]

    assert work(repository, job).returncode == 0

    (folder,) = job["artifacts"]["paths"]
    assert (repository / folder / "rules" / "shop.yaml").exists()


def test_every_job_is_run_here() -> None:
    """No job of the template is without a test."""
    assert set(jobs()) == {"slo-check", "slo-diff", "slo-generate"}


PAGE = (CHECKOUT / "docs" / "ci.md").read_text(encoding="utf-8")


def test_the_page_tells_what_there_is() -> None:
    """Inputs with their defaults, jobs with their stages, variables and the hook, as they are."""
    rows = dict(re.findall(r"^\| `([\w-]+)` \| `([\w.-]+)` \|", PAGE, re.MULTILINE))

    assert rows == {
        **{name: value["default"] for name, value in ACTION["inputs"].items() if value["default"]},
        **{name: job["stage"] for name, job in jobs().items()},
    }
    assert all(name in PAGE for name in GITLAB["variables"])
    assert f"- id: {HOOKS[0]['id']}" in PAGE


def test_examples_on_the_page_are_yaml() -> None:
    """Who copies an example has a file that can be read."""
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    assert len(examples) == 4
    assert all(yaml.safe_load(text) for text in examples)


def test_code_scanning_has_its_log(repository: Path) -> None:
    """The page's step writes one, whatever is found."""
    spoil(repository)
    (line,) = re.findall(r"- run: (tallystick check --format sarif.*)", PAGE)

    assert run(line, repository).returncode == 0

    log = json.loads((repository / "tallystick.sarif").read_text(encoding="utf-8"))
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["objective-range"]
