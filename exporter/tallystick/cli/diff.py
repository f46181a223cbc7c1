"""``tallystick diff``: what a change of definitions means, and what of it Prometheus has loaded."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.main import FINDINGS, OK
from tallystick.cli.options import DURATION, option, past_options, prometheus_options
from tallystick.cli.printing import print_whole
from tallystick.cli.record import must_exist, paths_or_default
from tallystick.cli.sides import load_sides
from tallystick.core.change import Diff, compare
from tallystick.core.impact import Effected
from tallystick.errors import TallystickError
from tallystick.report.deployed import deployed_json, deployed_markdown, deployed_text
from tallystick.report.diff import diff_text
from tallystick.report.diff_document import diff_json
from tallystick.report.diff_markdown import diff_markdown

if TYPE_CHECKING:
    from tallystick.upstream.client import Prometheus

FailOn = Literal["breach", "pages", "any", "none"]
Format = Literal["text", "json", "markdown"]


@click.command()
@click.argument("sides", nargs=-1, metavar="BASE HEAD [PATHS]...")
@prometheus_options
@option("--ledger", metavar="PATH", help="Look back in this ledger; Prometheus is asked for what it does not have.")
@past_options("look back")
@option("--settle", type=DURATION, default=120, help="How long after a minute to wait for late samples of it.")
@option("--deployed", is_flag=True, help="Compare the definitions in PATHS with the rules that Prometheus has loaded.")
@option(
    "--fail-on",
    type=click.Choice(["breach", "pages", "any", "none"]),
    help=(
        "What exit code 1 tells: a promise that would be breached and was not (the default, if it is looked back), more "
        "pages or such a breach, any difference, or nothing."
    ),
)
@option("--exit-code", is_flag=True, help="The same as --fail-on any, as git diff has it.")
@option("--format", type=click.Choice(["text", "json", "markdown"]), default="text", help="What to print.")
def diff(
    *,
    sides: Sequence[str],
    prometheus: "Prometheus | None",
    ledger: str | None,
    days: int,
    at: float | None,
    settle: int,
    deployed: bool,
    fail_on: FailOn | None,
    exit_code: bool,
    format: Format,  # noqa: A002  # the option's name is the contract
) -> None:
    """
    Tell what a change of definitions means: for history, budgets and alerts.

    BASE and HEAD are folders or files, or revisions of a git repository: then PATHS says of what (slo-definitions if
    nothing is named). If one of them is a folder and the other one is not, that is a revision of the folder. main...HEAD
    begins where the two parted. Nothing is checked out, and nothing is changed anywhere.

    \b
    tallystick diff slo-definitions proposed
    tallystick diff main HEAD slo-definitions
    tallystick diff main slo-definitions --prometheus.url http://localhost:9090
    tallystick diff main... --ledger slo.db --days 90 --format markdown
    tallystick diff --deployed slo-definitions --prometheus.url http://localhost:9090

    With --prometheus.url or --ledger it also tells what the change would have meant over the past days: compliance,
    budgets, breaches, pages and tickets, before and after. Only SLOs whose figures or alerts may differ are read.

    \b
    Exit codes: 0 compared; 1 what --fail-on asks about, or with --deployed rules that are not as they should be;
    2 could not run: a side has errors, or something could not be read.
    """
    if exit_code:
        if fail_on not in {None, "any"}:
            raise click.UsageError("--exit-code is --fail-on any; give one of the two")
        fail_on = "any"
    if deployed:
        _deployed(sides, prometheus, format, fail_on)
    looks_back = bool(prometheus or ledger)
    if fail_on in {"breach", "pages"} and not looks_back:
        raise click.UsageError(f"--fail-on {fail_on} looks back: give --prometheus.url or --ledger")
    if ledger:
        must_exist(ledger)
    base, head = load_sides(sides)
    found = compare(base.slos, head.slos)
    effected = _look_back(found, prometheus, ledger, days=days, at=at, settle=settle) if looks_back else None
    match format:
        case "json":
            click.echo(diff_json(found, effected, base.label, head.label))
        case "markdown":
            click.echo(diff_markdown(found, effected), nl=False)
        case "text":
            print_whole(diff_text(found, effected))
    if effected and effected.unread:
        raise TallystickError("could not read everything:\n  " + "\n  ".join(effected.unread))
    sys.exit(_exit_code(found, effected, fail_on or "breach"))


def _exit_code(found: Diff, effected: Effected | None, fail_on: FailOn) -> int:
    match fail_on:
        case "any":
            return FINDINGS if found.changes else OK
        case "breach":
            return FINDINGS if effected and effected.newly_breached else OK
        case "pages":
            return FINDINGS if effected and (effected.newly_breached or effected.more_pages) else OK
        case "none":
            return OK


def _look_back(found: Diff, *source: Any, **time: Any) -> Effected:
    from tallystick.cli.past import look_back  # noqa: PLC0415  # what that imports is only paid for here

    return look_back(found, *source, **time)


def _deployed(
    paths: Sequence[str], prometheus: "Prometheus | None", format_: Format, fail_on: FailOn | None
) -> NoReturn:
    from tallystick.cli.deployed import look  # noqa: PLC0415  # as above

    if prometheus is None:
        raise click.UsageError("--deployed asks Prometheus: give --prometheus.url")
    if fail_on in {"breach", "pages"}:
        raise click.UsageError(f"--fail-on {fail_on} is about the past; with --deployed there is any and none")
    slos = load_or_exit(paths_or_default([Path(one) for one in paths]))
    found = look(slos, prometheus)
    match format_:
        case "json":
            click.echo(deployed_json(found))
        case "markdown":
            click.echo(deployed_markdown(found), nl=False)
        case "text":
            print_whole(deployed_text(found))
    sys.exit(FINDINGS if found.is_wrong and fail_on != "none" else OK)
