"""``tallystick export``: the definitions as the one JSON value that the jsonnet gets, or as another tool's."""

import time
from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.options import option, paths_argument
from tallystick.definition.formats.openslo.writing import Written, write
from tallystick.generate.resolved import resolve

_FORMATS = {"jsonnet": ("json",), "openslo": ("yaml", "json")}
"""By what is asked for, how it can be written; the first unless it is said."""


@click.command()
@paths_argument
@option("--to", type=click.Choice(list(_FORMATS)), default="jsonnet", help="Whom it is for.")
@option(
    "--format",
    type=click.Choice(["json", "yaml"]),
    help="What to print: json for jsonnet, yaml (the default) or json for openslo.",
)
def export(paths: Sequence[Path], to: str, format: str | None) -> None:  # noqa: A002  # the contract
    """
    Print all definitions as JSON, worked out: thresholds, queries and labels, as rules and dashboards get them.

    \b
    tallystick export slo-definitions > slos.json
    jsonnet -J . -m build --tla-code-file slos=slos.json rules/rules.jsonnet

    Numbers are decimal strings, so that nothing rounds them on the way.

    With --to openslo they are printed as objects of openslo/v1, for other tools. What OpenSLO has no word for is in annotations of our
    own, by which the objects are read as the same SLOs again, and is told.
    """
    written = format or _FORMATS[to][0]
    if written not in _FORMATS[to]:
        raise click.BadParameter(f"{to} is not written as {written}", param_hint="--format")
    slos = load_or_exit(paths)
    if to == "openslo":
        _print_openslo(write(slos), written)
    else:
        click.echo(orjson.dumps(resolve(slos, time.time()), option=orjson.OPT_INDENT_2))


def _print_openslo(written: Written, format: str) -> None:  # noqa: A002  # as above
    for slo_id, keys in written.unsaid.items():
        click.echo(f"tallystick: {slo_id}: OpenSLO has no word for {', '.join(keys)}; it is in annotations", err=True)
    if format == "yaml":
        click.echo(written.text, nl=False)
    else:
        click.echo(orjson.dumps(written.plain, option=orjson.OPT_INDENT_2))
