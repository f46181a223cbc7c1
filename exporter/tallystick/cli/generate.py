"""``tallystick generate``: rules and dashboards, from definitions to files."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.options import option, paths_argument
from tallystick.generate.mixin import TREES, Tree
from tallystick.generate.notes import notes
from tallystick.generate.output import Outcome, write
from tallystick.generate.render import Report, render

_PATIENCE_SECONDS = 2
"""How long a person waits before wanting to know why."""

_LISTED = 20
"""How many files of a kind are listed by name."""

_SIGNS = {"new": "+", "changed": "~", "removed": "-", "kept": "!"}


@click.command()
@paths_argument
@option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR", help="Where to write.")
@option("--only", type=click.Choice(TREES), help="Make only these; the other folder stays as it is.")
@option("--grafana.url", metavar="URL", help="Address of Grafana, for links from alerts to the dashboard of the SLO.")
@option("--status.url", metavar="URL", help="Address of `tallystick serve`, for links from alerts to its pages.")
@option(
    "--runbook.url",
    metavar="URL",
    help="Runbook of SLOs without one of their own; {slo}, {service} and {alert} in it are replaced.",
)
@option("--format", type=click.Choice(["text", "json"]), default="text", help="How to tell what was written.")
def generate(
    *,
    paths: Sequence[Path],
    out: Path,
    only: Tree | None,
    grafana_url: str | None,
    status_url: str | None,
    runbook_url: str | None,
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Write Prometheus rules and Grafana dashboards for all definitions.

    \b
    DIR/rules/<service>.yaml   recording rules and alerts, one file for each service
    DIR/dashboards/*.json      dashboards

    Files of definitions that are gone are removed. Nothing that tallystick did not write is touched, and nothing at all
    if a definition has an error (exit code 1) or something can't be written (2).
    """
    slos = load_or_exit(paths)
    trees = (only,) if only else TREES
    console = Console(stderr=True)
    with _progress(console) as progress:
        files = render(slos, trees, _links(grafana_url, status_url, runbook_url), _late(progress))
    outcome = write(out, files, trees)
    for note in notes(slos):
        click.echo(f"note: {note}", err=True)
    click.echo(orjson.dumps(asdict(outcome)).decode() if format == "json" else _summary(out, outcome))


def _links(grafana: str | None, status: str | None, runbook: str | None) -> dict[str, Any]:
    """What the jsonnet's ``_config`` gets of the command line."""
    links = {}
    if grafana:
        links["dashboardUrl"] = f"{grafana.rstrip('/')}/d/tallystick-slo?var-service={{service}}&var-slo={{slo}}"
    if status:
        links["statusUrl"] = f"{status.rstrip('/')}/slo/{{slo}}"
    if runbook:
        links["runbookUrl"] = runbook
    return links


def _progress(console: Console) -> Progress:
    columns = (TextColumn("generating"), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _late(progress: Progress) -> Report:
    """Report to *progress*, but only show it when it takes longer than people wait."""
    task = progress.add_task("generating", visible=False)
    start = time.monotonic()

    def report(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total, visible=time.monotonic() - start > _PATIENCE_SECONDS)

    return report


def _summary(folder: Path, outcome: Outcome) -> str:
    """What was written, for people: the files that differ, then the numbers."""
    lines = []
    for kind, sign in _SIGNS.items():
        paths: list[str] = getattr(outcome, kind)
        lines += [f"  {sign} {path}" for path in paths[:_LISTED]]
        if len(paths) > _LISTED:
            lines.append(f"  {sign} and {len(paths) - _LISTED} more")
    counts = [f"{len(paths)} {kind}" for kind, paths in asdict(outcome).items() if paths and kind != "kept"]
    lines.append(f"{folder}: {', '.join(counts) or 'nothing to write'}")
    if outcome.kept:
        lines.append("! was made for a definition that is gone, but somebody changed it: remove it, or move it away")
    return "\n".join(lines)
