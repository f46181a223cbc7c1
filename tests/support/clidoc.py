"""``docs/cli.md``, written from the commands themselves: ``make docs``."""

from collections.abc import Iterator
from pathlib import Path

import click

from tallystick.cli.main import tallystick

CLI_DOC = Path(__file__).parents[2] / "docs" / "cli.md"

_HEAD = """\
# Commands and flags

Written by `make docs` from the commands themselves; a test compares the two.
"""


def commands(command: click.Command = tallystick, name: str = "tallystick") -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, the parents before their children."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None, f"{name} lists {child} and has none"
            yield from commands(found, f"{name} {child}")


def help_text(command: click.Command, name: str) -> str:
    """What ``--help`` prints, on a terminal of 110 columns."""
    settings = {"help_option_names": ["-h", "--help"]}
    with click.Context(command, info_name=name, terminal_width=110, max_content_width=110, **settings) as context:  # type: ignore[arg-type]
        return command.get_help(context)


def cli_document() -> str:
    """The whole page."""
    parts = [f"## {name}\n\n```text\n{help_text(command, name)}\n```\n" for name, command in commands()]
    return "\n".join([_HEAD, *parts])


if __name__ == "__main__":
    CLI_DOC.write_text(cli_document(), encoding="utf-8")
