"""``tallystick schema``: the format of definitions, for editors."""

from pathlib import Path

import click

from tallystick.cli.options import option
from tallystick.definition.schema import schema_text


@click.command()
@option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it there instead of printing it.",
)
def schema(out: Path | None) -> None:
    """
    Print the JSON Schema of definition files (draft 2020-12), from which editors complete and check them.

    \b
    Example, for editors with the YAML language server:
      tallystick schema --out tallystick.schema.json
    and in the first line of a definition:
      # yaml-language-server: $schema=../tallystick.schema.json

    What a schema can't say (whether a query is PromQL, whether two SLOs have one id) is told by tallystick check.
    """
    if out is None:
        click.echo(schema_text(), nl=False)
    else:
        out.write_text(schema_text(), encoding="utf-8")
