"""The wheel works as the checkout does: built, installed in a clean virtual environment, used from another folder."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import tallystick

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of a clean virtual environment with the wheel and what it depends on, and no more."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", str(wheel)], check=True, env=environment())
    return folder / "bin"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder outside the checkout, with a copy of the example definitions."""
    shutil.copytree(CHECKOUT / "slo-definitions", tmp_path / "slo-definitions")
    return tmp_path


def environment() -> dict[str, str]:
    """Our environment, without what would lead Python or the commands back to the checkout."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TALLYSTICK_", "COV_CORE_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run(program: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a program in *folder*; its exit code is for the test to judge."""
    return subprocess.run([program, *arguments], cwd=folder, env=environment(), capture_output=True, check=False)


def both(installed: Path, outside: Path, *arguments: str) -> bytes:
    """What ``tallystick`` prints in *outside*, the wheel's and the checkout's, which must be the same and succeed."""
    ours = Path(sys.executable).parent / "tallystick"
    first, second = (run(program, *arguments, folder=outside) for program in (installed / "tallystick", ours))
    assert first.returncode == 0, first.stderr.decode()
    assert (first.returncode, first.stdout) == (second.returncode, second.stdout)
    return first.stdout


def test_wheel_holds_what_it_needs(wheel: Path) -> None:
    """The jsonnet, the examples, the pages' files, the type marker and the licence ride along; tests do not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for tree in ("rules", "dashboards"):
        there = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / tree).rglob("*.*sonnet")}
        assert there <= {name.removeprefix("tallystick/jsonnet/") for name in names}
    ours = {path.relative_to(CHECKOUT / "exporter").as_posix() for path in (CHECKOUT / "exporter").rglob("*.py")}
    assert ours <= names
    examples = {path.name for path in (CHECKOUT / "slo-definitions").iterdir() if path.suffix == ".yaml"}
    assert examples
    assert examples <= {name.removeprefix("tallystick/examples/") for name in names}
    static = CHECKOUT / "exporter" / "tallystick" / "web" / "static"
    assert {f"tallystick/web/static/{path.name}" for path in static.iterdir() if path.is_file()} <= names
    assert "tallystick/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names} == {"tallystick", f"tallystick-{tallystick.__version__}.dist-info"}
    assert not [name for name in names if "__pycache__" in name]


def test_nothing_comes_from_the_checkout(installed: Path, outside: Path) -> None:
    """The module that is imported is the installed one."""
    code = "import tallystick, tallystick.generate as g; print(tallystick.__file__); print(g.__file__)"
    found = run(installed / "python", "-c", code, folder=outside).stdout.decode().split()
    assert len(found) == 2
    assert all(Path(path).is_relative_to(installed.parent) for path in found)


def test_version(installed: Path, outside: Path) -> None:
    """The installed command tells its version, which is the metadata's."""
    assert both(installed, outside, "--version").decode() == f"tallystick {tallystick.__version__}\n"
    assert importlib.metadata.version("tallystick") == tallystick.__version__


def test_every_command_is_there(installed: Path, outside: Path) -> None:
    """Each command imports with the declared dependencies alone, and prints its help as the checkout does."""
    from tallystick.cli.main import COMMANDS  # noqa: PLC0415  # what is installed is tested, not what is imported here

    for command in COMMANDS:
        assert b"Usage: tallystick" in both(installed, outside, command, "--help")


def test_check_passes(installed: Path, outside: Path) -> None:
    """The example definitions have no problems, wherever they lie."""
    both(installed, outside, "check", "slo-definitions")


@pytest.mark.parametrize("command", ["schema", "export"])
def test_documents_are_the_same(installed: Path, outside: Path, command: str) -> None:
    """The schema, and what jsonnet gets, are the checkout's to the byte."""
    assert both(installed, outside, command).startswith((b"{", b"["))


def test_generated_files_are_the_same(installed: Path, outside: Path) -> None:
    """Rules and dashboards have the same names and the same bytes."""
    trees = []
    for name, program in (("wheel", installed), ("checkout", Path(sys.executable).parent)):
        made = run(program / "tallystick", "generate", "slo-definitions", "--out", name, folder=outside)
        assert made.returncode == 0, made.stderr.decode()
        files = (path for path in (outside / name).rglob("*") if path.is_file())
        trees.append({path.relative_to(outside / name).as_posix(): path.read_bytes() for path in files})
    assert trees[0] == trees[1]
    assert {path.split("/")[0] for path in trees[0]} >= {"rules", "dashboards"}


def test_demo_finds_its_definitions(installed: Path, outside: Path) -> None:
    """What the demo watches is in the package: no folder of definitions is needed for it."""
    code = "from tallystick.demo.prepare import load_definitions; print(len(load_definitions()))"
    found = run(installed / "python", "-c", code, folder=outside)
    assert int(found.stdout) > 0, found.stderr.decode()
