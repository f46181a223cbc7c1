"""``tallystick check``: what is wrong with definitions."""

import importlib
import pkgutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tallystick import __version__
from tallystick.cli.definitions import outdated, untimely
from tallystick.cli.main import FAILED, FINDINGS, OK
from tallystick.cli.options import (
    Instant,
    grafana_options,
    interval_options,
    option,
    paths_argument,
    prometheus_options,
)
from tallystick.cli.words import count, say
from tallystick.definition import checks
from tallystick.definition.checks import exclusion_past, ignore, interval
from tallystick.definition.checks import path as path_check
from tallystick.definition.checks.interval import Told
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.problem import Problem
from tallystick.definition.render import json_of, silenced_text_of, text_of
from tallystick.definition.render_ci import codequality_of, github_of, github_of_silenced, sarif_of
from tallystick.uncollected import uncollected

if TYPE_CHECKING:
    from tallystick.online.run import Found
    from tallystick.upstream.client import Prometheus
    from tallystick.upstream.grafana import Grafana

Format = Literal["text", "json", "github", "sarif", "codequality"]

_STYLES = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan", "bold": True},
    "place": {"bold": True},
    "code": {"dim": True},
    "gutter": {"fg": "blue"},
    "hint": {"fg": "green"},
}


@click.command()
@paths_argument
@option(
    "--format",
    type=click.Choice(["text", "json", "github", "sarif", "codequality"]),
    default="text",
    help=(
        "text for people, json for programs, github for annotations in a workflow, sarif (2.1.0) for code scanning, "
        "codequality for GitLab's merge requests."
    ),
)
@option("--docs.url", metavar="URL", help="Where the folder docs is published; rules in SARIF have their pages there.")
@option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@option("--notes", is_flag=True, help="Tell too where definitions of other tools mean something other here.")
@option(
    "--at",
    type=Instant(future=True),
    metavar="TIME",
    help="What time it is, for exclusions that are over: 2026-11-23T12:00:00Z or seconds since 1970; now by default.",
)
@option("--show-ignored", is_flag=True, help="List what is ignored too, with the reasons.")
@option(
    "--limit.series",
    type=click.IntRange(min=1),
    default=5_000,
    help="How many series an SLO may read at a time before it is told.",
)
@interval_options
@prometheus_options
@grafana_options
def check(
    *,
    paths: tuple[Path, ...],
    format: Format,  # noqa: A002  # named after its flag
    docs_url: str | None,
    strict: bool,
    notes: bool,
    at: float | None,
    show_ignored: bool,
    limit_series: int,
    told: Told,
    prometheus: "Prometheus | None",
    grafana: "Grafana | None",
) -> None:
    """
    Tell all that is wrong with the definitions in PATHS (files and folders; slo-definitions if none is named).

    Each problem is told with its place, the text in question underlined, and what to write instead. The code in
    parentheses is its kind; docs/checks has a page for each.

    With a Prometheus it also looks at what only that knows: whether the series are there that SLOs are read from, and
    were over their windows; whether good events are ever more than all; whether counters are ones and buckets have the
    threshold; how many series and groups there are; whether scrapes and evaluations come often enough; whether one bad
    request would page at last week's quietest hours (or none could); whether the rules are loaded, current and healthy.
    It only reads.

    \b
    Examples:
      tallystick check
      tallystick check slo-definitions/checkout.yaml more-definitions
      tallystick check --format github --strict
      tallystick check --notes sloth/*.yaml
      tallystick check --format sarif > tallystick.sarif
      tallystick check --show-ignored
      tallystick check --scrape-interval 2m
      tallystick check --prometheus.url http://localhost:9090
      tallystick check --prometheus.url http://localhost:9090 --grafana.url http://localhost:3000

    \b
    Exit codes: 0 nothing found (or warnings alone), 1 problems, 2 a path can't be read or Prometheus can't be asked.
    """
    if grafana and not prometheus:
        raise click.UsageError("--grafana.url needs --prometheus.url")
    with uncollected(to_the_end=True):
        loaded = load_paths(paths)
    loaded = loaded.with_problems(outdated(loaded, time.time() if at is None else at))
    found = _ask(loaded, prometheus, told, limit_series, grafana) if prometheus else None
    loaded = loaded.with_problems(found.problems if found else ())
    if not found or found.fault:
        loaded = loaded.with_problems(untimely(loaded, told))
    loaded = loaded.judged(_looked_for(found, told))
    exit_code = exit_code_of(loaded.problems, strict=strict)
    if found and not found.fault:
        # Told, but no reason to fail: what one week shows and another does not must not turn a pipeline red and green.
        loaded = loaded.judged(ignore.ONLINE)
    if notes:
        loaded = loaded.with_problems(loaded.notes)
    last = summary(loaded) + (f" ({_cost(found)})" if found and not found.fault else "")
    say(_report(loaded if show_ignored else replace(loaded, silenced=()), format, last, docs_url or ""))
    if found:
        _tell_aside(found)
    sys.exit(FAILED if found and found.fault else exit_code)


