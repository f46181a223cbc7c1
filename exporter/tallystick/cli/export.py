"""``tallystick export``: the definitions as the one JSON value that the jsonnet gets."""

from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.options import option, paths_argument
from tallystick.generate.resolved import resolve


@click.command()
@paths_argument
@option("--format", type=click.Choice(["json"]), default="json", help="What to print.")
def export(paths: Sequence[Path], format: str) -> None:  # noqa: A002, ARG001  # the contract; one choice as yet
    """
    Print all definitions as JSON, worked out: thresholds, queries and labels, as rules and dashboards get them.

    \b
    tallystick export slo-definitions > slos.json
    jsonnet -J . -m build --tla-code-file slos=slos.json rules/rules.jsonnet

    Numbers are decimal strings, so that nothing rounds them on the way.
    """
    click.echo(orjson.dumps(resolve(load_or_exit(paths)), option=orjson.OPT_INDENT_2))
