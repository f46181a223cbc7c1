"""``tallystick generate``: rules, their tests, dashboards and Alertmanager's routes, from definitions to files."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import click
import orjson

from tallystick.cli.making import Wanted, make
from tallystick.cli.options import Lines, Matching, interval_options, option, parse_labels, paths_argument
from tallystick.cli.progress import progress_of
from tallystick.core.slo import Slo
from tallystick.definition.checks.interval import Told
from tallystick.generate.dashboards import FORMS, GRAFANA_PATH, Form, Placing
from tallystick.generate.operator import NAMESPACE, Metadata
from tallystick.generate.output import Outcome
from tallystick.generate.render import PARTS, Making, Part
from tallystick.uncollected import uncollected

_LISTED = 20
"""How many files of a kind are listed by name."""

NAMES = ("tallystick", "sloth")
"""Whose names there are."""

_SIGNS = {"new": "+", "changed": "~", "removed": "-", "kept": "!"}


@click.command()
@paths_argument
@option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR", help="Where to write.")
@option("--only", type=click.Choice(PARTS), help="Make only these; the others stay as they are.")
@option("--grafana.url", metavar="URL", help="Address of Grafana, for links from alerts to the dashboard of the SLO.")
@option("--status.url", metavar="URL", help="Address of `tallystick serve`, for links from alerts to its pages.")
@option(
    "--runbook.url",
    metavar="URL",
    help="Runbook of SLOs without one of their own; {slo}, {service} and {alert} in it are replaced.",
)
@option(
    "--rules-format",
    type=click.Choice(["prometheus", "operator"]),
    default="prometheus",
    help="Plain rule files, or the Prometheus operator's PrometheusRule objects with the same groups.",
)
@option(
    "--operator.namespace",
    type=Matching(NAMESPACE, "a namespace of Kubernetes"),
    metavar="NAME",
    help="Namespace of the PrometheusRules.",
)
@option(
    "--operator.label",
    type=Lines(),
    multiple=True,
    metavar="NAME=VALUE",
    help="Label of the PrometheusRules, by which the operator's ruleSelector finds them; repeatable, and in the variable one a line.",
)
@option(
    "--names",
    type=click.Choice(NAMES),
    default="tallystick",
    help="sloth: Sloth's metrics and labels on top of ours, for dashboards and gates that were built on them.",
)
@option(
    "--dashboards-format",
    type=click.Choice(FORMS),
    default="files",
    help="Dashboards for Grafana's provisioning, as ConfigMaps for its sidecar in Kubernetes, or to be imported by hand.",
)
@option(
    "--grafana.path",
    metavar="PATH",
    default=GRAFANA_PATH,
    help="Where Grafana finds DIR, for provisioning/dashboards.yaml.",
)
@interval_options
@option("--format", type=click.Choice(["text", "json"]), default="text", help="How to tell what was written.")
def generate(
    *,
    paths: Sequence[Path],
    out: Path,
    only: Part | None,
    grafana_url: str | None,
    status_url: str | None,
    runbook_url: str | None,
    rules_format: Literal["prometheus", "operator"],
    operator_namespace: str | None,
    operator_label: tuple[str, ...],
    names: Literal["tallystick", "sloth"],
    dashboards_format: Form,
    grafana_path: str,
    told: Told,
    format: str,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Write Prometheus rules, their unit tests, Grafana dashboards and Alertmanager's routes for all definitions.

    \b
    DIR/rules/<service>.yaml   recording rules and alerts, one file for each service
    DIR/rules/_exporter.yaml   alerts from the exporter's metrics
    DIR/tests/<service>.yaml   unit tests of the alerts: promtool test rules DIR/tests/*.yaml
    DIR/dashboards/*.json      dashboards for all services
    DIR/team-dashboards/       one for each service, in a folder for each team
    DIR/provisioning/          the file that makes Grafana look there
    DIR/alertmanager.yaml      routes by team and severity, and which alert silences which

    Windows that would hold fewer than two scrapes or evaluations are refused, if --scrape-interval or
    --evaluation-interval says so; `tallystick check --prometheus.url` finds them by itself.

    \b
    Examples:
      tallystick generate slo-definitions --out build
      tallystick generate --out build --only rules --status.url https://slo.example.com
      tallystick generate --out build --rules-format operator --operator.label release=prometheus

    Recurring exclusions are worked out for fourteen months from this one on: generate once a month, or on every change.

    Files of definitions that are gone are removed. Nothing that tallystick did not write is touched, and nothing at all
    if a definition has an error (exit code 1) or something can't be written (2).
    """
    operator = None
    if rules_format == "operator":
        operator = Metadata(operator_namespace or "", parse_labels(operator_label, "--operator.label"))
    elif operator_namespace or operator_label:
        raise click.UsageError("--operator.namespace and --operator.label need --rules-format operator")
    now = time.time()
    parts = (only,) if only else PARTS
    config = _links(grafana_url, status_url, runbook_url) | ({} if names == "tallystick" else {"names": names})
    grafana = Placing(dashboards_format, grafana_path)

    def begin(slos: Iterable[Slo]) -> Making:
        return Making(slos, parts, config, at=now, operator=operator, grafana=grafana)

    with progress_of("generating") as report, uncollected(to_the_end=True):
        outcome, found = make(paths, told, Wanted(begin, out, parts, now, report))
    _tell(found)
    click.echo(orjson.dumps(asdict(outcome)).decode() if format == "json" else _summary(out, outcome))


def _tell(told: Iterable[str]) -> None:
    """The first of what is worth knowing of what was made; of many SLOs it is mostly the same."""
    found = list(told)
    lines = [f"note: {note}" for note in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"note: and {len(found) - _LISTED:,} more such notes, on other SLOs")
    if lines:
        click.echo("\n".join(lines), err=True)


def _links(grafana: str | None, status: str | None, runbook: str | None) -> dict[str, Any]:
    """What the jsonnet's ``_config`` gets of the command line."""
    links = {}
    if grafana:
        chosen = "var-service={service}&var-slo={slo}&from={from}&to=now"
        links["dashboardUrl"] = f"{grafana.rstrip('/')}/d/tallystick-slo?{chosen}"
    if status:
        links["statusUrl"] = f"{status.rstrip('/')}/slo/{{slo}}"
    if runbook:
        links["runbookUrl"] = runbook
    return links


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
