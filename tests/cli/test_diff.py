"""``tallystick diff`` as its users meet it: folders, revisions of a real repository, exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tallystick.cli.main import main

SHOP = """\
apiVersion: tallystick/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: requests_total{job="shop"}
        bad: requests_total{job="shop",code="500"}
  - name: latency
    objective: 99%
    window: 30d
    sli:
      latency: {histogram: answer_seconds, threshold: 0.3}
"""
STRICTER = SHOP.replace("99.9%", "99.95%")


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in a folder of its own, from its arguments to its exit code."""

    def runs(*arguments: str, inside: str = ".") -> Answer:
        monkeypatch.chdir(tmp_path / inside)
        monkeypatch.setattr(sys, "argv", ["tallystick", "diff", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Answer(int(ended.value.code or 0), told.out, told.err)

    return runs


def git(folder: Path, *arguments: str) -> str:
    """Run git in *folder*, as nobody in particular."""
    identity = {
        f"GIT_{role}_{what}": "nobody@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **identity, **settings},
    )
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str | None], message: str = "a change") -> str:
    """Write *files* (None: remove) and commit all of it; the commit's hash."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the shop on main, and a branch on which it promises more."""
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path, {"slo-definitions/shop.yaml": SHOP, "README.md": "a shop\n"})
    git(tmp_path, "checkout", "--quiet", "-b", "stricter")
    commit(tmp_path, {"slo-definitions/shop.yaml": STRICTER})
    return tmp_path


def found(answer: Answer) -> dict[str, str]:
    """What became of each SLO that is not the same."""
    assert answer.returncode in {0, 1}, answer.stderr
    return {change["slo"]: change["kind"] for change in json.loads(answer.stdout)["changes"]}


def folders(folder: Path, base: str | None, head: str | None) -> None:
    """Folders ``base`` and ``head`` with a file each; None: an empty folder."""
    for name, text in (("base", base), ("head", head)):
        (folder / name).mkdir()
        if text is not None:
            (folder / name / "shop.yaml").write_text(text)


def test_two_folders(run: Run, tmp_path: Path) -> None:
    """What an SLO says otherwise is told with what follows, and another place or other spelling is nothing."""
    folders(tmp_path, SHOP, STRICTER.replace("service: shop", "service:    'shop'  # a comment"))

    answer = run("base", "head")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("SLOs: 1 changed; 1 is the same\n\n~ shop-availability  head/shop.yaml:4\n")
    assert "    ~ objective: 99.9% → 99.95%\n" in answer.stdout
    assert "keeps its history, which is judged by the new objective" in answer.stdout


def test_the_same_folder_twice(run: Run, tmp_path: Path) -> None:
    """A folder does not differ from itself, and no exit code says so."""
    folders(tmp_path, SHOP, None)

    for form in ("text", "markdown"):
        answer = run("base", "base", "--exit-code", "--format", form)
        assert (answer.returncode, answer.stdout.removeprefix("### ")) == (0, "No SLO differs; 2 are the same\n")
    assert json.loads(run("base", "base", "--format", "json").stdout)["changes"] == []


def test_a_single_file(run: Run, tmp_path: Path) -> None:
    """Files are compared as folders are, whatever they are called."""
    (tmp_path / "one.yaml").write_text(SHOP)
    (tmp_path / "other.txt").write_text(STRICTER)

    assert found(run("one.yaml", "other.txt", "--format", "json")) == {"shop-availability": "changed"}


@pytest.mark.parametrize(("base", "head", "kind"), [(None, SHOP, "new"), (SHOP, None, "gone")])
def test_an_empty_side(run: Run, tmp_path: Path, base: str | None, head: str | None, kind: str) -> None:
    """Beside nothing everything is new, or gone."""
    folders(tmp_path, base, head)

    answer = run("base", "head", "--format", "json")

    assert found(answer) == {"shop-availability": kind, "shop-latency": kind}


