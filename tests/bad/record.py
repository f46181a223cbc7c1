"""
Write down what ``tallystick check`` says of each wrong definition here: ``python tests/bad/record.py``.

Read the difference before you commit it: is the place right, and would a stranger know what to write?
"""

import os
from pathlib import Path

from click.testing import CliRunner

from tallystick.cli.check import check

HERE = Path(__file__).parent


def said_of(name: str, *flags: str) -> tuple[str, int]:
    """What the command says of file *name* here, and its exit code."""
    before = Path.cwd()
    os.chdir(HERE)  # so that messages name the file alone, wherever the checkout is
    try:
        result = CliRunner().invoke(check, [name, *flags], catch_exceptions=False)
    finally:
        os.chdir(before)
    return result.output, result.exit_code


if __name__ == "__main__":
    for file in sorted(HERE.rglob("*.yaml")):
        text, _ = said_of(str(file.relative_to(HERE)))
        file.with_suffix(".expected").write_text(text, encoding="utf-8")
