"""``tallystick completion``: what a shell gets, and what it makes of it."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tallystick.cli.completion import completion
from tallystick.cli.main import COMMANDS


def complete(folder: Path, line: str) -> list[str]:
    """What bash offers at the end of *line*, after sourcing the script as docs/editor.md says."""
    command = folder / "tallystick"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tallystick "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    words = line.split(" ")
    script = (
        'eval "$(tallystick completion bash)"\n'
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}\n"
        "$(complete -p tallystick | sed 's/.*-F \\([^ ]*\\).*/\\1/') tallystick\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=environment, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tallystick ", set(COMMANDS)),
        ("tallystick che", {"check"}),
        ("tallystick check --form", {"--format"}),
        ("tallystick check --format s", {"sarif"}),
        ("tallystick ledger ver", {"verify"}),
        ("tallystick completion ", {"bash", "zsh", "fish"}),
        ("tallystick nothing", set()),
    ],
)
def test_bash_completes(tmp_path: Path, line: str, offered: set[str]) -> None:
    """Commands, their commands, flags and choices."""
    assert set(complete(tmp_path, line)) == offered


@pytest.mark.parametrize(
    ("shell", "own"), [("bash", "complete -o nosort"), ("zsh", "compdef"), ("fish", "complete --no-files")]
)
def test_each_shell_gets_its_own(shell: str, own: str) -> None:
    """The script is in the shell's own words, and asks this command."""
    done = CliRunner().invoke(completion, [shell])

    assert done.exit_code == 0
    assert own in done.output
    assert "_TALLYSTICK_COMPLETE" in done.output


def test_other_shells_are_none() -> None:
    """A shell for which there is no script is told with those for which there is."""
    done = CliRunner().invoke(completion, ["tcsh"])

    assert done.exit_code == 2
    assert "bash" in done.output