def test_a_working_tree_and_a_revision(run: Run, repository: Path) -> None:
    """A revision beside a folder is one of that folder: what is not committed yet is compared with what was."""
    (repository / "slo-definitions" / "shop.yaml").write_text(SHOP.replace("99%", "98%"))

    answer = run("main", "slo-definitions", "--format", "json")

    assert found(answer) == {"shop-latency": "changed"}
    told = json.loads(answer.stdout)
    assert (told["base"], told["head"], told["changes"][0]["file"]) == (
        "main",
        "slo-definitions",
        "slo-definitions/shop.yaml",
    )
    assert found(run("slo-definitions", "stricter", "--format", "json")) == {
        "shop-availability": "changed",
        "shop-latency": "changed",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("main", "stricter", "slo-definitions"),
        ("main", "HEAD", "slo-definitions/shop.yaml"),
        ("main", "HEAD"),
        ("main..stricter",),
        ("main...", "slo-definitions"),
        ("refs/heads/main", "HEAD@{0}", "."),
    ],
)
def test_two_revisions(run: Run, repository: Path, arguments: tuple[str, ...]) -> None:
    """Revisions are read whatever the work tree holds, and neither it nor the repository is changed."""
    (repository / "slo-definitions" / "shop.yaml").write_text("not even YAML: [")
    before = git(repository, "status", "--porcelain", "--branch")

    answer = run(*arguments, "--format", "json")

    assert found(answer) == {"shop-availability": "changed"}
    assert git(repository, "status", "--porcelain", "--branch") == before


def test_since_two_branches_parted(run: Run, repository: Path) -> None:
    """What happened on main meanwhile is no change of the branch's."""
    git(repository, "checkout", "--quiet", "main")
    commit(repository, {"slo-definitions/shop.yaml": SHOP.replace("99%", "98%")})

    assert found(run("main...stricter", "--format", "json")) == {"shop-availability": "changed"}
    assert found(run("main..stricter", "--format", "json")) == {
        "shop-availability": "changed",
        "shop-latency": "changed",
    }


def test_a_folder_that_one_revision_lacks(run: Run, repository: Path) -> None:
    """Where there was no folder yet everything is new; where there is none on either side there is nothing to compare."""
    git(repository, "checkout", "--quiet", "--orphan", "fresh")
    git(repository, "rm", "--quiet", "-r", "-f", ".")
    commit(repository, {"README.md": "nothing yet\n"})

    assert set(found(run("fresh", "main", "slo-definitions", "--format", "json")).values()) == {"new"}
    nothing = run("fresh", "main", "slo-definitons")
    assert (nothing.returncode, nothing.stderr) == (2, "tallystick: there is no SLO in fresh, nor in main\n")
    assert "in common" in run("fresh...main").stderr


def test_files_are_renamed_and_split(run: Run, repository: Path) -> None:
    """SLOs that move between files are the same SLOs."""
    first, second = SHOP.split("  - name: latency\n")
    head = SHOP.split("  - name: availability\n", maxsplit=1)[0]
    commit(
        repository,
        {
            "slo-definitions/shop.yaml": None,
            "slo-definitions/a/one.yaml": first,
            "slo-definitions/b/two.yml": f"{head}  - name: latency\n{second}",
        },
    )

    assert found(run("main", "HEAD", "--format", "json")) == {}


@pytest.mark.usefixtures("repository")
def test_paths_are_relative_to_where_one_is(run: Run) -> None:
    """From inside a folder its own paths are meant; what is outside of the repository can't be."""
    inside = run("main", "HEAD", "shop.yaml", "--format", "json", inside="slo-definitions")

    assert found(inside) == {"shop-availability": "changed"}
    outside = run("main", "HEAD", "../elsewhere")
    assert outside.returncode == 2
    assert "is not in the repository" in outside.stderr


def test_links_are_followed_within_the_repository(run: Run, repository: Path) -> None:
    """A file that is a link holds what it leads to in that revision; one that leads out is an error, not a missing SLO."""
    (repository / "shared.yaml").write_text(SHOP.replace("service: shop", "service: other"))
    (repository / "slo-definitions" / "other.yaml").symlink_to("../shared.yaml")
    commit(repository, {})

    assert set(found(run("main", "HEAD", "--format", "json"))) == {
        "shop-availability",
        "other-availability",
        "other-latency",
    }
    (repository / "slo-definitions" / "other.yaml").unlink()
    (repository / "slo-definitions" / "other.yaml").symlink_to("/etc/hostname")
    commit(repository, {})
    answer = run("main", "HEAD")
    assert answer.returncode == 2
    assert "slo-definitions/other.yaml in " in answer.stderr
    assert "is a link to nothing that is in the repository" in answer.stderr


def test_odd_names_of_files(run: Run, repository: Path) -> None:
    """Blanks, umlauts and what git would take for a pattern are names like any other."""
    renamed = SHOP.replace("service: shop", "service: odd")
    commit(repository, {"slo-definitions/:(top) ä *.yaml": renamed, "slo-definitions/notes.txt": "none of ours: ["})

    assert set(found(run("main", "HEAD", "slo-definitions/:(top) ä *.yaml", "--format", "json"))) == {
        "odd-availability",
        "odd-latency",
    }


