"""
Find the programs that the demo and the tests run, and install those that are missing.

First what is on PATH, then what an earlier run left in the cache folder, then Debian's packages (Prometheus 2,
Alertmanager, PostgreSQL, VictoriaMetrics), Go's module proxy (Prometheus 3, jsonnet's tools) or the system's package
manager (Chromium).

``python -m tallystick.demo.tools --for demo`` (or ``lint``, ``test``) installs and lists them.
"""

import mmap
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import click

from tallystick.demo import installers
from tallystick.errors import DemoError

Name = Literal[
    "prometheus",
    "prometheus2",
    "prometheus3",
    "promtool",
    "promtool2",
    "promtool3",
    "alertmanager",
    "amtool",
    "jsonnetfmt",
    "jsonnet-lint",
    "chromium",
    "postgres",
    "initdb",
    "victoria-metrics",
]
"""``prometheus`` and ``promtool`` are of the same major version: 3 if it is there, else 2. A digit asks for that one."""

NEEDED: dict[str, tuple[Name, ...]] = {
    "demo": ("prometheus", "promtool", "alertmanager"),
    "lint": ("jsonnetfmt", "jsonnet-lint"),
    "test": (
        "prometheus2",
        "promtool2",
        "prometheus3",
        "promtool3",
        "alertmanager",
        "amtool",
        "jsonnetfmt",
        "jsonnet-lint",
        "chromium",
        "postgres",
        "initdb",
        "victoria-metrics",
    ),
}
"""What each occasion needs."""

PROMETHEUS = ("github.com/prometheus/prometheus", "v0.316.0")
"""Prometheus 3.16.0, as Go's modules number it."""

JSONNET = ("github.com/google/go-jsonnet", "v0.22.0")

_ON_PATH: dict[str, tuple[str, ...]] = {
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "victoria-metrics": ("victoria-metrics", "victoria-metrics-prod"),
}

_BESIDE_PATH: dict[str, str] = {
    "postgres": "/usr/lib/postgresql/*/bin/postgres",
    "initdb": "/usr/lib/postgresql/*/bin/initdb",
}
"""Where Debian puts programs that it keeps off PATH."""


def ensure(name: Name) -> Path:
    """
    Where program *name* is, installing it first if it is missing.

    Raises:
        DemoError: it is neither here nor to be had; says why and what to do.
    """
    if name in {"prometheus", "promtool"}:
        return _any_major(name)
    found = find(name)
    if found is None:
        _install(name)
        found = find(name)
    if found is None:
        raise DemoError(f"{name} was installed but is not what was expected; put one on PATH, or empty {_cache()}")
    return found


def find(name: Name) -> Path | None:
    """Where program *name* is, on PATH or in the cache folder; None if it would have to be installed."""
    match = re.fullmatch(r"(prometheus|promtool)([23])", name)
    program, major = (match[1], int(match[2])) if match else (name, None)
    for candidate in (*_on_path(program), *_cached(program)):
        if major is None or major_version(candidate) == major:
            return candidate
    return None


def major_version(binary: Path) -> int | None:
    """
    The major version of a Prometheus or promtool; None if it can't be told.

    A release says it. A program that was built with ``go install`` says "version (branch: , ...", but every Go program
    carries the version of its main module, and v0.316.0 of that is Prometheus 3.16.0, v0.42.0 Prometheus 2.42.0.
    """
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(r"version (\d+)\.\d+", answer.stdout + answer.stderr)
    return int(said[1]) if said else _major_of_module(binary)


def _major_of_module(binary: Path) -> int | None:
    """Read the main module's version from the build information inside *binary*."""
    pattern = rb"\nmod\tgithub\.com/prometheus/prometheus\tv0\.(\d+)\."
    with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        match = re.search(pattern, content)
        minor = int(match[1]) if match else None
    if minor is None:
        return None
    return minor // 100 if minor >= 300 else 2  # noqa: PLR2004  # Prometheus 3.0.0 is v0.300.0


def _any_major(name: Name) -> Path:
    """Prometheus 3 if one is here, else 2 if one is here, else Debian's, whichever that is."""
    server: Name
    tool: Name
    for server, tool in (("prometheus3", "promtool3"), ("prometheus2", "promtool2")):
        pair = (find(server), find(tool))
        if pair[0] and pair[1]:
            return pair[0] if name == "prometheus" else pair[1]
    folder = installers.from_debian("prometheus")
    return folder / "usr/bin" / name