def _ask(loaded: Loaded, prometheus: "Prometheus", told: Told, limit_series: int, grafana: "Grafana | None") -> "Found":
    """What *prometheus* shows of the SLOs; what that takes to import is paid for only here."""
    from tallystick.cli.progress import progress_of  # noqa: PLC0415  # see above
    from tallystick.online.base import Limits  # noqa: PLC0415  # see above
    from tallystick.online.run import Given, look  # noqa: PLC0415  # see above

    with progress_of("asking Prometheus") as report:
        return look(loaded, prometheus, Given(told, Limits(limit_series), grafana), report)


def _looked_for(found: "Found | None", told: Told) -> frozenset[str]:
    """Kinds of problems that were looked for beside those that always are."""
    always = frozenset({exclusion_past.RULE.code})
    asked = found and not found.fault
    return always | frozenset({interval.RULE.code} if asked or told.pace else ())


def _tell_aside(found: "Found") -> None:
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if found.fault:
        click.echo(f"tallystick: {found.fault}; what takes a Prometheus was not (all) looked at", err=True)


def _report(loaded: Loaded, format_: Format, last: str, docs_url: str) -> str:
    """What is told of *loaded*, what is silenced in it as such; *last* is for people."""
    match format_:
        case "json":
            return json_of(loaded.problems, loaded.silenced)
        case "sarif":
            return sarif_of(loaded.problems, loaded.silenced, rules=_rules(), version=__version__, docs_url=docs_url)
        case "codequality":
            return codequality_of(loaded.problems)
        case "github":
            return "\n".join([*map(github_of, loaded.problems), *map(github_of_silenced, loaded.silenced), last])
    told = [text_of(problem, _paint) for problem in loaded.problems]
    return "\n".join([*told, *(silenced_text_of(one, _paint) for one in loaded.silenced), last])


def _rules() -> dict[str, str]:
    """Every kind of problem, and what it is: the first line of its module, or of what makes it."""
    from tallystick.online import checks as online  # noqa: PLC0415  # paid for only where it is asked for

    found = {}
    for package in (online, checks):
        for module in pkgutil.iter_modules(package.__path__):
            text = importlib.import_module(f"{package.__name__}.{module.name}").__doc__ or ""
            code, _, what = text.strip().partition(": ")
            if what:
                sentence = " ".join(what.split()).partition(". ")[0].rstrip(".")
                found[code] = f"{sentence[:1].upper()}{sentence[1:]}."
    unanswered = {
        rule.code: "A question to Prometheus about one SLO to which there was no answer." for rule in online.RULES
    }
    return unanswered | found


def _cost(found: "Found") -> str:
    """What was asked of Prometheus."""
    return f"{count(found.requests, 'request')} to Prometheus, {count(found.numbers, 'number')} back"


def _paint(text: str, style: str) -> str:
    return click.style(text, **_STYLES[style])  # type: ignore[arg-type]  # click names each style as its own parameter


def summary(loaded: Loaded) -> str:
    """What was found, in one line."""
    errors = len(loaded.errors)
    warnings = sum(problem.severity == "warning" for problem in loaded.problems)
    found = ", ".join(count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number)
    files = count(len(loaded.files), "file")
    ignored = f", {len(loaded.silenced):,} ignored" if loaded.silenced else ""
    if errors:
        return f"{found} in {files}{ignored}"
    noted = len(loaded.notes)
    aside = f"; {count(noted, 'note')} on how other tools' files are read (--notes)" if noted else ""
    return f"{count(len(loaded.slos), 'SLO')} in {files}: {found or 'no problems'}{ignored}{aside}"


def exit_code_of(problems: Sequence[Problem], *, strict: bool = False) -> int:
    """What a command ends with that found *problems*; if it is *strict*, warnings count as well."""
    if any(problem.code == path_check.RULE.code for problem in problems):
        return FAILED
    if any(strict or problem.severity == "error" for problem in problems):
        return FINDINGS
    return OK