def test_errors_are_told_with_their_side(run: Run, repository: Path) -> None:
    """Definitions with errors can't be compared: exit code 2, with the place in the revision that they are in."""
    commit(repository, {"slo-definitions/shop.yaml": SHOP.replace("99.9%", "99,9%")})

    answer = run("main", "HEAD")

    assert (answer.returncode, answer.stdout) == (2, "")
    lines = answer.stderr.splitlines()
    assert lines[0] == "the head (HEAD) has 1 error:"
    assert lines[1].startswith("HEAD:slo-definitions/shop.yaml:5:16: ")
    assert lines[-1] == "tallystick: definitions with errors can't be compared; `tallystick check` tells more"
    assert "/tmp" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name two folders (or files), or two revisions"),
        (("slo-definitions",), "name two folders (or files), or two revisions"),
        (("nothing", "slo-definitions"), "git knows no revision 'nothing' here"),
        (("main", "nothing", "slo-definitions"), "git knows no revision 'nothing' here"),
        (("main:slo-definitions", "HEAD", "slo-definitions"), "git knows no revision 'main:slo-definitions' here"),
        (
            ("--", "--upload-pack=touch pwned", "HEAD", "slo-definitions"),
            "'--upload-pack=touch pwned' can't be a revision",
        ),
        (("--", "main", "-h", "slo-definitions"), "'-h' can't be a revision"),
        (("$(touch pwned)", "HEAD", "slo-definitions"), "git knows no revision '$(touch pwned)' here"),
        (("main...--output=pwned", "slo-definitions"), "'--output=pwned' can't be a revision"),
        (("main", "HEAD", "--fail-on", "pages"), "--fail-on pages looks back: give --prometheus.url or --ledger"),
        (("main", "HEAD", "--fail-on", "none", "--exit-code"), "--exit-code is --fail-on any"),
        (("main", "HEAD", "--ledger", "nowhere.db"), "there is no ledger nowhere.db"),
        (("--deployed",), "--deployed asks Prometheus: give --prometheus.url"),
    ],
)
def test_what_can_t_be_done_is_told(run: Run, repository: Path, arguments: tuple[str, ...], words: str) -> None:
    """What names no side is exit code 2 with what to write instead; names of revisions never become options or commands."""
    answer = run(*arguments)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (repository / "pwned").exists()


def test_no_repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a repository there are no revisions, and without git neither."""
    folders(tmp_path, SHOP, None)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    outside = run("main", "base")
    monkeypatch.setenv("PATH", str(tmp_path))
    without = run("main", "base")

    assert (outside.returncode, without.returncode) == (2, 2)
    assert outside.stderr.startswith(
        "tallystick: main: no file or folder, and no revision can be read here: git failed: "
    )
    assert "not a git repository" in outside.stderr
    assert without.stderr.endswith(": git is not installed, and revisions can't be read without it\n")


@pytest.mark.parametrize(
    ("flags", "code"),
    [((), 0), (("--fail-on", "none"), 0), (("--fail-on", "any"), 1), (("--exit-code",), 1)],
)
def test_exit_codes(run: Run, tmp_path: Path, flags: tuple[str, ...], code: int) -> None:
    """A difference alone is no finding, unless it is asked for."""
    folders(tmp_path, SHOP, STRICTER)

    assert run("base", "head", *flags).returncode == code


def test_a_thousand_that_change_alike_are_told_once(run: Run, tmp_path: Path) -> None:
    """What a tier does to many SLOs is told once, with the names of some; a comment stays under its limit and says what is cut."""
    slo = "  - {{name: s{0}, objective: {1}, window: 30d, sli: {{up: {{metric: 'up{{job=\"j{0}\"}}'}}}}}}\n"

    def many(objective: Callable[[int], str]) -> str:
        start = SHOP.split("  - name: availability\n", maxsplit=1)[0]
        return start + "".join(slo.format(number, objective(number)) for number in range(1_000))

    folders(tmp_path, many(lambda _: "99%"), many(lambda _: "99.5%"))
    alike = run("base", "head")
    assert alike.stdout.startswith("SLOs: 1,000 changed; 0 are the same\n")
    assert "  and 980 more, which change alike\n" in alike.stdout
    assert len(alike.stdout.splitlines()) < 50

    (tmp_path / "head" / "shop.yaml").write_text(many(lambda number: f"99.{number + 1:04d}%"))
    comment = run("base", "head", "--format", "markdown").stdout
    assert 50_000 < len(comment.encode()) <= 60_000
    assert "more SLOs are cut; `tallystick diff` prints all of them." in comment
    assert comment.rstrip().endswith("</details>")
