"""
How far the figures of other tools are from the truth, form by form of their definitions, and how far ours are.

``PYTHONPATH=tests python bench/formats.py --days 30`` loads a shop with busy days and quiet nights into a Prometheus 3, reads each
definition of `support.forms` as it stands, and compares what ``tallystick status`` tells of the period with what happened. Beside
it is what the tool's own rules record: of Sloth the mean of 5-minute ratios, evaluated each minute. It ends with 1 if ours is not
the truth.
"""

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import requests
from click.testing import CliRunner
from rich.console import Console
from rich.table import Table

from support.forms import DAY, HOUR, MINUTE, SLOTH, Counted, Form, World, make_world
from support.servers import Binaries, fresh_prometheus
from tallystick.cli.status import status
from tallystick.demo import tools

FORMS: tuple[Form, ...] = SLOTH
"""What is measured; another tool's forms are added here, and what its rules record to `RECORDED`."""

TOLERANCE = 1e-4
_POINTS = 10_000
"""Prometheus gives 11,000 to an answer."""

_TIMEOUT_SECONDS = 300


Figures = tuple[float, float]
"""A ratio as it is recorded, which may be NaN; and what it would be without the moments of which nothing is known."""


def mean_of_ratios(url: str, form: Form, begin: int, end: int) -> Mapping[str, Figures]:
    """What Sloth's rules tell of the period, by group: the mean of 5-minute ratios; NaN as soon as one of them is that."""
    found: dict[str, list[float]] = {}
    query = form.ratio.replace("{{.window}}", "5m")
    for first in range(begin + MINUTE, end + 1, _POINTS * MINUTE):
        last = min(end, first + (_POINTS - 1) * MINUTE)
        given = {"query": query, "start": str(first), "end": str(last), "step": str(MINUTE)}
        answer = requests.post(f"{url}/api/v1/query_range", data=given, timeout=_TIMEOUT_SECONDS).json()
        for series in answer["data"]["result"]:
            group = ",".join(series["metric"].values())
            found.setdefault(group, []).extend(float(value) for _, value in series["values"])
    known = {group: [value for value in values if not math.isnan(value)] for group, values in found.items()}
    return {group: (fmean(values), fmean(known[group])) for group, values in found.items()}


RECORDED = {"Sloth": mean_of_ratios}
"""By tool, what its rules tell of a period."""


def ours(url: str, folder: Path, end: int) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What ``tallystick status`` tells, by SLO and group."""
    flags = ["--prometheus.url", url, "--at", str(end), "--format", "json"]
    result = CliRunner().invoke(status, [str(folder), *flags], catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    rows = json.loads(result.stdout)
    return {(row["slo"], ",".join((row["group"] or {}).values())): row for row in rows}


def rows_of(
    url: str, world: World, folder: Path, begin: int, end: int
) -> Iterator[tuple[Form, str, float, float, Figures]]:
    """Form, group, and the share of bad events: true, ours, the tool's."""
    told = ours(url, folder, end)
    for form in FORMS:
        theirs = RECORDED[form.tool](url, form, begin, end)
        truth: Mapping[str, Counted] = form.truth(world, begin, end)
        for group, (bad, total) in truth.items():
            row = told[f"forms-{form.name}", group]
            yield form, group, bad / total, row["bad"] / row["total"], theirs.get(group, (math.nan, math.nan))


@click.command()
@click.option("--days", default=30, show_default=True, help="How long the period is.")
@click.option("--seed", default=5, show_default=True, help="Of what happens.")
def main(days: int, seed: int) -> None:
    """Compare, and print a table."""
    end = int(time.time()) // HOUR * HOUR - HOUR
    world = make_world(end, days, seed)
    binaries = Binaries("3.x", tools.ensure("prometheus3"), tools.ensure("promtool3"))
    table = Table("tool", "form", "group", "true", "tallystick", "off", "the tool", "off", "without NaN")
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        folder = Path(name) / "definitions"
        folder.mkdir()
        windows = f"apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n  sloPeriod: {days}d\n{_PAIRS}"
        (folder / "windows.yaml").write_text(windows, encoding="utf-8")
        for form in FORMS:
            (folder / f"{form.name}.yaml").write_text(form.document, encoding="utf-8")
        with fresh_prometheus(binaries, Path(name) / "prometheus", history=world.text()) as server:
            for form, group, true, own, theirs in rows_of(server.url, world, folder, end - days * DAY, end):
                worst = max(worst, abs(own / true - 1))
                cells = [f"{ratio:.6f}" for ratio in (true, own, theirs[0])]
                off = [f"{ratio / true - 1:+.2%}" if ratio == ratio else "-" for ratio in (own, *theirs)]  # noqa: PLR0124  # NaN
                table.add_row(form.tool, form.name, group, cells[0], cells[1], off[0], cells[2], *off[1:])
    Console(width=120).print(table)
    sys.exit(worst > TOLERANCE)


_PAIRS = """\
  page:
    quick: {errorBudgetPercent: 2, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 10, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 10, shortWindow: 6h, longWindow: 3d}
"""


if __name__ == "__main__":
    main()