def _on_path(program: str) -> Iterator[Path]:
    """Every such program on PATH, not just the first: the second may have the version that is asked for."""
    for folder in os.get_exec_path():
        for name in _ON_PATH.get(program, (program,)):
            candidate = Path(folder, name)
            if candidate.is_file() and os.access(candidate, os.X_OK):
                yield candidate
    yield from sorted(Path("/").glob(_BESIDE_PATH.get(program, "/nothing").lstrip("/")), reverse=True)


def _cached(program: str) -> Iterator[Path]:
    """Such programs in the cache folder."""
    debian = {
        "prometheus": ("prometheus", "prometheus"),
        "promtool": ("prometheus", "promtool"),
        "alertmanager": ("prometheus-alertmanager", "prometheus-alertmanager"),
        "amtool": ("prometheus-alertmanager", "amtool"),
        "postgres": ("postgresql", "postgres"),
        "initdb": ("postgresql", "initdb"),
        "victoria-metrics": ("victoria-metrics", "victoria-metrics"),
    }
    candidates = [installers.go_folder(*module) / program for module in (PROMETHEUS, JSONNET)]
    if program in debian:
        package, command = debian[program]
        candidates.append(installers.debian_folder(package) / "usr/bin" / command)
    return (candidate for candidate in candidates if candidate.is_file())


def _install(name: Name) -> None:
    """Install what *name* comes with."""
    match name:
        case "prometheus3" | "promtool3":
            installers.from_go(*PROMETHEUS, ("prometheus", "promtool"), ("-tags", "remove_all_sd"))
        case "jsonnetfmt" | "jsonnet-lint":
            installers.from_go(*JSONNET, ("jsonnetfmt", "jsonnet-lint"))
        case "alertmanager" | "amtool":
            installers.from_debian("prometheus-alertmanager", _templates_beside)
        case "chromium":
            installers.system_package("chromium")
        case "postgres" | "initdb":
            installers.from_debian("postgresql", _libraries_beside, installers.server_and_libraries("postgresql"))
        case "victoria-metrics":
            installers.from_debian("victoria-metrics")
        case _:
            installers.from_debian("prometheus")


def _templates_beside(folder: Path) -> None:
    """
    Let Debian's Alertmanager read its templates from the folder it runs in, where `servers` puts them.

    Debian's build opens them below /usr/share, and does not start without; unpacked, it has none there. A path of the
    same length takes that one's place.
    """
    binary = folder / "usr/bin/prometheus-alertmanager"
    fixed = b"/usr/share/prometheus/alertmanager"
    binary.write_bytes(binary.read_bytes().replace(fixed, b"./" * (len(fixed) // 2)))


def _libraries_beside(folder: Path) -> None:
    """
    Put scripts in ``usr/bin`` that run an unpacked PostgreSQL with the libraries that were unpacked with it.

    It finds its other files relative to its own place, wherever that is.
    """
    for program in ("postgres", "initdb"):
        real = next(folder.glob(f"usr/lib/postgresql/*/bin/{program}")).relative_to(folder)
        folders = sorted({f"$here/{file.parent.relative_to(folder)}" for file in folder.rglob("lib*.so.*")})
        libraries = ":".join([*folders, "${LD_LIBRARY_PATH:-/usr/lib}"])
        script = folder / "usr/bin" / program
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(
            f"""#!/bin/sh
here=$(cd "$(dirname "$0")/../.." && pwd) || exit
LD_LIBRARY_PATH="{libraries}" exec "$here/{real}" "$@"
""",
            encoding="utf-8",
        )
        script.chmod(0o755)


def _cache() -> Path:
    return installers.cache_folder()


@click.command()
@click.option("--for", "occasion", type=click.Choice(sorted(NEEDED)), default="demo", show_default=True)
@click.option("--path", "only", type=click.Choice(get_args(Name)), help="Print the path of this one, and no more.")
def main(occasion: str, only: Name | None) -> None:
    """Install the programs that are missing, and list all of them with their paths."""
    try:
        if only:
            click.echo(ensure(only))
            return
        for name in NEEDED[occasion]:
            click.echo(f"{name:16} {ensure(name)}")
    except DemoError as fault:
        click.echo(fault, err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
