"""
Write down what ``tallystick check`` says of each wrong definition here: ``python tests/bad/record.py``.

Read the difference before you commit it: is the place right, and would a stranger know what to write?
"""

import os
from pathlib import Path

from click.testing import CliRunner

from tallystick.cli.check import check

HERE = Path(__file__).parent
AT = "2026-11-28T12:00:00Z"
"""What time it is to them: exclusions are over one day."""

_FLAGS = "# check with "
"""What the first line of a file begins with that is only wrong with some flags."""


def said_of(name: str, *flags: str) -> tuple[str, int]:
    """What the command says of file *name* here, and its exit code."""
    before = Path.cwd()
    os.chdir(HERE)  # so that messages name the file alone, wherever the checkout is
    try:
        first = Path(name).read_bytes().partition(b"\n")[0].decode(errors="replace")
        own = first.removeprefix(_FLAGS).split() if first.startswith(_FLAGS) else []
        result = CliRunner().invoke(check, [name, "--at", AT, *own, *flags], catch_exceptions=False)
    finally:
        os.chdir(before)
    return result.output, result.exit_code


if __name__ == "__main__":
    for file in sorted(HERE.rglob("*.yaml")):
        text, _ = said_of(str(file.relative_to(HERE)))
        file.with_suffix(".expected").write_text(text, encoding="utf-8")
