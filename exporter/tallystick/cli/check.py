"""``tallystick check``: what is wrong with definitions."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from tallystick.cli.main import FAILED, FINDINGS, OK
from tallystick.cli.options import option, paths_argument
from tallystick.definition.checks import path as path_check
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.problem import Problem
from tallystick.definition.render import github_of, json_of, text_of

Format = Literal["text", "json", "github"]

_STYLES = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "place": {"bold": True},
    "code": {"dim": True},
    "gutter": {"fg": "blue"},
    "hint": {"fg": "green"},
}


@click.command()
@paths_argument
@option(
    "--format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="text for people, json for programs, github for annotations in a workflow.",
)
@option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
def check(paths: tuple[Path, ...], format: Format, strict: bool) -> None:  # noqa: A002  # named after its flag
    """
    Tell all that is wrong with the definitions in PATHS (files and folders; slo-definitions if none is named).

    Each problem is told with its place, the text in question underlined, and what to write instead. The code in
    parentheses is its kind; docs/checks has a page for each.

    \b
    Examples:
      tallystick check
      tallystick check slo-definitions/checkout.yaml more-definitions
      tallystick check --format github --strict

    \b
    Exit codes: 0 nothing found (or warnings alone), 1 problems, 2 a path can't be read.
    """
    loaded = load_paths(paths)
    _say(_report(loaded, format))
    sys.exit(_exit_code(loaded.problems, strict=strict))


def _report(loaded: Loaded, format_: Format) -> str:
    match format_:
        case "json":
            return json_of(loaded.problems)
        case "github":
            return "\n".join([*map(github_of, loaded.problems), summary(loaded)])
    return "\n".join([*(text_of(problem, _paint) for problem in loaded.problems), summary(loaded)])


def _paint(text: str, style: str) -> str:
    return click.style(text, **_STYLES[style])  # type: ignore[arg-type]  # click names each style as its own parameter


def _say(text: str) -> None:
    """Print *text*; what the terminal's encoding does not have is written as an escape, not as a traceback."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding))


def summary(loaded: Loaded) -> str:
    """What was found, in one line."""
    errors = len(loaded.errors)
    warnings = len(loaded.problems) - errors
    found = ", ".join(_count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number)
    files = _count(len(loaded.files), "file")
    if errors:
        return f"{found} in {files}"
    return f"{_count(len(loaded.slos), 'SLO')} in {files}: {found or 'no problems'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _exit_code(problems: Sequence[Problem], *, strict: bool) -> int:
    if any(problem.code == path_check.RULE.code for problem in problems):
        return FAILED
    if any(strict or problem.severity == "error" for problem in problems):
        return FINDINGS
    return OK
