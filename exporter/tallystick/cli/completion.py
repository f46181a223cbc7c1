"""``tallystick completion``: what a shell needs to complete commands and flags."""

import click
from click.shell_completion import get_completion_class

from tallystick.cli.main import tallystick

VARIABLE = "_TALLYSTICK_COMPLETE"
"""By which a shell asks the command what may follow; click's own name for it."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """
    Print the script that completes commands, flags and their values in SHELL.

    \b
    Bash, in ~/.bashrc:                            eval "$(tallystick completion bash)"
    Zsh, in ~/.zshrc, after compinit:              eval "$(tallystick completion zsh)"
    Fish, once:
      tallystick completion fish > ~/.config/fish/completions/tallystick.fish
    """
    found = get_completion_class(shell)
    assert found, shell
    click.echo(found(tallystick, {}, "tallystick", VARIABLE).source())
