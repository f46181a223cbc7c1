"""Where the command itself runs: Python, tallystick, and the packages it needs."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from tallystick import __version__
from tallystick.cli.doctor.line import Line

LEAST_PYTHON = (3, 11)
"""What pyproject.toml asks for."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def look_here() -> Iterator[Line]:
    """Versions, and packages that are missing."""
    python = platform.python_version()
    if sys.version_info >= LEAST_PYTHON:
        yield Line("here", "ok", f"tallystick {__version__} on Python {python}, {platform.system()}")
    else:
        yield Line("here", "fail", f"Python {python} is too old", "run it with Python 3.11 or newer")
    yield _packages()


def _packages() -> Line:
    found, missing = [], []
    for name in _needed():
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Line("here", "fail", f"missing packages: {', '.join(missing)}", "pip install tallystick again")
    return Line("here", "ok", f"packages: {', '.join(found)}")


def _needed() -> list[str]:
    """The packages that tallystick can't do without, by name; none of its extras."""
    try:
        told = requires("tallystick") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return []
    return sorted(match[0] for one in told if "extra ==" not in one and (match := _NAME.match(one)))
