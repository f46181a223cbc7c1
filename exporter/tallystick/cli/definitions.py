"""Loading definitions for the commands that need them whole."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tallystick.cli.main import FINDINGS
from tallystick.core.slo import Slo
from tallystick.definition.load import load_paths
from tallystick.definition.render import text_of
from tallystick.errors import TallystickError


def load_or_exit(paths: Sequence[Path]) -> tuple[Slo, ...]:
    """
    The SLOs in *paths*; if anything is wrong with them, tell it and exit with 1.

    Raises:
        TallystickError: there is no SLO in *paths*.
    """
    loaded = load_paths(paths)
    for problem in loaded.problems:
        click.echo(text_of(problem), err=True, nl=False)
    if loaded.errors:
        click.echo(f"{len(loaded.errors)} errors; `tallystick check` tells more", err=True)
        sys.exit(FINDINGS)
    if not loaded.slos:
        raise TallystickError(f"no SLO in {', '.join(map(str, paths))}")
    return loaded.slos


def load_quietly(paths: Sequence[Path]) -> tuple[tuple[Slo, ...], list[str]]:
    """The SLOs in *paths*, and their errors as lines of text, as the running exporter wants them."""
    loaded = load_paths(paths)
    return loaded.slos, [text_of(problem).rstrip() for problem in loaded.errors]
