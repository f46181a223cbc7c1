"""The directions of import: the table of rooms in docs/architecture.md is the rule, and the code keeps it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "exporter" / "tallystick"
ARCHITECTURE = CHECKOUT / "docs" / "architecture.md"

IMPURE = {
    "asyncio", "glob", "http", "logging", "os", "pathlib", "random", "secrets", "select", "shutil", "signal", "socket",
    "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
"""What has no business in the pure middle: clock, file, network, thread, logging, chance."""


def allowed(document: str) -> dict[str, set[str]]:
    """Which rooms each room may import, as the table in *document* says; every room may import itself."""
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|[^|]*\| ([^|]+) \|$", document, flags=re.MULTILINE)
    rooms = {room for room, _ in rows}
    table = {}
    for room, rule in rows:
        named = set(re.findall(r"`(\w+)`", rule))
        assert named <= rooms, f"{room} names a room that has no row: {named - rooms}"
        table[room] = (rooms - named if rule.startswith("all") else named) | {room}
    return table


def room_of(file: Path, package: Path) -> str:
    """The first part of a module's path below the package; running the package is the command line's business."""
    room = file.relative_to(package).parts[0].removesuffix(".py")
    return "cli" if room == "__main__" else room


def parsed(text: str) -> ast.Module:
    """*text* as a tree. Python 3.11 miscounts its levels now and then, when it collects garbage meanwhile."""
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


def imports(file: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything *file* imports, wherever the import stands."""
    for node in ast.walk(parsed(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = (package.name, *file.relative_to(package).with_suffix("").parts)
            origin = ".".join(parts[: -node.level]) if node.level else ""
            base = ".".join(filter(None, (origin, node.module)))
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def wrong_imports(package: Path, table: dict[str, set[str]]) -> list[str]:
    """Every import of ours in *package* that *table* does not allow."""
    found = []
    for file in sorted(package.rglob("*.py")):
        room = room_of(file, package)
        for line, name in imports(file, package):
            target = name.split(".")
            known = target[0] == package.name and len(target) > 1 and target[1] in table
            if known and room in table and target[1] not in table[room]:
                found.append(f"{file.relative_to(package)}:{line}: {room} may not import {name}")
    return found


def test_code_keeps_the_table() -> None:
    """No module imports a room that the table does not allow it."""
    assert wrong_imports(PACKAGE, allowed(ARCHITECTURE.read_text(encoding="utf-8"))) == []


def test_every_room_has_a_row() -> None:
    """The table names the rooms that there are, and no others."""
    there = {room_of(file, PACKAGE) for file in PACKAGE.rglob("*.py")} - {"__init__"}
    assert set(allowed(ARCHITECTURE.read_text(encoding="utf-8"))) == there


def test_core_is_pure() -> None:
    """The core imports numpy, dateutil and, of the standard library, nothing with a clock, a file, a network or a thread."""
    pure = (sys.stdlib_module_names - IMPURE) | {"dateutil", "numpy", PACKAGE.name}
    for file in sorted((PACKAGE / "core").rglob("*.py")):
        impure = {name for _, name in imports(file, PACKAGE) if name.split(".")[0] not in pure}
        assert not impure, f"{file.name}: {impure}"


TABLE = """
| room | holds | may import |
|---|---|---|
| `core/` | values | `core` |
| `errors.py` | errors | nothing |
| `web/` | pages | `core`, `errors` |
| `daemon/` | all of it | all but `cli` |
| `cli/` | commands | all |
"""


def test_table_is_read() -> None:
    """Named rooms, "nothing", "all" and "all but" mean what they say."""
    assert allowed(TABLE) == {
        "core": {"core"},
        "errors": {"errors"},
        "web": {"core", "errors", "web"},
        "daemon": {"core", "errors", "web", "daemon"},
        "cli": {"core", "errors", "web", "daemon", "cli"},
    }


@pytest.mark.parametrize(
    ("room", "text", "line"),
    [
        ("core", "import tallystick.web.pages", 1),
        ("core", "from tallystick import web", 1),
        ("core", "from ..web import pages", 1),
        ("core", "from .. import web", 1),
        ("web", "def page():\n    from tallystick.daemon.rounds import Round", 2),
        ("web", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tallystick.cli.main import main", 3),
        ("daemon", "try:\n    import tallystick.cli.main\nexcept ImportError:\n    pass", 2),
    ],
)
def test_wrong_import_is_caught(tmp_path: Path, room: str, text: str, line: int) -> None:
    """An arrow that points the wrong way is found, inside functions, under TYPE_CHECKING and relative ones too."""
    file = tmp_path / "tallystick" / room / "module.py"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    (wrong,) = wrong_imports(tmp_path / "tallystick", allowed(TABLE))
    assert wrong.startswith(f"{room}/module.py:{line}: {room} may not import tallystick.")


def test_right_imports_are_let_pass(tmp_path: Path) -> None:
    """The version, the own room, allowed rooms and other people's packages are fine."""
    file = tmp_path / "tallystick" / "web" / "module.py"
    file.parent.mkdir(parents=True)
    file.write_text("import web\nfrom tallystick import __version__\nfrom . import pages\nfrom ..core import tally\n")
    assert wrong_imports(tmp_path / "tallystick", allowed(TABLE)) == []
