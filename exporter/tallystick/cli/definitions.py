"""Loading definitions for the commands that need them whole."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from tallystick.cli.main import FINDINGS
from tallystick.cli.words import count
from tallystick.core.slo import Slo
from tallystick.definition.checks import exclusion_past
from tallystick.definition.checks.interval import Told, find
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.problem import Problem
from tallystick.definition.render import text_of
from tallystick.errors import TallystickError
from tallystick.uncollected import uncollected


def load_or_exit(paths: Sequence[Path], told: Told | None = None) -> tuple[Slo, ...]:
    """
    The SLOs in *paths*; if anything is wrong with them, tell it and exit with 1.

    Args:
        paths: files and folders.
        told: how often is scraped and evaluated, as far as somebody said.

    Raises:
        TallystickError: there is no SLO in *paths*.
    """
    with uncollected():
        loaded = load_paths(paths)
    if told:
        loaded = loaded.with_problems(untimely(loaded, told))
    leave_if_wrong(loaded.problems)
    if not loaded.slos:
        raise no_slos(paths)
    return loaded.slos


def leave_if_wrong(problems: Iterable[Problem]) -> None:
    """Tell *problems*; if there are errors among them, exit with 1."""
    errors = 0
    for problem in problems:
        click.echo(text_of(problem), err=True, nl=False)
        errors += problem.severity == "error"
    if errors:
        click.echo(f"{count(errors, 'error')}; `tallystick check` tells more", err=True)
        sys.exit(FINDINGS)


def no_slos(paths: Iterable[Path]) -> TallystickError:
    """There is no SLO in *paths*."""
    return TallystickError(f"no SLO in {', '.join(map(str, paths))}")


def untimely(loaded: Loaded, told: Told) -> Iterator[Problem]:
    """What would not work at the intervals that were *told*; nothing if none were."""
    if pace := told.pace:
        for slo in loaded.slos:
            yield from find(slo, loaded.entries[slo.slo_id], pace)


def outdated(loaded: Loaded, at: float) -> Iterator[Problem]:
    """What means nothing any more at instant *at*."""
    for slo in loaded.slos:
        yield from exclusion_past.find(slo, loaded.entries[slo.slo_id], at)


def load_quietly(paths: Sequence[Path]) -> tuple[tuple[Slo, ...], list[str]]:
    """The SLOs in *paths*, and their errors as lines of text, as the running exporter wants them."""
    loaded = load_paths(paths)
    return loaded.slos, [text_of(problem).rstrip() for problem in loaded.errors]
